"""`cellswap train`: crops in, weights out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from cellswap.errors import BadInput
from cellswap.extract import weights
from cellswap.extract.forward import device, device_name
from cellswap.extract.networks import network
from cellswap.extract.training import loop, material, state
from cellswap.extract.training.batches import Kinds
from cellswap.extract.training.loop import Epoch, Measured, Training
from cellswap.extract.training.material import Material
from cellswap.extract.training.options import Options, check
from cellswap.extract.training.provenance import metadata
from cellswap.extract.training.views import Looking, centre_weight
from cellswap.store import database, files, parts, progress, wording
from cellswap.store.folder import Store
from cellswap.store.runs import Run


@dataclass(frozen=True)
class Prepared:
    """A training made ready; `done` says that its weights are there already."""

    training: Training
    training_id: str
    done: bool


def prepare(store: Store, options: Options) -> Prepared:
    """The crops and all that is fixed; BadInput or UnknownName where something does not fit."""
    check(options)
    facts = network(options.network).facts
    lacking = [role for role in facts.channels if role not in store.channels]
    if lacking:
        raise BadInput(f"{options.network} takes the channels {', '.join(facts.channels)}; this store has no {', '.join(lacking)}")
    if facts.crop_size != store.crop_size:
        raise BadInput(f"{options.network} takes crops of {facts.crop_size} px, this store's are {store.crop_size} px")
    with database.connect(store) as connection:
        rows = material.choose(connection, store, options)
        found = material.gathered(connection, store, options, rows)
    recipe, robust = options.recipe, options.robust
    looking = Looking(facts, recipe, "mask" in robust, device(options.device))
    swapped = options.swapped if "swap" in robust else 0.0
    kinds = Kinds(min(options.batch_size or recipe.batch_size, len(found.sides["train"])), swapped, "mask" in robust, recipe.pairs)
    fixed = _fixed(options, found, kinds)
    digest = hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:10]
    training_id = "-".join((options.network, *robust, digest))
    training = Training(options, found, looking, kinds, (training_id,), fixed, state.checkpoint_path(options.out))
    return Prepared(training, training_id, _done(options, fixed))


def train(store: Store, ready: Prepared, run: Run, say: Callable[[str], None]) -> None:
    """Train to the end, write each epoch's figures, and the weights of the best; where these are there, only count what was used."""
    training, found = ready.training, ready.training.material
    files.make_folder(training.options.out.parent)  # else an epoch's work would find out
    for name, n in found.too_few.items():
        run.drop(name, f"fewer than {training.options.data.least} crops to train on", f"{n} crops")
    if found.n_alone:
        alone = f"{found.n_alone} crops are the only ones of their {wording.condition()} on their side"
        run.note(f"{alone}: they make no pair and are not used")
    run.keep(len(found.names))
    run.note(f"device: {device_name(training.looking.device)}, {training.options.precision}")
    if ready.done:
        run.remark(f"weights of this training are there already: {training.options.out}")
        return
    weight = centre_weight(found, training.looking.facts.input_size) if "center" in training.options.robust else None
    now = state.begin(training.options, training.names, max(2, len(found.names)), weight, training.looking.device)
    if training.checkpoint.is_file():
        state.restore(training.checkpoint, now, training.facts)
        say(f"going on from {training.checkpoint}: epoch {now.counts.epoch + 1}, step {now.counts.step + 1}")
    left = (training.epochs - now.counts.epoch) * training.steps - now.counts.step

    def report(epoch: Epoch) -> None:
        _write(store, ready, run, str(epoch.number), list(_of_epoch(training, epoch)))
        say(_line(training, epoch))

    with progress.shown("train", left * training.kinds.size, "images") as bar, torch.random.fork_rng():
        loop.train(training, now, report, bar)
    _finish(store, ready, run, now)


def dry_run(ready: Prepared) -> Iterator[str]:
    """What would be trained, line by line."""
    training, found = ready.training, ready.training.material
    sides = ", ".join(f"{len(crops)} for {side}" for side, crops in found.sides.items())
    yield f"{ready.training_id}: {len(found.names)} labels, crops: {sides}"
    if found.too_few:
        yield f"left out, too few crops: {', '.join(f'{name} ({n})' for name, n in found.too_few.items())}"
    yield f"{training.epochs} epochs of {training.steps} steps of {training.kinds.size} on {device_name(training.looking.device)}"


def _finish(store: Store, ready: Prepared, run: Run, now: state.State) -> None:
    training, best = ready.training, now.counts.best_epoch
    now.network.load_state_dict(now.best, strict=False)
    test = loop.measure(training, now, "test")
    _write(store, ready, run, "test", [{"epoch": best, "side": "test"} | _measured(training, test)])
    weights.write(training.options.out, now.best, metadata(training, best))
    training.checkpoint.unlink(missing_ok=True)
    stopped = f", stopped after {now.counts.epoch}" if now.counts.epoch < training.epochs else ""
    run.remark(f"weights of epoch {best} of {training.epochs}{stopped}: {training.options.out}")
    run.remark(f"test: {_shown(training, test)} on {test.n} images of {training.options.data.split}s never seen")


def _done(options: Options, fixed: state.Facts) -> bool:
    """Whether the weights are there; BadInput where those there are of another training."""
    if not options.out.exists():
        return False
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(options.out, "pt") as file:
            if json.loads((file.metadata() or {}).get("training", "{}")) == fixed:
                return True
    except (SafetensorError, OSError):
        pass
    raise BadInput(f"--out {options.out}: exists already and holds other weights; give another name, or remove it")


def _fixed(options: Options, found: Material, kinds: Kinds) -> state.Facts:
    """Everything that decides the weights."""
    recipe, data = options.recipe, options.data
    return {
        "network": options.network,
        "robust": list(options.robust),
        "swapped": kinds.swapped,
        "screen": found.screen,
        "crops": found.fingerprint,
        "split": data.split,
        "labels": len(found.names),
        "min_crops": data.least,
        "epochs": options.epochs or recipe.epochs,
        "batch_size": kinds.size,
        "learning_rate": options.highest_rate,
        "patience": options.patience,
        "precision": options.precision,
        "seed": options.seed,
    }


def _write(store: Store, ready: Prepared, run: Run, key: str, rows: list[dict[str, object]]) -> None:
    options, found = ready.training.options, ready.training.material
    same = {
        "training_id": ready.training_id,
        "network": options.network,
        "robust": "+".join(options.robust) or "none",
        "screen": found.screen,
        "split_by": options.data.split,
        "seed": options.seed,
        "n_labels": None if options.recipe.pairs else len(found.names),
    }
    whole = [{"learning_rate": None, "images_per_second": None} | same | row for row in rows]
    columns = {name: [row[name] for row in whole] for name in whole[0]}
    run.wrote(parts.write(store, "training_metrics", (ready.training_id, key), columns, run.run_id))


def _of_epoch(training: Training, epoch: Epoch) -> Iterator[dict[str, object]]:
    speed = {"learning_rate": epoch.rate, "images_per_second": epoch.images_per_second}
    yield {"epoch": epoch.number, "side": "train"} | _measured(training, epoch.train) | speed
    yield {"epoch": epoch.number, "side": "val"} | _measured(training, epoch.val)


def _measured(training: Training, found: Measured) -> dict[str, object]:
    recognized = None if training.options.recipe.pairs else found.accuracy
    return {"loss": found.loss, "accuracy": recognized, "n_images": found.n}


def _shown(training: Training, found: Measured) -> str:
    return f"loss {found.loss:.4g}" + ("" if training.options.recipe.pairs else f", {found.accuracy:.1%} recognized")


def _line(training: Training, epoch: Epoch) -> str:
    sides = f"train {_shown(training, epoch.train)}; validation {_shown(training, epoch.val)}"
    return f"epoch {epoch.number} of {training.epochs}: {sides}; {epoch.images_per_second:.0f} images a second"
