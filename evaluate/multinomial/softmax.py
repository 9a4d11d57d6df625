"""Multinomial logistic regression: by Adam as in the paper (3.6), or with the authors' own weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.store import progress
from cellswap.store.vocabulary import LOCALIZATIONS

Labels = NDArray[np.integer]
BLOCK = 65_536


class Rows(Protocol):
    """Vectors (n, d) float32, in memory or not: read by places or slices."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Their number and width."""
        ...

    def __getitem__(self, places: Any, /) -> NDArray[np.float32]: ...  # noqa: ANN401, D105 - as numpy has it


@dataclass(frozen=True)
class Training:
    """How Adam is run: passes over the data, rows a step, step size, and the seed of the start and of each pass's order."""

    epochs: int = 5
    batch: int = 128
    rate: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class Classifier:
    """Logits are x @ weight.T + bias: weight (k, d), bias (k,), one row a class in the order of `classes`.

    `loss` is the mean cross-entropy in nats on the training rows; it, `steps` and `converged` are None where they mean nothing.
    """

    classes: tuple[str, ...]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    steps: int | None = None
    loss: float | None = None
    converged: bool | None = None


def probabilities(classifier: Classifier, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """The probability of each class (n, k) for rows x (n, d)."""
    logits = x.astype(np.float64) @ classifier.weight.T + classifier.bias
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    return logits / logits.sum(axis=1, keepdims=True)


def cross_entropy(classifier: Classifier, x: Rows, y: Labels) -> float:
    """Mean of -ln(probability of the row's own class), in nats; probabilities under 1e-300 count as that."""
    total = 0.0
    for at in blocks(len(y)):
        p = probabilities(classifier, x[at])[np.arange(len(y[at])), y[at]]
        total -= float(np.log(np.maximum(p, 1e-300)).sum())
    return total / len(y)


def blocks(n: int) -> Iterator[slice]:
    """All of n rows, some at a time."""
    return (slice(start, start + BLOCK) for start in range(0, n, BLOCK))


def by_adam(x: Rows, y: Labels, classes: tuple[str, ...], training: Training) -> Classifier:
    """The paper's classifier: cross-entropy, Adam, some passes in random order. Rows are read as needed."""
    import torch

    rng = np.random.default_rng(training.seed)
    width = 1 / np.sqrt(x.shape[1])  # the range in which torch's own linear layers start
    start = [rng.uniform(-width, width, shape).astype(np.float32) for shape in ((len(classes), x.shape[1]), (len(classes),))]
    weight, bias = (torch.tensor(values, requires_grad=True) for values in start)
    adam = torch.optim.Adam([weight, bias], lr=training.rate)
    steps = 0
    with _one_thread(), progress.shown("fit by Adam", training.epochs * len(y), "images") as bar:
        for rows in _batches(rng, len(y), training):
            adam.zero_grad()
            logits = torch.nn.functional.linear(torch.from_numpy(x[rows]), weight, bias)
            torch.nn.functional.cross_entropy(logits, torch.from_numpy(y[rows].astype(np.int64))).backward()
            adam.step()
            steps += 1
            bar.step(len(rows))
    fitted = Classifier(classes, weight.detach().numpy().astype(np.float64), bias.detach().numpy().astype(np.float64))
    return Classifier(classes, fitted.weight, fitted.bias, steps, cross_entropy(fitted, x, y))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch on one thread: steps this small gain nothing from a second, and where others work, each waits for it (7 times as long)."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _batches(rng: np.random.Generator, n: int, training: Training) -> Iterator[NDArray[np.int32]]:
    for _ in range(training.epochs):
        order = rng.permutation(np.arange(n, dtype=np.int32))
        for first in range(0, n, training.batch):
            yield np.sort(order[first : first + training.batch])  # in the file's order: neighbours share a page


def published(path: Path) -> Classifier:
    """The authors' classifier from its .pth file: weight (15, d) and bias (15,).

    No class names are stored; their code takes the names in sorted order, capitals first (data/published/README.md).
    Raises BadInput where the file is not such a classifier.
    """
    import torch

    classes = tuple(sorted(LOCALIZATIONS))
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise BadInput("no such file; expected the authors' original_crops_model.pth and masked_crops_model.pth in one folder") from error
    except Exception as error:
        raise BadInput(f"not a file of PyTorch weights ({str(error).splitlines()[0]})") from error
    shapes = {name: tuple(values.shape) for name, values in state.items()} if isinstance(state, dict) else {}
    wide = shapes.get("linear.weight", ())
    if len(wide) != 2 or wide[0] != len(classes) or shapes.get("linear.bias") != (len(classes),):
        raise BadInput(f"expected linear.weight (15, d) and linear.bias (15,), found {shapes or 'something else'}")
    weight, bias = (state[f"linear.{name}"].numpy().astype(np.float64) for name in ("weight", "bias"))
    return Classifier(classes, weight, bias)
