"""Memory that a process takes, and processes of their own; in a file that does not load torch, which would take some of it."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")


def apart(work: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """What the work makes in a fresh process; an error there is raised here."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()


def peak_mb() -> float:
    """This process's own peak: getrusage would count its parent's too."""
    said = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(said.partition("VmHWM:")[2].split()[0]) / 1000


def _held() -> int:
    """Bytes of memory that no file backs."""
    line = next(line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def peak(work: Callable[[], object]) -> int:
    """The most bytes that were held during the work, less what was held before it."""
    before, most, done = _held(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], _held())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(0, most[0] - before)
