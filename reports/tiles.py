"""Pictures of crops: the channels side by side in grey, the centre cell's outline on each."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.reports.items import Tile

Crop = Mapping[str, NDArray[Any]]
Scale = Mapping[str, tuple[float, float]]
Picture = NDArray[np.uint8]
ZOOM = 2
OUTLINE = (255, 176, 0)  # amber: seen against grey with every kind of colour blindness
GAP = 4
PERCENTILES = (0.5, 99.8)
TOO_WIDE = 20.0  # on a scale 20 times as wide as its own, a crop has three of the 64 greys


def scales(crops: list[Crop]) -> dict[str, tuple[float, float]]:
    """For each channel, the values that become black and white: the same for all crops of a group, so that they compare."""
    found: dict[str, tuple[float, float]] = {}
    for name in dict.fromkeys(name for crop in crops for name in channels(crop)):
        low, high = np.nanpercentile(np.concatenate([crop[name].ravel() for crop in crops if name in crop]), PERCENTILES)
        found[name] = (float(low), float(high) if high > low else float(low) + 1.0)
    return found


def channels(crop: Crop) -> list[str]:
    """The channels of a crop in their order: all that it has but its mask."""
    return [name for name in crop if name != "mask"]


def scales_each(crops: list[Crop], signal: str) -> tuple[list[Scale], float]:
    """A scale for each crop of a group, and how many times the widest range of the signal channel is the narrowest.

    It is the group's for all of them, except that beyond TOO_WIDE times each has a scale of its own for the signal.
    """
    common = scales(crops)
    alone = [scales([crop]) for crop in crops]
    widths = [high - low for low, high in (scale[signal] for scale in alone if signal in scale)]
    ratio = max(widths, default=1.0) / min(widths, default=1.0)
    return [common | {signal: own[signal]} if ratio > TOO_WIDE else common for own in alone], ratio


def tile(crop: Crop, scale: Scale, alt: str, lines: tuple[str, ...]) -> Tile:
    """The picture of a crop with what stands under it."""
    names = channels(crop)
    n, side = len(names), ZOOM * len(crop[names[0]])
    return Tile(picture(crop, scale), (n * side + (n - 1) * GAP, side), alt, lines)


def from_png(png: bytes, alt: str, lines: tuple[str, ...]) -> Tile:
    """A picture that is a PNG file already; its size stands in its header."""
    width, height = struct.unpack(">II", png[16:24])
    return Tile(png, (width, height), alt, lines)


def picture(crop: Crop, scale: Scale) -> bytes:
    """A WebP file without loss: each channel of the crop at twice its size, with the outline of its mask where it has one."""
    import imagecodecs

    panels = [outlined(grey(crop[name], *scale[name]), crop.get("mask")) for name in channels(crop)]
    return bytes(imagecodecs.webp_encode(joined(panels, 1), lossless=True))


def joined(panels: list[Picture], axis: int) -> Picture:
    """Panels below each other (axis 0) or side by side (axis 1), with a gap between."""
    shape = list(panels[0].shape)
    shape[axis] = GAP
    gap = np.full(shape, 255, np.uint8)
    return np.ascontiguousarray(np.concatenate([part for panel in panels for part in (panel, gap)][:-1], axis=axis))


def grey(channel: NDArray[Any], low: float, high: float) -> Picture:
    """Twice as large and in 64 greys: more are not told apart on such small pictures, and would double the file."""
    share = np.clip((channel.astype(np.float32) - low) / (high - low), 0, 1)
    grey = (np.round(np.nan_to_num(share) * 63) * 4).astype(np.uint8)
    large = grey.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    return np.repeat(large[:, :, None], 3, axis=2)


def outlined(panel: Picture, mask: NDArray[Any] | None) -> Picture:
    """The panel with the outline of a mask drawn into it."""
    if mask is None:
        return panel
    large = mask.astype(bool).repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    inside = large.copy()
    inside[1:] &= large[:-1]
    inside[:-1] &= large[1:]
    inside[:, 1:] &= large[:, :-1]
    inside[:, :-1] &= large[:, 1:]
    panel[large & ~inside] = OUTLINE
    return panel
