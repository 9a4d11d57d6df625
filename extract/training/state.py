"""A training as it stands: network, optimizer and counts; on disk a checkpoint, from which it goes on exactly."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cellswap.errors import BadInput
from cellswap.extract.networks import centre, network
from cellswap.extract.training.options import Options
from cellswap.store import files, work

Facts = dict[str, Any]


@dataclass
class Counts:
    """Where a training stands: `epoch` and `step` are done, `step` inside the epoch under way, whose sums follow."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    n_right: int = 0
    n_seen: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float = float("inf")


@dataclass
class State:
    """Everything that changes while a network is trained; `best` are its variables after the best epoch."""

    network: nn.Module
    optimizer: torch.optim.Adam
    scaler: torch.amp.GradScaler
    counts: Counts = field(default_factory=Counts)
    best: dict[str, Tensor] = field(default_factory=dict)


def begin(options: Options, names: tuple[object, ...], n_outputs: int, weight: Tensor | None, where: torch.device) -> State:
    """A network that nothing was learned by, its variables drawn from names; with a weight on the middle if there is one."""
    recipe = options.recipe
    # The same weights however often it is stopped: cuDNN may else add in any order. And float32 means float32, not TF32.
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(work.seed(*names, "variables") % 2**63)
        outputs = torch.empty(n_outputs)
        module = network(options.network).build({"d3.bias": outputs, "final_layer_preact.bias": outputs})
    recipe.prepare(module)
    if weight is not None:
        centre.weighted(module, weight)
    module = module.to(where)
    module = module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch lacks its stub
    optimizer = torch.optim.Adam(module.parameters(), options.highest_rate, recipe.betas)
    return State(module, optimizer, torch.amp.GradScaler(where.type, enabled=options.precision == "float16"))


def checkpoint_path(out: Path) -> Path:
    """Where the checkpoint of a training is kept until it is over: beside the weights that will be."""
    return out.with_name(out.name + ".checkpoint")


def save(path: Path, state: State, facts: Facts) -> None:
    """Write the checkpoint, whole or not at all."""
    held = {
        "facts": json.dumps(facts, sort_keys=True),
        "network": state.network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "scaler": state.scaler.state_dict(),
        "counts": asdict(state.counts),
        "best": state.best,
    }
    written = io.BytesIO()
    torch.save(held, written)
    with files.whole_file(path) as partial:
        partial.write_bytes(written.getbuffer())


def restore(path: Path, state: State, facts: Facts) -> None:
    """Bring the state to where the checkpoint left it; BadInput where it is cut off or of another training, and in what."""
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        there = json.loads(held["facts"])
    except Exception as error:  # pickle, zip and torch each raise their own
        raise BadInput(f"{path}: not a checkpoint of cellswap train, or cut off; remove it to begin anew") from error
    for name, value in facts.items():
        if there.get(name) != value:
            raise BadInput(
                f"{path}: the checkpoint of another training: its {name} is {_short(there.get(name))}, this one's {_short(value)}; "
                "go on with the options it was begun with, give another --out, or remove it"
            )
    state.network.load_state_dict(held["network"])
    state.optimizer.load_state_dict(held["optimizer"])
    state.scaler.load_state_dict(held["scaler"])
    state.counts = Counts(**held["counts"])
    state.best = held["best"]


def variables(state: State) -> dict[str, Tensor]:
    """The network's variables as a weights file holds them: floats on the processor, a copy."""
    found = state.network.state_dict().items()
    return {name: v.detach().to("cpu", copy=True).contiguous() for name, v in found if v.is_floating_point()}


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) < 80 else text[:77] + "..."
