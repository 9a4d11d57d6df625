"""The interior point's parts against numpy in float64, and how many steps it takes."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.evaluate.svm import interior_point
from cellswap.evaluate.svm.central_path import Point, longest
from cellswap.evaluate.svm.cholesky import factor_fine, solve_fine
from cellswap.evaluate.svm.exact_products import squared_lengths
from cellswap.evaluate.svm.normal_matrix import LEFT_OUT, by_weight, room_for, set_matrix
from tests.unit.evaluate.svm.hard_data import cases

# Of the matrix's largest entry: what float32 products may be off.
FLOAT32 = 1e-6


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12], ids=["left out", "in float32", "in float64"])
def test_matrix_and_its_solution(size: float) -> None:
    drawn = np.random.default_rng(0)
    x, t = (3 + drawn.normal(size=(700, 30))).astype(np.float32), size * drawn.uniform(0.5, 1, 700)
    middle = t @ x.astype(float) / t.sum()
    away = x - middle
    wanted, room = np.eye(30) + away.T @ (t[:, None] * away), room_for(30)
    set_matrix(x, squared_lengths(x), t, middle, room)
    np.testing.assert_allclose(np.triu(room.matrix), np.triu(wanted), rtol=0, atol=(FLOAT32 if size <= 1 else 1e-12) * wanted.max())
    exact = np.array(np.triu(room.matrix) + np.triu(room.matrix, 1).T)
    given = drawn.normal(size=30)
    found = given.copy()
    assert factor_fine(room.matrix)
    solve_fine(room.matrix, found)
    np.testing.assert_allclose(exact @ found, given, atol=1e-8)


def test_no_factor_of_what_is_not_positive_definite() -> None:
    assert not factor_fine(-np.eye(5))


def test_rows_of_little_weight_are_left_out_and_those_of_much_are_in_float64() -> None:
    weight = np.concatenate([np.full(100, 1e-5), np.full(50, 1.0), np.full(20, 1e9)])
    order, first, second = by_weight(weight)
    assert (sorted(order[:first]), sorted(order[first:second]), sorted(order[second:])) == (
        list(range(100)), list(range(100, 150)), list(range(150, 170)),
    )  # fmt: skip
    assert weight[order[:first]].sum() < LEFT_OUT


def test_every_row_counts_where_a_weight_is_not_a_number() -> None:
    order, first, second = by_weight(np.array([1e-9, np.nan, 1.0]))
    assert (sorted(order), first, second) == ([0, 1, 2], 0, 0)


def test_the_longest_step_takes_that_share_of_a_correction_which_helps_most() -> None:
    nothing = np.zeros(1)
    at = Point(nothing, 0.0, nothing, np.array([0.5]), np.array([1.0]), np.array([1.0]))
    move = Point(nothing, 0.0, nothing, nothing, np.array([-4.0]), nothing)
    more = Point(nothing, 0.0, nothing, nothing, np.array([4.0]), np.array([-4.0]))
    # u falls by 4 (1 - share), xi by 4 share: half of the correction leaves 2 for each, of which there is 1.
    assert longest(1.0, at, move, more, 0.0) == (0.5, 0.5)


@pytest.mark.parametrize(("name", "most"), [("noise", 11), ("badly scaled", 10), ("times 10", 11), ("times 100", 10)])
def test_few_steps_to_a_gap_that_numpy_confirms(name: str, most: int) -> None:
    x, y = cases(400, 64)[name], np.repeat([-1.0, 1.0], 200)
    point, steps = interior_point.solve(x, y, 1.0, 1e-7)
    primal = 0.5 * point.w @ point.w + np.maximum(0, 1 - y * (x.astype(float) @ point.w + point.b)).sum()
    pull = x.T.astype(float) @ (y * point.a)
    assert steps <= most
    assert abs(y @ point.a) < 1e-8
    assert primal - (point.a.sum() - 0.5 * pull @ pull) <= 2e-7 * primal


def test_rows_that_are_not_numbers_end_it() -> None:
    x = cases(40, 8)["noise"]
    x[3, 2] = np.nan
    assert interior_point.solve(x, np.repeat([-1.0, 1.0], 20), 1.0, 1e-7)[1] <= 1
