"""The inside of one cell on a small patch of pixels: how deep each pixel lies, where nucleus, vacuoles and neck are.

All maps are float32 (h, w) in pixels, signed distances positive inside. The frame of the cell has its origin in the
mother's centre; `along` points to the bud, `across` to its left.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.ingest.simulate.cells import Shape

Image = NDArray[np.floating[Any]]
MARGIN_PX = 5
EDGE_PX = 1.6
NOWHERE = np.float32(-99)
NO_ONE_OR_TWO_VACUOLES = (0.06, 0.56, 0.84)  # shares of cells with none, at most one, at most two
Disc = tuple[float, float, float]  # along, across, radius


@dataclass
class Anatomy:
    """One cell on its patch; `top` and `left` say where the patch lies in the field and may be negative."""

    shape: Shape
    top: int
    left: int
    along: Image
    across: Image
    depth: Image  # into mother or bud
    nuclei: tuple[Disc, ...]
    vacuoles: tuple[Disc, ...]
    vacuole_dark: float  # share of the cytosol's light that is missing where a vacuole is

    @cached_property
    def body(self) -> Image:
        """1 inside, 0 outside, with a soft edge."""
        return soft(self.depth)

    @cached_property
    def thickness(self) -> Image:
        """How much of the cell lies above and below a pixel, 0 to 1; a bud is thinner."""
        t = within(self.depth / (0.62 * self.shape.radius), 0, 1)
        return np.sqrt(t * (2 - t))

    @cached_property
    def nucleus(self) -> Image:
        """Distance into the nucleus, of two nuclei the nearer."""
        return self._into(self.nuclei)

    @cached_property
    def vacuole(self) -> Image:
        """Distance into the vacuole; a cell without one has only places outside."""
        return self._into(self.vacuoles)

    @cached_property
    def cytoplasm(self) -> Image:
        """Where cytosol is, 0 to 1: thinner over vacuole and nucleus."""
        missing = np.float32(self.vacuole_dark) * soft(self.vacuole, 2.0) + 0.15 * soft(self.nucleus)
        return self.body * np.sqrt(self.thickness) * np.maximum(0, 1 - missing)

    def _into(self, discs: tuple[Disc, ...]) -> Image:
        made = np.full_like(self.depth, NOWHERE)
        for along, across, radius in discs:
            np.maximum(made, radius - from_origin(self.along - along, self.across - across), out=made)
        return made


def soft(distance: Image, edge: float = EDGE_PX) -> Image:
    """1 where the distance is well inside, 0 outside, a ramp of `edge` pixels between."""
    return within(distance / edge + 0.5, 0, 1)


def within(values: Image, low: float, high: float) -> Image:
    """The values themselves, cut off at both ends; on patches this small np.clip takes longer to begin than to do it."""
    np.maximum(values, low, out=values)
    return np.minimum(values, high, out=values)


def from_origin(a: Image, b: Image) -> Image:
    """Distance from the origin; several times as fast as np.hypot, which also takes numbers whose squares are too large."""
    return np.sqrt(a * a + b * b)


def build(shape: Shape, rng: np.random.Generator) -> Anatomy:
    """The cell's patch with its organelles drawn: an uneven outline, one nucleus or two, up to three vacuoles."""
    half = int(np.ceil(shape.reach)) + MARGIN_PX
    top, left = round(shape.y) - half, round(shape.x) - half
    y = np.arange(2 * half + 1, dtype=np.float32)[:, None] + np.float32(top - shape.y)
    x = np.arange(2 * half + 1, dtype=np.float32)[None, :] + np.float32(left - shape.x)
    right, down = np.float32(cos(shape.angle)), np.float32(sin(shape.angle))
    along, across = x * right + y * down, y * right - x * down
    nuclei = _nuclei(shape, rng)
    vacuoles = _vacuoles(shape, nuclei, rng)
    return Anatomy(shape, top, left, along, across, _depth(shape, along, across, rng), nuclei, vacuoles, rng.uniform(0.3, 0.65))


def _depth(shape: Shape, along: Image, across: Image, rng: np.random.Generator) -> Image:
    """Distance inside the outline: an ellipse with three slow waves, joined by the bud."""
    u, v = along / np.float32(shape.long), across / np.float32(shape.short)
    square = u * u + v * v
    wave = rng.normal(0, 0.045, 3).astype(np.float32)
    uneven = 1 + wave[0] * u * v + wave[1] * u * (u * u - 3 * v * v) / (1 + square) + wave[2] * v
    depth = (1 - np.sqrt(square) * within(uneven, 0.8, 1.2)) * np.float32(shape.radius)  # far out the waves would turn round
    if shape.bud:
        bud = np.float32(shape.bud) - from_origin(along - np.float32(shape.bud_distance), across)
        np.maximum(depth, bud, out=depth)
    return depth.astype(np.float32)


def _nuclei(shape: Shape, rng: np.random.Generator) -> tuple[Disc, ...]:
    """The nucleus lies off centre, near the neck before it divides, and in mother and bud while it does."""
    radius = float(shape.radius * rng.uniform(0.27, 0.34))
    if shape.stage == "M":
        inside = shape.bud_distance - 0.2 * shape.bud
        bud_radius = min(0.85 * radius, 0.7 * shape.bud)
        if rng.uniform() < 0.45:  # anaphase: drawn out through the neck
            steps = np.linspace(0.35 * shape.long, inside, 5)
            thick = (radius, 0.5 * radius, 0.35 * radius, 0.5 * radius, bud_radius)
            return tuple((float(a), 0.0, float(r)) for a, r in zip(steps, thick, strict=True))
        return (float(-rng.uniform(0, 0.3) * shape.long), float(rng.normal(0, 0.1) * shape.short), radius), (inside, 0.0, bud_radius)
    if shape.stage == "G2":
        return ((float(rng.uniform(0.3, 0.55) * shape.long), float(rng.normal(0, 0.12) * shape.short), radius),)
    away, turn = rng.uniform(0.1, 0.5), rng.uniform(0, 2 * pi)
    return ((away * shape.long * cos(turn), away * shape.short * sin(turn), radius),)


def _vacuoles(shape: Shape, nuclei: tuple[Disc, ...], rng: np.random.Generator) -> tuple[Disc, ...]:
    """One large vacuole or two or three small ones, where no nucleus is."""
    n = bisect(NO_ONE_OR_TWO_VACUOLES, rng.uniform())
    made: list[Disc] = []
    for size, turn, out in rng.random((16, 3)).tolist():
        if len(made) == n:
            break
        radius = shape.radius * (0.36 + 0.2 * size) * (1.0, 1.0, 0.72, 0.58)[n]
        away = 0.88 * out * (shape.short - radius)
        disc = (away * cos(2 * pi * turn), away * sin(2 * pi * turn), radius)
        if all(_apart(disc, other, 0.82) for other in nuclei) and all(_apart(disc, other, 0.97) for other in made):
            made.append(disc)
    return tuple(made)


def _apart(a: Disc, b: Disc, share: float) -> bool:
    return hypot(a[0] - b[0], a[1] - b[1]) > share * (a[2] + b[2])
