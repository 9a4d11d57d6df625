"""A whole screen onto disk: plate folders of TIFFs, a plate map, and the truth beside them.

OUT/screen.json                                  what was asked for
OUT/plate_map.csv                                one row a well
OUT/plate01/r01c01f01p01-ch1sk1fk1fl1.tiff       (OUT/replicate2/plate01/... from the second replicate on)
OUT/truth/labels/1/plate01/r01c01f01p01.tiff     whose pixel is it; usable as --masks
OUT/truth/truth_cells/1-plate01-A01.parquet      written last: a well that has it is complete
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cellswap import __version__
from cellswap.errors import BadInput
from cellswap.ingest.simulate import optics, render, truth
from cellswap.ingest.simulate import screen as screens
from cellswap.ingest.simulate.screen import Screen, Well
from cellswap.store import files, progress
from cellswap.store.pool import workers

MARK = "screen.json"
MAP_COLUMNS = ("ORF", "Gene", "Plate", "Row", "Column", "wellId")
BLANK = "BLANK"
DRAWING = 2  # raised whenever the same options give other images: a folder begun with another is not gone on with


@dataclass(frozen=True)
class Plan:
    """A screen, where it goes, its wells, and those of them that are not drawn yet."""

    folder: Path
    screen: Screen
    wells: list[Well]
    left: list[Well]


def plan(folder: Path, screen: Screen) -> Plan:
    """What is left to draw in the folder; BadInput where the options cannot be drawn or the folder holds another screen."""
    screens.check(screen)
    mark = folder / MARK
    if mark.is_file():
        _same(mark, screen)
    elif not files.is_free(folder, MARK):
        raise BadInput(f"{folder}: expected a new or empty folder, or one of cellswap simulate, found something else")
    wells = screens.wells(screen)
    return Plan(folder, screen, wells, [w for w in wells if not _done(folder, w).is_file()])


def draw(found: Plan, jobs: int) -> int:
    """Draw every well that is left, and write map and truth; how many cells were drawn."""
    with files.whole_file(found.folder / MARK) as partial:
        partial.write_text(json.dumps(_facts(found.screen), indent=1) + "\n", encoding="utf-8")
    _write_map(found.folder / "plate_map.csv", found.wells)
    scopes = {(w.replicate, w.plate): optics.microscope(found.screen, w.replicate, w.plate) for w in found.wells}
    truth.save(found.folder / "truth/truth_conditions/all.parquet", "truth_conditions", truth.protein_rows(found.wells))
    truth.save(found.folder / "truth/truth_plates/all.parquet", "truth_plates", truth.plate_rows(scopes))
    n_cells = 0
    with progress.shown("simulate", len(found.left), "wells") as bar:
        for n in _drawn(found, min(jobs, len(found.left))):
            n_cells += n
            bar.step()
    return n_cells


def draw_well(folder: Path, screen: Screen, well: Well) -> int:
    """Draw one well's fields, images and labels first, the truth last; how many cells it shows."""
    scope = optics.microscope(screen, well.replicate, well.plate)
    rows: list[truth.Row] = []
    for site in range(1, screen.fields_per_well + 1):
        field = render.field(screen, well, site, scope)
        name = f"{well.well_id}f{site:02d}p01"
        for channel, image in enumerate(field.channels, 1):
            _write_tiff(plate_folder(folder, well) / f"{name}-ch{channel}sk1fk1fl1.tiff", image)
        _write_tiff(folder / "truth/labels" / str(well.replicate) / well.plate / f"{name}.tiff", field.labels)
        if well.protein:
            rows += truth.cell_rows(well.field(site), well.protein.orf, field)
    truth.save(_done(folder, well), "truth_cells", rows)
    return len(rows)


def plate_folder(folder: Path, well: Well) -> Path:
    """Where a plate's images are: beside each other for one replicate, the later replicates in folders of their own."""
    return folder / well.plate if well.replicate == 1 else folder / f"replicate{well.replicate}" / well.plate


def describe(found: Plan, jobs: int) -> str:
    """What would be drawn, in one line."""
    screen, n = found.screen, len(found.left)
    fields = n * screen.fields_per_well
    cells = sum(1 for w in found.left if w.protein) * screen.cells_per_protein
    megabytes = fields * screen.field_size**2 * 2.8e-6
    return (
        f"{n} of {len(found.wells)} wells left: {fields} fields of {screen.field_size} px, about {cells:,} cells,"
        f" {megabytes:,.0f} MB on {screen.plates} plates, in {jobs} processes"
    )


def _drawn(found: Plan, jobs: int) -> Iterator[int]:
    if jobs <= 1:
        with threadpool_limits(1):
            yield from (draw_well(found.folder, found.screen, well) for well in found.left)
        return
    with workers(jobs) as pool:
        waiting = [pool.submit(draw_well, found.folder, found.screen, well) for well in found.left]
        for future in as_completed(waiting):
            yield future.result()


def _done(folder: Path, well: Well) -> Path:
    return folder / "truth/truth_cells" / f"{well.replicate}-{well.plate}-{well.well}.parquet"


def _facts(screen: Screen) -> dict[str, object]:
    return {"cellswap": __version__, "drawing": DRAWING, **json.loads(json.dumps(asdict(screen)))}


def _same(mark: Path, screen: Screen) -> None:
    """Raise BadInput where the folder was begun with other options, by this or another version."""
    try:
        there = json.loads(mark.read_text(encoding="utf-8"))
        if not isinstance(there, dict):
            raise ValueError("no object")  # noqa: TRY301, TRY004 - said below, as any other text that is none
    except (ValueError, RecursionError, OSError) as error:
        raise BadInput(f"{mark}: expected a screen's options as JSON, found something else") from error
    wanted = _facts(screen)
    other = [f"{key} {there.get(key)}, not {value}" for key, value in wanted.items() if there.get(key) != value]
    if other:
        raise BadInput(f"{mark.parent}: holds another screen ({'; '.join(other)}); give the same options or a new folder")


def _write_map(path: Path, wells: list[Well]) -> None:
    with files.whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(MAP_COLUMNS)
        for well in (w for w in wells if w.replicate == 1):
            orf, gene = (well.protein.orf, well.protein.gene) if well.protein else (BLANK, BLANK)
            rows.writerow([orf, gene, well.plate, well.row + 1, well.column + 1, well.well_id])


def _write_tiff(path: Path, image: NDArray[np.uint16]) -> None:
    """Losslessly packed, in a form that any TIFF reader knows."""
    with files.whole_file(path) as partial:
        tifffile.imwrite(partial, image, compression="zlib", compressionargs={"level": 1}, predictor=True)
