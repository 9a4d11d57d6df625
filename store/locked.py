"""A locked door to the store, for SQL that nobody has read: it sees the store's files alone, and only reads."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Mapping

import duckdb
import pyarrow as pa

from cellswap.errors import BadInput
from cellswap.store import database
from cellswap.store.database import quoted
from cellswap.store.folder import Store

READING = "only a query that reads is run: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE"
LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


def connect(store: Store, parameters: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection for text that nobody has read: no file outside the store, no network, no setting can be changed.

    It can still write inside the store, so a query must go through `run`. Parameters become variables
    (`getvariable('name')`), all of them texts. What does not fit into memory goes into a new folder of this connection
    alone in the system's temporary folder ($TMPDIR), which goes when the connection does.
    """
    connection = database.connect(store)
    for name, value in (parameters or {}).items():
        if not name.isidentifier():
            raise BadInput(f"--param {name}: expected NAME=VALUE with a name of letters, digits and _")
        connection.execute(f'SET VARIABLE "{name}" = {quoted(value)}')
    # DuckDB lets a query read its temporary folder, by default .tmp of the working directory, whatever lies there.
    connection.execute(f"SET temp_directory = {quoted(_overflow(connection))}")
    connection.execute(f"SET allowed_directories = [{quoted(str(store.path))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _overflow(connection: duckdb.DuckDBPyConnection) -> str:
    """A new, empty folder that goes with the connection; '' where none can be made: then all must fit into memory."""
    try:
        folder = tempfile.mkdtemp(prefix="cellswap-sql-")
    except OSError:
        return ""
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return folder


def run(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.DuckDBPyConnection:
    """Run exactly one query that only reads; BadInput for anything else."""
    _take(connection, text)
    try:
        return connection.execute("FROM untrusted_query")
    except duckdb.Error as error:
        raise BadInput(f"SQL: {error}") from error


def batches(connection: duckdb.DuckDBPyConnection, text: str, rows: int) -> pa.RecordBatchReader:
    """The result of `run` as Arrow batches of about `rows` rows, of which few are in memory at a time."""
    _take(connection, text)
    try:
        # Not from execute(): that would copy the whole result first.
        relation = connection.sql("FROM untrusted_query")
        name = "to_arrow_reader" if hasattr(relation, "to_arrow_reader") else "fetch_record_batch"  # DuckDB before 1.5
        return getattr(relation, name)(rows)
    except duckdb.Error as error:
        raise BadInput(f"SQL: {error}") from error


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
