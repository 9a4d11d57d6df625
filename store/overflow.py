"""Folders for what a query does not hold in memory: one a connection, in the system's temporary folder ($TMPDIR), gone after it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "cellswap-sql"


def new_folder() -> Path | None:
    """A new, empty folder whose name says whose it is; None where none can be made. Those of processes that are gone go first."""
    try:
        place = Path(tempfile.gettempdir())
        remove_stale(place)
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{_machine()}-{os.getpid()}-", dir=place))
    except OSError:
        return None


def remove(folder: Path) -> None:
    """Remove the folder with all that is in it, as far as this can be done."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_stale(place: Path) -> None:
    """Remove the folders in `place` that processes of this user on this machine left behind: those that were killed."""
    ours = re.compile(rf"{PREFIX}-{re.escape(_machine())}-(\d+)-\w+")
    for folder in place.iterdir():
        name = ours.fullmatch(folder.name)
        if name and _is_mine(folder) and not _runs(int(name[1])):
            remove(folder)


def _machine() -> str:
    """The host's name, with the number of its space of process ids: two containers may have one name and one $TMPDIR."""
    space = 0
    with suppress(OSError):
        space = Path("/proc/self/ns/pid").stat().st_ino
    return re.sub(r"[^A-Za-z0-9]", "_", platform.node() or "host")[:20] + f"_{space}"


def _is_mine(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return not folder.is_symlink() and found.st_uid == os.getuid()


def _runs(pid: int) -> bool:
    """Whether a process of that number is there; another one may have got it since: then its folder waits."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
