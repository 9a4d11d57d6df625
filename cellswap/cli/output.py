"""A query's result on stdout or in a file, in one of six formats, batch by batch."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.cli import formats, pager, watch
from cellswap.errors import BadInput, UnknownName
from cellswap.store import files, locked

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Sink = IO[bytes] | io.BufferedIOBase
PAGED_ROWS = 10_000
BATCH_ROWS = 10_000
FETCHED_ROWS = 1_000  # few, for each is a Python object for each value


def known(form: str) -> str:
    """The form itself, or UnknownName."""
    if form != "parquet" and form not in formats.TEXT_FORMATS:
        raise UnknownName("format", form, (*formats.TEXT_FORMATS, "parquet"))
    return form


def answer(
    connection: duckdb.DuckDBPyConnection, text: str, form: str, path: Path | None, bounds: watch.Bounds, *, safe: bool = False
) -> None:
    """Run an untrusted query within bounds, write its result as `form`: to `path`, else to stdout; a table on a terminal is paged.

    `safe`: in CSV no text begins as a formula of a spreadsheet does.
    """
    known(form)
    if safe and form != "csv":
        raise BadInput(f"--safe-csv: expected --format csv beside it, found {form}")
    if form == "parquet" and path is None and sys.stdout.isatty():
        raise BadInput("--format parquet: expected -o FILE or a pipe, found a terminal")
    if form == "table" and path is None and pager.wanted():
        with pager.paged() as sink, watch.over(connection, bounds) as clock:
            _text(locked.run(connection, text), partial(formats.write_table, most=PAGED_ROWS), _Patient(sink, clock))
        return
    write_rows = None if form == "parquet" else _writer(form, path, safe=safe)
    write = partial(_as_text, connection, text, write_rows) if write_rows else partial(_parquet, connection, text)
    with watch.over(connection, bounds) as clock:
        _put(write, path, clock)


def _writer(form: str, path: Path | None, *, safe: bool) -> formats.Write:
    if safe:
        return formats.write_safe_csv
    on_screen = form == "csv" and path is None and sys.stdout.isatty()
    return formats.write_shown_csv if on_screen else formats.TEXT_FORMATS[form]


def _put(write: Callable[[Sink], None], path: Path | None, clock: watch.Watch) -> None:
    if path is None:
        write(_Patient(sys.stdout.buffer, clock))
        return
    with files.whole_file(path) as unfinished, unfinished.open("wb") as sink:
        clock.unfinished.append(unfinished)
        write(sink)


class _Patient(io.BufferedIOBase):
    """A sink that lets the clock stand while it is written to: a reader may take its time."""

    def __init__(self, sink: IO[bytes], clock: watch.Watch) -> None:
        self._sink, self._clock = sink, clock

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it."""
        with self._clock.paused():
            return self._sink.write(data)

    def flush(self) -> None:
        """Hand on what is held back."""
        with self._clock.paused():
            self._sink.flush()


def write_table(result: duckdb.DuckDBPyConnection, sink: Sink) -> None:
    """Write a pending result as the table that a terminal shows."""
    _text(result, formats.write_table, sink)


def _as_text(connection: duckdb.DuckDBPyConnection, text: str, write_rows: formats.Write, sink: Sink) -> None:
    _text(locked.run(connection, text), write_rows, sink)


def _text(result: duckdb.DuckDBPyConnection, write_rows: formats.Write, sink: Sink) -> None:
    names = [column[0] for column in result.description or ()]
    text = io.TextIOWrapper(cast("IO[bytes]", sink), encoding="utf-8", newline="")
    try:
        write_rows(names, _rows(result), text)
        text.flush()
    finally:
        text.detach()  # the sink belongs to the caller, who closes it


def _rows(result: duckdb.DuckDBPyConnection) -> formats.Rows:
    try:
        while batch := result.fetchmany(FETCHED_ROWS):
            yield from batch
    except (duckdb.Error, MemoryError) as error:
        raise locked.failed(error) from error


def _parquet(connection: duckdb.DuckDBPyConnection, text: str, sink: Sink) -> None:
    batches = locked.batches(connection, text, BATCH_ROWS)
    with pq.ParquetWriter(sink, batches.schema, compression="zstd") as writer:
        for batch in _batches(batches):
            writer.write_table(pa.Table.from_batches([batch]))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (OSError, pa.ArrowException, MemoryError) as error:  # how Arrow hands on an error of the query
        raise locked.failed(error) from error
