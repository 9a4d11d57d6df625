"""The forms of a query's result: table and markdown for people, csv, json and jsonl for programs."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Any

from cellswap.cli.plain import KEPT, plain

Rows = Iterator[tuple[Any, ...]]
Write = Callable[[list[str], Rows, IO[str]], None]
SHOWN_ROWS = 200
SHOWN_WIDTH = 60
# What spreadsheets take for the beginning of a formula, or skip before one; the last four are their full-width forms.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_csv(names: list[str], rows: Rows, sink: IO[str]) -> None:
    """CSV; lists and structs as JSON, bytes as hexadecimal."""
    _csv(names, rows, sink, lambda value: value)


def write_safe_csv(names: list[str], rows: Rows, sink: IO[str]) -> None:
    """CSV in which no text begins as a formula does: an apostrophe stands before it. Numbers stay as they are."""
    _csv(names, rows, sink, lambda value: harmless(value) if isinstance(value, str) else value)


def write_shown_csv(names: list[str], rows: Rows, sink: IO[str]) -> None:
    """CSV for a terminal: control characters are spelled out."""
    _csv(names, rows, sink, lambda value: plain(value, KEPT) if isinstance(value, str) else value)


def harmless(text: str) -> str:
    """The text; behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(names: list[str], rows: Rows, sink: IO[str], change: Callable[[object], object]) -> None:
    out = csv.writer(sink, lineterminator="\n")
    quoting = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    out.writerow([change(name) for name in names])
    for row in rows:
        cells = [change(_cell(value)) for value in row]
        # Python quotes a text for the end of line that it writes alone, and a reader takes a carriage return for one too.
        (quoting if any(isinstance(cell, str) and "\r" in cell for cell in cells) else out).writerow(cells)


def write_jsonl(names: list[str], rows: Rows, sink: IO[str]) -> None:
    """One JSON object a line; NaN and infinity as null."""
    for row in rows:
        sink.write(_object(names, row) + "\n")


def write_json(names: list[str], rows: Rows, sink: IO[str]) -> None:
    """A JSON list of objects; NaN and infinity as null."""
    sink.write("[")
    for i, row in enumerate(rows):
        sink.write((",\n " if i else "\n ") + _object(names, row))
    sink.write("\n]\n")


def _object(names: list[str], row: tuple[Any, ...]) -> str:
    return json.dumps({name: _no_nan(value) for name, value in zip(names, row, strict=True)}, default=_as_text)


def _no_nan(value: object) -> object:
    """The value with null for NaN and infinity, which JSON lacks."""
    if isinstance(value, (list, tuple)):
        return [_no_nan(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _no_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)


def write_table(names: list[str], rows: Rows, sink: IO[str], most: int = SHOWN_ROWS) -> None:
    """Columns for a terminal: at most `most` rows, long values cut, control characters spelled out."""
    heads, shown = [plain(name) for name in names], [[short(value) for value in row] for row in islice(rows, most)]
    numeric = [all(_is_number(row[i]) for row in shown) for i in range(len(names))]
    widths = [max(len(name), *(len(row[i]) for row in shown), 0) for i, name in enumerate(heads)]
    more = next(rows, None) is not None
    for line in (heads, ["-" * width for width in widths], *shown):
        cells = (c.rjust(w) if n else c.ljust(w) for c, w, n in zip(line, widths, numeric, strict=True))
        sink.write("  ".join(cells).rstrip() + "\n")
    if more:
        print(f"the first {most:,} rows; all of them: --format csv", file=sys.stderr)  # noqa: T201 - talk, not data


def write_markdown(names: list[str], rows: Rows, sink: IO[str]) -> None:
    """A Markdown table; long values cut, control characters spelled out."""
    sink.write("| " + " | ".join(_barred(plain(name)) for name in names) + " |\n|" + " --- |" * len(names) + "\n")
    for row in rows:
        sink.write("| " + " | ".join(_barred(short(value)) for value in row) + " |\n")


def _barred(text: str) -> str:
    return text.replace("|", "\\|")


def _cell(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(_no_nan(value), default=_as_text) if isinstance(value, (list, tuple, dict)) else value


def short(value: object) -> str:
    """A value in at most SHOWN_WIDTH characters of one line."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(short(item) for item in value[:4])
        text = f"[{inner}{f', … {len(value)} in all' if len(value) > 4 else ''}]"
    else:
        text = plain(str(value)[: SHOWN_WIDTH + 1].replace("\n", " "))
    return text if len(text) <= SHOWN_WIDTH else text[: SHOWN_WIDTH - 1] + "…"


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


TEXT_FORMATS: dict[str, Write] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "markdown": write_markdown,
}
