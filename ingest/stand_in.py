"""A stand-in for a screen, for `cellswap demo` where no data is at hand: round cells, four localizations, three channels.

It is drawn with circles, not from biology: it shows that every stage runs, and says nothing about any network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage

from cellswap.store import work

LOCALIZATIONS = ("cytoplasm", "nucleus", "cell periphery", "mitochondrion")
FIELD_SIZE = 512
N_CELLS = 70
OFFSET, READ_NOISE = 200.0, 6.0
CHANNEL_GAIN = {"ch1": 600.0, "ch2": 900.0, "ch3": 1500.0}

Image = NDArray[np.float64]


@dataclass(frozen=True)
class Well:
    """One well to draw: a protein of one localization."""

    plate: str
    row: int
    column: int
    orf: str
    gene: str
    localization: str


@dataclass(frozen=True)
class Cell:
    """One cell: centre and radii in pixels, `angle` in radians."""

    y: float
    x: float
    long: float
    short: float
    angle: float


def draw(folder: Path, wells: list[Well]) -> None:
    """Write one folder of TIFFs a plate under `folder`, in the names of an Opera Phenix, and `plate_map.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["ORF,Gene,Plate,Row,Column,wellId"]
    for well in wells:
        lines.append(f"{well.orf},{well.gene},{well.plate},{well.row},{well.column},r{well.row:02d}c{well.column:02d}")
        plate = folder / well.plate
        plate.mkdir(exist_ok=True)
        for channel, image in field(well).items():
            name = f"r{well.row:02d}c{well.column:02d}f01p01-{channel}sk1fk1fl1.tiff"
            tifffile.imwrite(plate / name, image, compression="zlib")
    (folder / "plate_map.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def field(well: Well) -> dict[str, NDArray[np.uint16]]:
    """The three channels of one field (512, 512) uint16, the same for the same well."""
    rng = np.random.default_rng(work.seed("stand-in", well.plate, well.orf))
    signal = {channel: np.zeros((FIELD_SIZE, FIELD_SIZE)) for channel in CHANNEL_GAIN}
    for cell in _place(rng):
        body, nucleus = _shapes(cell, rng)
        signal["ch1"] = np.maximum(
            signal["ch1"], _protein(well.localization, body, nucleus, rng) * rng.lognormal(0, 0.3)
        )
        signal["ch2"] = np.maximum(signal["ch2"], nucleus)
        signal["ch3"] = np.maximum(signal["ch3"], body * rng.lognormal(0, 0.1))
    return {channel: _expose(image * CHANNEL_GAIN[channel], rng) for channel, image in signal.items()}


def _place(rng: np.random.Generator) -> list[Cell]:
    """Cells that may touch but do not lie on each other."""
    cells: list[Cell] = []
    for _ in range(20 * N_CELLS):
        y, x = rng.uniform(0, FIELD_SIZE, 2)
        long = rng.uniform(12, 17)
        if len(cells) < N_CELLS and all(np.hypot(y - c.y, x - c.x) > 0.9 * (long + c.long) for c in cells):
            cells.append(Cell(y, x, long, long * rng.uniform(0.8, 1.0), rng.uniform(0, np.pi)))
    return cells


def _shapes(cell: Cell, rng: np.random.Generator) -> tuple[Image, Image]:
    """The cell's body and its nucleus, 0 to 1 with soft edges."""
    angle, shift = rng.uniform(0, 2 * np.pi), cell.short * 0.3
    inside = Cell(cell.y + shift * np.sin(angle), cell.x + shift * np.cos(angle), 5.0, 5.0, 0.0)
    return _ellipse(cell), _ellipse(inside)


def _ellipse(cell: Cell) -> Image:
    y, x = np.ogrid[:FIELD_SIZE, :FIELD_SIZE]
    dy, dx = y - cell.y, x - cell.x
    along = dx * np.cos(cell.angle) + dy * np.sin(cell.angle)
    across = dy * np.cos(cell.angle) - dx * np.sin(cell.angle)
    distance = np.sqrt((along / cell.long) ** 2 + (across / cell.short) ** 2)
    return np.clip((1.05 - distance) * 10, 0, 1)


def _protein(localization: str, body: Image, nucleus: Image, rng: np.random.Generator) -> Image:
    if localization == "nucleus":
        return nucleus + 0.1 * body
    if localization == "cell periphery":
        return np.clip(body - ndimage.binary_erosion(body > 0.5, iterations=3), 0, 1) + 0.1 * body
    if localization == "mitochondrion":
        threads = ndimage.gaussian_filter(rng.standard_normal(body.shape), 2)
        return body * (np.abs(threads) < 0.3 * threads.std()) + 0.1 * body
    return body * (1 - 0.5 * nucleus)


def _expose(image: Image, rng: np.random.Generator) -> NDArray[np.uint16]:
    blurred = ndimage.gaussian_filter(image, 1.0)
    counts = OFFSET + rng.poisson(blurred) + rng.normal(0, READ_NOISE, image.shape)
    return np.clip(counts.round(), 0, 65_535).astype(np.uint16)
