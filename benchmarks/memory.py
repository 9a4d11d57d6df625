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
    return _kilobytes("VmHWM") / 1000


def _kilobytes(name: str) -> int:
    """A figure of /proc/self/status."""
    return int(Path("/proc/self/status").read_text(encoding="utf-8").partition(f"{name}:")[2].split()[0])


def _held() -> int:
    """Bytes of memory that no file backs."""
    return _kilobytes("RssAnon") * 1024


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
