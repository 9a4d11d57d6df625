"""Many small fits on drawn images, chunk by chunk: the rows of a chunk become one part of a table."""

from __future__ import annotations

from collections.abc import Callable

from cellswap.evaluate import loading, sweep
from cellswap.evaluate.classifier import Row
from cellswap.evaluate.loading import Loaded
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import constant_vectors, folds
from cellswap.evaluate.sample.tasks import Task
from cellswap.evaluate.sweep import Sweep
from cellswap.store import database, parts
from cellswap.store.runs import Run
from cellswap.store.schema import table


def fill(opened: Opened, what: Sweep, fit: Callable[[Loaded, Task], list[Row]], recorded: Run, jobs: int) -> None:
    """Do this shard's chunks that are left, `jobs` classifiers at a time; one part a chunk."""
    left = sweep.left(opened.store, what, what.mine)
    loading.remark_done(recorded, what.mine, left)
    columns = [column.name for column in table(what.table).own_columns]
    for chunk, rows in loading.fitted(opened.connection, left, fit, what.table, jobs):
        made = {name: [row[name] for row in rows] for name in columns}
        recorded.wrote(parts.write(opened.store, what.table, what.keys(chunk), made, what.run_id))


def count(opened: Opened, what: Sweep, recorded: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this run, whoever wrote it."""
    query = f"SELECT count(DISTINCT task_id), count(*), count(*) FILTER (NOT converged) FROM {what.table} WHERE run_id = ?"
    with database.connect(opened.store) as connection:
        [(n, n_fits, n_uncertain)] = connection.execute(query, [what.run_id]).fetchall()
        by_chance = constant_vectors.by_chance(connection, what.table, what.run_id)
        one_sided = folds.of_one_class(connection, what.table, what.run_id) if what.table == "layer_accuracy" else ()
    for note in (*what.notes, *by_chance, *one_sided):
        recorded.note(note)
    for refused in what.refused:
        recorded.drop(*refused)
    recorded.keep(n)
    if n_uncertain:
        recorded.note(f"{n_uncertain} of {n_fits} fits did not reach the solver's tolerance (converged = false)")
    if n < what.n_tasks:
        recorded.note(f"{what.n_tasks - n} of {what.n_tasks} classifiers are left to other shards")


def describe(opened: Opened, what: Sweep, fits: str) -> list[str]:
    """What a run would do, in lines; `fits` says what is done for each classifier."""
    n_left = sum(len(chunk.tasks) for chunk in sweep.left(opened.store, what, what.mine))
    return [f"{what.run_id}: {what.n_tasks} classifiers, {fits}; {n_left} of them left to do here", *sweep.lines(what)]
