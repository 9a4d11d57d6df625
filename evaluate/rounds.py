"""A stage of the solver in rounds: each sees only the rows near their hinge's corner, and ends with a look at all rows.

Rows far from the corner stay on their side: they add a constant and a linear term. Most steps thus read a third of the rows
or less. Which rows are near is asked anew each round; the last round has them all, and whatever a round says of its
answer, the float64 certificate over all rows decides.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.certificate import best_intercept, gap_below, objective
from cellswap.evaluate.gram import Kept
from cellswap.evaluate.newton import REACHED, TOO_LONG, Aim, Far, Hinges, Part, Point, newton
from cellswap.evaluate.products import Rows, Vector, add_rows, take, times

# Newton aims a little below the tolerance: the intercept is chosen anew for the answer, and sums are ordered otherwise.
BELOW = 0.7


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


class Rounds(NamedTuple):
    """For each round the s within which a row is near, and the relative gap to end it at; the stage's own gap if that is more."""

    bands: Vector
    gaps: Vector


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
def near_rows(y: Vector, c: Vector, s: Vector, band: float) -> NDArray[np.int64]:
    """The rows whose s is within `band` of the corner; all that count where those could not balance the rest."""
    least = most = 0.0  # of sum y a, over what the near rows can do
    for i in range(s.shape[0]):
        if abs(s[i]) <= band:
            least -= c[i] if y[i] < 0.0 else 0.0
            most += c[i] if y[i] > 0.0 else 0.0
        elif s[i] > 0.0:
            least += y[i] * c[i]
            most += y[i] * c[i]
    if least < 0.0 < most:
        return np.flatnonzero((c > 0.0) & (np.abs(s) <= band))
    return np.flatnonzero(c > 0.0)


@numba.njit(cache=True, nogil=True)
def divide(data: Data, hinges: Hinges, state: State, b: float, band: float) -> Part:
    """The rows near their corner and what the others add; the others' multipliers go to their bounds, and v follows."""
    y, c, a = hinges.y, hinges.c, state.a
    s = 1.0 - y * (state.f + b)
    which = near_rows(y, c, s, band)
    is_far = c > 0.0
    is_far[which] = False
    up = np.where(is_far & (s > 0.0), c, 0.0)
    change = np.where(is_far, up - a, 0.0)
    a += change
    pull(data, y * change, state.v)
    near = data.near if which.shape[0] == c.shape[0] else take(data.near, which)
    v = state.v.copy()
    add_rows(near, -(y * a)[which], v)
    y_c = np.dot(y, up)
    far = Far(np.dot(up, s) + np.dot(v, state.w) + y_c * b, up.sum(), y_c, v)
    return Part(near, which, data.near, data.kept, far)


@numba.njit(cache=True, nogil=True)
def stage(data: Data, hinges: Hinges, state: State, b: float, aim: Aim, rounds: Rounds) -> Result:
    """Minimise over all rows with a penalty from a state, which is changed; the hinges' multipliers are the state's.

    A round that reached its gap on its own account, but not by the certificate, is followed by one of more rows.
    """
    y, c, a, h = hinges
    steps, left, shift = 0, aim.budget, 0.0
    for turn in range(rounds.bands.shape[0]):
        part = divide(data, hinges, state, b, rounds.bands[turn])
        which = part.which
        of_part, at = Hinges(y[which], c[which], a[which], h), Point(state.w, state.f[which], state.v, b)
        aim_now = Aim(aim.least, BELOW * max(rounds.gaps[turn], aim.tolerance), left)
        end, b, h, more, spent = newton(part, of_part, at, aim_now)
        steps += more
        left -= spent
        a[which] = of_part.old
        raw = times(data.rows, state.w)
        shift = np.dot(data.mean, state.w)
        state.f[:] = raw - shift
        if end != REACHED:
            return Result(end, b, b - shift, steps, np.nan)
        if rounds.gaps[turn] <= aim.tolerance:
            raw_b = best_intercept(raw, y, c)
            gap = gap_below(objective(raw, y, c, state.w, raw_b), data.rows, y, c, a.copy())
            if gap <= aim.tolerance:
                return Result(end, b, raw_b, steps, gap)
            h = max(h, 2.0 * aim.least)  # rows that had been taken for far ones need some way to go
            state.v[:] = 0.0
            pull(data, y * a, state.v)
    return Result(TOO_LONG, b, b - shift, steps, np.nan)
