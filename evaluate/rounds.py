"""A stage of the solver in rounds: each takes Newton's float32 steps, and ends with a look at the answer in float64.

Whatever a round says of its answer, the float64 certificate decides. Where it says no, scores and pull are computed anew
from the rows as they are, and the next round goes on from there.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from cellswap.evaluate.certificate import best_intercept, gap_below, objective
from cellswap.evaluate.gram import Kept
from cellswap.evaluate.newton import REACHED, TOO_LONG, Aim, Hinges, Part, Point, newton
from cellswap.evaluate.products import Rows, Vector, add_rows, take, times

# Newton aims a little below the tolerance: the intercept is chosen anew for the answer, and sums are ordered otherwise.
BELOW = 0.7
ROUNDS = 4


class Data(NamedTuple):
    """The rows x (n, d); the same less their mean, which is what float32 products can bear; that mean; and kept products."""

    rows: Rows
    near: Rows
    mean: Vector
    kept: Kept


class State(NamedTuple):
    """Weights w, multipliers a (n,), and in float64 what follows from them: f = (X - mean) w and v = (X - mean)'(y a)."""

    w: Vector
    a: Vector
    f: Vector
    v: Vector


class Result(NamedTuple):
    """How a stage ended, the intercepts for centred and for raw rows, the steps taken, and the certificate's relative gap."""

    end: int
    b: float
    raw_b: float
    steps: int
    gap: float


@numba.njit(cache=True, nogil=True)
def pull(data: Data, signed: Vector, v: Vector) -> None:
    """Add (X - mean)' signed to v, in float64."""
    add_rows(data.rows, signed, v)
    v -= signed.sum() * data.mean


@numba.njit(cache=True, nogil=True)
def counted(data: Data, c: Vector) -> Part:
    """The rows with a penalty."""
    which = np.flatnonzero(c > 0.0)
    near = data.near if which.shape[0] == c.shape[0] else take(data.near, which)
    return Part(near, which, data.near, data.kept)


@numba.njit(cache=True, nogil=True)
def stage(data: Data, hinges: Hinges, state: State, b: float, aim: Aim) -> Result:
    """Minimise over all rows with a penalty from a state, which is changed; the hinges' multipliers are the state's."""
    y, c, a, h = hinges
    part = counted(data, c)
    which = part.which
    steps, left, shift = 0, aim.budget, 0.0
    for _ in range(ROUNDS):
        of_part, at = Hinges(y[which], c[which], a[which], h), Point(state.w, state.f[which], state.v, b)
        end, b, h, more, spent = newton(part, of_part, at, Aim(aim.least, BELOW * aim.tolerance, left))
        steps += more
        left -= spent
        a[which] = of_part.old
        raw = times(data.rows, state.w)
        shift = np.dot(data.mean, state.w)
        state.f[:] = raw - shift
        if end != REACHED:
            return Result(end, b, b - shift, steps, np.nan)
        raw_b = best_intercept(raw, y, c)
        gap = gap_below(objective(raw, y, c, state.w, raw_b), data.rows, y, c, a.copy())
        if gap <= aim.tolerance:
            return Result(end, b, raw_b, steps, gap)
        state.v[:] = 0.0
        pull(data, y * a, state.v)
    return Result(TOO_LONG, b, b - shift, steps, np.nan)
