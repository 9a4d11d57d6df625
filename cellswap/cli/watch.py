"""A query under watch: it ends after its time, on Ctrl-C and on SIGTERM, and never takes more memory than it may."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

import duckdb

from cellswap.errors import BadInput, CellswapError
from cellswap.store import locked, scratch

SECONDS = 60.0
LOOK = 0.1  # seconds between two looks at the clock
GRACE = 3.0  # seconds that a query has to stop when it is told to
BESIDE = 10**9  # bytes that Python, the threads and the result's rows may take beside the query's own memory
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(|[kmgt]i?b?)", re.IGNORECASE)
INTERRUPTED = 130
STOPS = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}


@dataclass(frozen=True)
class Bounds:
    """What a query may take: seconds (0: as long as it needs), and memory with temporary files."""

    seconds: float = SECONDS
    limits: locked.Limits = field(default_factory=locked.Limits)


def size(text: str) -> int:
    """Bytes of a size such as 2GB, 500MB or 1.5 (of GB); BadInput for anything else."""
    found = SIZE.fullmatch(text.strip())
    unit = (found[2] or "g").lower() if found else ""
    n = float(found[1]) * (1024 if "i" in unit else 1000) ** (1 + "kmgt".index(unit[0])) if found else 0
    if not 10**7 <= n <= 10**15:
        raise BadInput(f"--memory-limit {text}: expected a size of at least 10MB, such as 2GB, 500MB or 1.5 (of GB)")
    return int(n)


def confine(memory: int) -> None:
    """Let this process take no more than `memory` and BESIDE bytes beyond what it has: a result's rows are no memory of DuckDB's.

    Only where the system can do it (Linux).
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        has = next(int(line.split()[1]) * 1024 for line in Path("/proc/self/status").read_text().splitlines() if "VmData" in line)
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = has + memory + BESIDE
        resource.setrlimit(resource.RLIMIT_DATA, (most if soft == resource.RLIM_INFINITY else min(soft, most), hard))


def end_well() -> None:
    """Let SIGTERM and SIGHUP end this process as Ctrl-C does, so that it removes what it made; only where they would kill it."""
    for number in STOPS - {signal.SIGINT}:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def over(connection: duckdb.DuckDBPyConnection, bounds: Bounds) -> Iterator[Watch]:
    """A watch over the queries of the block, on the main thread. CellswapError where one takes too long, or more than it may."""
    watch = Watch(connection, bounds)
    try:
        watch.begin()
        try:
            yield watch
        finally:
            watch.leave()
    except Exception as error:
        watch.say_stopped(error)
        if locked.outgrew(error):
            said = f"SQL: stopped, for it needs more than {bounds.limits}; --memory-limit allows more"
            raise CellswapError(said) from error
        raise


class Watch:
    """Interrupts a connection's query from a thread of its own; where that does not help within GRACE, ends the process."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, bounds: Bounds) -> None:
        self.unfinished: list[Path] = []  # files to remove where the process has to end
        self._connection, self._bounds = connection, bounds
        [(self._folder,)] = connection.execute("SELECT current_setting('temp_directory')").fetchall()
        self._left = bounds.seconds or float("inf")
        self._begun: float | None = None  # when the clock began to run; None while it stands
        self._stopped_at: float | None = None
        self._number = 0  # the signal that came
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def begin(self) -> None:
        """Let the clock run."""
        self._ear, mouth = os.pipe()
        os.set_blocking(mouth, False)
        # Python's own handlers wait until the engine comes back; this byte does not.
        self._before = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        self._mouth, self._begun = mouth, time.monotonic()
        self._thread.start()

    def leave(self) -> None:
        """Let the connection alone: no interrupt comes after this."""
        signal.set_wakeup_fd(self._before)
        self._over.set()
        self._thread.join()
        os.close(self._mouth)
        os.close(self._ear)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the clock stand while somebody reads: a pipe or a pager may take its time."""
        self.check()
        begun, self._begun = self._begun, None
        if begun is not None:
            self._left -= time.monotonic() - begun
        try:
            yield
        finally:
            self._begun = time.monotonic()

    def check(self) -> None:
        """CellswapError where the time is over."""
        if self._stopped_at is not None and not self._number:
            raise CellswapError(self._too_long())

    def say_stopped(self, error: Exception) -> None:
        """Raise what a signal or the clock stands for, where one of them is why the query failed."""
        if self._number:
            raise KeyboardInterrupt from error
        if self._stopped_at is not None:
            raise CellswapError(self._too_long()) from error

    def _too_long(self) -> str:
        return f"SQL: stopped after {self._bounds.seconds:g} s; --timeout SECONDS allows more (0: as long as it needs)"

    def _look(self) -> None:
        while not self._over.is_set():
            heard = os.read(self._ear, 64) if select.select([self._ear], [], [], LOOK)[0] else b""
            self._number = next((number for number in STOPS if number in heard), self._number)
            begun = self._begun
            if begun is None:
                continue
            late = self._number or time.monotonic() - begun > self._left
            if late and self._stopped_at is None:
                self._stopped_at = time.monotonic()
            if self._stopped_at is not None and not self._over.is_set():
                self._connection.interrupt()
                if time.monotonic() - self._stopped_at > GRACE:
                    self._end()

    def _end(self) -> NoReturn:
        """End the process in the midst of a query: one long step of the engine can't be interrupted."""
        for path in self.unfinished:
            path.unlink(missing_ok=True)
        if self._folder:
            scratch.remove(Path(self._folder))
        line = "interrupted; the query was cut off" if self._number else f"error: {self._too_long()}"
        os.write(sys.stderr.fileno(), f"{line}\n".encode())
        os._exit(INTERRUPTED if self._number else 1)
