"""Files of a folder that someone else filled: only regular files are read, and every name can be said."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.store.files import other_kind

# The pixels of the largest image that is read, as float32, twice.
MOST_BYTES = 2 << 30
# What other systems leave beside the files of a folder: no image of the user's.
DUST = (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX")
DUST_BEGINS = "._"


def said(name: object) -> str:
    r"""The name as text that can be printed and stored: bytes that are no UTF-8 as \xe9, control characters as \x1b."""
    text = _bytes(str(name)).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def is_text(name: str) -> bool:
    """Whether a name is UTF-8 without control characters: what names in a store may be."""
    return not no_text(name)


def no_text(name: str) -> str:
    r"""Why a name is no text, `not UTF-8 text` or `not printable: it holds \x1b`; empty where it is."""
    try:
        text = _bytes(name).decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8 text"
    odd = next((letter for letter in text if not letter.isprintable()), "")
    return f"not printable: it holds {said(odd)}" if odd else ""


def _bytes(name: str) -> bytes:
    """A name as the disk has it, whatever the locale."""
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:  # no name of this disk, but text of a table
        return name.encode("utf-8", "backslashreplace")


def is_dust(name: str) -> bool:
    """Whether a name is one that other systems make: `._x.tiff`, `.DS_Store`, `__MACOSX`."""
    return name.startswith(DUST_BEGINS) or name in DUST


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, in the order of the names; BadInput where it can't be listed."""
    try:
        with os.scandir(folder) as found:
            yield from sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise BadInput(f"{said(folder)}: can't be listed ({error.strerror})") from error


def read(path: Path) -> bytes:
    """The bytes of a regular file, or of one that a link leads to; BadInput, without the path, for anything else."""
    try:
        # a pipe is asked what it is before anybody waits for it, and a device before it gives without end
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"expected a regular file, found {other_kind(path)}")
        if found.st_size > MOST_BYTES:
            raise BadInput(f"{found.st_size:,} bytes; no image file of more than {MOST_BYTES:,} is read")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"cannot be read ({why}); look whether it is there and may be read") from error
    if len(content) > MOST_BYTES:
        raise BadInput(f"more than {MOST_BYTES:,} bytes; no image file of more is read")
    return content
