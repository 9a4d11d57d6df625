"""What every campaign's trials share: the round that they belong to, what one of them found, and runs that nobody disturbed."""

from __future__ import annotations

import fcntl
import os
import pickle
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from campaign import compare, events, lanes
from campaign.base import Base
from campaign.cases import Case
from campaign.compare import Fault, State

LONGEST_S = 300.0
T = TypeVar("T")


@dataclass(frozen=True)
class Round:
    """One run of the campaigns: where it works, what it draws from, how much it does; `trial` is the only one that is wanted."""

    base: Base
    work: Path
    seed: int
    kills: int
    short: bool
    trial: int | None = None

    def drawn(self, campaign: str, number: int) -> random.Random:
        """The chance of one trial, which does not follow from any other."""
        return random.Random(f"{self.seed} {campaign} {number}")

    def place(self, campaign: str, number: int) -> Path:
        """The folder of one trial."""
        return self.work / f"{campaign}-{number}"


@dataclass
class Trial:
    """What one trial did and found; `kills` are those of its signals that hit something."""

    campaign: str
    number: int
    what: str
    faults: list[Fault] = field(default_factory=list)
    kills: list[dict[str, Any]] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Reference:
    """What a command leaves that nobody disturbed, how long it took, how many files' events it had, and by how many KiB it grew."""

    state: State
    seconds: float
    events: int
    grown: int


def reference(of: Round, case: Case) -> Reference:
    """What the case's command leaves; made once in a round, by the first who asks."""
    return once(of, case.name, lambda place: _undisturbed(of, case, place))


def once(of: Round, name: str, make: Callable[[Path], T]) -> T:
    """What `make` gives from a folder that it may make, kept for all trials of a round."""
    place = of.work / "reference" / name
    kept = place.with_suffix(".pickle")
    place.parent.mkdir(exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make(place)))
    return pickle.loads(kept.read_bytes())


def _undisturbed(of: Round, case: Case, place: Path) -> Reference:
    words = case.prepare(of.base, place)
    before, begun = size(place), time.monotonic()
    counted = os.open(place.with_suffix(".events"), os.O_WRONLY | os.O_CREAT)
    running = lanes.start(words, place, before=lambda: events.watch(place, lambda _: _one(counted)))
    if not running.wait(LONGEST_S) or running.code:
        raise RuntimeError(f"{case.name}: exit {running.code}, undisturbed\n{said(place)}")
    took = time.monotonic() - begun
    state = lanes.apart(lambda: compare.state(place))
    found = Reference(state, took, os.fstat(counted).st_size, size(place) - before)
    shutil.rmtree(place)
    return found


def _one(counted: int) -> None:
    os.write(counted, b".")


def size(place: Path) -> int:
    """What a folder takes of a disk, in KiB of whole pages."""
    return sum(-(-path.stat().st_size // 4096) * 4 if path.is_file() else 4 for path in place.rglob("*"))


def said(place: Path, most: int = 400) -> str:
    """The end of what a trial's commands said."""
    log = place / lanes.LOG
    return log.read_text(errors="replace")[-most:].strip() if log.exists() else ""


def tracebacks(place: Path) -> list[Fault]:
    """A fault where a command ended in a traceback."""
    log = place / lanes.LOG
    text = log.read_text(errors="replace") if log.exists() else ""
    if (at := text.find("Traceback (most recent call last)")) < 0:
        return []
    lines = text[at:].splitlines()
    end = next((n for n, line in enumerate(lines[1:], 1) if line and not line.startswith((" ", "Traceback", "During", "The above"))), -1)
    return [("traceback", "\n".join(lines[: end + 1][-7:]))]


def compared(of: Round, case: Case, place: Path) -> list[Fault]:
    """How a trial's folder differs from the one where nothing went wrong."""
    try:
        got = lanes.apart(lambda: compare.state(place))
    except RuntimeError as error:
        return [("refused", f"the store can't be read: {str(error)[-400:]}")]
    return compare.faults(reference(of, case).state, got)


def again(of: Round, case: Case, place: Path, *, fresh: bool = False) -> list[Fault]:
    """Give the same command once more, left alone, and compare what is there then."""
    code = lanes.finish(case.given(of.base, place), place, LONGEST_S, fresh=fresh)
    if code is None:
        return [("hung", f"the same command again: {said(place)}")]
    if code:
        return [("refused", f"the same command again, exit {code}: {said(place)}")]
    return compared(of, case, place)


def timed(trial: Trial, work: Callable[[], None], place: Path) -> Trial:
    """The trial, done; its folder goes where nothing is to be looked at."""
    begun = time.monotonic()
    try:
        work()
    except (RuntimeError, OSError) as error:
        trial.faults.append(("refused", f"the campaign could not go on: {type(error).__name__}: {str(error)[-600:]}"))
    trial.seconds = round(time.monotonic() - begun, 1)
    if not trial.faults:
        shutil.rmtree(place, ignore_errors=True)
    return trial
