"""How often each pixel value occurs: merged over fields, the exact distribution for the intensity filter (paper 3.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MANTISSA_BITS = 11
_CUT = np.uint32(0xFFFFFFFF << (23 - MANTISSA_BITS) & 0xFFFFFFFF)


def histogram(pixels: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The values that occur, ascending, and how many pixels have each.

    Whole numbers are counted exactly; a float32 image's values are cut (towards zero) to 11 bits of mantissa, 0.05% of
    the value at most, so that there are thousands of values and not millions.
    """
    flat = pixels.ravel()
    if flat.dtype.kind == "u":
        counts = np.bincount(flat)
        values = np.flatnonzero(counts)
        return values.astype(np.float64), counts[values].astype(np.int64)
    cut = (flat.astype(np.float32).view(np.uint32) & _CUT).view(np.float32)
    values, counts = np.unique(cut, return_counts=True)
    return values.astype(np.float64), counts.astype(np.int64)
