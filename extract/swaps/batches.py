"""Swaps in batches, from kept crops: what the device needs to compose them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.extract.swaps.gather import Kept
from cellswap.extract.swaps.statistics import Floats, Stats
from cellswap.extract.todo import Work
from cellswap.store import wording

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Half:
    """One side of some swaps: crops (n, C, size, size) as stored, mean and standard deviation (n, C) that they are standardized with."""

    crops: NDArray[Any]
    mean: Floats
    std: Floats


@dataclass(frozen=True)
class Swaps:
    """Some swaps of a work: their places in its rows (n,), both sides, masks (n, size, size), and cells where they are needed.

    `absent` are places of rows that can't be composed, with what they lack.
    """

    places: Index
    centre: Half
    background: Half
    mask: NDArray[np.bool_]
    cells: NDArray[np.bool_] | None
    absent: dict[int, str]


@dataclass(frozen=True)
class Source:
    """What swaps are composed from: kept crops with their statistics; `standardized` says whether these are needed for it."""

    kept: Kept
    stats: Stats
    channels: tuple[str, ...]
    standardized: bool


def batches(work: Work, source: Source, size: int) -> Iterator[Swaps]:
    """The work's swaps in batches of `size` (the last one smaller), in the order of its rows."""
    centre, background = (work.rows.column(f"{side}_at").to_numpy() for side in ("centre", "background"))
    lacking = absent(source, (centre, background))
    whole = np.setdiff1d(np.arange(len(centre)), np.fromiter(lacking, np.int64, len(lacking)))
    for start in range(0, max(len(whole), 1), size):
        places = whole[start : start + size]
        yield Swaps(
            places,
            _half(source, centre[places]),
            _half(source, background[places]),
            source.kept.masks("mask", centre[places]),
            source.kept.masks("cells", background[places]) if "cells" in source.kept.bits else None,
            {} if start else lacking,
        )


def _half(source: Source, which: Index) -> Half:
    return Half(source.kept.crops[which], source.stats.mean[which], source.stats.std[which])


def absent(source: Source, sides: tuple[Index, Index]) -> dict[int, str]:
    """Why swaps can't be composed, by place: the first reason of each."""
    lacks, found = source.kept.lacks, {}
    wanted = [("pixels", "no pixels of the {}"), *((c, f"no {c} channel of the {{}}") for c in source.channels)]
    for i, side in enumerate(("centre", "background")):
        reasons = {text.format(side): lacks[name][sides[i]] for name, text in wanted}
        if side == "centre":
            reasons["no mask of the centre"] = lacks["mask"][sides[i]]
        elif "cells" in lacks:
            reasons["the background's cells were not looked for"] = lacks["cells"][sides[i]]
        if source.standardized:
            reasons[f"no statistics of the {side}'s {wording.condition()}"] = np.asarray(np.isnan(source.stats.std[sides[i]]).any(1))
        for reason, which in reasons.items():
            for place in np.flatnonzero(which).tolist():
                found.setdefault(place, reason)
    return found
