"""What a recipe is: how a network is trained, as its paper says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Given:
    """A batch as a network is trained on it: images (n, C, h, w), labels (n,), and another cell's images where cells come in pairs."""

    images: Tensor
    labels: Tensor
    partners: Tensor | None


@dataclass(frozen=True)
class Outcome:
    """The mean loss of a batch, and how many of its cells were recognized (0 where nothing is to be recognized)."""

    loss: Tensor
    n_right: Tensor


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. `label` is what it learns to tell: condition, class, or pairs of cells of one condition.

    `rate` gives the learning rate at a point 0-1 of the training, as a share of `learning_rate`; `augment` what is made of
    a batch of preprocessed crops, with a generator; `prepare` what is changed in the network while it trains.
    """

    label: str
    learning_rate: float
    betas: tuple[float, float]
    rate: Callable[[float], float]
    batch_size: int
    epochs: int
    augment: Callable[[Tensor, torch.Generator], Tensor]
    outcome: Callable[[nn.Module, Given], Outcome]
    prepare: Callable[[nn.Module], None]
    source: str

    @property
    def pairs(self) -> bool:
        """Whether cells are trained on in pairs, without labels."""
        return self.label == "pairs"


def constant(_point: float) -> float:
    """The same rate from start to end."""
    return 1.0


def cosine(point: float) -> float:
    """From 1 to 0 along half a cosine."""
    return 0.5 * (1 + math.cos(math.pi * point))


def classify(network: nn.Module, given: Given) -> Outcome:
    """Softmax cross-entropy of the network's logits (n, classes)."""
    logits = network(given.images).float()
    return Outcome(nn.functional.cross_entropy(logits, given.labels), (logits.argmax(1) == given.labels).sum())


def flips(crops: Tensor, draw: torch.Generator) -> Tensor:
    """Each crop (n, C, h, w) turned left-right or not and up-down or not, with even chances."""
    flipped = torch.where(_coins(crops, draw), crops.flip(3), crops)
    return torch.where(_coins(crops, draw), flipped.flip(2), flipped)


def as_it_is(_network: nn.Module) -> None:
    """Nothing is changed."""


def _coins(crops: Tensor, draw: torch.Generator) -> Tensor:
    """One truth value a crop, drawn on the processor so that every device gets the same."""
    return torch.randint(0, 2, (len(crops), 1, 1, 1), generator=draw, dtype=torch.bool).to(crops.device)
