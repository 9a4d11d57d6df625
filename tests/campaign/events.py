"""What a command does to files, event by event, as Python's own audit sees it, and a signal to itself at the n-th."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_at: list[Callable[[int], None]] = []
_seen = 0


def watch(place: Path, then: Callable[[int], None]) -> None:
    """From now on in this process, call `then(n)` just before its n-th change to a file below `place`, from 1."""
    import sys

    below = f"{place}{os.sep}"
    _at[:] = [then]
    sys.addaudithook(lambda event, given: _look(event, given, below))


def stop() -> None:
    """Call nothing any more."""
    _at.clear()


def _look(event: str, given: tuple[Any, ...], below: str) -> None:
    global _seen
    if not _at or not _changes(event, given):
        return
    path = os.path.abspath(os.fsdecode(given[0])) if isinstance(given[0], (str, bytes, os.PathLike)) else ""
    if path.startswith(below):
        _seen += 1
        _at[0](_seen)


def _changes(event: str, given: tuple[Any, ...]) -> bool:
    if event == "open":
        mode, flags = given[1], given[2]
        return bool(flags & WRITING) if isinstance(flags, int) else any(letter in (mode or "r") for letter in "wax+")
    return event in CHANGING
