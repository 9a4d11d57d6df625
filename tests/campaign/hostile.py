"""Hostile input: files made to escape, to run code, to fill the memory or to hang. Each is refused, or read without harm."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign import compare, lanes, trials
from campaign.hostiles import HOSTILES, Hostile
from campaign.trials import Round, Trial

CAMPAIGN = "hostile"
SOME = 10
LONGEST_S, MOST_MIB = 240.0, 2500


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """One trial an input; of a short round some, others each time."""
    numbers = list(range(len(HOSTILES)))
    wanted = of.drawn(CAMPAIGN, -1).sample(numbers, SOME) if of.short and of.trial is None else numbers
    for number in sorted(wanted):
        yield number, partial(_trial, of, HOSTILES[number], number)


def _trial(of: Round, hostile: Hostile, number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, hostile.name)
    return trials.timed(trial, lambda: _give(of, hostile, place, trial), place)


def _give(of: Round, hostile: Hostile, place: Path, trial: Trial) -> None:
    given = place / "in" / "given"
    given.mkdir(parents=True)
    store = place / compare.STORE
    shutil.copytree(of.base.store(hostile.stage), store)
    lanes.apart(lambda: hostile.make(given, of.base))
    before = _beside(place)
    words = [word.replace("~", " ").format(i=given, s=store, b=of.base.path) for word in hostile.words.split(" ")]
    code = lanes.finish(words, place, LONGEST_S)
    said = trials.said(place, 100_000)
    if code is None:
        trial.faults.append(("hung", said[-300:]))
    elif code not in {0, 1, 2} or (code and not said):
        trial.faults.append(("refused", f"exit {code}: {said[-300:]}"))
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    if used > MOST_MIB:
        trial.faults.append(("hung", f"{used} MiB of memory"))
    if more := _beside(place) - before:
        trial.faults.append(("escaped", f"made {sorted(more)[:4]}"))
    if "\x1b" in said:
        trial.faults.append(("escaped", f"an escape sequence reaches the terminal: {said[-200:]!r}"))
    trial.faults += trials.tracebacks(place)
    trial.faults += [("different", f"check: {line}") for line in lanes.apart(lambda: compare.wrong(place))]


def _beside(place: Path) -> set[str]:
    """Every file that is not the store's own."""
    own = {compare.STORE, lanes.LOG}
    return {str(path) for path in place.rglob("*") if path.relative_to(place).parts[0] not in own and path.name != lanes.TEMPORARY}
