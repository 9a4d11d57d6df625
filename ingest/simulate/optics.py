"""From light to counts: blur, haze, illumination, and a camera with offset, gain, noise, hot pixels and saturation.

Figures are those of real fields (Opera Phenix, CycleNET's example): an empty field's mean, its fall-off to the corners,
the growth of variance with brightness, the correlation of neighbouring pixels' noise and of whole rows and columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from cellswap.ingest.simulate.anatomy import Image
from cellswap.ingest.simulate.screen import Screen
from cellswap.store import work

CHANNELS = ("protein", "nucleus", "cytoplasm")
OFFSET = 50.0  # counts
MEDIUM = (178.0, 164.0, 288.0)  # counts of an empty field over the offset, at its centre, by channel
COUNTS_A_PHOTON = 0.85
READ_NOISE = 8.0  # counts
NEIGHBOUR_PIXELS = 0.34  # share of a pixel's noise in the next one, before normalization: fields are resampled
NOISE_TAKEN = 1.14  # what resampling takes of the noise, along each axis
STRIPES = 2.6  # counts, standard deviation of rows and of columns
HOT_SHARE, HOT_COUNTS = 6e-6, 900.0
HAZE_PX, WIDE_HAZE_PX = 8.0, 30.0
HAZE_SHARE, WIDE_HAZE_SHARE = 0.07, 0.03
SATURATION = 65_535


@dataclass(frozen=True)
class Microscope:
    """How one plate was imaged. Gains are factors by channel; `centre` is the brightest place, in field sizes."""

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: float = OFFSET
    falloff: float = 0.48  # of the light, from the centre to a corner
    centre: tuple[float, float] = (0.45, 0.55)
    haze: float = 1.0
    focus_px: float = 1.1  # standard deviation of the blur


def microscope(screen: Screen, replicate: int, plate: str) -> Microscope:
    """The plate's batch effects, from its name; the nominal microscope where the screen has none."""
    if not screen.batch:
        return Microscope()
    rng = np.random.default_rng(work.seed("simulate", screen.seed, "batch", replicate, plate))
    red, green, blue = rng.lognormal(0, (0.18, 0.12, 0.12))
    centre = rng.normal((0.45, 0.55), 0.06)
    return Microscope(
        gain=(float(red), float(green), float(blue)),
        offset=float(OFFSET + rng.normal(0, 8)),
        falloff=float(np.clip(rng.normal(0.48, 0.08), 0.1, 0.7)),
        centre=(float(centre[0]), float(centre[1])),
        haze=float(rng.lognormal(0, 0.3)),
        focus_px=float(np.clip(rng.lognormal(np.log(1.1), 0.13), 0.8, 1.7)),
    )


def expose(light: Image, haze_source: Image, channel: int, scope: Microscope, rng: np.random.Generator) -> np.ndarray:
    """The field (n, n) uint16 that the camera gives of one channel's light.

    `haze_source` is the light that is seen out of focus. For the protein channel it is that of the cells' bodies, not of
    the protein, so that an empty place of a field does not tell which protein the field is of.
    """
    n = len(light)
    seen = ndimage.gaussian_filter(light + _haze(haze_source, scope.haze), scope.focus_px, truncate=3)
    seen += np.float32(MEDIUM[channel])
    seen *= _illumination(n, scope) * np.float32(scope.gain[channel])
    noisy = scope.offset + seen + _noise(seen, rng) + _stripes(n, rng)
    _add_hot_pixels(noisy)
    return np.clip(np.rint(noisy), 0, SATURATION).astype(np.uint16)


def _haze(source: Image, strength: float) -> Image:
    """Light of cells and their neighbours spread wide, in squares of four pixels that the focus blurs away."""
    n = len(source)
    step = 4
    padded = np.pad(source, (0, -n % step))
    coarse = padded.reshape(len(padded) // step, step, -1, step).mean(axis=(1, 3))
    wide = HAZE_SHARE * ndimage.gaussian_filter(coarse, HAZE_PX / step, mode="nearest", truncate=3)
    wide += WIDE_HAZE_SHARE * ndimage.gaussian_filter(coarse, WIDE_HAZE_PX / step, mode="nearest", truncate=3)
    wide *= np.float32(strength)
    return np.repeat(np.repeat(wide, step, axis=0), step, axis=1)[:n, :n]


@lru_cache(maxsize=2)
def _illumination(n: int, scope: Microscope) -> Image:
    """1 at the brightest place, 1 - falloff in the furthest corner of a centred field."""
    y = (np.arange(n, dtype=np.float32) + 0.5)[:, None] / n - np.float32(scope.centre[0])
    x = (np.arange(n, dtype=np.float32) + 0.5)[None, :] / n - np.float32(scope.centre[1])
    return np.maximum(0.1, 1 - np.float32(scope.falloff) * (y * y + x * x) * 2)


def _noise(seen: Image, rng: np.random.Generator) -> Image:
    """Shot and read noise; a normal stands for the Poisson, as each pixel has a hundred photons or more."""
    white = rng.standard_normal(seen.shape, np.float32)
    white *= np.sqrt(np.float32(COUNTS_A_PHOTON) * seen + np.float32(READ_NOISE**2))
    kernel = np.array([NEIGHBOUR_PIXELS, 1.0, NEIGHBOUR_PIXELS], np.float32)
    kernel /= np.sqrt((kernel**2).sum()) * NOISE_TAKEN
    return ndimage.correlate1d(ndimage.correlate1d(white, kernel, axis=0), kernel, axis=1)


def _stripes(n: int, rng: np.random.Generator) -> Image:
    """What a row or a column has in common, correlated over a few of them."""
    slow = ndimage.gaussian_filter1d(rng.standard_normal((2, n), np.float32), 1.2, axis=1) * np.float32(STRIPES * 2.06)
    return slow[0][:, None] + slow[1][None, :]


def _add_hot_pixels(counts: Image) -> None:
    """Add the camera's hot pixels, at the same places in every field of one size."""
    rng = np.random.default_rng(work.seed("simulate", "camera", len(counts)))
    n = rng.poisson(HOT_SHARE * counts.size)
    y, x = rng.integers(len(counts), size=(2, n))
    counts[y, x] += rng.exponential(HOT_COUNTS, n).astype(np.float32)
