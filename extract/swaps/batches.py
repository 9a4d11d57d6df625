"""Swaps in batches, from kept crops: what the device needs to compose them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from cellswap.extract.swaps.compose import check_spread
from cellswap.extract.swaps.gather import Kept
from cellswap.extract.todo import Work
from cellswap.store import wording

Index = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Half:
    """One side of some swaps: crops (n, C, size, size) as stored, mean and standard deviation (n, C) of their proteins."""

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
class Stats:
    """Mean and standard deviation (proteins, C) of each protein's kept crops, NaN where it has none; the last row is nobody's."""

    orfs: dict[str, int]
    mean: Floats
    std: Floats

    def rows(self, orfs: pa.ChunkedArray) -> Index:
        """The row of each of these proteins; the last for a protein that is not known."""
        coded = orfs.combine_chunks().dictionary_encode()
        known = np.array([self.orfs.get(orf, len(self.orfs)) for orf in coded.dictionary.to_pylist()], np.int64)
        return known[coded.indices.to_numpy()]


@dataclass(frozen=True)
class Source:
    """What swaps are composed from; `standardized` says whether the proteins' statistics are needed for it."""

    kept: Kept
    stats: Stats
    channels: tuple[str, ...]
    standardized: bool


def statistics(connection: duckdb.DuckDBPyConnection, screen: str, channels: tuple[str, ...]) -> Stats:
    """The statistics of all proteins of a screen, from the view protein_stats."""
    query = "SELECT orf, channel, mean, std FROM protein_stats WHERE screen = ? AND list_contains(?, channel) ORDER BY orf"
    found = connection.execute(query, [screen, list(channels)]).fetchall()
    place = {orf: i for i, orf in enumerate(dict.fromkeys(row[0] for row in found))}
    mean, std = np.full((2, len(place) + 1, len(channels)), np.nan, np.float32)
    for orf, channel, m, s in found:
        mean[place[orf], channels.index(channel)], std[place[orf], channels.index(channel)] = m, s
    return Stats(place, mean, std)


def refuse_flat(stats: Stats, used: set[str], channels: tuple[str, ...]) -> None:
    """Raise BadInput naming the first of the used proteins whose pixels have no spread: it can't be standardized."""
    orfs = [orf for orf in stats.orfs if orf in used]
    std = stats.std[[stats.orfs[orf] for orf in orfs]]
    check_spread(torch.from_numpy(np.nan_to_num(std, nan=1.0)), orfs, lambda i: channels[i])


def batches(work: Work, source: Source, size: int) -> Iterator[Swaps]:
    """The work's swaps in batches of `size` (the last one smaller), in the order of its rows."""
    centre, background = (work.rows.column(f"{side}_at").to_numpy() for side in ("centre", "background"))
    stats = [source.stats.rows(work.rows.column(name)) for name in ("orf", "background_orf")]
    lacking = absent(source, (centre, background), stats)
    whole = np.setdiff1d(np.arange(len(centre)), np.fromiter(lacking, np.int64, len(lacking)))
    for start in range(0, max(len(whole), 1), size):
        places = whole[start : start + size]
        yield Swaps(
            places,
            _half(source, centre[places], stats[0][places]),
            _half(source, background[places], stats[1][places]),
            source.kept.masks("mask", centre[places]),
            source.kept.masks("cells", background[places]) if "cells" in source.kept.bits else None,
            {} if start else lacking,
        )


def _half(source: Source, which: Index, stats: Index) -> Half:
    return Half(source.kept.crops[which], source.stats.mean[stats], source.stats.std[stats])


def absent(source: Source, sides: tuple[Index, Index], stats: list[Index]) -> dict[int, str]:
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
            reasons[f"no statistics of the {side}'s {wording.condition()}"] = np.asarray(np.isnan(source.stats.std[stats[i]]).any(1))
        for reason, which in reasons.items():
            for place in np.flatnonzero(which).tolist():
                found.setdefault(place, reason)
    return found
