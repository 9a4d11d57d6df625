"""Drops with their intervals, from the counts of a sweep to the lines that one quotes."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import robustness
from cellswap.evaluate.robustness import RobustnessOptions
from cellswap.store import database, parts, runs
from cellswap.store.check import check
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import described, whole
from tests.unit.evaluate.conftest import measure as whole_measure

NET = {"model": "toy", "layer": "last", "pooling": "avg"}
RIGHT = {"baseline": 18, "masked": 15, "same_class_swap": 17, "diff_class_swap": 12}


def fill(store: Store, source: str, n_conditions: int = 2, settings: tuple[str, ...] = tuple(RIGHT), route: str = "libsvm") -> None:
    """A sweep of one pair (on one background) a setting: in each fold 20 images a protein, RIGHT of them right, one more in the last."""
    tasks, counts = [], []
    for setting in settings:
        background = "nucleus" if setting == "diff_class_swap" else None
        task_id = f"toy/{setting}"
        right = {(c, f"{c}{i}"): 5 * RIGHT[setting] + i for c in ("ER", "Golgi") for i in range(n_conditions)}
        accuracy = sum(right.values()) / (100 * len(right))
        tasks += [(task_id, setting, background, fold, accuracy) for fold in range(5)]
        counts += [(task_id, c, condition, 100, n) for (c, condition), n in right.items()]
    names = ("task_id", "setting", "background", "fold", "accuracy")
    n = 100 * n_conditions
    folds = dict(zip(names, map(list, zip(*tasks, strict=True)), strict=True))
    folds |= {**NET, "class_by": "localization", "class_1": "ER", "class_2": "Golgi", "grouped_by": "nothing", "scheme": "libsvm"}
    folds |= {
        "n_class_1": n,
        "n_class_2": n,
        "n_test": 2 * n // 5,
        "n_test_1": n // 5,
        "folds": "5",
        "overlap_share": None,
        "converged": True,
        "route": route,
    }
    parts.write(store, "pair_accuracy", (source,), whole("pair_accuracy", folds), source)
    if n_conditions:
        names = ("task_id", "class", "condition", "n_tested", "n_right")
        columns = dict(zip(names, map(list, zip(*counts, strict=True)), strict=True))
        parts.write(store, "pair_condition_accuracy", (source,), columns, source)


def measure(store: Store, **options: object) -> runs.Run:
    return whole_measure(robustness, store, RobustnessOptions(**{"resamples": 200} | options))


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def test_a_line_a_network(store: Store) -> None:
    with runs.record(store, "evaluate pairs", {}, "sweep"):
        fill(store, "sweep")
    assert rows(store, "SELECT reason FROM robustness_line") == [("not computed: cellswap evaluate robustness",)]
    first = measure(store)
    assert first.summary() == "5 in, 5 kept, 0 dropped"
    assert first.notes == ["sweep: intervals of classes with fewer than 6 proteins are too narrow: 2 (ER, Golgi)"]
    measure(store)  # again: rows are replaced
    drops = rows(store, "SELECT setting_from, setting_to, estimate, n_conditions, n_resamples, reason FROM robustness ORDER BY ALL")
    assert [(a, b, round(e, 6), *more) for a, b, e, *more in drops] == [
        ("baseline", "diff_class_swap", 0.3, 4, 200, None),
        ("baseline", "masked", 0.15, 4, 200, None),
        ("baseline", "same_class_swap", 0.05, 4, 200, None),
        ("baseline", None, 0.905, 4, 200, None),
        ("same_class_swap", "diff_class_swap", 0.25, 4, 200, None),
    ]
    line = "baseline, baseline_low, baseline_high, same_to_diff, same_to_diff_low, to_masked"
    line += ", to_cell_free, n_classes, n_unconverged, reason"
    [found] = rows(store, f"SELECT {line} FROM robustness_line")
    # proteins differ by 0.01, so that a resample's accuracy is 0.90, 0.905 or 0.91; what all lose alike has no spread
    np.testing.assert_allclose(found[:6], (0.905, 0.90, 0.91, 0.25, 0.25, 0.15), atol=1e-9)
    assert found[6:] == (None, 2, 0, None)
    with database.connect(store) as connection:
        assert list(check(connection)) == []


@pytest.mark.parametrize(
    ("n_conditions", "reason"),
    [(1, "one protein alone has no spread: ER, Golgi"), (0, "no counts by protein for ER, Golgi")],
)
def test_what_has_no_interval_says_why(store: Store, n_conditions: int, reason: str) -> None:
    if n_conditions == 0:
        fill(store, "sweep", 1)
        parts.part_path(store, "pair_condition_accuracy", ("sweep",)).unlink()
    else:
        fill(store, "sweep", n_conditions)
    assert reason in measure(store).notes[0]
    found = rows(store, "SELECT DISTINCT drop IS NULL, low, high, n_resamples, starts_with(reason, '" + reason + "') FROM robustness_drops")
    assert found == [(False, None, None, 0, True)]


def test_sweeps_that_cannot_be_compared_are_refused(store: Store) -> None:
    with pytest.raises(BadInput, match=r"a drop needs accuracies of two settings, such as .*; found no accuracies"):
        measure(store)
    fill(store, "sweep", 2, ("masked",))
    with pytest.raises(BadInput, match="found masked in sweep"):
        measure(store)
    with pytest.raises(UnknownName, match="unknown sweep 'swep'; did you mean sweep"):
        measure(store, sources=("swep",))


def test_published_results_have_drops_but_no_conditions(store: Store) -> None:
    published = [("baseline", None, 0.9), ("masked", None, 0.8), ("cell_free_swap", "nucleus", 0.7), ("cell_free_swap", "ER", 0.1)]
    columns = dict(zip(("setting", "background", "accuracy"), map(list, zip(*published, strict=True)), strict=True))
    columns |= {"model": "pifia", "layer": "conv8", "class_1": "ER", "class_2": "Golgi", "std_dev": None}
    parts.write(store, "published_pair_accuracy", ("all",), whole("published_pair_accuracy", columns), "test")
    measure(store)
    found = rows(store, "SELECT setting_to, round(drop, 9), n_classes, low, reason FROM robustness_drops ORDER BY 1")
    reason = "the published results are accuracies of classifiers, without counts by protein"
    assert found == [("cell_free_swap", 0.2, 2, None, reason), ("masked", 0.1, 2, None, reason)]


def test_folds_that_did_not_converge_are_noted(store: Store) -> None:
    fill(store, "sound")
    bad = NET | {"task_id": "t", "class_by": "localization", "setting": "baseline", "fold": 0, "accuracy": 0.5, "converged": False}
    columns = {name: [value] for name, value in bad.items()}
    parts.write(store, "pair_accuracy", ("loose",), whole("pair_accuracy", columns), "loose")
    with database.connect(store) as connection:
        notes = [note for source in ("sound", "loose") for note in robustness.unconverged(connection, source)]
    assert notes == ["loose: 1 of 1 folds did not reach the solver's tolerance, and are averaged (n_unconverged)"]


def test_folds_that_had_nothing_to_learn_from_are_said(store: Store) -> None:
    fill(store, "sweep", settings=("baseline", "masked"), route="constant")
    run = measure(store)
    assert [note.partition(" (")[0] for note in run.notes if "varies" in note] == [
        f"sweep: toy/last/avg/{setting}: no feature of the training images varies in 5 of 5 fits" for setting in ("baseline", "masked")
    ]


def test_a_dry_run_says_which_drops_are_measured_and_which_rows_are_replaced(store: Store) -> None:
    fill(store, "sweep", settings=("baseline", "masked"))
    said = [
        "2 accuracies and drops of 1 networks in 1 sweeps, 50 resamples each",
        "  sweep/toy/last/avg: baseline to masked",
    ]
    options = RobustnessOptions(resamples=50)
    assert described(robustness, store, options) == said
    measure(store)
    assert described(robustness, store, options) == [*said, "  sweep: has rows, which are replaced"]
