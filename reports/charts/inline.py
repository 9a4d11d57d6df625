"""The rows of a chart as CSV inside its specification: half as large as JSON, in which every row repeats the columns' names."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import pyarrow as pa


def text(rows: pa.Table) -> str:
    """CSV with a line of names; numbers in six digits, more than a chart can show, and nothing where there is no number."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(rows.column_names)
    writer.writerows([_field(value) for value in row.values()] for row in rows.to_pylist())
    return held.getvalue()


def reading(rows: pa.Table) -> dict[str, Any]:
    """What Vega must know to read `text`: which columns hold numbers and which hold true or false; the others are texts."""
    kinds = {field.name: _kind(field.type) for field in rows.schema}
    return {"type": "csv", "parse": {name: kind for name, kind in kinds.items() if kind}}


def _field(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return value


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    return "number" if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) else ""
