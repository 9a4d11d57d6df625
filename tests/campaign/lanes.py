"""Commands as processes of their own: forked from this one, which has imported everything, or started as a user starts them.

A fork costs no start-up, so that many can be killed. The process that forks must never compute: a fork of threads may hang.
"""

from __future__ import annotations

import importlib
import os
import pickle
import pkgutil
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from campaign import events

PROGRAM = Path(sys.executable).parent / "cellswap"
ROOMS = ("cellswap", "cellswap.cli", "cellswap.store", "cellswap.ingest", "cellswap.extract", "cellswap.evaluate", "cellswap.reports")
OWN = {signal.SIGINT, signal.SIGTERM}
LOG, TEMPORARY = "log", "tmp"
T = TypeVar("T")


def warm() -> None:
    """Import everything that any command imports, so that a fork needs no start-up."""
    for name in ROOMS:
        room = importlib.import_module(name)
        for module in pkgutil.walk_packages(room.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in ("torch", "polars", "sklearn.svm", "skimage.segmentation", "safetensors.torch", "tifffile", "altair", "h5py", "typer"):
        importlib.import_module(name)


@dataclass
class Running:
    """A command at work: the leader of a group of processes; `code` is its exit code, or minus the signal that ended it."""

    pid: int
    code: int | None = None

    def ended(self) -> bool:
        """Whether it has come to its end."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, seconds: float) -> bool:
        """Whether it comes to its end within that time."""
        until = time.monotonic() + seconds
        while not self.ended() and time.monotonic() < until:
            time.sleep(0.003)
        return self.ended()

    def kill(self, number: int, *, group: bool) -> None:
        """Send it a signal, to the whole group or to itself."""
        try:
            (os.killpg if group else os.kill)(self.pid, number)
        except ProcessLookupError:
            return

    def orphans(self, seconds: float) -> list[int]:
        """Processes of its group that live on after that time; they are ended then."""
        until = time.monotonic() + seconds
        while (alive := _group(self.pid)) and time.monotonic() < until:
            time.sleep(0.05)
        if alive:
            self.kill(signal.SIGKILL, group=True)
        return alive


def _group(leader: int) -> list[int]:
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                words = (place / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[2]) == leader and words[0] != "Z":
                found.append(int(place.name))
    return found


def start(
    words: Sequence[str], place: Path, *, fresh: bool = False, log: Path | None = None, before: Callable[[], None] | None = None
) -> Running:
    """Start `cellswap WORDS` in `place`; what it says goes into place/log or `log`, what it needs for a while into place/tmp.

    `fresh` starts a new Python, as a user does; `before` is called in the new process first.
    """
    (place / TEMPORARY).mkdir(parents=True, exist_ok=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, OWN)  # a signal must find the command, not what comes before it
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN)
        return Running(pid)
    try:
        _settle(place, log or place / LOG)
        if before:
            before()
        if fresh:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN)
            os.execv(PROGRAM, [str(PROGRAM), *words])
        _command(words)
    except BaseException:
        traceback.print_exc()
        os._exit(99)


def finish(words: Sequence[str], place: Path, seconds: float, *, fresh: bool = False) -> int | None:
    """The exit code of a command that is left alone; None where it did not end in that time."""
    running = start(words, place, fresh=fresh)
    if running.wait(seconds):
        return running.code
    running.kill(signal.SIGKILL, group=True)
    running.wait(10)
    return None


def _settle(place: Path, told: Path) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    log = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in (1, 2):
        os.dup2(log, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(place)
    os.environ["TMPDIR"] = str(place / TEMPORARY)
    os.environ.pop("CELLSWAP_STORE", None)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115 - the numbers


def _command(words: Sequence[str]) -> None:
    """Run a command in this fork to its end, and end with its exit code."""
    import atexit
    import tempfile

    from cellswap import cli

    tempfile.tempdir = None
    sys.argv = [str(PROGRAM), *words]
    # workers that the command starts would read this script, as their parent's own
    vars(sys.modules["__main__"]).pop("__file__", None)
    code = 0
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OWN)
        cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:
        code = 1
        if error.__traceback__ and error.__traceback__.tb_next:  # else the signal came before the command or after it
            traceback.print_exc()
    signal.pthread_sigmask(signal.SIG_BLOCK, OWN)
    events.stop()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def apart(work: Callable[[], T]) -> T:
    """What `work` returns, computed in a fork: the process that forks starts no threads."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what it says of its progress nobody waits for
        _answer(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    good, found = pickle.loads(told) if told else (False, "it was killed")
    if not good:
        raise RuntimeError(found)
    return found


def _answer(work: Callable[[], object], writing: int) -> None:
    """In a fork: say what the work returns, or where it failed, and end."""
    try:
        told = pickle.dumps((True, work()))
    except BaseException:
        told = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(told)
    os._exit(0)


def spread(tasks: Iterable[Callable[[], T]], jobs: int, each: Callable[[T], None]) -> None:
    """Do all tasks, so many at a time, each in a fork of its own, and hand what each returns to `each`.

    The next task is asked for when there is room for it.
    """
    waiting = iter(tasks)
    at_work: dict[int, int] = {}
    while True:
        while len(at_work) < jobs and (task := next(waiting, None)):
            pid, reading = _begin(task, list(at_work.values()))
            at_work[pid] = reading
        if not at_work:
            return
        pid = _first_told(at_work)
        with os.fdopen(at_work.pop(pid), "rb") as pipe:
            told = pipe.read()
        os.waitpid(pid, 0)
        good, found = pickle.loads(told) if told else (False, "a task was killed")
        if not good:
            raise RuntimeError(found)
        each(found)


def _begin(task: Callable[[], object], others: Sequence[int]) -> tuple[int, int]:
    """The fork that does a task, and the end of the pipe in which it answers."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        for pipe in (reading, *others):
            os.close(pipe)
        _answer(task, writing)
    os.close(writing)
    return pid, reading


def _first_told(at_work: dict[int, int]) -> int:
    ready = select.select(list(at_work.values()), [], [])[0]
    return next(pid for pid, reading in at_work.items() if reading in ready)
