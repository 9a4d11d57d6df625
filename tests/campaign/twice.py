"""Two tries of one command at once, as a scheduler's retry of a straggler: same rows, once; one of them may be killed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign import lanes, trials
from campaign.cases import CASES, Case
from campaign.trials import Round, Trial

CAMPAIGN = "twice"
LOCKED = 3
ALL, SOME = 36, 3
KILLED = 0.33


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """Trials of all commands in turn, in an order of this round."""
    names = list(CASES)
    of.drawn(CAMPAIGN, -1).shuffle(names)
    for number in range(SOME if of.short else ALL):
        yield number, partial(_trial, of, CASES[names[number % len(names)]], number)


def _trial(of: Round, case: Case, number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, case.name)
    return trials.timed(trial, lambda: _both(of, case, place, trial), place)


def _both(of: Round, case: Case, place: Path, trial: Trial) -> None:
    drawn = of.drawn(CAMPAIGN, trial.number)
    known = trials.reference(of, case)
    words = case.prepare(of.base, place)
    first = lanes.start(words, place)
    time.sleep(drawn.choice((0.0, drawn.uniform(0.0, known.seconds))))
    second = lanes.start(words, place)
    killed = drawn.choice((first, second)) if drawn.random() < KILLED else None
    if killed and not killed.wait(drawn.uniform(0.0, known.seconds)):
        killed.kill(signal.SIGKILL, group=True)
        trial.kills.append({"how": "KILL group", "which": "first" if killed is first else "second"})
    for running in (first, second):
        if not running.wait(trials.LONGEST_S):
            trial.faults.append(("hung", trials.said(place)))
            running.kill(signal.SIGKILL, group=True)
            running.wait(10)
        elif running is not killed and running.code not in {0, LOCKED}:
            trial.faults.append(("refused", f"exit {running.code}: {trials.said(place)}"))
    if killed is None and not trial.faults and {first.code, second.code} == {0}:
        trial.faults += trials.compared(of, case, place)
    trial.faults += trials.again(of, case, place) + trials.tracebacks(place)
