"""The loop: steps, epochs, and what was measured after each; it stops early, and at the first loss that is no number."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cellswap.errors import CellswapError
from cellswap.extract.forward import PRECISIONS
from cellswap.extract.pipeline import ahead
from cellswap.extract.training import batches, state
from cellswap.extract.training.batches import Examples, Kinds
from cellswap.extract.training.material import Material
from cellswap.extract.training.options import Options
from cellswap.extract.training.recipe import Outcome
from cellswap.extract.training.state import Counts, Facts, State
from cellswap.extract.training.views import Looking
from cellswap.store import work
from cellswap.store.progress import Progress

AHEAD = 3


@dataclass(frozen=True)
class Measured:
    """Mean loss over n images, and the share of them that was recognized."""

    loss: float
    accuracy: float
    n: int


@dataclass(frozen=True)
class Epoch:
    """What came out of one epoch: on the images that it trained on, and on those held out for validation."""

    number: int
    rate: float
    images_per_second: float
    train: Measured
    val: Measured


@dataclass(frozen=True)
class Training:
    """What does not change while a network is trained. A checkpoint is written at least every so many seconds."""

    options: Options
    material: Material
    looking: Looking
    kinds: Kinds
    names: tuple[object, ...]
    facts: Facts
    checkpoint: Path
    every_seconds: float = 60.0

    @property
    def epochs(self) -> int:
        """How many epochs at most."""
        return self.options.epochs or self.options.recipe.epochs

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return batches.n_batches(self.material, self.kinds)


def train(training: Training, now: State, report: Callable[[Epoch], None], progress: Progress) -> None:
    """Train until the last epoch, or until validation has not got better for some; the state changes in place.

    Raises CellswapError at a loss that is no number: the checkpoint of before stays.
    """
    counts = now.counts
    while counts.epoch < training.epochs and counts.epoch - counts.best_epoch < training.options.patience:
        _epoch(training, now, progress)
        val = measure(training, now, "val")
        if not math.isfinite(val.loss):
            _stop(training, now)
        if val.loss < counts.best_loss:
            counts.best_loss, counts.best_epoch = val.loss, counts.epoch + 1
            now.best = state.variables(now)
        counts.epoch += 1
        report(_row(training, counts, val))
        counts.step, counts.loss_sum, counts.n_right, counts.n_seen, counts.seconds = 0, 0.0, 0, 0, 0.0
        state.save(training.checkpoint, now, training.facts)


def _epoch(training: Training, now: State, progress: Progress) -> None:
    """The steps of an epoch that are left."""
    counts = now.counts
    now.network.train()
    begun = saved = time.monotonic()
    names = (*training.names, counts.epoch)
    waiting: Outcome | None = None
    with ahead(batches.epoch(training.material, training.kinds, names, counts.step), AHEAD) as coming:
        for examples in coming:
            made = step(training, now, examples)
            # A loss is looked at one step later: looking at once would let the device wait.
            _count(training, now, waiting)
            waiting = made
            counts.step += 1
            counts.n_seen += len(examples.labels)
            progress.step(len(examples.labels))
            if time.monotonic() - saved > training.every_seconds:
                _count(training, now, waiting)
                waiting, saved = None, time.monotonic()
                counts.seconds, begun = counts.seconds + saved - begun, saved
                _check_variables(training, now)
                state.save(training.checkpoint, now, training.facts)
    _count(training, now, waiting)
    counts.seconds += time.monotonic() - begun
    _check_variables(training, now)


def step(training: Training, now: State, examples: Examples) -> Outcome:
    """One step of the optimizer on one batch; what came out before it."""
    seed = work.seed(*training.names, now.counts.epoch, "step", now.counts.step) % 2**63
    torch.manual_seed(seed)  # for dropout
    given = training.looking.training(examples, torch.Generator().manual_seed(seed))
    for group in now.optimizer.param_groups:
        group["lr"] = _rate(training, now.counts)
    now.optimizer.zero_grad(set_to_none=True)
    with autocast(training):
        made = training.options.recipe.outcome(now.network, given)
    now.scaler.scale(made.loss).backward()
    now.scaler.step(now.optimizer)
    now.scaler.update()
    return Outcome(made.loss.detach(), made.n_right)


@torch.inference_mode()
def measure(training: Training, now: State, side: str) -> Measured:
    """Loss and accuracy on a side that is not trained on, as extract will show the images."""
    now.network.eval()
    loss, right, n = 0.0, 0, 0
    with ahead(batches.in_order(training.material, side, training.kinds), AHEAD) as coming:
        for examples in coming:
            with autocast(training):
                made = training.options.recipe.outcome(now.network, training.looking.measuring(examples))
            loss += made.loss.item() * len(examples.labels)
            right += int(made.n_right.item())
            n += len(examples.labels)
    return Measured(loss / n, right / n, n)


def _rate(training: Training, counts: Counts) -> float:
    point = (counts.epoch * training.steps + counts.step) / (training.epochs * training.steps)
    return training.options.highest_rate * training.options.recipe.rate(point)


def autocast(training: Training) -> torch.autocast:
    """The block in which a pass computes in the precision asked for."""
    kind = PRECISIONS[training.options.precision]
    # For float32 autocast is off, and its type must still be one that it knows.
    off = kind is torch.float32
    return torch.autocast(training.looking.device.type, torch.bfloat16 if off else kind, enabled=not off)


def _count(training: Training, now: State, made: Outcome | None) -> None:
    """Add a step's outcome to the epoch's sums; raises where its loss is no number."""
    if made is None:
        return
    loss = made.loss.item()
    if not math.isfinite(loss):
        _stop(training, now)
    now.counts.loss_sum += loss
    now.counts.n_right += int(made.n_right.item())


def _check_variables(training: Training, now: State) -> None:
    """A checkpoint of variables that are no numbers would be no good."""
    if not all(bool(torch.isfinite(v).all()) for v in _floats(now)):
        _stop(training, now)


def _floats(now: State) -> list[Tensor]:
    return [v for v in now.network.state_dict().values() if v.is_floating_point()]


def _stop(training: Training, now: State) -> None:
    counts = now.counts
    at = f"step {counts.epoch * training.steps + counts.step} (epoch {counts.epoch + 1}, step {counts.step})"
    kept = f"the last good checkpoint is {training.checkpoint}" if training.checkpoint.is_file() else "no checkpoint was written yet"
    raise CellswapError(
        f"the loss is no number at {at}: training stopped; {kept}. Try a lower --learning-rate with another --out, or --precision float32"
    )


def _row(training: Training, counts: Counts, val: Measured) -> Epoch:
    n_steps = max(1, counts.step)
    train_figures = Measured(counts.loss_sum / n_steps, counts.n_right / max(1, counts.n_seen), counts.n_seen)
    options, first = training.options, (counts.epoch - 1) / training.epochs
    speed = counts.n_seen / max(counts.seconds, 1e-9)
    return Epoch(counts.epoch, options.highest_rate * options.recipe.rate(first), speed, train_figures, val)
