"""Nuclei in a channel that shows them: a Gaussian and Li's threshold, parted at necks, of a plausible size.

Gaussian and threshold as for OpenCell's nuclei (Kobayashi et al. 2022, cytoself). Lengths go with the diameter: what a nucleus of
27 px, as those of EBImage's fields, needs (a Gaussian of 2 px) another needs in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_li

from cellswap.errors import BadInput
from cellswap.ingest import filters, structure
from cellswap.ingest.filters import Labels
from cellswap.ingest.necks import join

LEAST_PX, MOST_PX = 4.0, 1000.0


@dataclass(frozen=True)
class Nuclei:
    """What the method takes for given, stored with the run: the typical diameter in pixels, and shares of it."""

    diameter_px: float
    smoothing: float = 2 / 27
    min_depth: float = 0.1  # half the width of the thinnest piece
    wide_neck: float = 0.8  # of the thinner side's half width: two pieces with a wider neck are one nucleus
    least_diameter: float = 0.5  # of a disc of the same area: what is smaller is debris, or cut by the field's edge
    most_diameter: float = 2.0  # what is larger is a clump

    def __post_init__(self) -> None:
        """BadInput for a diameter that can't be."""
        if not LEAST_PX <= self.diameter_px <= MOST_PX:
            raise BadInput(f"--cell-diameter {self.diameter_px:g}: expected the diameter in pixels, {LEAST_PX:g} to {MOST_PX:g}")


@dataclass(frozen=True)
class Found:
    """Labels (h, w) int32 from 1 without gaps, 0 outside; and how many objects are no nuclei by their size, with one as example."""

    labels: Labels
    n_odd: int = 0
    example: str = ""


def find(image: NDArray[np.generic], how: Nuclei) -> Found:
    """The nuclei of an image; none where it shows nothing but light and noise, which Li's threshold would cut in two as well."""
    if structure.of_field({"": image}) is None:
        return Found(np.zeros(image.shape, np.int32))
    smooth = filters.smoothed(np.asarray(image, np.float32), how.smoothing * how.diameter_px)
    lit = smooth > threshold_li(smooth)
    pieces = _parted(lit, how)
    return _plausible(pieces, filters.parts(lit & (pieces == 0)), how)


def _parted(lit: filters.Mask, how: Nuclei) -> Labels:
    """The lit pieces, those that touch parted at their necks."""
    depth = filters.smoothed(filters.depth(lit), how.smoothing * how.diameter_px) * lit
    pieces = filters.flooded(-depth, filters.tops(depth, how.min_depth * how.diameter_px), lit)
    return join(pieces, depth, how.wide_neck)


def _plausible(pieces: Labels, thin: Labels, how: Nuclei) -> Found:
    """The pieces of a plausible size; the `thin` ones, in which nothing is as deep as a nucleus, are none."""
    area = np.bincount(pieces.ravel())
    diameter = np.sqrt(area * 4 / pi) / how.diameter_px
    kept = (diameter >= how.least_diameter) & (diameter <= how.most_diameter)
    kept[0] = False
    odd = np.flatnonzero(~kept[1:] & (area[1:] > 0)) + 1
    areas = [*area[odd], *np.bincount(thin.ravel())[1:]]
    example = f"{areas[0]} px where a disc of {how.diameter_px:g} px has {pi / 4 * how.diameter_px**2:.0f}" if areas else ""
    return Found(np.where(kept, np.cumsum(kept), 0).astype(np.int32)[pieces], len(areas), example)
