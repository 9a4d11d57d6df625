"""Pairs of crops of one field that show the same pixels, found by comparing pixels where the crops' places are not known.

Every window of 8 x 8 pixels of all channels gets a hash; two crops that overlap by at least that much share windows, at
one offset; the whole rectangle that the offset implies is then compared pixel by pixel, so that a hash never decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW_PX = 8
# Windows that stand in more places than this repeat a pattern (an empty border) and say nothing about places.
MOST_PLACES = 64
_ROW_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_COLUMN_FACTOR = np.uint64(0xC2B2AE3D27D4EB4F)

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Overlaps:
    """For each pair of crops (positions in the stack): offset of b's centre from a's, and pixels that both show."""

    a: Ints
    b: Ints
    dy: Ints
    dx: Ints
    shared_px: Ints


def find(crops: NDArray[np.generic]) -> Overlaps:
    """All pairs a < b of crops (n, channels, h, w) that share an exactly equal rectangle of at least 8 x 8 pixels.

    The rectangle is what both crops show if b's centre lies (dy, dx) from a's; it is equal in all channels and not of
    one value. Of two offsets that both fit, the one that shares more counts.
    """
    size = crops.shape[-1]
    best: dict[tuple[int, int], tuple[int, int, int]] = {}
    for a, b, dy, dx in _candidates(crops, size):
        shared = (size - abs(dy)) * (size - abs(dx))
        if shared > best.get((a, b), (0, 0, 0))[0] and _same(crops[a], crops[b], dy, dx):
            best[a, b] = (shared, dy, dx)
    rows = np.array([(a, b, dy, dx, shared) for (a, b), (shared, dy, dx) in sorted(best.items())], np.int64).reshape(-1, 5)
    return Overlaps(*rows.T)


def _same(a: NDArray[np.generic], b: NDArray[np.generic], dy: int, dx: int) -> bool:
    """Whether two crops (channels, h, w) show the same, and not one value, where they overlap."""
    height, width = a.shape[1:]
    if min(height - abs(dy), width - abs(dx)) < WINDOW_PX:
        return False
    in_a = a[:, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
    in_b = b[:, max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
    return bool(np.array_equal(in_a, in_b) and (in_a != in_a[:, :1, :1]).any())


def _candidates(crops: NDArray[np.generic], size: int) -> list[tuple[int, int, int, int]]:
    """(a, b, dy, dx) for every pair of crops that share a window's hash, a < b."""
    hashes, place = _windows(crops)
    n = len(crops)
    order = np.argsort(hashes, kind="stable")
    hashes, place = hashes[order], place[order]
    found = [np.empty(0, np.int64)]
    for step in range(1, min(MOST_PLACES, len(hashes))):
        same = hashes[step:] == hashes[:-step]
        if not same.any():
            break
        found.append(np.unique(_packed(place[:-step][same], place[step:][same], n, size)))
    packed = np.unique(np.concatenate(found))
    span = 2 * size
    rest, dx = np.divmod(packed, span)
    rest, dy = np.divmod(rest, span)
    a, b = np.divmod(rest, n)
    return list(zip(a.tolist(), b.tolist(), (dy - size).tolist(), (dx - size).tolist(), strict=True))


def _packed(one: Ints, two: Ints, n: int, size: int) -> Ints:
    """Places of equal windows as one number a pair of crops and offset; the pair in order, no crop with itself."""
    n_places = size * size
    (crop_1, at_1), (crop_2, at_2) = np.divmod(one, n_places), np.divmod(two, n_places)
    dy, dx = at_1 // size - at_2 // size, at_1 % size - at_2 % size
    swap = np.where(crop_1 > crop_2, -1, 1)
    a, b = np.minimum(crop_1, crop_2), np.maximum(crop_1, crop_2)
    span = 2 * size
    return (((a * n + b) * span + swap * dy + size) * span + swap * dx + size)[a != b]


def _windows(crops: NDArray[np.generic]) -> tuple[Hashes, Ints]:
    """The hash of every window that is not of one value, and its place: crop, row and column as one number."""
    size = crops.shape[-1]
    mixed = _pixel_hashes(crops)
    rolled = _rolled(_rolled(mixed, 2, _COLUMN_FACTOR), 1, _ROW_FACTOR)
    # A window of one value has that value times the hash of a window of ones.
    ones = np.ones((1, WINDOW_PX, WINDOW_PX), np.uint64)
    of_ones = _rolled(_rolled(ones, 2, _COLUMN_FACTOR), 1, _ROW_FACTOR)
    varied = rolled != mixed[:, : rolled.shape[1], : rolled.shape[2]] * of_ones
    crop, y, x = np.nonzero(varied)
    return rolled[varied], (crop * size + y) * size + x


def _pixel_hashes(crops: NDArray[np.generic]) -> Hashes:
    """One well-mixed number a pixel (n, h, w), from the bits of all channels."""
    bits = np.ascontiguousarray(crops).view(f"u{crops.dtype.itemsize}").astype(np.uint64)
    mixed = np.zeros(crops.shape[:1] + crops.shape[2:], np.uint64)
    for channel in range(crops.shape[1]):
        mixed = (mixed ^ bits[:, channel]) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _rolled(values: Hashes, axis: int, factor: np.uint64) -> Hashes:
    """The polynomial hash of every 8 neighbours along an axis; overflow wraps round, as it should."""
    ahead = np.moveaxis(values, axis, 0)
    length = len(ahead) - WINDOW_PX + 1
    total = ahead[:length].copy()
    for i in range(1, WINDOW_PX):
        total *= factor
        total += ahead[i : i + length]
    return np.moveaxis(total, 0, axis)
