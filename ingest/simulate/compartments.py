"""The 15 localizations, each drawn along the cell's own nucleus, vacuole, bud and cortex.

Each function returns light (h, w) of about 1 where the compartment is densest, before the microscope's blur. Where a
cell lacks the compartment (a bud neck without a bud, a vacuole), the protein is spread through the cytoplasm, and
`is_there` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import cos, pi, sin

import numpy as np

from cellswap.ingest.simulate import points
from cellswap.ingest.simulate.anatomy import Anatomy, Image, from_origin, soft, within
from cellswap.ingest.simulate.proteins import Traits

Draw = Callable[[Anatomy, Traits, np.random.Generator], Image]
MEMBRANE_PX = 1.0


def cytoplasm(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """All cytosol, more or less shut out of the nucleus, with a grain of its own."""
    shut_out = np.float32(np.clip(0.35 * traits.texture, 0, 0.7))
    grain = texture(cell, 3.0, np.float32(0.07 * traits.texture), rng)
    return cell.cytoplasm * (1 - shut_out * soft(cell.nucleus)) * grain


def nucleus(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """The nucleus, evenly; a little in the cytosol."""
    return soft(cell.nucleus, 2.2) * texture(cell, 2.5, np.float32(0.1 * traits.texture), rng) + 0.1 * cell.cytoplasm


def nucleolus(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """A crescent against one side of the nucleus, away from the bud where there is one; a little in the rest of it."""
    turn = pi + rng.normal(0, 0.6) if cell.shape.bud else rng.uniform(0, 2 * pi)
    made = 0.12 * soft(cell.nucleus)
    for along, across, radius in cell.nuclei:
        side = (cell.along - along) * cos(turn) + (cell.across - across) * sin(turn)
        aside = (cell.across - across) * cos(turn) - (cell.along - along) * sin(turn)
        inside = radius + 0.4 - from_origin(cell.along - along, cell.across - across)
        hollow = side - radius * (0.25 * traits.size - 0.35 * (aside / radius) ** 2)
        made = np.maximum(made, soft(inside) * soft(hollow))
    return (made + 0.05 * cell.cytoplasm).astype(np.float32)


def nuclear_periphery(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """A ring around the nucleus, brighter at its pores."""
    ring = shell(cell.nucleus, 0.2, MEMBRANE_PX * traits.size)
    pores = texture(cell, 1.6, np.float32(0.55), rng)
    return 1.15 * ring * pores + 0.08 * cell.cytoplasm


def endoplasmic_reticulum(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """A ring around the nucleus and a broken sheet under the cortex, with a few strands between."""
    ring = shell(cell.nucleus, -0.3, 1.2 * MEMBRANE_PX)
    sheet = shell(cell.depth, 2.0, 1.1 * MEMBRANE_PX) * texture(cell, 2.6, np.float32(0.6), rng)
    net = within(texture(cell, 1.8, np.float32(1.0), rng) - 1.1, 0, 1) * cell.cytoplasm
    return ring + np.float32(0.75 * traits.size) * sheet + 0.35 * net + 0.12 * cell.cytoplasm


def vacuole(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """The lumen of the vacuole."""
    if not cell.vacuoles:
        return spread(cell, rng)
    return soft(cell.vacuole, 2.2) * texture(cell, 3.0, np.float32(0.06 * traits.texture), rng) + 0.06 * cell.cytoplasm


def vacuolar_membrane(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """A ring around each vacuole, of uneven light."""
    if not cell.vacuoles:
        return spread(cell, rng)
    ring = shell(cell.vacuole, 0.0, MEMBRANE_PX * traits.size) + 0.12 * soft(cell.vacuole)
    return ring * texture(cell, 2.5, np.float32(0.3), rng) + 0.07 * cell.cytoplasm


def cell_periphery(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """The plasma membrane of mother and bud, in patches of unequal light."""
    ring = shell(cell.depth, 0.9, MEMBRANE_PX * traits.size)
    return 1.1 * ring * texture(cell, 2.2, np.float32(0.28 * traits.texture), rng) + 0.08 * cell.cytoplasm


def bud_neck(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """A ring at the neck seen from its side: two points with a bar between; without a bud, spread, at times a scar."""
    if not cell.shape.bud:
        scar = points.spots(cell, np.array([[cell.shape.long - 0.8, 0.0]]), 1.3, np.ones(1))
        return spread(cell, rng) + (0.8 * scar if rng.uniform() < 0.25 else 0)
    half = 0.62 * cell.shape.bud
    across = np.linspace(-half, half, 5)
    neck = np.sqrt(np.maximum(0.0, 1 - (half / cell.shape.short) ** 2)) * cell.shape.long
    weights = np.array([1.0, 0.6, 0.5, 0.6, 1.0]) * 2.1
    ring = points.spots(cell, np.stack([np.full(5, neck), across], axis=1), 1.0 * traits.size, weights)
    return ring + 0.12 * cell.cytoplasm


def spread(cell: Anatomy, rng: np.random.Generator) -> Image:
    """The protein of a compartment that this cell does not have: weakly all through the cytoplasm."""
    return np.float32(rng.uniform(0.2, 0.35)) * cell.cytoplasm


def shell(distance: Image, at: float, width: float) -> Image:
    """Light along the line where the distance is `at`, as wide as a Gaussian of `width` pixels."""
    z = (distance - np.float32(at)) * np.float32(1 / width)
    return np.exp(-0.5 * z * z)


def texture(cell: Anatomy, grain: float, strength: np.float32, rng: np.random.Generator) -> Image:
    """A factor around 1 that varies over `grain` pixels; a coarse lattice of noise, smoothly filled in, never under 0."""
    weights = _lattice(len(cell.depth), grain)
    knots = weights.shape[1]
    made = weights @ (rng.standard_normal((knots, knots), np.float32) * (strength * np.float32(0.6))) @ weights.T
    made += 1
    return np.maximum(made, 0, out=made)


@lru_cache(maxsize=512)
def _lattice(n: int, grain: float) -> Image:
    """What each knot of the lattice counts at each of n pixels."""
    knots = np.arange(int(n / (1.5 * grain)) + 2)
    return np.exp(-0.5 * ((np.arange(n)[:, None] / (1.5 * grain) - knots[None, :]) / 0.67) ** 2).astype(np.float32)


COMPARTMENTS: dict[str, Draw] = {
    "actin": points.actin,
    "bud neck": bud_neck,
    "cell periphery": cell_periphery,
    "cytoplasm": cytoplasm,
    "endosome": points.endosome,
    "ER": endoplasmic_reticulum,
    "Golgi": points.golgi,
    "mitochondrion": points.mitochondrion,
    "nucleus": nucleus,
    "nuclear periphery": nuclear_periphery,
    "nucleolus": nucleolus,
    "spindle pole": points.spindle_pole,
    "peroxisome": points.peroxisome,
    "vacuolar membrane": vacuolar_membrane,
    "vacuole": vacuole,
}


def is_there(localization: str, cell: Anatomy) -> bool:
    """Whether the cell has the compartment at all."""
    if localization == "bud neck":
        return cell.shape.bud > 0
    return bool(cell.vacuoles) if localization in ("vacuole", "vacuolar membrane") else True
