"""Which windows of a field are free of cells, and which certainly: that no cell was found does not make a field empty.

A field without cells is empty where somebody says so, or where its channels show no structure; else a segmentation that
finds nothing in cells of another kind than it was made for would turn every one of them into background.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cellswap.ingest import backgrounds, structure
from cellswap.ingest.backgrounds import Windows
from cellswap.ingest.cut import Cells
from cellswap.ingest.doubts import Doubt

Channels = Mapping[str, NDArray[np.generic]]
Judged = tuple[Windows, tuple[Doubt, ...]]


def judged(channels: Channels, cells: Cells, windows: Windows, size: int, *, said_empty: bool) -> Judged:
    """The windows that may be kept, `empty` where that is certain, and what is in doubt about the field."""
    n_cells = len(cells.label)
    if n_cells == 0:
        return _without_cells(channels, windows, said_empty=said_empty)
    doubts = (Doubt("said empty, has cells", f"{n_cells} cells", n_cells),) if said_empty else ()
    seen = structure.of_places(channels, _covered(windows, cells.numbered.shape, size)) if windows.empty.any() else None
    if seen is None:
        return windows, doubts
    return replace(windows, empty=np.zeros_like(windows.empty)), (*doubts, Doubt("missed", seen))


def _without_cells(channels: Channels, windows: Windows, *, said_empty: bool) -> Judged:
    seen = structure.of_field(channels)
    if seen is None:
        return windows, ()
    if said_empty:
        return windows, (Doubt("said empty, shows structure", seen),)
    return backgrounds.NONE, (Doubt("structure", seen),)


def _covered(windows: Windows, shape: tuple[int, ...], size: int) -> NDArray[np.bool_]:
    """The pixels (h, w) of the windows that are taken for certainly empty."""
    covered = np.zeros(shape, np.bool_)
    for y, x in zip(windows.y0[windows.empty], windows.x0[windows.empty], strict=True):
        covered[y : y + size, x : x + size] = True
    return covered
