"""What a command keeps on disk while it runs: folders in $TMPDIR that go with it, and those that killed commands left."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cellswap.errors import CellswapError
from cellswap.store import processes

PREFIX = "cellswap-"


def new_name(kind: str) -> Path:
    """A path in the temporary folder where nothing is; `stale` finds what a killed command left there."""
    return Path(_temporary()) / f"{PREFIX}{kind}.{processes.signature()}"


@contextmanager
def folder(kind: str) -> Iterator[Path]:
    """A new folder in $TMPDIR, which goes when the block ends, however it ends. What killed commands left there goes first.

    Raises CellswapError where none can be made, or its disk is full.
    """
    for left in stale():
        remove(left)
    place = new_name(kind)
    try:
        place.mkdir(mode=0o700)
    except OSError as error:
        raise CellswapError(f"{place.parent}: can't make a temporary folder ({error.strerror}); set TMPDIR to another place") from error
    try:
        yield place
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CellswapError(f"{place.parent}: the disk of temporary files is full; free some space, or set TMPDIR") from error
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)


def lasting(kind: str) -> Path | None:
    """A new folder in $TMPDIR that the caller is to `remove`; None where none can be made. What killed commands left goes first."""
    try:
        for left in stale():
            remove(left)
        place = new_name(kind)
        place.mkdir(mode=0o700)
    except (OSError, CellswapError):
        return None
    return place


def remove(place: Path) -> None:
    """Remove a folder with all that is in it, as far as this can be done."""
    shutil.rmtree(place, ignore_errors=True)


def stale() -> list[Path]:
    """What killed commands of this user on this host left in the temporary folder, in order of name."""
    return sorted(path for path in Path(_temporary()).glob(f"{PREFIX}*") if _is_left(path.name) and _is_own(path))


def _is_left(name: str) -> bool:
    owner = processes.signed(name)
    return owner is not None and owner.is_gone()


def _is_own(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid() and not path.is_symlink()
    except OSError:
        return False


def _temporary() -> str:
    """The system's temporary folder.

    Python tries each by a file in it, which a kill would leave for good: it is asked only where none is named.
    """
    if tempfile.tempdir is None:
        named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
        usable = (place for place in named if place and Path(place).is_dir() and os.access(place, os.W_OK | os.X_OK))
        tempfile.tempdir = next((os.fspath(Path(place).absolute()) for place in usable), None)
    try:
        return tempfile.gettempdir()
    except OSError as error:
        raise CellswapError("no folder for temporary files can be written; set TMPDIR to one that can") from error
