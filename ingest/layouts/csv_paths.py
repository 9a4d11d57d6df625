"""The file that a CSV's path means, also where the CSV was written on Windows."""

from __future__ import annotations

import os.path
import re
from functools import lru_cache
from pathlib import Path

from cellswap.errors import BadInput

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def find(folder: Path, text: str) -> Path:
    r"""The path below `folder`, back slashes read as slashes where no file has them in its name.

    Raises BadInput for a path on a drive (`D:\`, `\\server`), and for one that is there in other capitals only. A path
    that is not there at all is returned: whoever reads it says so.
    """
    path = folder / text
    if _is_there(path):
        return path
    if _DRIVE.match(text):
        raise BadInput(f"{text} is on a drive of Windows; give the path on this machine, relative to the CSV or from / on")
    turned = folder / text.replace("\\", "/")
    if _is_there(turned):
        return turned
    if other := _in_other_capitals(turned):
        raise BadInput(f"no file {text}, but {other.name} is there; capitals count here: write it so")
    return turned


def _is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - a name too long for the disk is not there; Path.exists raises


def _in_other_capitals(path: Path) -> Path | None:
    """A file of the same folder whose name differs in capitals only."""
    return _by_folded_name(path.parent).get(path.name.casefold())


@lru_cache(maxsize=8)
def _by_folded_name(folder: Path) -> dict[str, Path]:
    """The files of a folder; a list written on Windows asks for each of its rows."""
    return {path.name.casefold(): path for path in sorted(folder.iterdir(), reverse=True)} if os.path.isdir(folder) else {}  # noqa: PTH112
