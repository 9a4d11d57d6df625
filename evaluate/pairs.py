"""The pair sweep: one linear classifier a pair of classes (and background), five folds each (paper 3.4)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import duckdb

from cellswap.errors import BadInput
from cellswap.evaluate import by_protein, classifier, loading
from cellswap.evaluate.classifier import Found
from cellswap.evaluate.loading import Loaded
from cellswap.evaluate.sample import constant_vectors, folds
from cellswap.evaluate.sample.tasks import Chunk, Task
from cellswap.evaluate.sweep import Sweep
from cellswap.store import database, parts, work
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.schema import table

TABLE = "pair_accuracy"


def is_done(store: Store, sweep: Sweep, chunk: Chunk) -> bool:
    """Whether a chunk's part has been written."""
    return work.is_done(store, TABLE, _keys(sweep, chunk))


def _keys(sweep: Sweep, chunk: Chunk) -> tuple[str, ...]:
    return (sweep.run_id, chunk.tasks[0].task_id)


def run_sweep(store: Store, connection: duckdb.DuckDBPyConnection, sweep: Sweep, chunks: list[Chunk], run: Run, jobs: int) -> None:
    """Fit every classifier of those chunks that are not written yet, `jobs` at a time; one part a chunk, and the run's counts."""
    left = [chunk for chunk in chunks if not is_done(store, sweep, chunk)]
    loading.remark_done(run, chunks, left)
    for chunk, done in loading.fitted(connection, left, lambda loaded, task: _try(loaded, task, sweep), "pairs", jobs):
        for name, columns in _tables(done).items():
            run.wrote(parts.write(store, name, _keys(sweep, chunk), columns, sweep.run_id))


def _tables(done: list[Found]) -> dict[str, dict[str, Any]]:
    """The columns of a chunk's parts. `pair_accuracy` comes last: where its part is there, the others are."""
    rows = [row for found in done for row in found.rows]
    outcomes = [found.outcome for found in done]
    return {
        "pair_protein_accuracy": by_protein.by_protein(outcomes),
        "misclassified": by_protein.furthest(outcomes),
        TABLE: {c.name: [row[c.name] for row in rows] for c in table(TABLE).own_columns},
    }


def _try(loaded: Loaded, task: Task, sweep: Sweep) -> list[Found]:
    """What one classifier gives; nothing where no folds can be made of its groups."""
    try:
        return [classifier.fit_and_test(loaded, task, sweep)]
    except BadInput:
        return []


def count(store: Store, sweep: Sweep, chunks: list[Chunk], run: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this sweep, whoever wrote it."""
    with database.connect(store) as connection:
        query = f"SELECT task_id, count(*) FILTER (NOT converged) FROM {TABLE} WHERE run_id = ? GROUP BY 1"
        uncertain: dict[str, int] = dict(connection.execute(query, [sweep.run_id]).fetchall())
        by_chance = constant_vectors.by_chance(connection, TABLE, sweep.run_id)
    for note in (*sweep.notes, *by_chance):
        run.note(note)
    for refused in sweep.refused:
        run.drop(*refused)
    lost = [task for chunk in chunks for task in chunk.tasks if task.task_id not in uncertain]
    for task in lost:
        run.drop(task.task_id, "no folds can be made", _why_no_folds(sweep, task))
    run.keep(len(uncertain))
    if n := sum(uncertain.values()):
        run.note(f"{n} of {folds.N_FOLDS * len(uncertain)} folds did not reach the solver's tolerance (converged = false)")
    if n := sum(not is_done(store, sweep, chunk) for chunk in sweep.chunks):
        run.note(f"{n} of {len(sweep.chunks)} parts of this sweep are left to other shards")


def _why_no_folds(sweep: Sweep, task: Task) -> str:
    group = sweep.options.drawing.grouped_by
    one, two = (
        f"class {name} has images of {sweep.n_groups.get((task.images.number, task.background, name), 0)} {group}s"
        for name in (task.class_1, task.class_2)
    )
    return f"{one}, {two}; expected {folds.N_FOLDS} {group}s or more in the two together, and each class in two folds or more"


def arguments(sweep: Sweep, shard: str) -> dict[str, object]:
    """The arguments of a sweep for its record, defaults included."""
    options = sweep.options
    return {**asdict(options.wanted), **asdict(options.drawing), **asdict(options.solver), "shard": shard}


def describe(store: Store, sweep: Sweep, chunks: list[Chunk]) -> str:
    """What a sweep would do, in lines: its run id, classifiers, how many are done, which classes are too small."""
    left = [chunk for chunk in chunks if not is_done(store, sweep, chunk)]
    n_left = sum(len(chunk.tasks) for chunk in left)
    lines = [f"{sweep.run_id}: {sweep.n_tasks} classifiers of {folds.N_FOLDS} folds, {n_left} of them left to do here"]
    for images_of in dict.fromkeys(str(chunk.images) for chunk in sweep.chunks):
        n = sum(len(chunk.tasks) for chunk in sweep.chunks if str(chunk.images) == images_of)
        lines.append(f"  {images_of}: {n}")
    lines += [f"  {note}" for note in sweep.notes]
    return "\n".join([*lines, *(f"  not used: {place}: {detail}" for place, _, detail in sweep.refused)])
