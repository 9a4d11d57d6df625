"""One linear classifier of two classes (and a background), fold by fold: its rows, and how its test images fared (paper 3.4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.by_condition import Outcome
from cellswap.evaluate.loading import Loaded
from cellswap.evaluate.sample import folds
from cellswap.evaluate.sample.embedded_images import Block, Drawing
from cellswap.evaluate.sample.tasks import Task
from cellswap.evaluate.svm import fitting
from cellswap.evaluate.svm.problem import Fit, Problem, decisions
from cellswap.evaluate.sweep import Sweep

Row = dict[str, object]


@dataclass(frozen=True)
class Found:
    """What one classifier gives: its rows of `pair_accuracy`, and how its test images fared."""

    rows: list[Row]
    outcome: Outcome


def evaluate(loaded: Loaded, task: Task, sweep: Sweep) -> list[Row]:
    """One row a fold of one classifier: a row of `pair_accuracy` without its run id."""
    return fit_and_test(loaded, task, sweep).rows


def fit_and_test(loaded: Loaded, task: Task, sweep: Sweep) -> Found:
    """One classifier's rows of `pair_accuracy`, one a fold, and the decision values of its test images."""
    one, two = loaded.blocks[task.class_1], loaded.blocks[task.class_2]
    test_fold = _test_folds(one, two, sweep.drawing)
    y = np.repeat([-1.0, 1.0], [len(one.vectors), len(two.vectors)])
    problem = Problem(np.concatenate([one.vectors, two.vectors]), y, test_fold, sweep.solver.c)
    fits = fitting.fit_folds(problem, sweep.solver)
    shared = _overlap_shares(loaded, task, sweep, problem)
    facts = _facts(task, sweep, len(one.vectors), len(two.vectors))
    seen = Outcome(task.task_id, (task.class_1, task.class_2), (one, two), test_fold, decisions(problem, fits))
    rows = [facts | _fold(problem, fold, fit, seen.right) | {"overlap_share": shared[fold]} for fold, fit in enumerate(fits)]
    return Found(rows, seen)


def _test_folds(one: Block, two: Block, drawing: Drawing) -> NDArray[np.int64]:
    together = np.concatenate([one.groups, two.groups]) if drawing.grouped_by != "nothing" else None
    return folds.of(drawing.how, len(one.vectors), len(two.vectors), together)


def _overlap_shares(loaded: Loaded, task: Task, sweep: Sweep, problem: Problem) -> list[float | None]:
    names = (task.class_1, task.class_2)
    if any((task.images.number, task.background, name) in sweep.unplaced for name in names):
        return [None] * problem.n_folds
    starts = {task.class_1: 0, task.class_2: len(loaded.blocks[task.class_1].vectors)}
    found = [((one, two), loaded.overlaps[one, two]) for one in names for two in names if (one, two) in loaded.overlaps]
    a = np.concatenate([np.empty(0, np.int64), *(pairs[0] + starts[one] for (one, _), pairs in found)])
    b = np.concatenate([np.empty(0, np.int64), *(pairs[1] + starts[two] for (_, two), pairs in found)])
    return folds.overlap_shares(problem.test_fold, a, b).tolist()


def _facts(task: Task, sweep: Sweep, n_1: int, n_2: int) -> Row:
    """What all folds of a classifier share."""
    drawing, solver = sweep.drawing, sweep.solver
    return {
        "task_id": task.task_id,
        **task.images.names,
        "class_by": drawing.class_by,
        "class_1": task.class_1,
        "class_2": task.class_2,
        "background": task.background,
        "plan_id": drawing.plan_id,
        "grouped_by": drawing.grouped_by,
        "folds": drawing.how,
        "n_class_1": n_1,
        "n_class_2": n_2,
        "c": solver.c,
        "standardized": solver.standardize,
        "scheme": solver.scheme,
        "gap_tolerance": solver.gap if solver.scheme == "certified" else None,
    }


def _fold(problem: Problem, fold: int, fit: Fit, right: NDArray[np.bool_]) -> Row:
    test = problem.test_fold == fold
    n_test = int(np.sum(test))
    return {
        "fold": fold,
        "accuracy": float(np.mean(right[test])) if fit.tells else 0.5,
        "n_train": len(problem.y) - n_test,
        "n_test": n_test,
        "n_test_1": int(np.sum(test & (problem.y < 0))),
        "route": fit.route,
        "duality_gap": max(fit.gap, 0.0) if np.isfinite(fit.gap) else None,
        "converged": fit.converged,
        "iterations": fit.iterations,
    }
