"""Batches of crops in an order that depends on nothing but names: the same after a kill as without one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.extract.swaps.batches import Half
from cellswap.extract.training.material import Index, Material
from cellswap.store import wording, work

TRIES = 1000


@dataclass(frozen=True)
class Kinds:
    """What a batch is made of: `swapped` is the share of cells that get another background, `pairs` adds a second cell to each."""

    size: int
    swapped: float
    masks: bool
    pairs: bool


@dataclass(frozen=True)
class Examples:
    """A batch as it lies in memory: cells with their labels and masks; backgrounds and which cells get one; second cells."""

    cells: Half
    labels: Index
    masks: NDArray[np.bool_] | None
    behind: Half | None
    swapped: NDArray[np.bool_]
    partners: NDArray[Any] | None
    partner_masks: NDArray[np.bool_] | None


def epoch(material: Material, kinds: Kinds, names: tuple[object, ...], start: int = 0) -> Generator[Examples]:
    """An epoch's training batches from the one numbered `start`, all of one size; `names` say which training and epoch."""
    crops = np.random.default_rng(work.seed(*names, "order")).permutation(material.sides["train"])
    for number in range(start, n_batches(material, kinds)):
        rng = np.random.default_rng(work.seed(*names, "batch", number))
        yield _batch(material, kinds, crops[number * kinds.size : (number + 1) * kinds.size], rng)


def n_batches(material: Material, kinds: Kinds) -> int:
    """Batches of an epoch: whole ones only, for batch norm; one smaller where there are too few crops for a whole one."""
    return max(1, len(material.sides["train"]) // kinds.size)


def in_order(material: Material, side: str, kinds: Kinds) -> Generator[Examples]:
    """All crops of a side as they are, the last batch smaller; second cells are the same each time."""
    crops = material.sides[side]
    for start in range(0, len(crops), kinds.size):
        rng = np.random.default_rng(work.seed(side, start))
        plain = Kinds(kinds.size, 0.0, kinds.masks, kinds.pairs)
        yield _batch(material, plain, crops[start : start + kinds.size], rng, side)


def _batch(material: Material, kinds: Kinds, crops: Index, rng: np.random.Generator, side: str = "train") -> Examples:
    swapped = rng.random(len(crops)) < kinds.swapped
    behind = _others(material, crops, rng) if kinds.swapped else None
    partners = _partners(material, side, crops, rng) if kinds.pairs else None
    need_masks = kinds.masks or behind is not None
    return Examples(
        _half(material, crops),
        material.label[crops],
        material.kept.masks("mask", crops) if need_masks else None,
        None if behind is None else _half(material, behind),
        swapped,
        None if partners is None else material.kept.crops[partners],
        material.kept.masks("mask", partners) if partners is not None and kinds.masks else None,
    )


def _half(material: Material, crops: Index) -> Half:
    return Half(material.kept.crops[crops], material.stats.mean[crops], material.stats.std[crops])


def _others(material: Material, crops: Index, rng: np.random.Generator) -> Index:
    """For each crop a training crop of another condition."""
    pool = material.sides["train"]
    chosen = rng.choice(pool, len(crops))
    for _ in range(TRIES):
        same = material.condition[chosen] == material.condition[crops]
        if not same.any():
            return chosen
        chosen[same] = rng.choice(pool, int(same.sum()))
    raise BadInput(f"--robust swap: backgrounds come from crops of other {wording.conditions()}, and there are hardly any")


def _partners(material: Material, side: str, crops: Index, rng: np.random.Generator) -> Index:
    """For each crop another one of its condition, on the same side."""
    pool = material.sides[side]
    pool = pool[np.argsort(material.condition[pool], kind="stable")]
    condition = material.condition[pool]
    first = np.searchsorted(condition, material.condition[crops])
    count = np.searchsorted(condition, material.condition[crops], "right") - first
    place = np.empty(len(material.condition), np.int64)
    place[pool] = np.arange(len(pool))
    step = rng.integers(1, count)
    return pool[first + (place[crops] - first + step) % count]
