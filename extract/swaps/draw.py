"""Which centre goes on which background: drawing conditions first, then their crops (paper 3.2, D.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Conditions that may be drawn for one side of a set, and how many crops (or cell-free windows) each has."""

    conditions: tuple[str, ...]
    counts: Index


@dataclass(frozen=True)
class Rule:
    """How a set is drawn.

    `conditions` is 'image' (a pair of conditions for each image; D.3 needs it) or 'set' (one pair for the whole set; 3.2 read
    literally). `replacement` says what may stand twice in a set: 'none', 'backgrounds' (a centre never does) or 'both'.
    """

    n_images: int
    conditions: str
    replacement: str

    @property
    def again(self) -> tuple[bool, bool]:
        """Whether a centre, and whether a background, may stand twice."""
        return self.replacement == "both", self.replacement != "none"


@dataclass(frozen=True)
class Drawn:
    """The images of a set in drawing order: for each side the condition's index in its pool and the crop's rank in the condition."""

    centre: Index
    centre_rank: Index
    background: Index
    background_rank: Index

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.centre)


def draw(rng: np.random.Generator, centre: Pool, background: Pool | None, rule: Rule) -> Drawn:
    """Up to `rule.n_images` images; fewer where the pools hold no more.

    Both sides are drawn uniformly over conditions. A condition is never its own background (for the same class, p1 != p2).
    Without replacement, each condition's crops are taken in turn from a random start, so that none comes twice.
    """
    sides = [centre] if background is None else [centre, background]
    if rule.conditions == "set":
        sides = _one_condition_each(rng, sides, rule)
    taken = _take(rng, sides, rule)
    starts = [rng.integers(np.maximum(side.counts, 1)) for side in sides]
    ranks = [(start[p] + k) % side.counts[p] for side, start, (p, k) in zip(sides, starts, taken, strict=True)]
    chosen = [_index_in(pool, side, p) for pool, side, (p, _) in zip((centre, background), sides, taken, strict=False)]
    if background is None:
        return Drawn(chosen[0], ranks[0], np.full(len(chosen[0]), -1), np.full(len(chosen[0]), -1))
    return Drawn(chosen[0], ranks[0], chosen[1], ranks[1])


def _take(rng: np.random.Generator, sides: list[Pool], rule: Rule) -> list[tuple[Index, Index]]:
    """For each side the conditions and, within each, how often it was drawn before; in rounds until there are enough."""
    used = [np.zeros(len(side.conditions), np.int64) for side in sides]
    rounds: list[list[Index]] = []
    n = 0
    while n < rule.n_images and _possible(left := _left(sides, used, rule), sides):
        drawn = [rng.choice(np.flatnonzero(free), rule.n_images - n) for free in left]
        keep = _differ(sides, drawn)
        for side, u, p, again in zip(sides, used, drawn, rule.again, strict=False):
            if not again:
                keep &= u[p] + _times_before(p) < side.counts[p]
        drawn = [p[keep] for p in drawn]
        for u, p in zip(used, drawn, strict=True):
            np.add.at(u, p, 1)
        rounds.append(drawn)
        n += len(drawn[0])
    columns = [np.concatenate([r[i] for r in rounds] or [np.empty(0, np.int64)]) for i in range(len(sides))]
    return [
        (p, rng.integers(side.counts[p]) if again and len(p) else _times_before(p))
        for side, p, again in zip(sides, columns, rule.again, strict=False)
    ]


def _left(sides: list[Pool], used: list[Index], rule: Rule) -> list[NDArray[np.bool_]]:
    """For each side which conditions can still be drawn."""
    return [side.counts > (0 if again else u) for side, u, again in zip(sides, used, rule.again, strict=False)]


def _possible(left: list[NDArray[np.bool_]], sides: list[Pool]) -> bool:
    """Whether some pair of different conditions can still be drawn."""
    names = [{side.conditions[i] for i in np.flatnonzero(free)} for side, free in zip(sides, left, strict=True)]
    return all(names) and (len(sides) == 1 or len(names[0] | names[1]) > 1)


def _differ(sides: list[Pool], drawn: list[Index]) -> NDArray[np.bool_]:
    if len(sides) == 1:
        return np.ones(len(drawn[0]), bool)
    return np.array(sides[0].conditions)[drawn[0]] != np.array(sides[1].conditions)[drawn[1]]


def _times_before(values: Index) -> Index:
    """For each place, how often its value stood before it."""
    order = np.argsort(values, kind="stable")
    in_order = values[order]
    first = np.r_[True, in_order[1:] != in_order[:-1]] if len(values) else np.empty(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(values)), 0)) if len(values) else np.empty(0, np.int64)
    before = np.empty(len(values), np.int64)
    before[order] = np.arange(len(values)) - start
    return before


def _one_condition_each(rng: np.random.Generator, sides: list[Pool], rule: Rule) -> list[Pool]:
    """One condition a side, with enough crops for the whole set where one has; the first draw fixes the centre's."""
    chosen: list[Pool] = []
    for side, again in zip(sides, rule.again, strict=False):
        free = side.counts.copy()
        if chosen:
            free[[condition == chosen[0].conditions[0] for condition in side.conditions]] = 0
        enough = np.flatnonzero(free >= (1 if again else rule.n_images))
        candidates = enough if len(enough) else np.flatnonzero(free == free.max())
        i = int(rng.choice(candidates))
        chosen.append(Pool((side.conditions[i],), np.array([free[i]])))
    return chosen


def _index_in(pool: Pool | None, side: Pool, chosen: Index) -> Index:
    """The same conditions as indices into the whole pool."""
    if pool is None or pool.conditions == side.conditions:
        return chosen
    return np.full(len(chosen), pool.conditions.index(side.conditions[0]))
