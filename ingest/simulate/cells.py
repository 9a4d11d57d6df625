"""Cells: how large, with which bud, in which stage of the cycle, in what condition, and where in the field.

Sizes are such that one segmenter finds the same areas in simulated fields and in real ones (CycleNET's example). A
daughter counts as part of its mother until it is nearly grown; then they are two cells that touch.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from math import cos, pi, sin, sqrt

import numpy as np

from cellswap.ingest.simulate.screen import CELL_AREA_PX, MOST_COVERED

RADIUS_PX, RADIUS_SPREAD = 10.9, 0.17
STAGES: dict[str, tuple[float, float, float]] = {  # share of cells, smallest and largest bud in mother's radii
    "G1": (0.55, 0.0, 0.0),
    "S": (0.16, 0.27, 0.44),
    "G2": (0.18, 0.44, 0.64),
    "M": (0.11, 0.58, 0.72),
}
AT_MOST = tuple(accumulate(share for share, _, _ in STAGES.values()))[:-1]
DEAD, OUT_OF_FOCUS = 0.012, 0.04
ATTACHED = 0.8  # share of cells that are placed beside another one
TRIES = 14


@dataclass(frozen=True)
class Shape:
    """One cell: centre of the mother in its field, radii, and the bud's radius (0 without one), in pixels; angle in radians.

    The bud lies in the direction of `angle`. `condition` is alive, dead or out of focus.
    """

    y: float
    x: float
    long: float
    short: float
    angle: float
    bud: float
    stage: str
    condition: str

    @property
    def radius(self) -> float:
        """The radius of a circle of the mother's area."""
        return sqrt(self.long * self.short)

    @property
    def bud_distance(self) -> float:
        """From the mother's centre to the bud's."""
        return self.long + 0.72 * self.bud

    @property
    def bud_centre(self) -> tuple[float, float]:
        """Row and column of the bud's centre."""
        return self.y + self.bud_distance * sin(self.angle), self.x + self.bud_distance * cos(self.angle)

    @property
    def reach(self) -> float:
        """How far from the mother's centre the cell goes."""
        return max(self.long, self.bud_distance + self.bud) if self.bud else self.long


def place(rng: np.random.Generator, n: int, size: int) -> list[Shape]:
    """Up to n cells in a field of size x size: many in clumps, none on another; a few lie over the border."""
    field = _Occupied()
    for _ in range(n):
        drawn = _draw(rng)
        for _ in range(TRIES):
            shape = _put(rng, drawn, field, size)
            if field.free(shape):
                field.add(shape)
                break
    return field.shapes


def alone(rng: np.random.Generator, centre: float) -> Shape:
    """One cell whose mother has her centre there, in row and column."""
    return _moved(_draw(rng), centre, centre)


def number(rng: np.random.Generator, mean: float, size: int) -> int:
    """How many cells a field shows: spread as in real fields, and no more than find room."""
    drawn = rng.poisson(mean * rng.gamma(8.0, 1 / 8.0))
    return int(min(drawn, MOST_COVERED * size**2 / CELL_AREA_PX))


def _draw(rng: np.random.Generator) -> Shape:
    radius = RADIUS_PX * float(np.clip(rng.lognormal(0, RADIUS_SPREAD), 0.6, 1.5))
    stage = list(STAGES)[bisect(AT_MOST, rng.uniform())]
    _, smallest, largest = STAGES[stage]
    stretch = 1 + abs(rng.normal(0, 0.15))
    condition = ("dead", "out of focus", "alive")[bisect((DEAD, DEAD + OUT_OF_FOCUS), rng.uniform())]
    if condition == "dead":
        radius *= 0.85
    bud = rng.uniform(smallest, largest) * radius
    return Shape(0, 0, radius * stretch**0.5, radius / stretch**0.5, rng.uniform(0, 2 * pi), bud, stage, condition)


def _put(rng: np.random.Generator, drawn: Shape, field: _Occupied, size: int) -> Shape:
    """The shape at a place that is drawn: beside another cell, or anywhere."""
    if not field.shapes or rng.uniform() > ATTACHED:
        y, x = rng.uniform(-0.4 * drawn.radius, size + 0.4 * drawn.radius, 2).tolist()
        return _moved(drawn, y, x)
    beside = field.shapes[int(len(field.shapes) * rng.uniform() ** 0.7)]
    away = rng.uniform(0, 2 * pi)
    distance = (beside.radius + drawn.radius) * rng.uniform(0.96, 1.04)
    y, x = beside.y + distance * sin(away), beside.x + distance * cos(away)
    low, high = -0.4 * drawn.radius, size + 0.4 * drawn.radius
    return _moved(drawn, min(max(y, low), high), min(max(x, low), high))


def _moved(shape: Shape, y: float, x: float) -> Shape:
    return Shape(y, x, shape.long, shape.short, shape.angle, shape.bud, shape.stage, shape.condition)


class _Occupied:
    """The cells of a field so far, as circles: one for each mother and each bud."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self._circles = np.empty((256, 3))
        self._n = 0

    def free(self, shape: Shape) -> bool:
        """Whether the cell would touch others at most lightly."""
        taken = self._circles[: self._n]
        for y, x, radius in _circles(shape):
            room = 0.93 * (taken[:, 2] + radius)
            if np.any((taken[:, 0] - y) ** 2 + (taken[:, 1] - x) ** 2 < room * room):
                return False
        return True

    def add(self, shape: Shape) -> None:
        """Note the cell."""
        self.shapes.append(shape)
        for circle in _circles(shape):
            if self._n == len(self._circles):
                self._circles = np.concatenate([self._circles, np.empty_like(self._circles)])
            self._circles[self._n] = circle
            self._n += 1


def _circles(shape: Shape) -> list[tuple[float, float, float]]:
    mother = (shape.y, shape.x, 0.5 * (shape.radius + shape.long))
    return [mother, (*shape.bud_centre, shape.bud)] if shape.bud else [mother]
