"""The proteins of a simulated screen: real ORFs with their labels and abundances (Huh 2003), and what is drawn for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from cellswap import sql
from cellswap.store import work
from cellswap.store.vocabulary import LOCALIZATIONS

MEDIAN_ABUNDANCE = 2420.0  # molecules a cell: stands in where none was measured
BRIGHTNESS = 260.0  # counts of a protein of that abundance where its compartment is densest
DIMMEST, BRIGHTEST = 110.0, 4000.0


@dataclass(frozen=True)
class Traits:
    """How a protein looks in all its cells: factors around 1, but `leak`, the share that stays in the cytoplasm."""

    brightness: float  # counts
    spread: float  # log standard deviation of brightness over cells
    leak: float
    texture: float
    number: float
    size: float


@dataclass(frozen=True)
class Protein:
    """One tagged protein and the true share of its cells that show each localization; the shares sum to 1."""

    orf: str
    gene: str
    mixture: tuple[tuple[str, float], ...]
    traits: Traits


def single(localization: str, n: int, seed: int) -> list[Protein]:
    """Up to n proteins that were seen in this place only, drawn without order; fewer where the table has fewer."""
    rows = [row for row in _table() if row.seen == (localization,)]
    return [_protein(row, ((localization, 1.0),), seed) for row in _drawn(rows, n, (seed, localization))]


def multiple(localizations: Sequence[str], n: int, seed: int) -> list[Protein]:
    """Up to n proteins that were seen in two or more of these places and nowhere else, with drawn proportions."""
    allowed = set(localizations)
    rows = [row for row in _table() if len(row.seen) > 1 and set(row.seen) <= allowed]
    made = []
    for row in _drawn(rows, n, (seed, "multiple")):
        rng = np.random.default_rng(work.seed("simulate", seed, "mixture", row.orf))
        shares = rng.dirichlet(np.full(len(row.seen), 1.5))
        made.append(_protein(row, tuple(zip(row.seen, map(float, shares), strict=True)), seed))
    return made


@cache
def plate_shares() -> dict[str, tuple[float, ...]]:
    """For each localization, the share of its wells on each plate of a real screen (CyCLOPS, 11 plates)."""
    rows = csv.reader(io.StringIO(sql.reference("plate_wells")))
    next(rows)
    counts = {name: [int(n) for n in numbers] for name, *numbers in rows}
    return {name: tuple(n / sum(numbers) for n in numbers) for name, numbers in counts.items()}


@dataclass(frozen=True)
class _Row:
    orf: str
    gene: str
    abundance: float
    seen: tuple[str, ...]


@cache
def _table() -> tuple[_Row, ...]:
    made = []
    for row in csv.DictReader(io.StringIO(sql.reference("huh"))):
        flags = {name for name, flag in row.items() if flag == "T"}
        if flags and flags <= set(LOCALIZATIONS):
            abundance = float(row["abundance"]) if row["abundance"][:1].isdigit() else MEDIAN_ABUNDANCE
            seen = tuple(name for name in LOCALIZATIONS if name in flags)
            made.append(_Row(row["orf"], row["gene"] or row["orf"], abundance, seen))
    return tuple(made)


def _drawn(rows: list[_Row], n: int, names: tuple[object, ...]) -> list[_Row]:
    rng = np.random.default_rng(work.seed("simulate", *names, "proteins"))
    return [rows[i] for i in rng.permutation(len(rows))[:n]]


def _protein(row: _Row, mixture: tuple[tuple[str, float], ...], seed: int) -> Protein:
    rng = np.random.default_rng(work.seed("simulate", seed, "traits", row.orf))
    brightness = BRIGHTNESS * (row.abundance / MEDIAN_ABUNDANCE) ** 0.5 * rng.lognormal(0, 0.2)
    traits = Traits(
        brightness=float(np.clip(brightness, DIMMEST, BRIGHTEST)),
        spread=rng.uniform(0.2, 0.4),
        leak=float(rng.beta(1.5, 9.0)),
        texture=rng.lognormal(0, 0.3),
        number=rng.lognormal(0, 0.25),
        size=rng.lognormal(0, 0.12),
    )
    return Protein(row.orf, row.gene, mixture, traits)
