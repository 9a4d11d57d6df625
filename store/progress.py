"""Progress on stderr with the time left."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

PLAIN_LINE_EVERY_S = 30.0


class Progress(Protocol):
    """Something that can be told that n more units are done."""

    def step(self, n: int = 1) -> None:
        """Say that n more units are done."""


@contextmanager
def shown(what: str, total: int, unit: str) -> Iterator[Progress]:
    """Progress on stderr: a bar on a terminal, a line now and then into a file, nothing into a pipe."""
    if sys.stderr.isatty():
        with _Bar(what, total, unit) as bar:
            yield bar
    else:
        yield _Lines(what, total, unit, quiet=not _is_file())


def _is_file() -> bool:
    try:
        return os.path.isfile(f"/proc/self/fd/{sys.stderr.fileno()}")  # noqa: PTH113 - Path.is_file follows the same link
    except (OSError, ValueError):
        return False


class _Lines:
    def __init__(self, what: str, total: int, unit: str, *, quiet: bool) -> None:
        self._what, self._total, self._unit, self._quiet = what, total, unit, quiet
        self._done, self._start, self._said = 0, time.monotonic(), time.monotonic()

    def step(self, n: int = 1) -> None:
        self._done += n
        now = time.monotonic()
        if self._quiet or (now - self._said < PLAIN_LINE_EVERY_S and self._done < self._total):
            return
        self._said = now
        left = (now - self._start) / self._done * (self._total - self._done)
        rate = self._done / max(now - self._start, 1e-9)
        print(  # noqa: T201 - stderr is where progress goes
            f"{self._what}: {self._done} of {self._total} {self._unit}, {rate:.1f} a second, {left:.0f} s left",
            file=sys.stderr,
        )


class _Bar:
    def __init__(self, what: str, total: int, unit: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TextColumn(unit + "{task.fields[rate]}"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(what, total=total, rate="")
        self._start, self._done = time.monotonic(), 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def step(self, n: int = 1) -> None:
        self._done += n
        rate = self._done / max(time.monotonic() - self._start, 1e-9)
        self._bar.update(self._task, advance=n, rate=f", {rate:.1f} a second")
