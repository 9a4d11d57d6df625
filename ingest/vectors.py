"""Vectors that others made into the store: cells without pixels, a model without weights, and a plan of the images that they swapped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import array_files, bare_cells, cell_labels, cell_table, folders, given_plan, offered, vector_parts, vector_rows
from cellswap.ingest.layouts import anndata, deepprofiler, profiles, vector_arrays
from cellswap.ingest.vector_file import VectorFile
from cellswap.ingest.vector_parts import How, Layer
from cellswap.ingest.vector_rows import Asked, Rows
from cellswap.store import classes, database, parts, records
from cellswap.store.folder import Store
from cellswap.store.runs import Run

COMMAND = "ingest vectors"
# Marks the models of which the store has vectors alone; a network that is run can't take such a name.
AS_GIVEN = "as given"
NOTE = "vectors as others made them; the weights are not in this store"
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Names:
    """What the vectors are called in the store; `scheme` is that of the classes beside them, where the table has some."""

    layer: Layer
    screen: str
    plan_id: str
    scheme: str | None = None


@dataclass(frozen=True)
class Given:
    """A file of vectors, the table beside it, and what each row shows."""

    path: Path
    metadata: Path | None
    file: VectorFile
    rows: Rows


def by(layout: str, path: Path, name: str | None) -> VectorFile:
    """The vectors that the layout of an installed package finds at a path; BadInput for no such layout."""
    own = offered.layout(offered.VECTORS, layout, {})
    with at(path):
        return offered.made(layout, own, VectorFile, path, name)


def opened(path: Path, name: str | None, named: tuple[str, ...], room: Path) -> VectorFile:
    """The vectors of a file or folder, by its ending; `name` is the array's, or a pattern of features' names. BadInput where it is none."""
    kind = folders.kind(path)
    ending = path.suffix.lower()
    if kind == folders.NOTHING:
        raise BadInput(f"{shown(path)}: expected a file of vectors, found no such file")
    with at(path):
        if kind == folders.FOLDER and ending != ".zarr":
            return deepprofiler.opened(path)
        if ending == ".h5ad":
            return anndata.opened(path, name)
    if ending in array_files.ENDINGS:
        return vector_arrays.opened(path, name, room)
    with at(path):
        return profiles.opened(path, name, named)


def given(store: Store, path: Path, metadata: Path | None, asked: Asked, names: Names, file: VectorFile) -> Given:
    """What the vectors of a file show, by the table beside it; BadInput where that can't be said."""
    if not file.n:
        raise BadInput(f"{shown(path)}: expected vectors, found none")
    table = None
    if metadata:
        with at(metadata):
            table = cell_table.read(metadata)
    with at(metadata or path):
        beside = vector_rows.beside(file, table, asked)
        wanted = vector_rows.usual(asked, beside.columns, exported=file.exported is not None, labelled=names.scheme is not None)
        if names.scheme and not wanted.cells.label and not wanted.swapped.setting:
            raise BadInput(f"--as {names.scheme}: expected --class, the column of classes")
        return Given(path, metadata, file, vector_rows.rows(store, beside, wanted, names.screen, names.plan_id))


def described(store: Store, what: Given, names: Names) -> list[str]:
    """What a run would do, in lines: the first rows as they are read, counts, and what is missing."""
    images, cells, file = what.rows.images, what.rows.cells, what.file
    new = bare_cells.new(store, cells)
    counts = images.group_by("setting", maintain_order=True).len().rows()
    lines = [f"{file.n:,} vectors of {file.width:,} numbers: {', '.join(f'{n:,} {setting}' for setting, n in counts)}"]
    lines += [
        f"  {' '.join(map(_word, row))}" for row in images.head(SHOWN_ROWS).select("setting", "image_id", "crop_id", "condition").rows()
    ]
    first = next(file.blocks(SHOWN_ROWS))[:1, :SHOWN_ROWS]
    lines.append(f"  the first vector begins {', '.join(f'{number:g}' for number in first[0])}")
    lines.append(f"{len(cells):,} cells of {cells['field_id'].n_unique():,} fields, {len(new):,} of them new to the store")
    for name in ("condition", "class", "plate", "well", "centre_y"):
        if n := cells[name].null_count():
            lines.append(f"  {n:,} cells have no {'place' if name == 'centre_y' else 'condition' if name == 'condition' else name}")
    made = vector_parts.pieces(store, images, names.layer, vector_parts.block_rows(file))
    n_there = sum(len(piece.images) for block in made for piece in block if piece.path.is_file())
    return [*lines, *([f"{n_there:,} of these images have a vector already"] if n_there else []), *(f"  {note}" for note in file.notes)]


def _word(value: object) -> str:
    return "-" if value is None else shown(value, 80)


def write(store: Store, what: Given, names: Names, run: Run, how: How) -> None:
    """Write cells, conditions and classes, vectors, the model, and the plan; BadInput, and no vector, where something does not fit."""
    file, rows, layer = what.file, what.rows, names.layer
    _refuse_run(store, layer.model)
    scheme = cell_labels.ready(store, rows.cells, names.scheme)
    composed = given_plan.sided(rows.composed, cell_labels.of_conditions(store, scheme)) if len(rows.composed) else None
    planned = composed is not None and not given_plan.drawn_here(store, composed, names.plan_id)
    made = vector_parts.pieces(store, rows.images, layer, vector_parts.block_rows(file))
    old = vector_parts.elsewhere(store, layer, made, again=how.again)
    new = bare_cells.new(store, rows.cells)
    with at(what.path):
        tally = vector_parts.write(store, file, layer, made, run, how)
    cell_labels.write(store, scheme, (what.metadata or what.path).name, run)
    bare_cells.write(store, new, run)
    vector_parts.forget(store, old)
    _read(run, what)
    _write_model(store, layer.model, run)
    _write_plans(store, composed if planned else None, names, run)
    run.keep(file.n)
    _note(what, new, tally, run)


def _write_plans(store: Store, composed: pl.DataFrame | None, names: Names, run: Run) -> None:
    """Write the plan of these images, and anew each other one of the screen, for its real images may be more now."""
    others = given_plan.of_screen(store, names.screen)
    mine = others.pop(names.plan_id, None)
    if composed is not None or mine:
        scheme = (names.scheme, None) if names.scheme else mine
        with classes.of(*scheme) if scheme else nullcontext():
            given_plan.write(store, given_plan.NO_IMAGES if composed is None else composed, names.plan_id, names.screen, run)
    for plan_id, scheme in others.items():
        with classes.of(*scheme):
            given_plan.write(store, given_plan.NO_IMAGES, plan_id, names.screen, run)


def _refuse_run(store: Store, model: str) -> None:
    """BadInput where the name stands for a network that was run in this store, or published."""
    with database.connect(store) as connection:
        found = connection.execute("SELECT preprocessing FROM models WHERE model = ?", [model]).fetchone()
    if found is not None and found[0] != AS_GIVEN:
        raise BadInput(f"--model {model}: this name stands in the store for a network that was run; give these vectors another name")


def _read(run: Run, what: Given) -> None:
    """Keep what was read: a folder's files, or those of a Zarr array, as one."""
    if what.metadata:
        run.read(what.metadata)
    if what.file.files == (what.path,) and what.path.is_file():
        run.read(what.path)
        return
    digest, n_bytes = hashlib.sha256(), 0
    names = [member.name for member in folders.walk(what.path) if member.is_file]
    for name in sorted(names):
        with (what.path / name).open("rb") as file:
            digest.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        n_bytes += (what.path / name).stat().st_size
    run.inputs[what.path.name] = (digest.hexdigest(), n_bytes)


def _write_model(store: Store, model: str, run: Run) -> None:
    """The model's row. In the place of its weights' hash stands that of all files of its vectors: others make another sweep."""
    read: dict[str, Mapping[str, tuple[str, int]]] = {run.run_id: run.inputs}
    for path in records.every(store):
        facts = records.find(store, path.stem)
        if facts and facts["command"] == COMMAND and facts["arguments"].get("model") == model and path.stem != run.run_id:
            read[path.stem] = {one["path"]: (one["sha256"], one["bytes"]) for one in facts["inputs"]}
    lines = sorted({f"{name} {sha}" for inputs in read.values() for name, (sha, _) in inputs.items()})
    row = {"model": model, "network": model, "weights_file": "none", "weights_note": NOTE, "n_parameters": None}
    row |= {"weights_sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    row |= dict.fromkeys(("channels", "preprocessing", "precision"), AS_GIVEN)
    run.wrote(parts.write(store, "models", (model,), {name: [value] for name, value in row.items()}, run.run_id))


def _note(what: Given, new: pl.DataFrame, tally: vector_parts.Tally, run: Run) -> None:
    """What a reader must hear of new cells, and of the vectors."""
    for note in what.file.notes:
        run.note(note)
    for name, lacking in (("condition", "condition"), ("centre_y", "place, so that nobody knows which show the same pixels")):
        if n := new[name].null_count():
            run.note(f"{n} of {len(new)} cells have no {lacking}")
    if len(new):
        run.note("the crops are elsewhere: whoever made the vectors filtered them, and no filter applies here")
    if tally.same:
        run.remark(f"{sum(tally.same)} of {what.file.n} vectors were in the store already, bit by bit")
    if tally.changed:
        run.note(f"{sum(len(piece.images) for piece in tally.changed)} vectors took the place of others: evaluate them anew")
