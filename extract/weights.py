"""Weights as safetensors with their provenance, and the way from the authors' files to there."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from cellswap import __version__
from cellswap.errors import BadInput, at
from cellswap.extract import checkpoints
from cellswap.extract.checkpoints import Array
from cellswap.extract.networks import NETWORKS, centre
from cellswap.extract.networks.facts import Network
from cellswap.store import files

NO_NOTE = "no note: nothing is known of how they were made"


@dataclass(frozen=True)
class Weights:
    """Variables in our names, and where they come from.

    `masked` says that they were trained on centre cells alone, `conditions` on whose cells; none where nobody wrote it down.
    """

    variables: dict[str, Tensor]
    file: str
    sha256: str
    network: str
    note: str
    masked: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def n_parameters(self) -> int:
        """How many numbers there are."""
        return sum(v.numel() for v in self.variables.values())


def read(path: Path) -> Weights:
    """The weights of a safetensors file; BadInput for any other file, with the command that makes one of it."""
    if os.path.lexists(path) and (other := files.other_kind(path)):
        raise BadInput(f"--weights {path}: expected a .safetensors file, found {other}")
    if path.suffix != ".safetensors":
        made = f"cellswap weights import {shlex.quote(str(path))} --model NAME"
        raise BadInput(f"--weights {path}: expected a .safetensors file; make one with: {made}")
    if not path.is_file():
        raise BadInput(f"--weights {path}: no such file")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            known = file.metadata() or {}
            variables = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise BadInput(f"--weights {path}: not a whole safetensors file ({error})") from error
    masked, conditions = known.get("masked") == "yes", tuple(json.loads(known.get("proteins", "[]")))
    return Weights(variables, path.name, sha256(path), known.get("network", ""), known.get("note", NO_NOTE), masked, conditions)


def is_ours(path: Path) -> bool:
    """Whether a file is one that `write` made of a network's weights, with what is known of them."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            return {"network", "converter"} <= (file.metadata() or {}).keys()
    except (SafetensorError, OSError):
        return False


def of_module(module: nn.Module, note: str) -> Weights:
    """The weights that a module has already, hashed by their names and numbers."""
    variables = {name: v.detach().cpu() for name, v in module.state_dict().items()}
    digest = hashlib.sha256()
    for name, v in sorted(variables.items()):
        digest.update(name.encode())
        digest.update(v.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return Weights(variables, "none", digest.hexdigest(), "", note)


def write(path: Path, variables: Mapping[str, Tensor], provenance: Mapping[str, str]) -> None:
    """Write a safetensors file, whole or not at all; nothing where it is there already, BadInput where another one is."""
    from safetensors.torch import save

    # Not save_file: its error about a full disk is none of the system's.
    made = _in_order(save({name: v.contiguous() for name, v in variables.items()}, dict(provenance)))
    if not path.exists():
        with files.whole_file(path) as partial:
            partial.write_bytes(made)
    elif not path.is_file() or path.read_bytes() != made:
        raise BadInput(f"{path}: exists already and is another file; give another name with -o, or remove it")


def _in_order(file: bytes) -> bytes:
    """The same safetensors file with its header in alphabetical order: safetensors writes a new order each time, and so a new hash."""
    n = int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8 : 8 + n]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + file[8 + n :]


def provenance(source: Path, network: str, note: str) -> dict[str, str]:
    """What is written beside imported variables: the source's files with their hashes, the converter, the network, a note."""
    files = {p.name: sha256(p) for p in checkpoints.files(source)}
    return {
        "network": network,
        "note": note or NO_NOTE,
        "source": source.name,
        "source_sha256": json.dumps(files),
        "converter": f"cellswap {__version__}",
    }


def convert(network: Network, held: Mapping[str, Array]) -> dict[str, Tensor]:
    """Our variables from those of a file: the authors' in their layout, or ours already; BadInput where they don't fit.

    Kernels HWIO become OIHW and dense weights (in, out) become (out, in).
    """
    if network.spellings.keys() <= held.keys():
        named = {key: key for key in (*network.spellings, centre.NAME) if key in held}
        variables = {key: torch.from_numpy(held[key].copy()) for key in named}
    else:
        named = _names_in(network, held)
        variables = {key: _to_torch(held[name]) for key, name in named.items()}
    _check_shapes(network, variables, named)
    return variables


def fill(module: nn.Module, variables: Mapping[str, Tensor]) -> nn.Module:
    """The module with these variables, ready for inference.

    BadInput names the first that is missing, not known, misshapen or not finite, and says how many others are.
    """
    wanted, known = required(module), module.state_dict()
    unknown, missing = sorted(variables.keys() - known.keys()), [name for name in wanted if name not in variables]
    if unknown:
        lacks = f"; of its own, {len(missing)} are missing, first '{missing[0]}'" if missing else ""
        raise BadInput(f"variable '{unknown[0]}': the network has none of that name{_others(unknown, 'nor of')}{lacks}")
    if missing:
        raise BadInput(f"variable '{missing[0]}': missing in the weights{_others(missing)}")
    misshapen = [name for name, shape in wanted.items() if tuple(variables[name].shape) != shape]
    for name in misshapen[:1]:
        raise BadInput(f"variable '{name}': expected shape {wanted[name]}, found {tuple(variables[name].shape)}{_others(misshapen)}")
    # A mask of minus infinity that the network makes itself is no fault.
    refuse_not_finite({name: v for name, v in variables.items() if not _same(v, known[name])})
    module.load_state_dict(dict(variables), strict=False)
    return module.eval().requires_grad_(requires_grad=False)


def refuse_not_finite(variables: Mapping[str, Tensor]) -> None:
    """BadInput where variables hold NaN or infinity: a training that diverged, or half precision that overflowed."""
    bad = {name: n for name, v in variables.items() if v.is_floating_point() and (n := int((~torch.isfinite(v)).sum()))}
    for name, n in bad.items():
        raise BadInput(
            f"variable '{name}': {n} of {variables[name].numel()} numbers are NaN or infinite{_others(bad)}: a network gives no "
            "usable vectors with them; take weights of an earlier step of the training"
        )


def _same(value: Tensor, made: Tensor) -> bool:
    return value.shape == made.shape and bool(torch.equal(value.to(made.dtype), made.cpu()))


def _others(names: Sized, words: str = "and") -> str:
    """How many more there are than the one that is named."""
    n = len(names) - 1
    return f" ({words} {n} other{'s' if n > 1 else ''})" if n else ""


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Put what was taken from a file in front of an error about it, where that was not all."""
    with at(what) if what else nullcontext():
        yield


def required(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """The shape of every variable that weights must have: all that are no integers (counts of training steps, indices)."""
    return {k: tuple(v.shape) for k, v in module.state_dict().items() if v.is_floating_point()}


def sha256(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names_in(network: Network, held: Mapping[str, Array]) -> dict[str, str]:
    """Our variable -> its name in the file, or BadInput that says whose weights these are."""
    named = {key: name for key, names in network.spellings.items() for name in names if name in held}
    missing = [names[0] for key, names in network.spellings.items() if key not in named]
    if not missing:
        return named
    for other in NETWORKS.values():
        if other is not network and all(held.keys() & set(names) for names in other.spellings.values()):
            raise BadInput(f"these are weights of {other.facts.name}: import them with --model {other.facts.name}")
    raise BadInput(
        f"expected the {len(network.spellings)} variables of {network.facts.name}, {len(missing)} are missing, first '{missing[0]}'; "
        f"found {len(held)}, first {', '.join(sorted(held)[:3]) or 'none'}"
    )


def _check_shapes(network: Network, variables: Mapping[str, Tensor], named: Mapping[str, str]) -> None:
    with torch.device("meta"):
        wanted = required(centre.build(network, variables))
    misshapen = [key for key, variable in variables.items() if tuple(variable.shape) != wanted[key]]
    for key in misshapen[:1]:
        theirs, shapes = named[key] != key, (wanted[key], tuple(variables[key].shape))
        expected, found = map(_authors_layout, shapes) if theirs else shapes
        raise BadInput(f"variable '{named[key]}': expected shape {expected}, found {found}{_others(misshapen)}")
    refuse_not_finite({named[key]: variable for key, variable in variables.items()})


def _to_torch(value: Array) -> Tensor:
    order = {4: (3, 2, 0, 1), 2: (1, 0)}.get(value.ndim, tuple(range(value.ndim)))
    return torch.from_numpy(value.transpose(order).copy())


def _authors_layout(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 4:
        return (shape[2], shape[3], shape[1], shape[0])
    return shape[::-1] if len(shape) == 2 else shape
