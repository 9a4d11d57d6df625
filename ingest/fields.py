"""Full fields into the store: list them, leave out those that are there, do the rest well by well."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import as_completed

import pyarrow.parquet as pq

from cellswap.errors import BadInput, Locked
from cellswap.ingest import doubts, field_batch, field_read, field_rows
from cellswap.ingest.doubts import Doubt
from cellswap.ingest.field_batch import TABLES, Batch, Outcome
from cellswap.ingest.field_plan import Plan
from cellswap.ingest.recipe import Recipe
from cellswap.store import database, parts, processes, progress, records, runs
from cellswap.store.folder import Store
from cellswap.store.pool import workers
from cellswap.store.runs import Run


def write(store: Store, found: Plan, recipe: Recipe, run: Run, jobs: int) -> None:
    """Do every batch and tell the run what became of it; a batch that is done stays done, however this ends."""
    batches = [Batch(store, recipe, fields, run.run_id) for fields in found.wells]
    clear_leftovers(store, batches, recipe.screen)
    batches += [Batch(store, recipe, redo.fields, run.run_id, redo.parts) for redo in found.redo]
    total = Outcome()
    for field_id, detail in found.changed.items():
        run.drop(field_id, "field is in the store, but its files have changed", detail)
    with progress.shown("ingest fields", len(batches), "wells") as bar:
        for outcome in _outcomes(batches, min(jobs, len(batches))):
            _tell(run, outcome, total)
            bar.step()
    runs.join(store, run)
    if found.redo:
        records.forget(store, {name for redo in found.redo for name in redo.parts})
    run.keep(run.n_written("crops"))
    _note(store, found, recipe, run, total)


def clear_leftovers(store: Store, batches: list[Batch], screen: str) -> None:
    """Remove what a killed batch left of fields that are now to be done with others: its parts without the one in `fields`.

    The same batch writes the same parts anew, so they stay: a first try of it may still be at work. Raises Locked where the
    other batch may be.
    """
    todo = {files.field_id(screen) for batch in batches for files in batch.fields}
    kept = {parts.part_path(store, "fields", batch.keys).name for batch in batches}
    kept |= {path.name for path in parts.folder(store, "fields").glob("part-*.parquet")}
    for path in parts.folder(store, TABLES[0]).glob("part-*.parquet"):
        if path.name in kept:
            continue
        left = pq.ParquetFile(path).read(["field_id", "run_id"])
        if set(left["field_id"].unique().to_pylist()) & todo:
            _refuse_at_work(store, left["run_id"].unique().to_pylist())
            field_batch.remove(store, path.name)


def _refuse_at_work(store: Store, run_ids: list[str]) -> None:
    for run_id in run_ids:
        facts = records.find(store, run_id)
        process = records.process_of(facts) if facts and facts["status"] == records.RUNNING else None
        if process and process != processes.this():
            raise Locked(
                f"the run {run_id} (process {process.pid} at {process.place}) is reading some of these fields;"
                " wait until it ends, or where it was killed: cellswap doctor --mend"
            )


def _outcomes(batches: list[Batch], jobs: int) -> Iterator[Outcome]:
    """Every batch's outcome, as they come."""
    if jobs <= 1:
        yield from map(field_batch.do, batches)
        return
    with workers(jobs) as pool:
        waiting = [pool.submit(field_batch.do, batch) for batch in batches]
        for future in as_completed(waiting):
            yield future.result()


def _tell(run: Run, outcome: Outcome, total: Outcome) -> None:
    for reject in outcome.rejects:
        run.drop(*reject)
    run.wrote(*outcome.written)
    total.n_fields += outcome.n_fields
    total.n_cells += outcome.n_cells
    total.n_windows += outcome.n_windows
    total.n_windows_found += outcome.n_windows_found


def _note(store: Store, found: Plan, recipe: Recipe, run: Run, total: Outcome) -> None:
    run.remark(f"{total.n_fields} of {found.n_fields} fields read, {found.n_there} were there already; {total.n_cells} cells")
    if total.n_windows_found:
        run.remark(
            f"{total.n_windows} of {total.n_windows_found} windows far from every cell stored"
            f" (at most {recipe.most_windows} a field); the view cell_free_windows says which are used"
        )
    if found.changed:
        run.note(
            f"{len(found.changed)} fields in the store were read from files that are others now ({next(iter(found.changed))}): their"
            " crops are still those of the former files; read them anew with the same command and --again"
        )
    if found.redo:
        run.note("crops of fields that were read anew may have other ids: make plans and vectors of them anew")
    for text in (*found.notes, *doubts.notes(_doubts(store, run))):
        run.note(text)
    if recipe.segment_in == store.signal and not recipe.given:
        run.note(f"cells were segmented in the {store.signal} channel, so dim {store.facts.condition_word}s lose cells")


def _doubts(store: Store, run: Run) -> list[tuple[str, Doubt]]:
    """The doubts about all fields that this run has read, in this try and in those before."""
    with database.connect(store) as connection:
        rows = connection.execute("SELECT field_id, kind, example, n FROM field_doubts WHERE run_id = ?", [run.run_id]).fetchall()
    return [(field_id, Doubt(*what)) for field_id, *what in rows]


def reject_all(run: Run, rejects: Iterable[tuple[str, str, str]]) -> None:
    """Tell a run what the layout could not use."""
    for place_, reason, detail in rejects:
        run.drop(place_, reason, detail)


def seconds_a_field(store: Store, found: Plan, recipe: Recipe) -> float | None:
    """How long the first field takes on this machine, written nowhere; None where none can be read."""
    for files in (f for fields in found.wells for f in fields):
        start = time.perf_counter()
        try:
            images = field_read.read(files, store, recipe)
        except BadInput:
            continue
        field_rows.rows(files, images, field_batch.wanted(files, Batch(store, recipe, (), "")))
        return time.perf_counter() - start
    return None
