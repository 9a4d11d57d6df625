"""The pair sweep: one linear classifier a pair of classes (and background), tested fold by fold (paper 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from cellswap.errors import BadInput
from cellswap.evaluate import by_condition, classifier, loading, run_ids, sweep
from cellswap.evaluate.classifier import Found
from cellswap.evaluate.loading import Loaded
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import constant_vectors, draw_tables, embedded_images, folds, swap_plan, vector_faults
from cellswap.evaluate.sample.embedded_images import ClassSize, Drawing, Wanted
from cellswap.evaluate.sample.tasks import Share, Task
from cellswap.evaluate.svm import fitting
from cellswap.evaluate.svm.fitting import Solver
from cellswap.evaluate.sweep import Sweep
from cellswap.store import classes, database, parts, wording, work
from cellswap.store.runs import Run
from cellswap.store.schema import table

TABLE = "pair_accuracy"


@dataclass(frozen=True)
class PairsOptions:
    """Everything that a sweep's figures depend on, besides the store; and which share of it is done here."""

    wanted: Wanted = field(default_factory=Wanted)
    drawing: Drawing = field(default_factory=Drawing)
    solver: Solver = field(default_factory=Solver)
    share: Share = field(default_factory=Share)


@dataclass(frozen=True)
class PairsAsked:
    """The classifiers of a sweep, and the options with the plan and screen that were found."""

    options: PairsOptions
    sweep: Sweep

    @property
    def run_id(self) -> str:
        """The run that these classifiers are of."""
        return self.sweep.run_id

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included."""
        options = self.options
        return {**asdict(options.wanted), **asdict(options.drawing), **asdict(options.solver), "shard": options.share.shard}


def ask(opened: Opened, options: PairsOptions) -> PairsAsked:
    """All pairs and triplets that the embeddings allow; leaves the tables of `draw_tables.fill` in the connection.

    Raises BadInput where nothing can be compared: no embeddings, fewer than two classes, vectors that are not finite.
    """
    connection = opened.connection
    fitting.check(options.solver)
    sets, drawing = sweep.drawn(connection, options.wanted, options.drawing)
    options = replace(options, drawing=drawing)
    vector_faults.refuse_any(connection, sets)
    # of a plan's split the first images would be those of one side
    gaps = swap_plan.gaps(connection, sets, drawing.plan_id, None if folds.split_by(drawing.how) else drawing.images)
    sizes = sweep.sizes_of(connection, sets, gaps, options.wanted.classes, drawing.class_by)
    reasons = {size: reason for size in sizes if (reason := sweep.too_small(size, drawing))}
    refused = sweep.refusals(sets, gaps, reasons)
    usable = [size for size in sizes if size not in reasons]
    chunks = sweep.chunks_of(sets, [size.key for size in usable], sweep.order_of(connection, drawing))
    if not chunks:
        raise BadInput(_nothing_left(usable, [detail for _, _, detail in refused], drawing))
    unplaced = frozenset(size.key for size in sizes if not size.placed)
    notes = (*gaps.notes, *constant_vectors.equal(connection, sets))
    name = run_ids.run_id("pairs", embedded_images.fingerprint(connection, sets), run_ids.figures_of(options, ("share",)), how=drawing.how)
    mine = tuple(work.shard(chunks, options.share.shard))
    n_groups = {size.key: size.n_groups for size in sizes}
    return PairsAsked(options, Sweep(TABLE, name, drawing, options.solver, chunks, mine, refused, unplaced, notes, n_groups))


def _nothing_left(usable: list[ClassSize], reasons: Iterable[str], drawing: Drawing) -> str:
    names = sorted({size.name for size in usable})
    others = f"to compare {wording.conditions()}: --by {wording.option(classes.CONDITION)}"
    hint = f"; {wording.classes()} come from cellswap ingest labels; {others}"
    hint = "" if drawing.class_by == classes.CONDITION or drawing.plan_id else hint
    found = f"one: {', '.join(names)}" if names else "none that can be used"
    return f"a classifier needs two classes by {wording.by(drawing.class_by)}, found {found}{draw_tables.because(reasons)}{hint}"


def describe(opened: Opened, asked: PairsAsked) -> list[str]:
    """What a sweep would do, in lines: its run id, classifiers, how many are done, which classes are too small."""
    what = asked.sweep
    n_left = sum(len(chunk.tasks) for chunk in sweep.left(opened.store, what, what.mine))
    return [
        f"{what.run_id}: {what.n_tasks} classifiers of {folds.said(what.drawing.how)}, {n_left} of them left to do here",
        *sweep.lines(what),
    ]


def run(opened: Opened, asked: PairsAsked, recorded: Run) -> None:
    """Fit every classifier of this shard that is not written yet; one part a chunk."""
    what = asked.sweep
    left = sweep.left(opened.store, what, what.mine)
    loading.remark_done(recorded, what.mine, left)
    for chunk, done in loading.fitted(opened.connection, left, partial(_try, what), "pairs", asked.options.share.jobs):
        for name, columns in _tables(done).items():
            recorded.wrote(parts.write(opened.store, name, what.keys(chunk), columns, what.run_id))


def _tables(done: list[Found]) -> dict[str, dict[str, Any]]:
    """The columns of a chunk's parts. `pair_accuracy` comes last: where its part is there, the others are."""
    rows = [row for found in done for row in found.rows]
    outcomes = [found.outcome for found in done]
    return {
        "pair_condition_accuracy": by_condition.by_condition(outcomes),
        "misclassified": by_condition.furthest(outcomes),
        TABLE: {c.name: [row[c.name] for row in rows] for c in table(TABLE).own_columns},
    }


def _try(what: Sweep, loaded: Loaded, task: Task) -> list[Found]:
    """What one classifier gives; nothing where no folds can be made of its groups."""
    try:
        return [classifier.fit_and_test(loaded, task, what)]
    except BadInput:
        return []


def count(opened: Opened, asked: PairsAsked, recorded: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this sweep, whoever wrote it."""
    what = asked.sweep
    with database.connect(opened.store) as connection:
        query = f"SELECT task_id, count(*) FILTER (NOT converged), count(*) FROM {TABLE} WHERE run_id = ? GROUP BY 1"
        done = {task_id: (n, n_folds) for task_id, n, n_folds in connection.execute(query, [what.run_id]).fetchall()}
        by_chance = constant_vectors.by_chance(connection, TABLE, what.run_id)
        one_sided = folds.of_one_class(connection, TABLE, what.run_id)
    for note in (*what.notes, *by_chance, *one_sided):
        recorded.note(note)
    for refused in what.refused:
        recorded.drop(*refused)
    for task in (task for chunk in what.mine for task in chunk.tasks if task.task_id not in done):
        recorded.drop(task.task_id, "no folds can be made", _why_no_folds(what, task))
    recorded.keep(len(done))
    if n := sum(n_uncertain for n_uncertain, _ in done.values()):
        recorded.note(
            f"{n} of {sum(n_folds for _, n_folds in done.values())} folds did not reach the solver's tolerance (converged = false)"
        )
    if n := len(sweep.left(opened.store, what, what.chunks)):
        recorded.note(f"{n} of {len(what.chunks)} parts of this sweep are left to other shards")


def _why_no_folds(what: Sweep, task: Task) -> str:
    group = what.drawing.grouped_by
    one, two = (
        f"class {name} has images of {what.n_groups.get((task.images.number, task.background, name), 0)} {group}s"
        for name in (task.class_1, task.class_2)
    )
    return f"{one}, {two}; expected {what.drawing.how} {group}s or more in the two together, and each class in two folds or more"
