"""Names and places that are given on the command line: refused in one line where nothing can be called so or written there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from cellswap.cli.plain import UNSAFE, plain
from cellswap.errors import BadInput

LONGEST_NAME = 100  # bytes: a name becomes a part of files' and folders' names, of which systems take 255
LONGEST_FILE = 200  # bytes: beside a file stands, until it is whole, one with a longer name
SHOWN = 120
# What the system says of a place, and never of a fault of ours.
OF_PLACES = {errno.ENAMETOOLONG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ELOOP}


def name(param: typer.CallbackParam, value: str | None) -> str | None:
    """A name that becomes a part of ids or of folders' names; BadInput where it cannot."""
    if value is None:
        return None
    if not value.strip() or "/" in value or UNSAFE.search(value) or len(os.fsencode(value)) > LONGEST_NAME:
        raise BadInput(
            f"{_option(param)} '{shown(value)}': the name may not be empty or hold a / or a control character, "
            f"and has at most {LONGEST_NAME} bytes"
        )
    return value


def out_file(param: typer.CallbackParam, value: Path | None) -> Path | None:
    """A file to write; BadInput where none can be written."""
    if value is not None:
        writable(value, _option(param))
    return value


def out_place(param: typer.CallbackParam, value: Path | None) -> Path | None:
    """A folder, or a file, to write; BadInput where none can be made."""
    if value is not None:
        with _said(_option(param), value):
            _possible(value)
    return value


def store(value: Path | None) -> Path | None:
    """The store's place; BadInput where there can't be any."""
    if value is not None:
        with _said("--store", value):
            _lengths(value)
    return value


def writable(path: Path, option: str = "-o") -> Path:
    """The path itself; BadInput where no file can be written there."""
    with _said(option, path):
        if path.is_dir():
            raise BadInput(f"{option} {shown(path)}: expected a file to write, found a folder")
        if path.exists() and not path.is_file():
            raise BadInput(f"{option} {shown(path)}: expected a file to write, found a device or a pipe")
        _possible(path, option)
    return path


def outside(path: Path, folder: Path) -> Path:
    """The path itself; BadInput where it lies in the store's folder, whose files only cellswap writes."""
    if path.resolve().is_relative_to(folder):
        raise BadInput(f"-o {shown(path)}: expected a place outside the store {folder}, found one in it")
    return path


def system_said(error: OSError) -> str | None:
    """The line for an error that the system gives about a place; None where it may be a fault of ours."""
    if error.errno not in OF_PLACES or error.filename is None:
        return None
    return f"{shown(os.fsdecode(error.filename))}: {error.strerror}"


def shown(place: str | Path) -> str:
    """A path or name, cut where it is very long."""
    text = plain(str(place))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


@contextmanager
def _said(option: str, path: Path) -> Iterator[None]:
    """Turn what the system says of the place into one line."""
    try:
        yield
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{option} {shown(path)}: {why}") from error


def _lengths(path: Path) -> None:
    """OSError where the system takes no such name, or no path of that length."""
    for part in path.parts:
        if len(os.fsencode(part)) > LONGEST_FILE:
            raise OSError(errno.ENAMETOOLONG, f"a name in it is longer than {LONGEST_FILE} bytes")
    path.exists()


def _possible(path: Path, option: str = "--out") -> None:
    """BadInput or OSError where nothing can be made at the path: its nearest folder is tried."""
    _lengths(path)
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir():
        raise BadInput(f"{option} {shown(path)}: expected a folder to write in, but {above} is a file")
    try:
        tempfile.TemporaryFile(dir=above).close()
    except OSError as error:
        raise BadInput(f"{option} {shown(path)}: expected a folder to write in, but {above} cannot be written") from error


def _option(param: typer.CallbackParam) -> str:
    return param.opts[0] if param.opts[0].startswith("-") else param.name.upper() if param.name else ""
