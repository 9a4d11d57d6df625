"""What stands in a folder, and what is at a path: regular files are read, and nothing that could hang or never end."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER, FILE, NOTHING, OTHER = "a folder", "a file", "no such file or folder", "a device, pipe or socket"


@dataclass(frozen=True)
class Member:
    """One name in a folder or archive, the bytes that it has or claims, and why it is not read, where that is known."""

    name: str
    bytes: int
    is_file: bool
    is_folder: bool
    refusal: str = ""


def kind(path: Path) -> str:
    """What is at a path, links followed: a folder, a file, nothing, or something that is none of these."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return NOTHING
    return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else OTHER


def walk(path: Path) -> Iterator[Member]:
    """Everything below a folder, by name relative to it; links to folders are named, not followed."""
    closed: list[OSError] = []
    for place, folders, files in os.walk(path, onerror=closed.append):
        folders.sort()
        here = Path(place).relative_to(path)
        if here != Path():
            yield Member(here.as_posix(), 0, is_file=False, is_folder=True)
        yield from (_linked((here / name).as_posix()) for name in folders if (Path(place) / name).is_symlink())
        yield from (_file(Path(place) / name, (here / name).as_posix()) for name in sorted(files))
    for error in closed:
        name = Path(os.fsdecode(error.filename)).relative_to(path).as_posix()
        yield _refused(name, f"a folder that cannot be read ({error.strerror})")


def _linked(name: str) -> Member:
    return _refused(name, "a link to a folder, which is not followed; put the folder itself here")


def _file(path: Path, name: str) -> Member:
    """A regular file, or a link to one; a link that leads nowhere is a file of no bytes, to be dropped with what it belongs to."""
    try:
        found = path.stat()
    except OSError:
        return Member(name, 0, is_file=True, is_folder=False)
    if not stat.S_ISREG(found.st_mode):
        return _refused(name, f"{OTHER}, not a file")
    return Member(name, found.st_size, is_file=True, is_folder=False)


def _refused(name: str, reason: str) -> Member:
    return Member(name, 0, is_file=False, is_folder=False, refusal=reason)


def content(path: Path, most: int) -> bytes:
    """A regular file's bytes; OSError where it can't be read or is another thing, ValueError where it has more than `most`."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, OTHER)
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError(f"more than {most:,} bytes")
    return found
