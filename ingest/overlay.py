"""Cell outlines drawn on a field: what a biologist looks at before trusting anything else."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.segmentation import find_boundaries

from cellswap.ingest.illumination import flatten

GREYS = 64
OUTLINE = (255, 70, 50)
MOST_PX = 540
NOISE_SHOWN = 30.0


def overlay(image: NDArray[np.generic], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """The image in grey with each label's outline in red, (h, w, 3)."""
    colours = np.repeat(np.round(stretch(image) * 255).astype(np.uint8)[..., None], 3, axis=2)
    colours[find_boundaries(labels, mode="inner")] = OUTLINE
    return colours


def stretch(image: NDArray[np.generic]) -> NDArray[np.float32]:
    """The image from 0 to 1: background taken away, logarithmic above the noise.

    The brightest value shown is at least 30 times the noise, so that a field without cells is dark and its noise is not.
    """
    signal, noise = flatten(image, 0.5)
    noise = max(noise, 1e-3 * float(np.ptp(signal)), np.finfo(np.float32).tiny)
    top = max(float(np.percentile(signal[::2, ::2], 99.8)), NOISE_SHOWN * noise)
    return np.clip(np.log1p(np.maximum(signal, 0) / (3 * noise)) / np.log1p(top / (3 * noise)), 0, 1)


def preview(image: NDArray[np.generic], labels: NDArray[np.integer]) -> bytes:
    """A PNG of the overlay, at most 540 px high and wide, in 64 greys and one colour."""
    step = -(-max(image.shape) // MOST_PX)
    height, width = (n // step * step for n in image.shape)
    tiles = np.asarray(image, np.float32)[:height, :width].reshape(height // step, step, width // step, step)
    small = stretch(tiles.mean(axis=(1, 3)))
    indices = np.round(small * (GREYS - 1)).astype(np.uint8)
    indices[find_boundaries(labels[:height:step, :width:step], mode="inner")] = GREYS
    picture = Image.fromarray(indices)
    greys = np.repeat(np.linspace(0, 255, GREYS).round().astype(np.uint8), 3)
    picture.putpalette(bytes(greys) + bytes(OUTLINE))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
