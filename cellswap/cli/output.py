"""A query's result on stdout or in a file, in one of six formats, batch by batch."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.cli import pager
from cellswap.errors import BadInput, UnknownName
from cellswap.store import files, locked
from cellswap.store.folder import Store

Rows = Iterator[tuple[Any, ...]]
Write = Callable[[list[str], Rows, IO[str]], None]
SHOWN_ROWS = 200
PAGED_ROWS = 10_000
SHOWN_WIDTH = 60
BATCH_ROWS = 10_000


def known(form: str) -> str:
    """The form itself, or UnknownName."""
    if form != "parquet" and form not in TEXT_FORMATS:
        raise UnknownName("format", form, (*TEXT_FORMATS, "parquet"))
    return form


def answer(connection: duckdb.DuckDBPyConnection, text: str, form: str, path: Path | None) -> None:
    """Run an untrusted query, write its result as `form`: to `path`, else to stdout; a table on a terminal is paged."""
    known(form)
    if form == "parquet" and path is None and sys.stdout.isatty():
        raise BadInput("--format parquet: expected -o FILE or a pipe, found a terminal")
    try:
        if form == "parquet":
            _put(partial(_parquet, locked.batches(connection, text, BATCH_ROWS)), path)
            return
        result = locked.run(connection, text)
        if form == "table" and path is None and pager.wanted():
            with pager.paged() as sink:
                _text(result, partial(_table, most=PAGED_ROWS), sink)
        else:
            _put(partial(_text, result, TEXT_FORMATS[form]), path)
    except duckdb.Error as error:
        raise BadInput(f"SQL: {error}") from error


def _put(write: Callable[[IO[bytes]], None], path: Path | None) -> None:
    if path is None:
        write(sys.stdout.buffer)
        return
    with files.whole_file(writable(path)) as unfinished, unfinished.open("wb") as sink:
        write(sink)


def writable(path: Path) -> Path:
    """The path itself; BadInput where no file can be written there."""
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if path.is_dir():
        raise BadInput(f"-o {path}: expected a file to write, found a folder")
    if not above.is_dir():
        raise BadInput(f"-o {path}: expected a folder to write in, but {above} is a file")
    if not os.access(above, os.W_OK):
        raise BadInput(f"-o {path}: expected a folder to write in, but {above} cannot be written")
    return path


def outside(path: Path, store: Store) -> Path:
    """The path itself; BadInput where it lies in the store, whose files only cellswap writes."""
    if path.resolve().is_relative_to(store.path):
        raise BadInput(f"-o {path}: expected a place outside the store {store.path}, found one in it")
    return path


def write_table(result: duckdb.DuckDBPyConnection, sink: IO[bytes]) -> None:
    """Write a pending result as the table that a terminal shows."""
    _text(result, _table, sink)


def _text(result: duckdb.DuckDBPyConnection, write_rows: Write, sink: IO[bytes]) -> None:
    names = [column[0] for column in result.description or ()]
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="")
    write_rows(names, _rows(result), text)
    text.flush()
    text.detach()  # the sink belongs to the caller, who closes it


def _rows(result: duckdb.DuckDBPyConnection) -> Rows:
    while batch := result.fetchmany(BATCH_ROWS):
        yield from batch


def _parquet(batches: pa.RecordBatchReader, sink: IO[bytes]) -> None:
    with pq.ParquetWriter(sink, batches.schema, compression="zstd") as writer:
        for batch in _batches(batches):
            writer.write_table(pa.Table.from_batches([batch]))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (OSError, pa.ArrowException) as error:  # how Arrow hands on an error of the query
        raise BadInput(f"SQL: {error}") from error


def _csv(names: list[str], rows: Rows, sink: IO[str]) -> None:
    out = csv.writer(sink, lineterminator="\n")
    out.writerow(names)
    for row in rows:
        out.writerow([_cell(value) for value in row])


def _jsonl(names: list[str], rows: Rows, sink: IO[str]) -> None:
    for row in rows:
        sink.write(_object(names, row) + "\n")


def _json(names: list[str], rows: Rows, sink: IO[str]) -> None:
    sink.write("[")
    for i, row in enumerate(rows):
        sink.write((",\n " if i else "\n ") + _object(names, row))
    sink.write("\n]\n")


def _object(names: list[str], row: tuple[Any, ...]) -> str:
    return json.dumps({name: _no_nan(value) for name, value in zip(names, row, strict=True)}, default=_plain)


def _no_nan(value: object) -> object:
    """NaN and infinity, which JSON lacks, as null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)


def _table(names: list[str], rows: Rows, sink: IO[str], most: int = SHOWN_ROWS) -> None:
    shown = [[_short(value) for value in row] for row in islice(rows, most)]
    numeric = [all(_is_number(row[i]) for row in shown) for i in range(len(names))]
    widths = [max(len(name), *(len(row[i]) for row in shown), 0) for i, name in enumerate(names)]
    for line in (names, ["-" * width for width in widths], *shown):
        cells = (c.rjust(w) if n else c.ljust(w) for c, w, n in zip(line, widths, numeric, strict=True))
        sink.write("  ".join(cells).rstrip() + "\n")
    if next(rows, None) is not None:
        print(f"the first {most:,} rows; all of them: --format csv", file=sys.stderr)  # noqa: T201 - talk, not data


def _markdown(names: list[str], rows: Rows, sink: IO[str]) -> None:
    sink.write("| " + " | ".join(names) + " |\n|" + " --- |" * len(names) + "\n")
    for row in rows:
        sink.write("| " + " | ".join(_short(value).replace("|", "\\|") for value in row) + " |\n")


def _cell(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, default=_plain) if isinstance(value, (list, tuple, dict)) else value


def _short(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_short(item) for item in value[:4])
        text = f"[{inner}{f', … {len(value)} in all' if len(value) > 4 else ''}]"
    else:
        text = str(value).replace("\n", " ")
    return text if len(text) <= SHOWN_WIDTH else text[: SHOWN_WIDTH - 1] + "…"


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


TEXT_FORMATS: dict[str, Write] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "markdown": _markdown,
}
