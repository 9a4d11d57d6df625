"""Kills: each writing command is killed some times in a row, at random moments, and then left to come to its end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from campaign import compare, events, lanes, trials
from campaign.cases import CASES, Case
from campaign.trials import Round, Trial

CAMPAIGN = "kills"
HOW = {
    "KILL group": (signal.SIGKILL, True, 5),
    "KILL main": (signal.SIGKILL, False, 2),
    "TERM": (signal.SIGTERM, False, 3),
    "INT": (signal.SIGINT, False, 2),
    "INT group": (signal.SIGINT, True, 1),
}
STOPPED = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130, 143}
IN_A_ROW = (2, 3, 3, 4, 5)
FRESH = 0.12  # started as a user does, not forked: the start-up is killed too
STARTUP_S = 2.0
LOOKED_AT = 0.25  # between two kills
STOPS_WITHIN_S = 120.0


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """Trials without end, each command in its turn."""
    order = _order(of)
    number = 0
    while True:
        yield number, partial(_trial, of, CASES[order[number % len(order)]], number)
        number += 1


def _order(of: Round) -> Sequence[str]:
    drawn = of.drawn(CAMPAIGN, -1)
    names = [name for name, case in CASES.items() for _ in range(max(1, round(case.weight)))]
    drawn.shuffle(names)
    return names


def _trial(of: Round, case: Case, number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, case.name)
    return trials.timed(trial, lambda: _kill_and_end(of, case, place, trial), place)


def _kill_and_end(of: Round, case: Case, place: Path, trial: Trial) -> None:
    drawn = of.drawn(CAMPAIGN, trial.number)
    trials.reference(of, case)
    case.prepare(of.base, place)
    for _ in range(drawn.choice(IN_A_ROW)):
        if not _kill(of, case, place, drawn, trial):
            break
        if drawn.random() < LOOKED_AT and (place / compare.STORE / "store.json").exists():
            trial.faults += _between(place)
    trial.faults += trials.again(of, case, place, fresh=drawn.random() < FRESH)
    trial.faults += trials.tracebacks(place)


def _kill(of: Round, case: Case, place: Path, drawn: Random, trial: Trial) -> bool:
    """Whether the command was stopped before its end."""
    known = trials.reference(of, case)
    how = drawn.choices(list(HOW), [weight for _, _, weight in HOW.values()])[0]
    number, group, _ = HOW[how]
    fresh, at_event = drawn.random() < FRESH, drawn.random() < (0.4 if case.pool else 0.7)
    nth, after = drawn.randint(1, known.events + 1), drawn.uniform(0.0, known.seconds)
    told: dict[str, Any] = {"how": how, "fresh": fresh}
    if at_event and not fresh:
        told["event"] = f"{nth} of {known.events}"
        running = lanes.start(case.given(of.base, place), place, before=partial(_at_event, place, nth, number, group))
        running.wait(trials.LONGEST_S)
    else:
        told["after"] = round(after, 2)
        running = lanes.start(case.given(of.base, place), place, fresh=fresh)
        if not running.wait(after + (drawn.uniform(0.0, STARTUP_S) if fresh else 0.0)):
            running.kill(number, group=group)
    return _stopped(running, told, trial, place)


def _at_event(place: Path, nth: int, number: int, group: bool) -> None:
    """In the command's own process: have it send itself the signal just before its n-th change to a file."""

    def then(n: int) -> None:
        if n == nth:
            (os.killpg if group else os.kill)(os.getpid(), number)

    events.watch(place, then)


def _stopped(running: lanes.Running, told: dict[str, Any], trial: Trial, place: Path) -> bool:
    begun = time.monotonic()
    if not running.wait(STOPS_WITHIN_S):
        trial.faults.append(("hung", f"after {told}: {trials.said(place)}"))
        running.kill(signal.SIGKILL, group=True)
        running.wait(10)
    if alive := running.orphans(15):
        trial.faults.append(("hung", f"after {told}: processes {alive} live on"))
    told |= {"code": running.code, "seconds": round(time.monotonic() - begun, 1)}
    if running.code == 0:
        return False
    trial.kills.append(told)
    if running.code not in STOPPED:
        trial.faults.append(("refused", f"exit {running.code} after {told}: {trials.said(place)}"))
    return True


def _between(place: Path) -> list[compare.Fault]:
    """What is wrong with a store whose command was killed and not given again."""
    try:
        found = lanes.apart(lambda: compare.wrong(place))
    except RuntimeError as error:
        return [("refused", f"the store can't be read after a kill: {str(error)[-400:]}")]
    return [("different", f"check, after a kill: {line}") for line in found]
