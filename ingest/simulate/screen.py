"""What a simulated screen holds: options, presets, and the plan of its wells, all from names and the seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest.simulate import proteins
from cellswap.ingest.simulate.proteins import Protein
from cellswap.ingest.wells import name as well_name
from cellswap.store import work
from cellswap.store.vocabulary import LOCALIZATIONS

PLATE_ROWS, PLATE_COLUMNS = 16, 24
MOST_COVERED = 0.42  # share of a field that cells may cover: beyond, they no longer find room
CELL_AREA_PX = 430.0
SMALLEST_FIELD, LARGEST_FIELD = 128, 4320


@dataclass(frozen=True)
class Screen:
    """The options of a screen; lengths in pixels. `cells_per_protein` is a mean, for each replicate."""

    localizations: tuple[str, ...] = LOCALIZATIONS
    proteins_per_class: int = 20
    multiple: int = 60  # multiply localized proteins
    plates: int = 11
    cells_per_protein: int = 1000
    fields_per_well: int = 4
    field_size: int = 1080
    empty_wells: int = 2  # on each plate
    replicates: int = 1
    seed: int = 0
    skew: bool = True
    batch: bool = True

    @property
    def cells_per_field(self) -> float:
        """The mean number of cells of a field."""
        return self.cells_per_protein / self.fields_per_well


PRESETS: dict[str, Screen] = {
    "tiny": Screen(("cell periphery", "cytoplasm", "mitochondrion", "nucleus"), 2, 1, 2, 24, 1, 256, 1),
    "demo": Screen(LOCALIZATIONS, 4, 6, 4, 70, 1, 576, 1),
    "screen": Screen(),
}


@dataclass(frozen=True)
class Well:
    """One well of one replicate; `protein` is None where it holds no cells. Row and column are 0-based."""

    replicate: int
    plate: str
    row: int
    column: int
    protein: Protein | None

    @property
    def well(self) -> str:
        """The well as A01."""
        return well_name(self.row, self.column)

    @property
    def well_id(self) -> str:
        """The well as the microscope names it: r01c01."""
        return f"r{self.row + 1:02d}c{self.column + 1:02d}"

    def field(self, site: int) -> str:
        """The field's key without the screen's name: replicate/plate/well/site."""
        return f"{self.replicate}/{self.plate}/{self.well}/f{site:02d}"


def preset(name: str) -> Screen:
    """The options of a preset, or UnknownName."""
    if name not in PRESETS:
        raise UnknownName("preset", name, PRESETS)
    return PRESETS[name]


def check(screen: Screen) -> None:
    """Raise BadInput where the options cannot be drawn; says what to change."""
    if not SMALLEST_FIELD <= screen.field_size <= LARGEST_FIELD:
        raise BadInput(f"--field-size {screen.field_size}: expected {SMALLEST_FIELD} to {LARGEST_FIELD} pixels")
    most = int(MOST_COVERED * screen.field_size**2 / CELL_AREA_PX)
    if screen.cells_per_field > most:
        needed = -(-screen.cells_per_protein // most)
        raise BadInput(
            f"{screen.cells_per_field:.0f} cells in a field of {screen.field_size} px: expected at most {most};"
            f" give --fields-per-well {needed} or more, or a larger --field-size"
        )


def wells(screen: Screen) -> list[Well]:
    """Every well of every replicate in order; the same for the same options. BadInput where the plates have no room."""
    on_plate: dict[int, list[Protein | None]] = defaultdict(list)
    for plate, protein in _placed(screen):
        on_plate[plate].append(protein)
    made: list[Well] = []
    for plate in range(1, screen.plates + 1):
        holds = [*on_plate[plate], *[None] * screen.empty_wells]
        if len(holds) > PLATE_ROWS * PLATE_COLUMNS:
            raise BadInput(
                f"{len(holds)} wells on plate {plate}: a plate has {PLATE_ROWS * PLATE_COLUMNS};"
                " give more --plates, fewer --proteins-per-class, or --no-skew"
            )
        made += _on_one_plate(screen, plate_name(plate), holds)
    made.sort(key=lambda w: (w.replicate, w.plate, w.row, w.column))
    return made


def plate_name(number: int) -> str:
    """The plate's folder and its name in the plate map."""
    return f"plate{number:02d}"


def _on_one_plate(screen: Screen, plate: str, holds: Sequence[Protein | None]) -> list[Well]:
    """Wells at places that are drawn without looking at what they hold, the same in every replicate."""
    rng = np.random.default_rng(work.seed("simulate", screen.seed, "places", plate))
    places = rng.permutation(PLATE_ROWS * PLATE_COLUMNS)[: len(holds)]
    return [
        Well(replicate, plate, int(place) // PLATE_COLUMNS, int(place) % PLATE_COLUMNS, protein)
        for replicate in range(1, screen.replicates + 1)
        for place, protein in zip(places, holds, strict=True)
    ]


def _placed(screen: Screen) -> list[tuple[int, Protein]]:
    """Each protein with its plate, from 1."""
    made: list[tuple[int, Protein]] = []
    for name in screen.localizations:
        chosen = proteins.single(name, screen.proteins_per_class, screen.seed)
        made += zip(_plates(screen, name, len(chosen)), chosen, strict=True)
    mixed = proteins.multiple(screen.localizations, screen.multiple, screen.seed)
    made += zip(_spread(np.ones(screen.plates), len(mixed), 0.5), mixed, strict=True)
    return made


def _plates(screen: Screen, localization: str, n: int) -> list[int]:
    rng = np.random.default_rng(work.seed("simulate", screen.seed, "plates", localization))
    if screen.skew:
        return _spread(_merged(proteins.plate_shares()[localization], screen.plates), n, 0.5)
    return _spread(np.ones(screen.plates), n, rng.uniform())


def _merged(shares: Sequence[float], plates: int) -> np.ndarray:
    """The shares of the real plates, joined or cut up to as many as are drawn."""
    return np.repeat(np.asarray(shares), plates).reshape(plates, -1).sum(axis=1)


def _spread(shares: np.ndarray, n: int, phase: float) -> list[int]:
    """The plates of n proteins, from 1, in these shares as nearly as whole proteins allow."""
    edges = np.cumsum(shares) / shares.sum()
    return [int(np.searchsorted(edges, (i + phase) / n, side="right")) + 1 for i in range(n)]
