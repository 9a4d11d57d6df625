"""The rows behind a table or chart as files that other programs read."""

from __future__ import annotations

import io
from typing import Literal

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from cellswap.reports.items import Answer


def as_csv(answer: Answer) -> bytes:
    """All rows as CSV with a line of names, UTF-8; texts are in quotes where some text of the table needs them."""
    try:
        return _csv(answer.rows, "none")
    except pa.ArrowInvalid:
        return _csv(answer.rows, "needed")


def _csv(rows: pa.Table, quotes: Literal["none", "needed"]) -> bytes:
    sink = io.BytesIO()
    pc.write_csv(rows, sink, pc.WriteOptions(quoting_style=quotes, quoting_header=quotes))
    return sink.getvalue()


def as_parquet(answer: Answer) -> bytes:
    """All rows as Parquet, with each column's meaning and unit, and the SQL, in the metadata."""
    fields = [answer.rows.schema.field(c.name).with_metadata({"meaning": c.meaning, "unit": c.unit}) for c in answer.columns]
    schema = pa.schema(fields, {"meaning": answer.meaning, "sql": answer.sql})
    sink = io.BytesIO()
    pq.write_table(answer.rows.cast(schema), sink, compression="zstd")
    return sink.getvalue()


def as_sql(answer: Answer) -> str:
    """The query under its meaning, ready for `cellswap sql --file`."""
    return f"-- {answer.meaning}\n{answer.sql}\n"
