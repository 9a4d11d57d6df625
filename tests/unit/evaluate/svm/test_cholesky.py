"""The factor and the solutions of a Newton step's system, against numpy in float64."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.evaluate.svm.cholesky import backward, factor, forward


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 31, 130])
def test_forward_and_backward_solve_the_system(n: int) -> None:
    drawn = np.random.default_rng(n)
    rows = drawn.normal(size=(n, n + 5)).astype(np.float32)
    system = rows.astype(float) @ rows.T + 0.5 * np.eye(n)
    upper = np.triu(rows @ rows.T) + np.tril(np.full((n, n), np.nan, np.float32), -1)  # what is below is never read
    x, z = drawn.normal(size=n), np.ones(n)
    wanted = np.linalg.solve(system, x)
    assert factor(upper, 0.5)
    r = np.triu(np.nan_to_num(upper)).astype(float)
    forward_x, forward_z = x.copy(), z.copy()
    forward(upper, forward_x, forward_z)
    np.testing.assert_allclose([r.T @ forward_x, r.T @ forward_z], [x, z], atol=1e-10)
    backward(upper, forward_x)
    np.testing.assert_allclose(forward_x, wanted, atol=1e-4 * np.abs(wanted).max())


def test_no_factor_of_what_is_not_positive_definite() -> None:
    assert not factor(-np.eye(5, dtype=np.float32), 0.5)
