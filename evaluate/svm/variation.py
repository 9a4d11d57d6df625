"""Whether anything varies: of features that are all constant a classifier learns nothing, and its answers are those of a coin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
# In units of the feature's size: what the order of additions in a forward pass leaves of equal crops.
ROUNDING = 4 * np.finfo(np.float32).eps


def varies(blocks: Iterable[NDArray[np.float32]]) -> bool:
    """Whether some feature of rows (n, d), given in blocks, differs by more than rounding; most often the first two rows tell."""
    first: NDArray[np.float32] | None = None
    for block in blocks:
        if first is None and len(block):
            first = block[0]
        if first is not None and (np.abs(block - first) > ROUNDING * np.maximum(np.abs(block), np.abs(first))).any():
            return True
    return False


def some_vary(x: NDArray[np.float32], which: NDArray[np.bool_]) -> bool:
    """The same of the rows of `which` (n,); ends of the classes first, as equal classes stand in blocks."""
    at = np.flatnonzero(which)
    order = np.concatenate([at[[0, -1]], at]) if len(at) else at
    return varies(x[order[start : start + BLOCK]] for start in range(0, len(order), BLOCK))
