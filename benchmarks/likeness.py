"""How like real fields the simulated ones are: distances, and a sheet of crops side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage

from cellswap.ingest.segment import Segmentation, segment
from cellswap.ingest.simulate import cells, optics, render
from cellswap.ingest.simulate.optics import CHANNELS as ROLES
from cellswap.ingest.simulate.screen import PRESETS, Screen, Well, wells

Channels = NDArray[np.float64]  # (3, h, w)
DENSE, SPARSE, EMPTY = "r01c01f01p01", "r01c01f02p01", "r02c01f02p01"
CELLS = {DENSE: 650, SPARSE: 263}  # such that the segmenter finds about as many pieces
SCREEN = replace(PRESETS["screen"], batch=False, empty_wells=1, fields_per_well=1)
SIDE, HALF = 8, 32
SHRUNK, GREYS = 0.75, 24  # such that the sheet stays under 350 kB


def compare(folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Each comparison with its distance and what it is of."""
    empty, drawn_empty = real(folder, EMPTY), simulated(None, 0)
    for role, a, b in zip(ROLES, empty, drawn_empty, strict=True):
        yield f"empty field, {role}", {**moments(a, b), "spectrum": spectrum_distance(noise(a), noise(b))}
    for name, n in CELLS.items():
        ours, theirs = simulated("cytoplasm", n), real(folder, name)
        kind = "dense" if name == DENSE else "sparse"
        for role, a, b in zip(ROLES, theirs, ours, strict=True):
            yield f"{kind} field, {role}", {**moments(a, b), "spectrum": spectrum_distance(a, b)}
        yield from _cells(kind, theirs, ours)


def _cells(kind: str, theirs: Channels, ours: Channels) -> Iterator[tuple[str, dict[str, object]]]:
    (areas, light), (drawn_areas, drawn_light) = measured(theirs), measured(ours)
    facts: dict[str, object] = {"distance": ks(areas, drawn_areas), "n_real": len(areas), "n_simulated": len(drawn_areas)}
    quartiles = {"real": np.percentile(areas, (25, 50, 75)).round(), "simulated": np.percentile(drawn_areas, (25, 50, 75)).round()}
    yield f"{kind} field, cell area", facts | {k: v.tolist() for k, v in quartiles.items()}
    for role, a, b in zip(ROLES, light, drawn_light, strict=True):
        facts = {"distance": ks(a, b), "real": round(float(np.median(a))), "simulated": round(float(np.median(b)))}
        yield f"{kind} field, a cell's mean {role}", facts


def real(folder: Path, name: str) -> Channels:
    """The three channels of a real field."""
    return np.stack([tifffile.imread(folder / "images" / f"{name}-ch{c}sk1fk1fl1.tiff") for c in (1, 2, 3)]).astype(float)


def simulated(localization: str | None, n_cells: int) -> Channels:
    """A field of as many cells, of the weakest protein of that localization; of an empty well for None."""
    screen = replace(SCREEN, cells_per_protein=max(1, n_cells))
    well = _well(screen, localization)
    numbers = {s: cells.number(render.generator(screen, well.field(s)), n_cells, screen.field_size) for s in range(1, 100)}
    site = min(numbers, key=lambda s: abs(numbers[s] - n_cells))
    return render.field(screen, well, site, optics.Microscope()).channels.astype(float)


def _well(screen: Screen, localization: str | None) -> Well:
    fit = [w for w in wells(screen) if localization == (w.protein.mixture[0][0] if w.protein and len(w.protein.mixture) == 1 else None)]
    return min((w for w in fit if localization or not w.protein), key=lambda w: w.protein.traits.brightness if w.protein else 0)


def moments(real_image: NDArray[np.float64], drawn: NDArray[np.float64]) -> dict[str, object]:
    """The distances of mean and spread, with both means and spreads."""
    made: dict[str, object] = {}
    for name, of in (("mean", np.mean), ("spread", np.std)):
        a, b = float(of(real_image)), float(of(drawn))
        made |= {name: round(abs(float(np.log2(b / a))), 3), f"{name}_real": round(a, 1), f"{name}_simulated": round(b, 1)}
    return made


def noise(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The image less what changes slowly over it."""
    return image - ndimage.gaussian_filter(image, 12)


def spectrum(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power in 24 rings of frequency, from 1/45 to 1/2 of a pixel."""
    n = min(image.shape)
    window = np.hanning(n)
    power = np.abs(np.fft.fft2((image[:n, :n] - image.mean()) * window[:, None] * window[None, :])) ** 2
    frequency = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n)[None, :])
    edges = np.geomspace(1 / 45, 0.5, 25)
    return np.array([power[(frequency >= a) & (frequency < b)].mean() for a, b in pairwise(edges)])


def spectrum_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Mean over frequencies of |log2 of the ratio of power|."""
    return round(float(np.abs(np.log2(spectrum(b) / spectrum(a))).mean()), 3)


def measured(field: Channels) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
    """Area and mean light of each cell that the default segmenter finds."""
    labels = segment(field[2].astype(np.uint16), Segmentation())
    ids = np.arange(1, labels.max() + 1)
    return np.bincount(labels.ravel())[1:], [np.asarray(ndimage.mean(channel, labels, ids)) for channel in field]


def ks(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    """Kolmogorov-Smirnov distance of two samples."""
    both = np.sort(np.concatenate([a, b]))
    below = [np.searchsorted(np.sort(of), both, side="right") / len(of) for of in (a, b)]
    return round(float(np.abs(below[0] - below[1]).max()), 3)


def picture(folder: Path, to: Path) -> None:
    """64 real crops on the left, 64 simulated ones on the right; protein, nucleus and cytoplasm below each other.

    One grey scale for a channel, that of the real crops. The file carries the licence of the real side.
    """
    sides = [_crops(real(folder, DENSE)), _crops(simulated("cytoplasm", CELLS[DENSE]))]
    low, high = np.percentile(sides[0], (0.5, 99.7), axis=(1, 2, 3))
    sheets = [np.vstack([_tiles(*channel) for channel in zip(side, low, high, strict=True)]) for side in sides]
    gap = np.full((len(sheets[0]), 12), 255, np.uint8)
    whole = Image.fromarray(np.hstack([sheets[0], gap, sheets[1]]))
    small = whole.resize((round(whole.width * SHRUNK), round(whole.height * SHRUNK)), Image.Resampling.LANCZOS)
    texts = PngInfo()
    texts.add_text("Licence of the left half", (folder / "LICENSE.upstream").read_text(encoding="utf-8"), zip=True)
    small.point([round(value * GREYS / 255) * 255 // GREYS for value in range(256)]).save(to, optimize=True, pnginfo=texts)


def _crops(field: Channels) -> NDArray[np.float64]:
    """Crops (3, 64, h, w) around cells, drawn without order."""
    labels = segment(field[2].astype(np.uint16), Segmentation())
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, np.arange(1, labels.max() + 1))).round().astype(int)
    inside = centres[((centres >= HALF) & (centres <= np.array(labels.shape) - HALF)).all(axis=1)]
    chosen = np.random.default_rng(0).permutation(inside)[: SIDE * SIDE]
    return np.stack([field[:, y - HALF : y + HALF, x - HALF : x + HALF] for y, x in chosen], axis=1)


def _tiles(crops: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    """8 x 8 crops as one picture."""
    grey = (255 * np.clip((crops - low) / (high - low), 0, 1) ** 0.7).astype(np.uint8)
    size = 2 * HALF
    return grey.reshape(SIDE, SIDE, size, size).transpose(0, 2, 1, 3).reshape(SIDE * size, SIDE * size)
