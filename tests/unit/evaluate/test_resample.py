"""The bootstrap over proteins: exact where nothing varies, and covering the truth as often as it says."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cellswap.evaluate.resample import Side, accuracies, by_class, draws, interval

CLASSES = ("ER", "Golgi", "actin", "nucleus")
PAIRS = list(combinations(range(4), 2))


def sides(rng: np.random.Generator, n_conditions: int, drop: float, spread: float) -> list[Side]:
    """Six pairs in two settings, the second less accurate by `drop`; each protein is better or worse than its class by up to `spread`."""
    made = []
    for c, name in enumerate(CLASSES):
        tasks = [t for t, pair in enumerate(PAIRS * 2) if c in pair]
        own = rng.uniform(-spread, spread, n_conditions)
        own_drop = rng.uniform(-spread, spread, n_conditions) / 2
        chance = [0.85 + own if t < len(PAIRS) else 0.85 - drop + own + own_drop for t in tasks]
        n_tested = np.tile(rng.integers(10, 40, n_conditions), (len(tasks), 1)).astype(float)
        n_right = rng.binomial(n_tested.astype(int), np.clip(chance, 0, 1)).astype(float)
        made.append(Side(name, np.array(tasks), np.full(len(tasks), 0.5), n_tested, n_right))
    return made


def drop_weights() -> np.ndarray:
    weight = by_class(np.array([[CLASSES[a], CLASSES[b]] for a, b in PAIRS]))
    return np.concatenate([weight, -weight])


@pytest.mark.parametrize(("n_conditions", "least"), [(3, 0.87), (12, 0.92)])
def test_the_interval_covers_the_truth_as_often_as_it_says(n_conditions: int, least: float) -> None:
    covered = []
    for trial in range(400):
        made = sides(np.random.default_rng(trial), n_conditions, 0.1, 0.14)
        found = interval(accuracies(made, 12, 300, trial) @ drop_weights(), 0.95)
        covered.append(found.low <= 0.1 <= found.high)
    # 400 trials of 95% stray by 2.2 points in 95 of 100 cases; twelve proteins in all have a t distribution's tails, which
    # percentiles don't: 90% instead of 95%.
    assert least <= np.mean(covered) <= 0.98


def test_observed_figures_are_the_first_row() -> None:
    made = sides(np.random.default_rng(1), 5, 0.1, 0.1)
    by_hand = np.zeros(12)
    for side in made:
        by_hand[side.task] += 0.5 * side.n_right.sum(1) / side.n_tested.sum(1)
    np.testing.assert_allclose(accuracies(made, 12, 60, 0)[0], by_hand)


def test_one_resample_serves_both_settings() -> None:
    made = []
    for side in sides(np.random.default_rng(1), 5, 0.0, 0.1):
        n_right = side.n_right.copy()
        n_right[3:] = n_right[:3]
        made.append(Side(side.name, side.task, side.share, side.n_tested, n_right))
    assert np.ptp(accuracies(made, 12, 60, 0) @ drop_weights()) < 1e-12


def test_draws_are_of_one_condition_less_and_follow_from_names() -> None:
    side = sides(np.random.default_rng(1), 5, 0.0, 0.1)[0]
    drawn = draws(side, 80, 3)
    assert set(drawn[1:].sum(1)) == {4.0}
    assert (drawn[0] == 1).all()
    assert (drawn == draws(side, 80, 3)).all()
    assert (drawn != draws(side, 80, 4)).any()


def test_a_classifier_without_images_of_the_drawn_conditions_keeps_its_observed_figure() -> None:
    side = Side("ER", np.array([0, 1]), np.ones(2), np.array([[4.0, 0.0], [4.0, 4.0]]), np.array([[3.0, 0.0], [4.0, 2.0]]))
    found = accuracies([side], 2, 60, 0)
    assert set(found[:, 0]) == {0.75}
    assert set(found[1:, 1]) == {1.0, 0.5}


def test_a_classes_figure_is_the_mean_of_its_pairs() -> None:
    classes = np.array([["ER", "Golgi"], ["ER", "actin"]])
    # ER has two pairs, the others one each; three localizations
    np.testing.assert_allclose(by_class(classes), [(0.5 + 1) / 3, (0.5 + 1) / 3])


def test_an_interval_is_of_the_resamples_alone() -> None:
    drawn = np.random.default_rng(2).normal(size=500)
    found = interval(np.r_[9.0, drawn], 0.9)
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert (found.estimate, found.std_error, found.low, found.high) == pytest.approx((9.0, drawn.std(ddof=1), low, high), rel=1e-12)
