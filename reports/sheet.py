"""Contact sheets of swaps: centre, background, mask and result of each, channel below channel."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.reports import tiles
from cellswap.reports.items import Tile
from cellswap.reports.tiles import Crop, Picture, Scale

COLUMNS = ("centre", "background", "mask", "result")
MARGIN = 12
LINE_PX = 17
FONT_PX = 13
LABEL_PX = 300


@dataclass(frozen=True)
class Swap:
    """One image and what it is made of, in one unit: no background where there is none. `lines` say what it is."""

    centre: Crop
    background: Crop | None
    mask: NDArray[Any]
    result: Crop
    lines: tuple[str, ...]


def scale_of(swaps: list[Swap]) -> dict[str, tuple[float, float]]:
    """What becomes black and white in each channel, the same for all of a sheet.

    Masked images don't count: their empty background would set the black.
    """
    sides = [crop for s in swaps for crop in (s.centre, s.background) if crop is not None]
    return tiles.scales(sides)


def tile(swap: Swap, scale: Scale, alt: str) -> Tile:
    """The picture of a swap for a gallery, with its lines under it."""
    import imagecodecs

    made = _strip(swap, scale)
    return Tile(bytes(imagecodecs.webp_encode(made, lossless=True)), (made.shape[1], made.shape[0]), alt, swap.lines)


def sheet(swaps: list[Swap], title: str) -> bytes:
    """A PNG file: one row a swap, with what it is beside it, under the names of the columns."""
    scale = scale_of(swaps)
    rows = [_strip(swap, scale) for swap in swaps]
    height = max(rows[0].shape[0], LINE_PX * max(len(s.lines) for s in swaps)) + MARGIN
    page = _Page(LABEL_PX + rows[0].shape[1] + 2 * MARGIN, 2 * LINE_PX + 2 * MARGIN + height * len(rows))
    page.write(MARGIN, MARGIN, title)
    panel = (rows[0].shape[1] + tiles.GAP) // len(COLUMNS)
    for i, name in enumerate(COLUMNS):
        page.write(LABEL_PX + MARGIN + i * panel, MARGIN + LINE_PX, name)
    for i, (row, swap) in enumerate(zip(rows, swaps, strict=True)):
        top = 2 * LINE_PX + MARGIN + MARGIN // 2 + i * height
        page.paste(LABEL_PX + MARGIN, top, row)
        for k, line in enumerate(swap.lines):
            page.write(MARGIN, top + k * LINE_PX, line)
    return page.png()


def figure(swaps: list[Swap], title: str) -> bytes:
    """A PNG file: the results side by side, each under its lines (the paper's Figure 1A)."""
    scale = scale_of(swaps)
    columns = [tiles.joined([tiles.grey(s.result[r], *scale[r]) for r in _roles(s)], 0) for s in swaps]
    n_lines = max(len(s.lines) for s in swaps)
    width, height = max(170, columns[0].shape[1] + MARGIN), columns[0].shape[0]
    page = _Page(width * len(swaps) + 2 * MARGIN, height + (n_lines + 1) * LINE_PX + 3 * MARGIN)
    page.write(MARGIN, MARGIN, title)
    for i, (column, swap) in enumerate(zip(columns, swaps, strict=True)):
        for k, line in enumerate(swap.lines):
            page.write(MARGIN + i * width, MARGIN + (k + 1) * LINE_PX, line)
        page.paste(MARGIN + i * width, 2 * MARGIN + (n_lines + 1) * LINE_PX, column)
    return page.png()


def _roles(swap: Swap) -> list[str]:
    return tiles.channels(swap.result)


def _strip(swap: Swap, scale: Scale) -> Picture:
    """The four columns, one row of panels a channel."""
    rows = []
    for role in _roles(swap):
        centre = tiles.outlined(tiles.grey(swap.centre[role], *scale[role]), swap.mask)
        blank = np.full_like(centre, 255)
        behind = blank if swap.background is None else tiles.grey(swap.background[role], *scale[role])
        rows.append(tiles.joined([centre, behind, tiles.grey(swap.mask, 0, 1), tiles.grey(swap.result[role], *scale[role])], 1))
    return tiles.joined(rows, 0)


class _Page:
    """A white page to write and paste on."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw, ImageFont

        self._image = Image.new("RGB", (width, height), "white")
        self._draw, self._font = ImageDraw.Draw(self._image), ImageFont.load_default(FONT_PX)

    def write(self, x: int, y: int, text: str) -> None:
        self._draw.text((x, y), text, "black", self._font)

    def paste(self, x: int, y: int, picture: Picture) -> None:
        from PIL import Image

        self._image.paste(Image.fromarray(picture), (x, y))

    def png(self) -> bytes:
        held = io.BytesIO()
        self._image.save(held, "PNG", optimize=True)
        return held.getvalue()
