"""Files that are written whole or not at all, and what killed processes left of those that were not.

A file is written under a name that ends in `.partial`, fsynced and renamed, so that readers never see half of it. The name
says which process writes it, so that no other one renames it, and what a killed one left can be told.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cellswap.errors import BadInput, CellswapError
from cellswap.store import processes

ENDING = ".partial"
# Nobody works for a day on one file without a write to it: what is older is left of a process on another host.
OLD_S = 86_400.0
# A network drive that can't sync a folder says so in one of these ways; the file itself is there.
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EACCES, errno.EISDIR, errno.EPERM}

KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


@contextmanager
def full_disk_said(place: Path) -> Iterator[None]:
    """Turn the system's error about a full disk, or a place that can't be written, into one line that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CellswapError(
                f"{place}: the disk is full; nothing was half-written. Free some space and run the same command again"
            ) from error
        if error.errno == errno.EFBIG:
            raise CellswapError(f"{place}: a file outgrew what this process may write (ulimit -f); nothing was half-written") from error
        if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            raise BadInput(f"{place}: can't be written ({error.strerror}); give another place, or write access to this one") from error
        raise


def other_kind(path: Path) -> str | None:
    """What a path is where it is no regular file, nor a link to one: a named pipe, a link to nothing; None for a file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return "a link to nothing" if path.is_symlink() else f"not there ({error.strerror})"
    except ValueError:
        return "not there (no file can be called so)"
    return None if stat.S_ISREG(mode) else KINDS.get(stat.S_IFMT(mode), "something else")


def make_folder(place: Path) -> None:
    """Make the folder, with those above it, where it is not there; BadInput where it can't be."""
    try:
        with full_disk_said(place):
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{place}: can't make this folder ({error.strerror}); give another place") from error


def is_free(folder: Path, mark: str) -> bool:
    """Whether nothing lies at a path, or an empty folder, or one in which a killed command wrote no more than a part of its mark."""
    if not folder.exists():
        return not folder.is_symlink()
    return folder.is_dir() and all(_is_half(found, mark) for found in folder.iterdir())


def _is_half(found: Path, name: str) -> bool:
    return found.name.startswith(f"{name}.") and found.name.endswith(ENDING) and found.is_file()


@contextmanager
def whole_file(path: Path, *, alone: bool = True) -> Iterator[Path]:
    """A `.partial` path to write to, a file that is there and empty; renamed to `path` if the block ends well, removed if not.

    What killed processes left of the same file is removed first, unless it stands among very many (`alone`).
    """
    make_folder(path.parent)
    if alone:
        clear(path)
    partial = partial_of(path)
    try:
        with full_disk_said(path.parent):
            partial.touch(exist_ok=False)
            yield partial
            with partial.open("rb+") as written:
                os.fsync(written.fileno())
            partial.replace(path)
    finally:
        with suppress(OSError):  # a place that can't be written: the first error is the one to say
            partial.unlink()
    sync_folder(path.parent)


def partial_of(path: Path) -> Path:
    """A name for the unfinished file that no other process uses, on whatever host."""
    made = f".{processes.signature()}{ENDING}"
    # a name may have 255 bytes; what is cut off is the name of the file, which nobody needs
    return path.with_name(os.fsdecode(os.fsencode(path.name)[: 255 - len(made)]) + made)


def sync_folder(folder: Path) -> None:
    """Have a folder's new names outlive a power cut, where its drive can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def abandoned(partials: Iterable[Path]) -> Iterator[Path]:
    """Those of the unfinished files that nobody works on any more: their process is gone, or they are a day old."""
    for path in partials:
        writer = processes.signed(path.name.removesuffix(ENDING))
        if writer.is_gone() if writer and writer.place == processes.place() else _is_old(path):
            yield path


def clear(path: Path) -> None:
    """Remove what killed processes left of this one file."""
    beginning = partial_of(path).name.partition(f".{processes.place()}~")[0]
    try:
        beside = [p for p in path.parent.iterdir() if p.name.startswith(f"{beginning}.") and p.name.endswith(ENDING)]
    except OSError:
        return
    for left in abandoned(beside):
        left.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > OLD_S
    except OSError:
        return False
