"""Columns of files as CellProfiler names them, in `Image.csv` and in the `load_data.csv` that it reads.

`FileName_X` is the file of the channel X, `PathName_X` its folder, `URL_X` both in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cellswap.errors import BadInput, shown
from cellswap.ingest.field_files import roles

FILE, FOLDER, URL = "FileName_", "PathName_", "URL_"
# Before the names of images as they were recorded, beside those that a pipeline made of them.
RECORDED = "Orig"


@dataclass(frozen=True)
class FileColumn:
    """The column of a channel's files, and that of their folders where there is one."""

    file: str
    folder: str | None = None

    def path(self, row: Mapping[str, str | None]) -> str | None:
        """The path that a row names; None where it names none."""
        name, folder = row[self.file], row[self.folder] if self.folder else None
        return f"{folder.rstrip('/')}/{name}" if name and folder else name


def column(columns: Sequence[str], name: str) -> FileColumn:
    """The column of that name, with that of its folders where CellProfiler would write one."""
    folder = FOLDER + name.removeprefix(FILE)
    return FileColumn(name, folder if name.startswith(FILE) and folder in columns else None)


def is_one(columns: Sequence[str]) -> bool:
    """Whether a table has columns as CellProfiler names them."""
    return any(name.startswith((FILE, URL)) for name in columns)


def channels(columns: Sequence[str], known: Mapping[str, str]) -> tuple[dict[str, FileColumn], list[str]]:
    """Which columns have the files of the store's channels, by role, and those of channels that it has no role for.

    A column that is called as the channel itself goes before one that is called as its role, and that before one that differs by `Orig`.
    Raises BadInput where two columns are equally near.
    """
    there = [name for name in columns if name.startswith(FILE)]
    there += [name for name in columns if name.startswith(URL) and FILE + name.removeprefix(URL) not in there]
    nearest: dict[str, tuple[int, list[str]]] = {}
    idle = []
    for name in there:
        found = _role(name.removeprefix(FILE).removeprefix(URL), known)
        if found is None:
            idle.append(name)
            continue
        role, far = found
        least, same = nearest.get(role, (far, []))
        nearest[role] = (far, [name]) if far < least else (least, [*same, name] if far == least else same)
    for role, (_, same) in nearest.items():
        if len(same) > 1:
            raise BadInput(f"the columns {' and '.join(map(shown, same))} may both be the channel {role}; choose with --path {role}=COLUMN")
    return {role: column(columns, same[0]) for role, (_, same) in nearest.items()}, idle


def _role(name: str, known: Mapping[str, str]) -> tuple[str, int] | None:
    """The role of a channel as a column names it, and how far the name is from the channel's own; None where the store has none."""
    of = roles(known)
    for far, called in enumerate((name, name.removeprefix(RECORDED), RECORDED + name), 1):
        if role := of.of(called):
            return role, 0 if known[role] == name else far
    return None
