"""A locked door to the store, for SQL that nobody has read: it sees the store's files alone, and only reads."""

from __future__ import annotations

import re
import shutil
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from cellswap.errors import BadInput, CellswapError
from cellswap.store import database, scratch
from cellswap.store.database import quoted
from cellswap.store.folder import Store

READING = "only a query that reads is run: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE"
LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
GIGABYTE = 10**9
# What DuckDB 1.4 may put before an error that comes far into the rows.
CLOSED = "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: "
FREE_SHARE = 0.9  # of the disk with $TMPDIR, of which a query leaves the rest


@dataclass(frozen=True)
class Limits:
    """What a query may take: `memory` bytes in DuckDB, and at most five times as much in a temporary folder."""

    memory: int = 2 * GIGABYTE

    @property
    def disk(self) -> int:
        """Most bytes in the temporary folder."""
        return 5 * self.memory

    def __str__(self) -> str:
        """As an error shows them."""
        return f"{self.memory / GIGABYTE:.3g} GB of memory and {self.disk / GIGABYTE:.3g} GB of temporary files"


def connect(store: Store, parameters: Mapping[str, str] | None = None, limits: Limits | None = None) -> duckdb.DuckDBPyConnection:
    """A connection for text that nobody has read: no file outside the store, no network, no setting can be changed.

    It can still write inside the store, so a query must go through `run`. Parameters become variables
    (`getvariable('name')`), all of them texts. What does not fit into memory goes into a new folder of this connection
    alone in the system's temporary folder ($TMPDIR), which goes when the connection does; both are bounded by `limits`.
    """
    connection = database.connect_alone(store)
    for name, value in (parameters or {}).items():
        if not name.isidentifier():
            raise BadInput(f"--param {name}: expected NAME=VALUE with a name of letters, digits and _")
        connection.execute(f'SET VARIABLE "{name}" = {quoted(value)}')
    _bound(connection, limits or Limits())
    connection.execute(f"SET allowed_directories = [{quoted(str(store.path))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _bound(connection: duckdb.DuckDBPyConnection, limits: Limits) -> None:
    """Bound the connection's memory and temporary files; where no folder for these can be made, all must fit into memory."""
    # DuckDB lets a query read its temporary folder, by default .tmp of the working directory, whatever lies there.
    folder = scratch.lasting("sql")
    connection.execute(f"SET temp_directory = {quoted(str(folder or ''))}")
    connection.execute(f"SET memory_limit = '{limits.memory}B'")
    if folder:
        weakref.finalize(connection, scratch.remove, folder)
        most = min(limits.disk, int(FREE_SHARE * shutil.disk_usage(folder).free))
        connection.execute(f"SET max_temp_directory_size = '{most}B'")


def failed(error: Exception) -> CellswapError:
    """What to say of a query that failed: BadInput, or a plain CellswapError where it outgrew its limits."""
    if outgrew(error):
        return CellswapError("SQL: the query needs more memory or temporary files than it may take")
    return BadInput(f"SQL: {str(error).removeprefix(CLOSED)}")


def outgrew(error: BaseException | None) -> bool:
    """Whether this error, or what it came from, is a query's that outgrew its limits."""
    if error is None:
        return False
    # Arrow hands on DuckDB's errors as texts.
    said = isinstance(error, (duckdb.OutOfMemoryException, MemoryError)) or str(error).startswith("Out of Memory Error")
    return said or outgrew(error.__cause__)


def run(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.DuckDBPyConnection:
    """Run exactly one query that only reads; BadInput for anything else."""
    _take(connection, text)
    try:
        return connection.execute("FROM untrusted_query")
    except duckdb.Error as error:
        raise failed(error) from error


def batches(connection: duckdb.DuckDBPyConnection, text: str, rows: int) -> pa.RecordBatchReader:
    """The result of `run` as Arrow batches of about `rows` rows, of which few are in memory at a time."""
    _take(connection, text)
    try:
        # Not from execute(): that would copy the whole result first.
        relation = connection.sql("FROM untrusted_query")
        name = "to_arrow_reader" if hasattr(relation, "to_arrow_reader") else "fetch_record_batch"  # DuckDB before 1.5
        return getattr(relation, name)(rows)
    except duckdb.Error as error:
        raise failed(error) from error


def _take(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """Make the text the body of the temporary view untrusted_query; BadInput where it is anything but one reading query.

    Checking the statement's type alone is not enough (`WITH x AS (COPY ...) SELECT` and `EXPLAIN ANALYZE COPY` pass as
    SELECT); a view's body, however, can only read.
    """
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise BadInput(f"SQL: {error}") from error
    if len(statements) != 1:
        raise BadInput(f"SQL: expected one query, found {len(statements)} statements")
    query = statements[0].query
    try:
        # The query has lines of its own: an error shows its words alone, and a comment on its last line ends.
        connection.execute(f"CREATE OR REPLACE TEMP VIEW untrusted_query AS\n{query.strip().rstrip(';')}\n")
    except duckdb.ParserException as error:
        raise BadInput(f"SQL: {_why_refused(str(error), statements[0].type.name)}") from error
    except duckdb.OutOfMemoryException as error:
        raise failed(error) from error
    except duckdb.Error as error:
        before = text[: max(text.find(query.strip()), 0)].count("\n")
        raise BadInput(f"SQL: {_in_lines_of_the_text(str(error), before - 1)}") from error


def _why_refused(said: str, kind: str) -> str:
    """Why a text that is good SQL cannot be the body of a view; `kind` is DuckDB's name for such a statement."""
    if "PIVOT" in said:
        return f"PIVOT is run where the values that become columns are named: {said.splitlines()[-1]}"
    what = f"{kind} is not run" if kind not in {"SELECT", "MULTI"} else said.splitlines()[0]
    return f"{what}; {READING}"


def _in_lines_of_the_text(said: str, more: int) -> str:
    """DuckDB's message with `more` added to the number of the line; the number's width stays, so that the caret is right."""
    return LINE.sub(lambda found: f"LINE {int(found[1]) + more}:".ljust(len(found[0])), said)
