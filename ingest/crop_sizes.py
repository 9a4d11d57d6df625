"""Crops and their masks in the store's size: by the mean of areas where they are larger, between pixels where they are smaller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize, resize_local_mean

WHITE = 255
Masks = tuple[NDArray[np.bool_], NDArray[np.bool_] | None, list[int] | None]


def masks_of(found: Sequence[NDArray[Any]] | NDArray[Any], size: int) -> Masks:
    """Of masks or labels, (n, h, w) or (h, w) each, the centre's own pixels, and of labels all cells' and how many others there are.

    Numbers that are all 0 and 1, or all 0 and 255, are truth values.
    """
    groups = [found] if isinstance(found, np.ndarray) else [one[None] for one in found]
    are_truth = all(group.dtype.kind == "b" or group.max(initial=0) <= 1 for group in groups) or all(_is_black_or_white(g) for g in groups)
    if are_truth:
        return _joined([sized_mask(group != 0, size) for group in groups], size), None, None
    centres = [group[:, group.shape[1] // 2, group.shape[2] // 2] for group in groups]
    own = [(group == at[:, None, None]) & (at != 0)[:, None, None] for group, at in zip(groups, centres, strict=True)]
    others = [
        int(np.count_nonzero(np.setdiff1d(np.unique(one), (0, label))))
        for group, at in zip(groups, centres, strict=True)
        for one, label in zip(group, at, strict=True)
    ]
    return _joined([sized_mask(one, size) for one in own], size), _joined([sized_mask(g != 0, size) for g in groups], size), others


def _is_black_or_white(masks: NDArray[Any]) -> bool:
    return bool(((masks == 0) | (masks == WHITE)).all())


def _joined(masks: list[NDArray[np.bool_]], size: int) -> NDArray[np.bool_]:
    return masks[0] if len(masks) == 1 else np.concatenate([np.zeros((0, size, size), bool), *masks])


def sized(crops: NDArray[Any], size: int) -> NDArray[Any]:
    """Crops (n, h, w) in the store's size and their own dtype."""
    if crops.shape[1:] == (size, size):
        return crops
    out = np.empty((len(crops), size, size))
    for i, crop in enumerate(crops.astype(np.float64)):
        out[i] = _one_sized(crop, size)
    return (np.rint(out) if crops.dtype.kind == "u" else out).astype(crops.dtype)


def _one_sized(crop: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    if min(crop.shape) >= size:
        return np.asarray(resize_local_mean(crop, (size, size), preserve_range=True))
    return np.asarray(resize(crop, (size, size), order=1, mode="edge", anti_aliasing=False, preserve_range=True))


def sized_mask(masks: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Masks in the store's size: a pixel is in where more than half of it was."""
    return masks if masks.shape[1:] == (size, size) else sized(masks.astype(np.float32), size) > 0.5
