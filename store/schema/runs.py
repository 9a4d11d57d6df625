"""What every command leaves behind: its own record, and what it could not keep."""

from __future__ import annotations

from cellswap.store.schema.column import Column, Table

REJECTS = Table(
    "rejects",
    "One row a file or row that came in and was not kept, with the reason.",
    ("run_id", "place", "reason"),
    (
        Column("place", "VARCHAR", "file, or file and row"),
        Column("reason", "VARCHAR", "kind of reason, as in runs.dropped"),
        Column("detail", "VARCHAR", "what was expected, what was found, what to do"),
        Column("n", "BIGINT", "rows, files or cells that this is said of", check="n >= 0"),
    ),
)

# runs/*.json, which DuckDB reads as the view `runs`.
RUNS = Table(
    "runs",
    "One row a command that wrote to the store.",
    ("run_id",),
    (
        Column("command", "VARCHAR", "the command"),
        Column("arguments", "JSON", "its arguments, defaults included"),
        Column("started_at", "TIMESTAMP", "start", "UTC"),
        Column("finished_at", "TIMESTAMP", "end; NULL while it runs or if it was killed", "UTC", nullable=True),
        Column("status", "VARCHAR", "running, done, failed, interrupted, or killed: running no more, as the next command found"),
        Column("complete", "BOOLEAN", "whether the run has come to its end once: then all that it was asked for is there"),
        Column("versions", "JSON", "versions of cellswap, Python and the libraries that compute"),
        Column(
            "inputs",
            "STRUCT(path VARCHAR, sha256 VARCHAR, bytes BIGINT)[]",
            "files read and their hashes; names only, no folders",
        ),
        Column("rows_in", "BIGINT", "rows or files that came in"),
        Column("rows_kept", "BIGINT", "of these, how many were kept"),
        Column("dropped", "STRUCT(reason VARCHAR, n BIGINT)[]", "how many were not, and why"),
        Column("written", 'STRUCT("table" VARCHAR, n BIGINT)[]', "rows written to each table"),
        Column("notes", "VARCHAR[]", "what a reader of the results must know"),
    ),
)
