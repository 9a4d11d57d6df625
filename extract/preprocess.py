"""What each network's authors do to a crop before the forward pass, on whole batches and on any device.

Every function takes raw crops (N, C, H, W) in float32 and the centre cells' masks (N, H, W), or None for real crops,
and returns crops of the same shape. Masked crops: background 0, then the network's own preprocessing (paper 3.3), but
PIFiA's code scales first and does not standardize.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Preprocess = Callable[[Tensor, Tensor | None], Tensor]
FIVE_CROPS = ((2, 2), (0, 0), (0, 4), (4, 0), (4, 4))


def minmax_standardize(crops: Tensor, masks: Tensor | None) -> Tensor:
    """PIFiA: each channel to 0-1, then all channels together to mean 0 and deviation 1; masked crops only the first.

    The deviation is the population's and at least 1/sqrt(numbers in a crop), as TensorFlow's per_image_standardization.
    """
    scaled = _minmax(crops)
    if masks is not None:
        return scaled * masks[:, None]
    std, mean = torch.std_mean(scaled, dim=(1, 2, 3), correction=0, keepdim=True)
    return (scaled - mean) / std.clamp_min(1 / math.sqrt(math.prod(crops.shape[1:])))


def minmax(crops: Tensor, masks: Tensor | None) -> Tensor:
    """PCI: each channel to 0-1 by its own minimum and maximum."""
    return _minmax(_masked(crops, masks))


def percentile_stretch(crops: Tensor, masks: Tensor | None) -> Tensor:
    """DeepLoc: each channel less its 0.1 percentile, cut at its 99.9, divided by their difference only where that exceeds 1.

    Values under the low percentile stay, slightly negative; crops in units of 0-1 are never divided: both as published.
    """
    crops = _masked(crops, masks)
    flat = crops.flatten(2)
    low, high = (_percentile(flat, q)[:, :, None, None] for q in (0.1, 99.9))
    width = high - low
    return (torch.minimum(crops, high) - low) / torch.where(width > 1, width, 1.0)


def standardize(crops: Tensor, masks: Tensor | None) -> Tensor:
    """Each channel to mean 0 and deviation 1, the population's: how Dino4Cells feeds its networks."""
    std, mean = torch.std_mean(_masked(crops, masks), dim=(2, 3), correction=0, keepdim=True)
    return (_masked(crops, masks) - mean) / (std + 1e-7)


def none(crops: Tensor, masks: Tensor | None) -> Tensor:
    """The raw pixels."""
    return _masked(crops, masks)


PREPROCESSING: dict[str, Preprocess] = {f.__name__: f for f in (minmax_standardize, minmax, percentile_stretch, standardize, none)}


def centre(crops: Tensor, size: int) -> Tensor:
    """The middle (N, C, size, size) of each crop."""
    top, left = ((side - size) // 2 for side in crops.shape[2:])
    return crops[:, :, top : top + size, left : left + size]


def five(crops: Tensor, size: int) -> Tensor:
    """DeepLoc's five test crops (N*5, C, size, size) of 64 px crops: the centre and the corners, crop by crop."""
    return torch.stack([crops[:, :, y : y + size, x : x + size] for y, x in FIVE_CROPS], 1).flatten(0, 1)


def problems(crops: Tensor, masks: Tensor | None) -> dict[str, Tensor]:
    """For each reason why a crop can't be embedded, which do have it (N,)."""
    low, high = crops.amin((2, 3)), crops.amax((2, 3))
    found = {
        "pixels that are not finite": ~(torch.isfinite(low) & torch.isfinite(high)).all(1),
        "a channel without any contrast": (low == high).any(1),
    }
    return found if masks is None else found | {"an empty mask": ~masks.flatten(1).any(1)}


def _masked(crops: Tensor, masks: Tensor | None) -> Tensor:
    return crops if masks is None else crops * masks[:, None]


def _minmax(crops: Tensor) -> Tensor:
    low, high = crops.amin((2, 3), keepdim=True), crops.amax((2, 3), keepdim=True)
    return (crops - low) / (high - low)


def _percentile(flat: Tensor, q: float) -> Tensor:
    """The q-th percentile over the last axis with numpy's linear interpolation, from the few extreme values alone.

    torch.quantile computes the place in float32, which is off by more than our tolerance for counts, and sorts everything.
    """
    n = flat.shape[-1]
    place = q / 100 * (n - 1)
    below = math.floor(place)
    high_side = q > 50
    k = n - below if high_side else below + 2
    extreme = flat.topk(min(k, n), largest=high_side, sorted=True).values
    at, beside = (k - 1, k - 2) if high_side else (below, below + 1)
    return torch.lerp(extreme[..., at], extreme[..., beside], place - below)
