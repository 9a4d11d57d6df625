"""One field of view: its cells drawn into three channels of light, exposed, with the truth about each cell."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cellswap.ingest.simulate import anatomy, cells
from cellswap.ingest.simulate.anatomy import Anatomy, Image, soft
from cellswap.ingest.simulate.cells import Shape
from cellswap.ingest.simulate.compartments import COMPARTMENTS, is_there, texture
from cellswap.ingest.simulate.optics import CHANNELS, Microscope, expose
from cellswap.ingest.simulate.proteins import Protein
from cellswap.ingest.simulate.screen import Screen, Well
from cellswap.store import work

GLOW = 52.0  # counts of the cell's own light in the protein channel
NUCLEUS, NUCLEUS_IN_CYTOSOL, SEPTIN = 5400.0, 900.0, 1900.0
CYTOPLASM = 5500.0
MARKER_SPREAD = (0.2, 0.25, 0.17)  # of nucleus, of what is in the cytosol in that channel, of cytoplasm: log-normal
HAZE_OF_GLOW = 2.5  # the bodies' haze in the protein channel, in glows: the same for every protein
DEAD_LIGHT = (900.0, 2500.0, 5500.0)
DEBRIS = 4.0  # specks in a field of 1080 x 1080


@dataclass(frozen=True)
class CellTruth:
    """What was drawn for one cell, beside its shape."""

    shape: Shape
    localization: str
    compartment_there: bool
    brightness: float


@dataclass(frozen=True)
class Field:
    """Channels (3, n, n) uint16, labels (n, n) uint16 with 0 outside, and truths[i] of label i + 1."""

    channels: NDArray[np.uint16]
    labels: NDArray[np.uint16]
    truths: list[CellTruth]


class Canvas:
    """The light of a field while it is drawn: three channels, the bodies for haze, and whose pixel it is."""

    def __init__(self, size: int) -> None:
        self.light = np.zeros((3, size, size), np.float32)
        self.bodies = np.zeros((size, size), np.float32)
        self.labels = np.zeros((size, size), np.uint16)
        self.depth = np.zeros((size, size), np.float32)

    def add(self, cell: Anatomy, light: Sequence[Image], number: int) -> None:
        """Add a cell; where it meets others the brighter shows, and the label of the one that lies deeper."""
        size = len(self.labels)
        top, left, n = cell.top, cell.left, len(cell.depth)
        rows, columns = slice(max(0, top), max(0, min(size, top + n))), slice(max(0, left), max(0, min(size, left + n)))
        inner = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
        for channel, image in zip(self.light, light, strict=True):
            np.maximum(channel[rows, columns], image[inner], out=channel[rows, columns])
        np.maximum(self.bodies[rows, columns], cell.body[inner], out=self.bodies[rows, columns])
        depth, there = cell.depth[inner], self.depth[rows, columns]
        mine = depth > there
        np.copyto(there, depth, where=mine)
        np.copyto(self.labels[rows, columns], number, where=mine)


def field(screen: Screen, well: Well, site: int, scope: Microscope) -> Field:
    """The field, from the seed and its own name alone."""
    rng = generator(screen, well.field(site))
    canvas = Canvas(screen.field_size)
    truths: list[CellTruth] = []
    if well.protein:
        for shape in cells.place(rng, cells.number(rng, screen.cells_per_field, screen.field_size), screen.field_size):
            truths.append(_draw(canvas, shape, well.protein, len(truths) + 1, rng))
    _add_debris(canvas, rng)
    return Field(_exposed(canvas, scope, rng), canvas.labels, truths)


def lone_cell(screen: Screen, well: Well, number: int, size: int) -> Field:
    """A crop (size, size) of one cell of the well's protein with no other near, by the nominal microscope.

    Nothing else is in the light, haze and debris included: what a classifier finds here is in the cell itself.
    """
    if well.protein is None:
        raise ValueError(f"{well.plate} {well.well} holds no protein")
    rng = generator(screen, f"{well.field(0)}/{number}")
    canvas = Canvas(size)
    truth = _draw(canvas, cells.alone(rng, size / 2), well.protein, 1, rng)
    return Field(_exposed(canvas, Microscope(falloff=0.0, haze=0.0), rng), canvas.labels, [truth])


def generator(screen: Screen, field_name: str) -> np.random.Generator:
    """The field's source of randomness, fresh: the first thing drawn from it is the number of cells."""
    return np.random.default_rng(work.seed("simulate", screen.seed, "field", field_name))


def _draw(canvas: Canvas, shape: Shape, protein: Protein, number: int, rng: np.random.Generator) -> CellTruth:
    """Draw one cell; where it shows is drawn by the protein's proportions."""
    names, shares = zip(*protein.mixture, strict=True)
    localization = names[min(bisect(list(accumulate(shares)), rng.uniform()), len(names) - 1)]
    cell = anatomy.build(shape, rng)
    traits = protein.traits
    brightness = float(traits.brightness * rng.lognormal(0, traits.spread))
    pattern = COMPARTMENTS[localization](cell, traits, rng)
    pattern = (1 - traits.leak) * pattern + traits.leak * cell.cytoplasm
    light = [brightness * pattern + GLOW * cell.body, *_markers(cell, rng)]
    if shape.condition == "dead":
        shine = texture(cell, 3.0, np.float32(0.3), rng) * cell.body * cell.thickness * rng.lognormal(0, 0.5)
        light = [np.float32(dead) * shine for dead in DEAD_LIGHT]
    elif shape.condition == "out of focus":
        blur, dim = rng.uniform(2.2, 4.2), rng.uniform(0.25, 0.7)
        light = [np.float32(dim) * ndimage.gaussian_filter(image, blur, truncate=2.2, mode="constant") for image in light]
    canvas.add(cell, light, number)
    return CellTruth(shape, localization, is_there(localization, cell), brightness)


def _markers(cell: Anatomy, rng: np.random.Generator) -> tuple[Image, Image]:
    """The nucleus channel (with the septin ring of a neck) and the cytoplasm channel."""
    strength = [exp(spread * drawn) for spread, drawn in zip(MARKER_SPREAD, rng.standard_normal(3).tolist(), strict=True)]
    nucleus = soft(cell.nucleus, 2.4) * texture(cell, 2.0, np.float32(0.12), rng)
    nucleus *= NUCLEUS * strength[0]
    nucleus += NUCLEUS_IN_CYTOSOL * strength[1] * cell.cytoplasm
    if cell.shape.bud:
        neck = np.exp(-0.5 * ((cell.along - np.float32(cell.shape.long - 0.5)) / 1.1) ** 2)
        nucleus += SEPTIN * strength[0] * neck * soft(np.float32(0.55 * cell.shape.bud) - np.abs(cell.across)) * cell.body
    cytoplasm = texture(cell, 2.2, np.float32(0.17), rng) * cell.cytoplasm
    cytoplasm *= CYTOPLASM * strength[2]
    return nucleus, cytoplasm


def _add_debris(canvas: Canvas, rng: np.random.Generator) -> None:
    """Small bright specks that belong to no cell, in one channel or all."""
    size = len(canvas.labels)
    y, x = np.mgrid[-4:5, -4:5]
    for _ in range(rng.poisson(DEBRIS * (size / 1080) ** 2)):
        top, left = rng.integers(0, size - 9, 2)
        speck = np.exp(-(y * y + x * x) / (2 * rng.uniform(0.8, 1.8) ** 2)).astype(np.float32)
        light = rng.lognormal(0, 0.7, 3) * (250, 1200, 1500) * (rng.uniform(size=3) < 0.6)
        canvas.light[:, top : top + 9, left : left + 9] += light.astype(np.float32)[:, None, None] * speck


def _exposed(canvas: Canvas, scope: Microscope, rng: np.random.Generator) -> NDArray[np.uint16]:
    haze = [canvas.bodies * np.float32(GLOW * HAZE_OF_GLOW), canvas.light[1], canvas.light[2]]
    return np.stack([expose(canvas.light[i], haze[i], i, scope, rng) for i in range(len(CHANNELS))])
