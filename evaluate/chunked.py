"""Many small fits on drawn images, chunk by chunk: the rows of a chunk become one part of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from cellswap.evaluate import loading
from cellswap.evaluate.classifier import Row
from cellswap.evaluate.loading import Loaded
from cellswap.evaluate.sample import constant_vectors, tasks
from cellswap.evaluate.sample.tasks import Chunk, EmbeddingSet, Task
from cellswap.evaluate.sweep import Sweep
from cellswap.store import database, parts, work
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.schema import table


@dataclass(frozen=True)
class Job:
    """Which table is filled in which run, chunk by chunk."""

    table: str
    run_id: str
    chunks: tuple[Chunk, ...]

    def keys(self, chunk: Chunk) -> tuple[str, ...]:
        """What names a chunk's part."""
        return (self.run_id, chunk.tasks[0].task_id)

    def left(self, store: Store) -> list[Chunk]:
        """The chunks whose part is not written yet."""
        return [chunk for chunk in self.chunks if not work.is_done(store, self.table, self.keys(chunk))]


def chunks_of(sets: list[EmbeddingSet], usable: list[tuple[int, str | None, str]]) -> tuple[Chunk, ...]:
    """Every pair of the usable classes, each given as (set number, background, name), in chunks."""
    planned: list[Task] = []
    for chosen in sets:
        classes: dict[str | None, list[str]] = {}
        for number, background, name in usable:
            if number == chosen.number:
                classes.setdefault(background, []).append(name)
        planned += tasks.tasks(chosen, classes)
    return tuple(tasks.chunks(planned))


def fill(opened: tuple[Store, duckdb.DuckDBPyConnection], job: Job, fit: Callable[[Loaded, Task], list[Row]], run: Run, jobs: int) -> None:
    """Do the chunks that are left, `jobs` classifiers at a time; one part a chunk."""
    store, connection = opened
    left = job.left(store)
    loading.remark_done(run, job.chunks, left)
    columns = [column.name for column in table(job.table).own_columns]
    for chunk, rows in loading.fitted(connection, left, fit, job.table, jobs):
        made = {name: [row[name] for row in rows] for name in columns}
        run.wrote(parts.write(store, job.table, job.keys(chunk), made, job.run_id))


def count(store: Store, planned: Sweep, table_name: str, run: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this run, whoever wrote it."""
    query = f"SELECT count(DISTINCT task_id), count(*), count(*) FILTER (NOT converged) FROM {table_name} WHERE run_id = ?"
    with database.connect(store) as connection:
        [(n, n_fits, n_uncertain)] = connection.execute(query, [planned.run_id]).fetchall()
        by_chance = constant_vectors.by_chance(connection, table_name, planned.run_id)
    for note in (*planned.notes, *by_chance):
        run.note(note)
    for refused in planned.refused:
        run.drop(*refused)
    run.keep(n)
    if n_uncertain:
        run.note(f"{n_uncertain} of {n_fits} fits did not reach the solver's tolerance (converged = false)")
    if n < planned.n_tasks:
        run.note(f"{planned.n_tasks - n} of {planned.n_tasks} classifiers are left to other shards")


def describe(store: Store, planned: Sweep, job: Job, fits: str) -> str:
    """What a run would do, in lines; `fits` says what is done for each classifier."""
    n_left = sum(len(chunk.tasks) for chunk in job.left(store))
    sizes: dict[str, int] = {}
    for chunk in planned.chunks:
        sizes[str(chunk.images)] = sizes.get(str(chunk.images), 0) + len(chunk.tasks)
    return "\n".join(
        [
            f"{planned.run_id}: {planned.n_tasks} classifiers, {fits}; {n_left} of them left to do here",
            *(f"  {name}: {n}" for name, n in sizes.items()),
            *(f"  {note}" for note in planned.notes),
            *(f"  not used: {place}: {detail}" for place, _, detail in planned.refused),
        ]
    )
