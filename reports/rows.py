"""The rows behind a table or chart as files that other programs read."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from cellswap.reports.items import Answer


def as_csv(answer: Answer) -> bytes:
    """All rows as CSV with a line of names, UTF-8."""
    sink = io.BytesIO()
    pc.write_csv(answer.rows, sink, pc.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def as_parquet(answer: Answer) -> bytes:
    """All rows as Parquet, with each column's meaning and unit, and the SQL, in the metadata."""
    fields = [
        answer.rows.schema.field(c.name).with_metadata({"meaning": c.meaning, "unit": c.unit}) for c in answer.columns
    ]
    schema = pa.schema(fields, {"meaning": answer.meaning, "sql": answer.sql})
    sink = io.BytesIO()
    pq.write_table(answer.rows.cast(schema), sink, compression="zstd")
    return sink.getvalue()


def as_sql(answer: Answer) -> str:
    """The query under its meaning, ready for `cellswap sql --file`."""
    return f"-- {answer.meaning}\n{answer.sql}\n"
