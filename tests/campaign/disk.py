"""A disk that fills up, or that can't be written, in each writing command: one line, nothing half there, and the same command goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign import lanes, mounts, trials
from campaign.cases import CASES, Case
from campaign.trials import Round, Trial

CAMPAIGN = "disk"
ROOM_KIB = 256 * 1024
SOME = 4


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """For each command three full disks and one that can't be written; of a short round some, others each time."""
    wanted = [(name, "full") for name in CASES for _ in range(3)] + [(name, "read-only") for name in CASES]
    numbers = list(range(len(wanted)))
    if of.short and of.trial is None:
        numbers = sorted(of.drawn(CAMPAIGN, -1).sample(numbers, SOME))
    for number in numbers:
        name, what = wanted[number]
        yield number, partial(_trial, of, CASES[name], what, number)


def _trial(of: Round, case: Case, what: str, number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, f"{case.name}, {what}")
    return trials.timed(trial, lambda: _fill_and_go_on(of, case, what == "full", place, trial), place)


def _fill_and_go_on(of: Round, case: Case, full: bool, place: Path, trial: Trial) -> None:
    known = trials.reference(of, case)
    place.mkdir(parents=True)
    if reason := mounts.disk(place, ROOM_KIB):
        trial.skipped = f"no disk of its own: {reason}"
        return
    inside = place / "d"
    words = case.prepare(of.base, inside)
    (inside / lanes.TEMPORARY).mkdir()
    room = trials.size(place) + int(of.drawn(CAMPAIGN, trial.number).uniform(0.0, known.grown + 16)) if full else ROOM_KIB
    mounts.again(place, room, writable=full)
    code = _run(words, inside, place.with_suffix(".log"), trial)
    mounts.again(place, ROOM_KIB, writable=True)
    if not full and code == 0:
        trial.faults.append(("refused", "exit 0 where nothing can be written"))
    trial.faults += trials.again(of, case, inside) + trials.tracebacks(inside)
    mounts.leave(place)


def _run(words: list[str], inside: Path, log: Path, trial: Trial) -> int | None:
    """The exit code of the command whose disk fills up; its words go where there is room."""
    running = lanes.start(words, inside, log=log)
    if not running.wait(trials.LONGEST_S):
        trial.faults.append(("hung", "on a full disk"))
        running.kill(9, group=True)
        running.wait(10)
    told = log.read_text(errors="replace")
    if "Traceback (most recent call last)" in told:
        trial.faults.append(("traceback", told[-900:]))
    elif running.code and "error: " not in told:
        trial.faults.append(("refused", f"exit {running.code} without a line that says why: {told[-300:]}"))
    return running.code
