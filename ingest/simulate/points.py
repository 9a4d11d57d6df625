"""What is drawn as points and threads: actin patches, Golgi, endosomes, peroxisomes, spindle poles, mitochondria.

Each function returns light (h, w) of about 1 where the compartment is densest, before the microscope's blur.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellswap.ingest.simulate.anatomy import Anatomy, Disc, Image
from cellswap.ingest.simulate.proteins import Traits

Points = NDArray[np.float64]  # (n, 2): along, across


def actin(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """Patches on the cortex: many in a bud, few in its mother; all over a cell without a bud."""
    n = rng.poisson(11 * traits.number) + 3
    in_bud = rng.uniform(size=n) < (0.0 if not cell.shape.bud else 0.92 if cell.shape.stage == "S" else 0.72)
    places = np.where(in_bud[:, None], _on_bud(cell, n, rng), _on_cortex(cell, n, rng))
    light = spots(cell, places, 0.95 * traits.size, rng.lognormal(0, 0.35, n))
    return 1.5 * light + 0.1 * cell.cytoplasm


def golgi(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """Six or so cisternae of unequal light anywhere in the cytoplasm."""
    n = rng.poisson(6 * traits.number) + 2
    light = spots(cell, in_cytoplasm(cell, n, rng), 1.35 * traits.size, rng.lognormal(0, 0.4, n))
    return 1.4 * light + 0.07 * cell.cytoplasm


def endosome(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """A few large spots, the brightest at the vacuole's side."""
    n = rng.poisson(2.2 * traits.number) + 1
    places = in_cytoplasm(cell, n, rng)
    if cell.vacuoles:
        beside = rng.uniform(size=n) < 0.75
        places = np.where(beside[:, None], _around(cell.vacuoles, 1.1, n, rng), places)
    return 1.5 * spots(cell, places, 1.75 * traits.size, rng.lognormal(0, 0.55, n)) + 0.1 * cell.cytoplasm


def peroxisome(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """Some small sharp points of equal light, mostly near the cortex of mother and bud alike."""
    n = rng.poisson(5 * traits.number) + 2
    near = rng.uniform(size=n) < 0.6
    places = np.where(near[:, None], _on_cortex(cell, n, rng, 3.2), in_cytoplasm(cell, n, rng))
    return 1.9 * spots(cell, places, 0.8 * traits.size, rng.lognormal(0, 0.15, n)) + 0.05 * cell.cytoplasm


def spindle_pole(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """One point on the nucleus's rim; two that part as the cell cycle goes on, one of them in the bud at its end."""
    first, last = cell.nuclei[0], cell.nuclei[-1]
    turn = rng.uniform(0, 2 * np.pi)
    if cell.shape.stage == "M":
        places = [(first[0] - first[2], first[1]), (last[0] + last[2], last[1])]
    elif cell.shape.stage == "G2":
        places = [_rim(first, turn), _rim(first, turn + np.pi)]
    elif cell.shape.stage == "S":
        places = [_rim(first, rng.normal(0, 0.7)), _rim(first, rng.normal(0, 0.7))]
    else:
        places = [_rim(first, turn)]
    weights = rng.lognormal(0, 0.15, len(places))
    return 3.0 * spots(cell, np.array(places), 1.05 * traits.size, weights) + 0.07 * cell.cytoplasm


def mitochondrion(cell: Anatomy, traits: Traits, rng: np.random.Generator) -> Image:
    """Tubules that run under the cortex, one of them often across the cell or into the bud."""
    threads = [_tubule(cell, rng) for _ in range(rng.poisson(2.2 * traits.number) + 2)]
    if cell.shape.bud and rng.uniform() < 0.7:
        threads.append(_line(rng.uniform(0, 0.6) * cell.shape.long, cell.shape.bud_distance + 0.4 * cell.shape.bud, rng))
    places = np.concatenate(threads)
    weights = np.repeat(rng.lognormal(0, 0.45, len(threads)), [len(t) for t in threads])
    light = spots(cell, places, 0.95 * traits.size, weights * 0.4)
    return 1.8 * (1 - np.exp(-light)) * cell.body + 0.12 * cell.cytoplasm


def spots(cell: Anatomy, places: Points, sigma: float, weights: NDArray[np.float64]) -> Image:
    """Gaussian spots: a sum of outer products, so that their number hardly costs."""
    shape, n = cell.shape, len(cell.depth)
    y, x = np.arange(n) + cell.top - shape.y, np.arange(n) + cell.left - shape.x
    sin, cos = np.sin(shape.angle), np.cos(shape.angle)
    rows = np.exp(-((y - (places[:, :1] * sin + places[:, 1:] * cos)) ** 2) / (2 * sigma**2)) * weights[:, None]
    columns = np.exp(-((x - (places[:, :1] * cos - places[:, 1:] * sin)) ** 2) / (2 * sigma**2))
    return (rows.astype(np.float32).T @ columns.astype(np.float32)) * cell.body


def in_cytoplasm(cell: Anatomy, n: int, rng: np.random.Generator) -> Points:
    """Places deep enough in mother and bud that are in neither vacuole nor nucleus."""
    free = np.flatnonzero((cell.depth > 1.8) & (cell.vacuole < -0.5) & (cell.nucleus < -0.5))
    if not len(free):
        return np.zeros((n, 2))
    chosen = free[rng.integers(len(free), size=n)]
    return np.stack([cell.along.ravel()[chosen], cell.across.ravel()[chosen]], axis=1) + rng.uniform(-0.5, 0.5, (n, 2))


def _on_cortex(cell: Anatomy, n: int, rng: np.random.Generator, depth: float = 1.4) -> Points:
    """Places under the membrane of mother or bud, each as often as it has membrane; some are seen from above."""
    if cell.shape.bud:
        in_bud = rng.uniform(size=(n, 1)) < cell.shape.bud / (cell.shape.bud + cell.shape.radius)
        return np.where(in_bud, _on_bud(cell, n, rng), _on_mother(cell, n, rng, depth))
    return _on_mother(cell, n, rng, depth)


def _on_mother(cell: Anatomy, n: int, rng: np.random.Generator, depth: float) -> Points:
    turn, out = rng.uniform(0, 2 * np.pi, n), _seen_from_the_side(n, rng)
    along = (cell.shape.long - depth) * out * np.cos(turn)
    return np.stack([along, (cell.shape.short - depth) * out * np.sin(turn)], axis=1)


def _on_bud(cell: Anatomy, n: int, rng: np.random.Generator) -> Points:
    turn, out = rng.uniform(-0.8 * np.pi, 0.8 * np.pi, n), _seen_from_the_side(n, rng)
    radius = max(0.0, cell.shape.bud - 1.2) * out
    return np.stack([cell.shape.bud_distance + radius * np.cos(turn), radius * np.sin(turn)], axis=1)


def _seen_from_the_side(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Distance from the axis of points spread on a sphere's middle: most at the rim, as the focal plane shows them."""
    return np.sqrt(1 - rng.uniform(-0.62, 0.62, n) ** 2)


def _around(discs: tuple[Disc, ...], gap: float, n: int, rng: np.random.Generator) -> Points:
    chosen = np.array(discs)[rng.integers(len(discs), size=n)]
    turn = rng.uniform(0, 2 * np.pi, n)
    radius = chosen[:, 2] + gap
    return np.stack([chosen[:, 0] + radius * np.cos(turn), chosen[:, 1] + radius * np.sin(turn)], axis=1)


def _rim(disc: Disc, turn: float) -> tuple[float, float]:
    return disc[0] + disc[2] * np.cos(turn), disc[1] + disc[2] * np.sin(turn)


def _tubule(cell: Anatomy, rng: np.random.Generator) -> Points:
    """A thread of one point a pixel that follows the cortex and wanders."""
    length = int(cell.shape.radius * rng.uniform(0.3, 1.5)) + 3
    turn = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(1.0, 0.35, length)) / cell.shape.radius
    wander = np.convolve(rng.normal(0, 0.8, length + 6), np.ones(7) / 7, mode="valid").cumsum() * 0.6
    inward = np.clip(rng.uniform(1.8, 5.0) + wander, 1.8, 0.7 * cell.shape.radius)
    return np.stack([(cell.shape.long - inward) * np.cos(turn), (cell.shape.short - inward) * np.sin(turn)], axis=1)


def _line(start: float, end: float, rng: np.random.Generator) -> Points:
    along = np.arange(start, end, 1.0)
    return np.stack([along, rng.normal(0, 1.5) + np.cumsum(rng.normal(0, 0.35, len(along)))], axis=1)
