"""How much faster the certified solver is than the authors' loop over scikit-learn's SVC, on the same vectors in one run.

    python benchmarks/pairs.py [--quick] [--crops ARCHIVE | --store STORE] [--gap 1e-6]

- `d = 64`, `256`, `384`: five folds of classifiers of 2,000 images, one after the other on one thread. Each task is timed
  by both ways in turn, so that a machine that is busy slows both. `by_task` has the ratio for each kind of task.
- `whole`: the same tasks through a pool with as many threads as there are cores, ours over theirs one by one. Networks of
  the three widths count alike, as in the paper's 9,135 classifiers. `all cores` is the same against their loop in that pool.
- `hard`: data on which libsvm seldom ends within the authors' 100,000 iterations; ours has to reach its gap all the same.
  With --quick their loop is timed on the first fold of a task, times five, and d is 256 only.
- `images`, `dimensions`: how our time grows. `paper`: what 9,135 classifiers would take, from the tasks measured here.

Vectors are average-pooled ReLU features of drawn networks on the real crops of --crops, or drawn mixtures without them.
With --store they are a store's own embeddings: classes two by two, for each model, layer and setting, and nothing else is run.
`certified` counts our folds whose relative duality gap is at most --gap; `theirs_capped` their folds that hit the cap.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pair_data import Task, drawn_tasks, features, hard_tasks, real_tasks, store_tasks
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits
from timing import seconds

from cellswap.evaluate.sample.folds import test_folds
from cellswap.evaluate.svm import certified
from cellswap.evaluate.svm.libsvm import AUTHORS_CAP
from cellswap.evaluate.svm.problem import Fit, Problem, accuracy

WIDTHS = (64, 256, 384)
PAPER = 9_135
ARCHIVE = Path(__file__).resolve().parents[2] / "shared/data/pci_toy_yeast.tar.xz"


@dataclass(frozen=True)
class Timed:
    """Seconds for a task by both ways, accuracies, and how their folds ended."""

    ours: float
    theirs: float
    ours_accuracy: float
    theirs_accuracy: float
    certified: int
    capped: int
    route: str


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "pairs", "case": case, **facts}), flush=True)


def problem_of(task: Task) -> Problem:
    n = len(task[1]) // 2
    return Problem(task[1], np.repeat([-1.0, 1.0], n), test_folds(n, n, None))


def authors_fold(problem: Problem, fold: int) -> tuple[float, bool]:
    """Their accuracy on a fold, and whether libsvm stopped at its cap."""
    train = problem.test_fold != fold
    machine = SVC(kernel="linear", C=1.0, max_iter=AUTHORS_CAP).fit(problem.x[train], problem.y[train])
    return machine.score(problem.x[~train], problem.y[~train]), bool(machine.fit_status_)


def authors(problem: Problem, n_folds: int = 5) -> list[tuple[float, bool]]:
    return [authors_fold(problem, fold) for fold in range(n_folds)]


def ours(problem: Problem, gap: float) -> tuple[list[Fit], list[float]]:
    fits = certified.fit_folds(problem, gap)
    return fits, [accuracy(problem, fold, fit) for fold, fit in enumerate(fits)]


def time_task(task: Task, gap: float, n_folds: int = 5) -> Timed:
    """Both ways in turn: ours, theirs, ours again."""
    problem = problem_of(task)
    first = seconds(lambda: ours(problem, gap))
    start = time.perf_counter()
    folds = authors(problem, n_folds)
    theirs = (time.perf_counter() - start) * 5 / n_folds
    second = seconds(lambda: ours(problem, gap))
    fits, accuracies = ours(problem, gap)
    return Timed(
        (first + second) / 2, theirs, float(np.mean(accuracies[:n_folds])), float(np.mean([score for score, _ in folds])),
        sum(fit.converged for fit in fits), sum(capped for _, capped in folds), fits[0].route,
    )  # fmt: skip


def by_task(tasks: list[Task], timed: list[Timed]) -> dict[str, float]:
    """The ratio for each kind of task, of all tasks of that name."""
    names = dict.fromkeys(name for name, _ in tasks)
    of = {name: [t for task, t in zip(tasks, timed, strict=True) if task[0] == name] for name in names}
    return {name: round(sum(t.theirs for t in some) / sum(t.ours for t in some), 1) for name, some in of.items()}


def report(case: str, timed: list[Timed], goal: float | None, **more: object) -> None:
    say(
        case,
        ratio=round(sum(t.theirs for t in timed) / sum(t.ours for t in timed), 1),
        goal=goal,
        n=len(timed),
        ours_ms=round(1e3 * float(np.mean([t.ours for t in timed])), 1),
        theirs_ms=round(1e3 * float(np.mean([t.theirs for t in timed])), 1),
        certified=f"{sum(t.certified for t in timed)} of {5 * len(timed)} folds",
        largest_accuracy_difference=round(max(abs(t.ours_accuracy - t.theirs_accuracy) for t in timed), 4),
        theirs_capped=sum(t.capped for t in timed),
        **more,
    )


def whole(tasks: dict[int, list[Task]], serial: dict[int, float], gap: float) -> None:
    """All tasks through a pool on all cores, against their loop one by one and in the same pool."""
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores) as pool:
        ours_s, theirs_s = {}, {}
        for d, of_width in tasks.items():
            problems = [problem_of(task) for task in of_width]
            repeated = problems * 6
            ours_s[d] = seconds(lambda all_=repeated: list(pool.map(lambda p: ours(p, gap), all_))) / len(repeated)
            theirs_s[d] = seconds(lambda all_=problems: list(pool.map(authors, all_))) / len(problems)
    total = sum(ours_s.values())
    n = sum(map(len, tasks.values()))
    say("whole", ratio=round(sum(serial.values()) / total, 1), goal=40, n=n, cores=cores)
    say("all cores", ratio=round(sum(theirs_s.values()) / total, 1), goal=None, n=n, cores=cores)
    minutes = PAPER / 60 / len(tasks)
    say(
        "paper",
        ours_min=round(total * minutes, 1),
        theirs_serial_min=round(sum(serial.values()) * minutes, 1),
        cores=cores,
    )


def hard(widths: tuple[int, ...], gap: float, n_folds: int) -> None:
    for d in widths:
        timed = {task[0]: time_task(task, gap, n_folds) for task in hard_tasks(d, 2000)}
        for name, t in timed.items():
            report(f"hard, d = {d}: {name}", [t], 1, route=t.route)
        slow = [t for t in timed.values() if t.capped]
        if slow:
            report(f"hard, d = {d}: those that hit the authors' cap", slow, 10)


def of_store(path: Path, gap: float, most: int) -> None:
    """At most `most` pairs of classes for each model, layer and setting of a store."""
    for label, tasks in store_tasks(path, most).items():
        timed = [time_task(task, gap) for task in tasks]
        report(label, timed, None, images=[len(rows) for _, rows in tasks], by_task=by_task(tasks, timed), data="store")


def growth(gap: float) -> None:
    for case, sizes in (
        ("images", ((500, 128), (1000, 128), (2000, 128))),
        ("dimensions", ((2000, 32), (2000, 128), (2000, 384))),
    ):
        problems = {size: problem_of(("", 0.05 * features(*size, 1.0, 3))) for size in sizes}
        times = {size: min(seconds(lambda p=p: ours(p, gap)) for _ in range(3)) for size, p in problems.items()}
        say(case, ms={f"{n} images x {d}": round(1e3 * s, 1) for (n, d), s in times.items()})
    say(
        "classes",
        classifiers={k: k * (k - 1) // 2 for k in (2, 5, 15)},
        note="time is that of one classifier times their number",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--crops", type=Path, default=ARCHIVE if ARCHIVE.exists() else None)
    parser.add_argument("--gap", type=float, default=1e-6)
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # libsvm warns of its cap, which is counted
    with threadpool_limits(1):
        start = time.perf_counter()
        ours(problem_of(("", features(200, 16, 1.0, 0))), asked.gap)
        ours(problem_of(("", 100 * features(200, 16, 1.0, 0))), asked.gap)
        say("compiling or reading compiled code", seconds=round(time.perf_counter() - start, 1))
        if asked.store:
            of_store(asked.store, asked.gap, 2 if asked.quick else 10)
            return
        tasks: dict[int, list[Task]] = {}
        serial: dict[int, float] = {}
        for d in WIDTHS:
            made = [real_tasks(asked.crops, d, 2000, k) if asked.crops else drawn_tasks(d, 2000, k) for k in range(1 if asked.quick else 4)]
            tasks[d] = [task for some in made for task in some]
            timed = [time_task(task, asked.gap) for task in tasks[d]]
            serial[d] = float(np.mean([t.theirs for t in timed]))
            data = "real crops" if asked.crops else "drawn"
            report(f"d = {d}", timed, None, by_task=by_task(tasks[d], timed), data=data)
        whole(tasks, serial, asked.gap)
        hard((256,) if asked.quick else (64, 256, 384), asked.gap, 1 if asked.quick else 5)
        growth(asked.gap)


if __name__ == "__main__":
    main()
