"""The published numbers as SQL: one view a file, read from the package's own files.

A view's file is one SELECT under a header of comments: its meaning, then `-- @key a, b` and, for each output column,
`-- @column name [unit]: meaning`. Files are made into views in the order of their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

_COLUMN = re.compile(r"^@column (?P<name>\w+)(?: \[(?P<unit>[^\]]+)\])?: (?P<meaning>.+)$")


@dataclass(frozen=True)
class ViewColumn:
    """One output column of a view."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True)
class View:
    """One view: `text` is the SELECT alone."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[ViewColumn, ...]
    text: str


@cache
def views(channels: tuple[str, ...], signal: str) -> tuple[View, ...]:
    """All views of a store of these channels, in the order in which they build on each other."""
    found = sorted((f for f in files(__name__).joinpath("views").iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(parse(f.name, put_in(f.read_text(encoding="utf-8"), channels, signal)) for f in found)


@cache
def view_names() -> tuple[str, ...]:
    """The names of all views."""
    return tuple(view.name for view in views(("signal",), "signal"))


def put_in(text: str, channels: tuple[str, ...], signal: str) -> str:
    """The SQL of a store of these channels: lines after each other that name `{channel}` stand once for each, with commas between."""
    made: list[str] = []
    for of_channels, lines in groupby(text.splitlines(), lambda line: "{channel}" in line):
        block = "\n".join(lines)
        each = [block.replace("{channel}", channel) for channel in channels] if of_channels else [block]
        made += [*each[:-1], each[-1].removesuffix(",") if of_channels else each[-1]]
    return "\n".join(made).replace("{signal}", signal)


@cache
def query(name: str) -> str:
    """The text of `queries/NAME.sql`."""
    return files(__name__).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")


def reference(name: str) -> str:
    """The text of `reference/NAME.csv`: a published table as printed."""
    return files(__name__).joinpath("reference", f"{name}.csv").read_text(encoding="utf-8")


def parse(file_name: str, text: str) -> View:
    """The view of a file such as `30_plate_skew.sql`; ValueError where the header is not as the module says."""
    lines = text.splitlines()
    n_header = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    meaning: list[str] = []
    columns: list[ViewColumn] = []
    key: tuple[str, ...] = ()
    for line in (raw[2:].strip() for raw in lines[:n_header]):
        if line.startswith("@key "):
            key = tuple(part.strip() for part in line[5:].split(","))
        elif line.startswith("@column "):
            found = _COLUMN.match(line)
            if found is None:
                raise ValueError(f"{file_name}: expected '@column name [unit]: meaning', found '{line}'")
            columns.append(ViewColumn(found["name"], found["meaning"], found["unit"] or ""))
        elif columns:
            last = columns.pop()
            columns.append(ViewColumn(last.name, f"{last.meaning} {line}", last.unit))
        else:
            meaning.append(line)
    name = re.sub(r"^\d+_|\.sql$", "", file_name)
    if not (meaning and key and columns):
        raise ValueError(f"{file_name}: the header needs a meaning, @key and @column lines")
    return View(name, " ".join(meaning), key, tuple(columns), "\n".join(lines[n_header:]).strip().rstrip(";"))
