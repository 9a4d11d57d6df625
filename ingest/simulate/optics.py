"""From light to counts: blur, haze, illumination, and a camera with offset, gain, noise, hot pixels and saturation.

Figures are those of real fields (Opera Phenix, CycleNET's example): an empty field's mean, its fall-off to the corners,
the growth of variance with brightness, the correlation of neighbouring pixels' noise and of whole rows and columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage
from scipy.special import ndtri

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
STRIP_PX = 48


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
    seen = _blurred(_hazy(light, haze_source, scope.haze), _focus(scope.focus_px))
    seen += np.float32(MEDIUM[channel])
    seen *= _illumination(n, scope)
    seen *= np.float32(scope.gain[channel])
    counts = _noise(seen, rng)
    counts += seen
    _add_stripes(counts, rng)
    counts += np.float32(scope.offset)
    _add_hot_pixels(counts)
    np.rint(counts, out=counts)
    return np.clip(counts, 0, SATURATION, out=counts).astype(np.uint16)


def _hazy(light: Image, source: Image, strength: float) -> Image:
    """The light with that of the source spread wide over it, in squares of four pixels that the focus blurs away."""
    n, step = len(source), 4
    m = -(-n // step)
    padded, made = (np.pad(image, (0, m * step - n)).reshape(m, step, m * step) for image in (source, light))
    coarse = padded.sum(axis=1).reshape(m, m, step).sum(axis=2) / np.float32(step**2)
    wide = HAZE_SHARE * ndimage.gaussian_filter(coarse, HAZE_PX / step, mode="nearest", truncate=3)
    wide += WIDE_HAZE_SHARE * ndimage.gaussian_filter(coarse, WIDE_HAZE_PX / step, mode="nearest", truncate=3)
    made += np.repeat(wide * np.float32(strength), step, axis=1)[:, None, :]
    return made.reshape(m * step, m * step)[:n, :n]


def _focus(sigma: float) -> Image:
    """A Gaussian's weights from its centre outwards."""
    half = np.exp(-0.5 * (np.arange(int(3 * sigma + 0.5) + 1) / sigma) ** 2)
    return (half / (2 * half.sum() - half[0])).astype(np.float32)


def _blurred(image: Image, half: Image) -> Image:
    """The image under a kernel that is the same along both axes; in strips of rows that stay in the processor's cache."""
    reach = len(half) - 1
    padded, made = np.pad(image, reach, mode="symmetric"), np.empty_like(image)
    for top in range(0, len(image), STRIP_PX):
        rows = _down(padded[top : top + STRIP_PX + 2 * reach], half)
        made[top : top + STRIP_PX] = _down(rows.T, half).T
    return made


def _down(image: Image, half: Image) -> Image:
    """The image under the kernel down its columns; it loses the kernel's reach at both ends."""
    reach = len(half) - 1
    n = len(image) - 2 * reach
    made = image[reach : reach + n] * half[0]
    for away in range(1, reach + 1):
        pair = image[reach - away : reach - away + n] + image[reach + away : reach + away + n]
        pair *= half[away]
        made += pair
    return made


@lru_cache(maxsize=2)
def _illumination(n: int, scope: Microscope) -> Image:
    """1 at the brightest place, 1 - falloff in the furthest corner of a centred field."""
    y = (np.arange(n, dtype=np.float32) + 0.5)[:, None] / n - np.float32(scope.centre[0])
    x = (np.arange(n, dtype=np.float32) + 0.5)[None, :] / n - np.float32(scope.centre[1])
    return np.maximum(0.1, 1 - np.float32(scope.falloff) * (y * y + x * x) * 2)


def _noise(seen: Image, rng: np.random.Generator) -> Image:
    """Shot and read noise; a normal stands for the Poisson, as each pixel has a hundred photons or more."""
    spread = seen * np.float32(COUNTS_A_PHOTON)
    spread += np.float32(READ_NOISE**2)
    np.sqrt(spread, out=spread)
    spread *= _normals()[rng.integers(0, 1 << 16, seen.shape, np.uint16)]
    half = np.array([1.0, NEIGHBOUR_PIXELS], np.float32)
    return _blurred(spread, half / np.sqrt(1 + 2 * half[1] ** 2) / np.float32(NOISE_TAKEN))


@lru_cache(maxsize=1)
def _normals() -> Image:
    """The normal distribution at 65,536 quantiles: an even draw among them is a normal up to 4.2 sigma, and a cheap one."""
    return ndtri((np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.float32)


def _add_stripes(counts: Image, rng: np.random.Generator) -> None:
    """Add what a row or a column has in common, correlated over a few of them."""
    slow = rng.standard_normal((2, len(counts)), np.float32) * np.float32(STRIPES * 2.06)
    slow = ndimage.gaussian_filter1d(slow, 1.2, axis=1)
    counts += slow[0][:, None]
    counts += slow[1][None, :]


def _add_hot_pixels(counts: Image) -> None:
    """Add the camera's hot pixels, at the same places in every field of one size."""
    rng = np.random.default_rng(work.seed("simulate", "camera", len(counts)))
    n = rng.poisson(HOT_SHARE * counts.size)
    y, x = rng.integers(len(counts), size=(2, n))
    counts[y, x] += rng.exponential(HOT_COUNTS, n).astype(np.float32)
