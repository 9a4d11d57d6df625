"""The truth about a simulated screen as rows: what was drawn for each cell, protein and plate.

In the screen's own folder a field is called replicate/plate/well/site; in a store the screen's name goes before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.ingest.simulate.optics import CHANNELS, Microscope
from cellswap.ingest.simulate.render import Field
from cellswap.ingest.simulate.screen import Well
from cellswap.store import files, parts
from cellswap.store.folder import Store
from cellswap.store.schema import table
from cellswap.store.vocabulary import LOCALIZATIONS

if TYPE_CHECKING:  # at run time it would load DuckDB in every worker
    from cellswap.store.runs import Run

Row = dict[str, Any]
TABLES = ("truth_cells", "truth_conditions", "truth_plates")
TOUCHING_PX = 2


def cell_rows(field_id: str, orf: str, field: Field) -> list[Row]:
    """One row a cell of the field that shows at least one pixel, for truth_cells; field_id as the screen's folder has it."""
    ids = np.arange(1, len(field.truths) + 1)
    areas, centres = _places(field.labels, len(ids))
    crowded, at_border = touching(field.labels), _at_border(field.labels)
    rows = []
    for number, truth, (y, x) in zip(ids, field.truths, centres[1:], strict=True):
        if areas[number]:
            row = {"field_id": field_id, "cell": int(number), "condition": orf, "class": truth.localization}
            row |= {"compartment_there": truth.compartment_there, "brightness": truth.brightness}
            row |= {"stage": truth.shape.stage, "state": truth.shape.condition}
            row |= {"bud_radius_px": truth.shape.bud, "centre_y": float(y), "centre_x": float(x)}
            row |= {"area_px": int(areas[number]), "isolated": number not in crowded, "at_border": number in at_border}
            rows.append(row)
    return rows


def protein_rows(wells: Iterable[Well]) -> list[Row]:
    """One row a protein and localization that it truly has, for truth_conditions; a protein's proportions sum to 1."""
    drawn = {well.protein.orf: well.protein for well in wells if well.protein}
    return [
        {"condition": orf, "class": localization, "proportion": share, "brightness": protein.traits.brightness}
        for orf, protein in sorted(drawn.items())
        for localization, share in sorted(protein.mixture, key=lambda pair: LOCALIZATIONS.index(pair[0]))
    ]


def plate_rows(scopes: dict[tuple[int, str], Microscope]) -> list[Row]:
    """One row a plate and replicate, for truth_plates."""
    rows = []
    for (replicate, plate), scope in sorted(scopes.items()):
        row: Row = {"replicate": replicate, "plate": plate, "offset_counts": scope.offset, "falloff": scope.falloff}
        row |= {f"{channel}_gain": gain for channel, gain in zip(CHANNELS, scope.gain, strict=True)}
        row |= {"centre_y": scope.centre[0], "centre_x": scope.centre[1], "haze": scope.haze, "focus_px": scope.focus_px}
        rows.append(row)
    return rows


def touching(labels: NDArray[np.uint16]) -> set[int]:
    """The labels that come within two pixels of another one, along both axes."""
    padded = np.pad(labels, TOUCHING_PX)
    flat, wide = padded.ravel(), padded.shape[1]
    inside = np.flatnonzero(flat > 0)
    rim = inside[np.any([flat[inside + step] != flat[inside] for step in (1, -1, wide, -wide)], axis=0)]
    near, reach = np.zeros(len(rim), bool), range(-TOUCHING_PX, TOUCHING_PX + 1)
    for step in (down * wide + right for down in reach for right in reach):
        met = flat[rim + step]
        near |= (met > 0) & (met != flat[rim])
    return set(np.unique(flat[rim[near]]).tolist())


def save(path: Path, name: str, rows: list[Row]) -> None:
    """Write the rows as the Parquet file at `path`, whole or not at all, with the columns of that table of the store."""
    schema = parts.arrow_schema(table(name))
    own = pa.schema([field for field in schema if field.name not in ("screen", "run_id")], schema.metadata)
    with files.whole_file(path) as partial:
        pq.write_table(pa.Table.from_pylist(rows, own), partial, compression="zstd")


def into_store(folder: Path, store: Store, screen: str, run: Run) -> None:
    """Put the truth of a screen's folder into a store that calls the screen by this name; BadInput where there is none."""
    files = {name: sorted((folder / "truth").glob(f"{name}*/*.parquet")) for name in TABLES}
    for name, found in files.items():
        if not found:
            raise BadInput(f"{folder / 'truth'}: expected {name}, found none; is the screen drawn to its end?")
        for path in found:
            rows = _named(pq.ParquetFile(path).read(), screen)
            part = parts.write(store, name, (screen, path.stem), rows, run.run_id)
            run.wrote(part)
            run.keep(part.n_rows)


def _places(labels: NDArray[np.uint16], n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Area (n + 1) and centroid (n + 1, 2) of each label, 0 included; NaN where a label has no pixel."""
    flat = np.flatnonzero(labels > 0)
    owner, (y, x) = labels.ravel()[flat], np.divmod(flat, labels.shape[1])
    areas = np.bincount(owner, minlength=n + 1)
    sums = np.stack([np.bincount(owner, place, n + 1) for place in (y, x)], axis=1)
    return areas, sums / np.where(areas, areas, np.nan)[:, None]


def _named(rows: pa.Table, screen: str) -> pa.Table:
    """The rows with the screen's name, before the field's where there is one."""
    if "field_id" not in rows.column_names:
        return rows.append_column("screen", pa.array([screen] * rows.num_rows, pa.string()))
    joined = pc.call_function("binary_join_element_wise", [pa.scalar(screen), rows["field_id"], pa.scalar("/")])
    return rows.set_column(rows.column_names.index("field_id"), "field_id", joined)


def _at_border(labels: NDArray[np.uint16]) -> set[int]:
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return set(np.unique(edge).tolist())
