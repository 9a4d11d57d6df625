"""Folds in rounds: each takes Newton's float32 steps, and ends with a look at the answers in float64.

Whatever a round says of its answers, the float64 certificate decides. Where it says no, scores and pull are computed anew
from the rows as they are, and the next round goes on from there.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.svm.certificate import best_intercept, gap_below, objective
from cellswap.evaluate.svm.exact_products import Rows, Vector, add_rows, times_each
from cellswap.evaluate.svm.gram_cache import Kept
from cellswap.evaluate.svm.newton import REACHED, RUNNING, Aim, Machines, begin, newton

# Newton aims a little below the tolerance: the intercept is chosen anew for the answer, and sums are ordered otherwise.
BELOW = 0.7
ROUNDS = 4


class Data(NamedTuple):
    """The rows x (n, d), their classes y; the rows less a mean, which is what float32 products can bear; that mean."""

    rows: Rows
    y: Vector
    near: Rows
    mean: Vector


class Results(NamedTuple):
    """For each machine the intercept for raw rows, the certificate's relative gap (NaN: none), and the steps taken."""

    b: Vector
    gap: Vector
    steps: NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def pull(data: Data, signed: Vector, v: Vector) -> None:
    """Add (X - mean)' signed to v, in float64."""
    add_rows(data.rows, signed, v)
    v -= signed.sum() * data.mean


@numba.njit(cache=True, nogil=True)
def certify(data: Data, kept: Kept, machines: Machines, aim: Aim) -> Results:
    """Minimise the machines, which are changed, until each is certified or fails."""
    n_machines = machines.c.shape[0]
    progress = begin(n_machines)
    found = Results(np.zeros(n_machines), np.full(n_machines, np.nan), machines.steps)
    for _ in range(ROUNDS):
        running = np.flatnonzero(progress.ends == RUNNING)
        if running.shape[0] == 0:
            break
        newton(data.near, data.y, kept, machines, progress, Aim(aim.least, BELOW * aim.tolerance, aim.budget))
        raw = times_each(data.rows, machines.w)
        for k in running:
            if progress.ends[k] != REACHED:
                continue
            c, w = machines.c[k], machines.w[k]
            found.b[k] = best_intercept(raw[k], data.y, c)
            upper = objective(raw[k], data.y, c, w, found.b[k])
            found.gap[k] = gap_below(upper, data.rows, data.y, c, data.y * machines.old[k])
            if not found.gap[k] <= aim.tolerance:
                progress.ends[k] = RUNNING
                machines.f[k] = raw[k] - np.dot(data.mean, w)
                machines.v[k] = 0.0
                pull(data, machines.old[k], machines.v[k])
    return found
