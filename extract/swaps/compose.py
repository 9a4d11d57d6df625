"""Lay a centre cell over another crop, in batches on the device (paper 3.2, step 2), and the named variants of that rule."""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d, pad

from cellswap.errors import UnknownName

# Half the width of a feathered edge, in pixels.
FEATHER_PX = 2


@dataclass(frozen=True)
class Side:
    """One side of a batch of swaps: crops (n, channels, size, size) with mean and standard deviation (n, channels) of their conditions."""

    crops: Tensor
    mean: Tensor
    std: Tensor

    def standardized(self) -> Tensor:
        """The crops in units of their own condition's spread: (x - mean) / std, float32."""
        return (self.crops.float() - self.mean[:, :, None, None]) / self.std[:, :, None, None]


@dataclass(frozen=True)
class Pair:
    """A batch of swaps. `mask` is the centre cell's own pixels, `cells` those of all cells of the background crop, (n, size, size) bool."""

    centre: Side
    background: Side
    mask: Tensor
    cells: Tensor

    def part(self, piece: slice | Tensor) -> Pair:
        """Some swaps of the batch."""
        centre, background = (Side(s.crops[piece], s.mean[piece], s.std[piece]) for s in (self.centre, self.background))
        return Pair(centre, background, self.mask[piece], self.cells[piece])


def compose(pair: Pair, variant: str = "") -> Tensor:
    """The composed images (n, channels, size, size) float32: centre pixels where the mask is, the background's elsewhere.

    `variant` is '' (the paper's rule) or one of: feather, dilateN (mask grown by N pixels), shift (the background moved so
    that the centre overlaps least with its cells), match (the background's values given the centre crop's histogram), raw
    (no standardization). Raises UnknownName for any other.
    """
    centre, background, weight = pair.centre.standardized(), pair.background.standardized(), pair.mask.float()
    kind, pixels = parse_variant(variant)
    if kind == "raw":
        centre, background = pair.centre.crops.float(), pair.background.crops.float()
    elif kind == "dilate":
        weight = dilated(pair.mask, pixels).float()
    elif kind == "feather":
        weight = feathered(pair.mask)
    elif kind == "shift":
        background = shifted(background, pair.cells, pair.mask)
    elif kind == "match":
        background = matched(background, centre)
    if kind == "feather":
        weight = weight[:, None]
        return weight * centre + (1 - weight) * background
    # where, not a product with the mask: what is not shown must not reach the result even if it is NaN or infinite
    return torch.where(weight[:, None] > 0, centre, background)


def parse_variant(text: str) -> tuple[str, int]:
    """A variant's kind and its number of pixels (0 where it has none); UnknownName for what is none."""
    found = re.fullmatch(r"(dilate)([1-9]\d?)|(feather|shift|match|raw)|", text)
    if found is None:
        raise UnknownName("variant", text, ("feather", "dilate2", "shift", "match", "raw"))
    return found[1] or found[3] or "", int(found[2] or 0)


def dilated(mask: Tensor, pixels: int) -> Tensor:
    """The masks (n, size, size) bool grown by so many pixels, in steps of 4 and 8 neighbours in turn: nearly round."""
    grown = mask.float()[:, None]
    for step in range(pixels):
        if step % 2:
            grown = max_pool2d(grown, 3, 1, 1)
        else:
            grown = torch.maximum(max_pool2d(grown, (3, 1), 1, (1, 0)), max_pool2d(grown, (1, 3), 1, (0, 1)))
    return grown[:, 0] > 0


def feathered(mask: Tensor) -> Tensor:
    """The masks (n, size, size) as weights 0-1 with an edge that is 2 x FEATHER_PX + 1 pixels wide."""
    width = 2 * FEATHER_PX + 1
    return avg_pool2d(pad(mask.float()[:, None], [FEATHER_PX] * 4, mode="replicate"), width, 1)[:, 0]


def shifted(background: Tensor, cells: Tensor, mask: Tensor) -> Tensor:
    """The backgrounds rolled so that the fewest pixels of their cells lie under the mask; the smallest such shift.

    All shifts with wrap-around are compared at once: the overlap as a function of the shift is a correlation.
    """
    overlap = torch.fft.irfft2(torch.fft.rfft2(mask.float()) * torch.fft.rfft2(cells.float()).conj(), s=mask.shape[-2:]).round()
    best = torch.argmin((overlap * 4 * mask.shape[-1] + _distance(mask)).flatten(1), 1)
    dy, dx = best // mask.shape[-1], best % mask.shape[-1]
    size = mask.shape[-1]
    rows = (torch.arange(size, device=mask.device)[None] - dy[:, None]) % size
    columns = (torch.arange(size, device=mask.device)[None] - dx[:, None]) % size
    item = torch.arange(len(mask), device=mask.device)
    return background[item[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def matched(background: Tensor, centre: Tensor) -> Tensor:
    """The backgrounds with each value replaced by the centre crop's value of the same rank, channel by channel."""
    ranks = background.flatten(2).argsort(dim=-1, stable=True).argsort(dim=-1)
    return centre.flatten(2).sort(dim=-1).values.gather(-1, ranks).view_as(background)


def _distance(mask: Tensor) -> Tensor:
    """How far each shift (size, size) moves the background, with wrap-around: the sum of rows and columns."""
    size = mask.shape[-1]
    steps = torch.arange(size, device=mask.device)
    shortest = torch.minimum(steps, size - steps)
    return (shortest[:, None] + shortest[None, :]).float()
