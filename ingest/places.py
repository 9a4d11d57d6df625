"""Cells of which only the place in the field is known: crops around their centres, without masks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from cellswap.ingest.cut import Cells, Crops


@dataclass(frozen=True)
class Places:
    """The cells of a field: their names in the source, and their centres in pixels (y down, x right; the first pixel's is 0)."""

    names: tuple[str, ...]
    y: tuple[float, ...]
    x: tuple[float, ...]

    @property
    def digest(self) -> bytes:
        """A hash over all of it."""
        return hashlib.sha256(repr((self.names, self.y, self.x)).encode()).digest()


def cells(of: Places, shape: tuple[int, ...]) -> Cells:
    """The cells, numbered from 1 in their order; of none is any pixel known, so their areas are 0."""
    n = len(of.names)
    numbers = np.arange(1, n + 1, dtype=np.int64)
    return Cells(numbers, np.zeros(n, np.int64), np.array(of.y, np.float64), np.array(of.x, np.float64), np.zeros(shape, np.int32))


def cut(of: Cells, size: int) -> Crops:
    """The crops that lie wholly in the field; masks are empty."""
    y0, x0 = (np.floor(centre + 0.5).astype(np.int64) - size // 2 for centre in (of.centre_y, of.centre_x))
    height, width = of.numbered.shape
    cell = np.flatnonzero((y0 >= 0) & (x0 >= 0) & (y0 + size <= height) & (x0 + size <= width))
    none = np.zeros((len(cell), size, size), np.bool_)
    return Crops(cell, y0[cell], x0[cell], none, none, np.zeros(len(cell), np.int64), np.zeros(len(cell)), 0)
