"""Classifiers tested on conditions or plates that they never saw, beside five folds on the same images (paper D.3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.evaluate import chunked, classifier, run_ids, sweep
from cellswap.evaluate.classifier import Row
from cellswap.evaluate.loading import Loaded
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import (
    constant_vectors,
    draw_tables,
    embedded_images,
    folds,
    heldout_split,
    swap_plan,
    vector_faults,
)
from cellswap.evaluate.sample.embedded_images import Drawing
from cellswap.evaluate.sample.heldout_split import HeldoutOptions
from cellswap.evaluate.sample.tasks import EmbeddingSet, Task
from cellswap.evaluate.svm import fitting
from cellswap.evaluate.svm.problem import HELD_IN, Problem, accuracy
from cellswap.evaluate.sweep import Sweep
from cellswap.store import classes, parts, wording, work
from cellswap.store.runs import Run

TABLE = "heldout_accuracy"
CANNOT = "class cannot be held out"
FEW = 12  # names in one line


@dataclass(frozen=True)
class Sides:
    """How many images of a class, on a background, are on either side, of how many conditions or plates; how many it could have."""

    set_number: int
    background: str | None
    name: str
    n_train: int
    n_test: int
    n_names: int
    placed: bool
    n_expected: int = 0

    @property
    def key(self) -> tuple[int, str | None, str]:
        """Embedding set, background and class."""
        return (self.set_number, self.background, self.name)


@dataclass(frozen=True)
class HeldoutAsked:
    """The classifiers to fit, and the options with the plan and screen that were found."""

    options: HeldoutOptions
    sweep: Sweep

    @property
    def run_id(self) -> str:
        """The run that these classifiers are of."""
        return self.sweep.run_id

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included."""
        options = self.options
        drawing = {"images": options.images, "plan_id": options.plan_id, "screen": options.screen}
        own = {"by": options.by, **drawing, "seed": options.seed}
        return {**asdict(options.wanted), **own, **asdict(options.solver), "shard": options.share.shard}


def ask(opened: Opened, options: HeldoutOptions) -> HeldoutAsked:
    """The classifiers to fit; leaves the tables of `draw_tables.fill` in the connection.

    Raises BadInput where nothing can be held out: no embeddings, no fitting plan, fewer than two classes on both sides.
    """
    connection = opened.connection
    fitting.check(options.solver)
    sets = embedded_images.embedding_sets(connection, options.wanted)
    options = replace(options, plan_id=swap_plan.that_parts(connection, sets, options.plan_id, options.by))
    heldout_split.draw(connection, sets, options)
    options = replace(options, screen=embedded_images.screen_of(connection, options.screen, options.plan_id))
    vector_faults.refuse_any(connection, sets)
    gaps = swap_plan.gaps(connection, sets, options.plan_id)
    sizes = _sides(connection, options.wanted.classes)
    sizes = [size for size in sizes if sets[size.set_number] not in gaps.absent]
    reasons = {size.key: reason for size in sizes if (reason := _nothing_of(size, options) or why_not(size, options.by))}
    chunks = sweep.chunks_of(sets, [size.key for size in sizes if size.key not in reasons], classes.known(connection))
    refused = tuple((_place(sets, key), CANNOT, reason) for key, reason in reasons.items())
    refused += tuple((str(chosen), sweep.NOT_PLANNED, reason) for chosen, reason in gaps.absent.items())
    if not chunks:
        raise BadInput(_nothing(sizes, [detail for _, _, detail in refused], options.by))
    unplaced = frozenset(size.key for size in sizes if not size.placed)
    name = run_ids.run_id("heldout", embedded_images.fingerprint(connection, sets), run_ids.figures_of(options, ("share",)))
    drawing = Drawing(images=options.images, plan_id=options.plan_id, screen=options.screen)
    notes = (*gaps.notes, *constant_vectors.equal(connection, sets))
    mine = tuple(work.shard(chunks, options.share.shard))
    return HeldoutAsked(options, Sweep(TABLE, name, drawing, options.solver, chunks, mine, refused, unplaced, notes))


def _sides(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> list[Sides]:
    counted = [Sides(*row) for row in connection.execute(sql.query("heldout_classes")).fetchall()]
    return draw_tables.chosen(counted, names, f"{wording.class_()} of the embedded images")


def _nothing_of(size: Sides, options: HeldoutOptions) -> str | None:
    """Why nothing of a class is drawn; None where something is."""
    if size.n_train or size.n_test:
        return None
    crops = f"kept crops has a vector{' and a known plate' if options.by == 'plate' else ''}"
    return draw_tables.nothing_of(size.name, size.n_expected, "planned images has a vector" if options.plan_id else crops)


def why_not(size: Sides, by: str) -> str | None:
    """Why a class cannot be held out; None where it can."""
    if size.n_names < 2:
        return f"class {size.name} has 1 {wording.said(by)}, a held-out split needs 2 or more"
    if not (size.n_train and size.n_test):
        side = "train on" if size.n_test else "test on"
        return f"class {size.name} has images of {size.n_names} {wording.plural(wording.said(by))}, none of them to {side}"
    return folds.too_few(size.name, size.n_train + size.n_test, 0, "nothing")


def _place(sets: list[EmbeddingSet], key: tuple[int, str | None, str]) -> str:
    number, background, name = key
    return f"{sets[number]}: {name}" + (f" on {background}" if background else "")


def _nothing(sizes: list[Sides], reasons: list[str], by: str) -> str:
    n = sum(bool(size.n_train or size.n_test) for size in sizes)
    found = f"found {n} that can be drawn and too few that can be parted"
    return f"expected two classes with {wording.plural(wording.said(by))} on both sides, {found}{draw_tables.because(reasons)}"


def evaluate(loaded: Loaded, task: Task, asked: HeldoutAsked) -> list[Row]:
    """Rows of `heldout_accuracy` for one classifier: one tested on what is held out, and one a fold on the same images."""
    what, options = asked.sweep, asked.options
    five = classifier.evaluate(loaded, task, what)
    one, two = loaded.blocks[task.class_1], loaded.blocks[task.class_2]
    y = np.repeat([-1.0, 1.0], [len(one.vectors), len(two.vectors)])
    test = np.concatenate([one.groups, two.groups]) == "test"
    problem = Problem(np.concatenate([one.vectors, two.vectors]), y, np.where(test, 0, HELD_IN), options.solver.c)
    fit = fitting.fit_folds(problem, options.solver)[0]
    known = five[0]["overlap_share"] is not None
    held = five[0] | {
        "fold": 0, "accuracy": accuracy(problem, 0, fit), "n_train": int(np.sum(~test)), "n_test": int(np.sum(test)),
        "overlap_share": overlap_share(loaded, task, test) if known else None, "route": fit.route,
        "duality_gap": max(fit.gap, 0.0) if np.isfinite(fit.gap) else None, "converged": fit.converged, "iterations": fit.iterations,
    }  # fmt: skip
    said = {"split_by": options.by, "plan_id": options.plan_id}
    rows = [(held, f"{options.by}_held_out"), *((row, "five_fold_cv") for row in five)]
    return [row | said | {"evaluation": evaluation} for row, evaluation in rows]


def overlap_share(loaded: Loaded, task: Task, test: NDArray[np.bool_]) -> float:
    """The share of test images that show pixels of a training image of either class."""
    starts = {task.class_1: 0, task.class_2: len(loaded.blocks[task.class_1].vectors)}
    leaks = np.zeros(len(test), bool)
    for (one, two), (a, b) in loaded.overlaps.items():
        if one in starts and two in starts:
            at_a, at_b = a + starts[one], b + starts[two]
            leaks[at_a] |= test[at_a] & ~test[at_b]
            leaks[at_b] |= test[at_b] & ~test[at_a]
    return float(leaks[test].mean())


def describe(opened: Opened, asked: HeldoutAsked) -> list[str]:
    """What a run would do, in lines."""
    return chunked.describe(opened, asked.sweep, "held out once and in five folds each")


def run(opened: Opened, asked: HeldoutAsked, recorded: Run) -> None:
    """Write the split, then the classifiers of every chunk that is left."""
    what, options = asked.sweep, asked.options
    if not work.is_done(opened.store, "heldout_split", (what.run_id,)):
        split = opened.connection.sql(sql.query("heldout_split"), params={"by": options.by}).to_arrow_table()
        recorded.wrote(parts.write(opened.store, "heldout_split", (what.run_id,), split, what.run_id))
    recorded.remark(said_of_sides(opened.connection, what.run_id, options))
    chunked.fill(opened, what, lambda loaded, task: evaluate(loaded, task, asked), recorded, options.share.jobs)


def said_of_sides(connection: duckdb.DuckDBPyConnection, run_id: str, options: HeldoutOptions) -> str:
    """Which conditions or plates are tested and trained on, by name where they are few, and the query for all of them."""
    names = {"run_id": run_id, "classes": list(options.wanted.classes)}
    rows = connection.execute(sql.query("heldout_sides"), names).fetchall()
    one = wording.said(options.by)
    sides = {side: f"{n} {wording.plural(one) if n > 1 else one}" + (f" ({who})" if n <= FEW else "") for side, n, who in rows}
    query = f"cellswap sql \"FROM heldout_split WHERE run_id = '{run_id}'\""
    return f"tested on {sides.get('test', 'none')}, trained on {sides.get('train', 'none')}: {query}"


def count(opened: Opened, asked: HeldoutAsked, recorded: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this run, whoever wrote it."""
    chunked.count(opened, asked.sweep, recorded)
