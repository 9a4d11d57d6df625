"""Rows inside a specification: what Python writes, Vega reads back as it was."""

import csv
import io
import json

import pyarrow as pa
import vl_convert

from cellswap.reports.charts import inline, look
from cellswap.reports.items import Answer

ROWS = pa.table({
    "name": ['a "b", c', "line\nbreak", None, "</script>"], "n": pa.array([1, None, 3, 4], pa.int64()),
    "share": [2 / 3, float("nan"), float("inf"), -0.5], "kept": [True, False, None, True],
})  # fmt: skip


def test_numbers_have_six_digits_and_what_is_no_number_is_left_out():
    assert list(csv.reader(io.StringIO(inline.text(ROWS)))) == [
        ["name", "n", "share", "kept"],
        ['a "b", c', "1", "0.666667", "true"],
        ["line\nbreak", "", "", "false"],
        ["", "3", "", ""],
        ["</script>", "4", "-0.5", "true"],
    ]


def test_only_numbers_and_truths_are_read_as_such():
    assert inline.reading(ROWS) == {"type": "csv", "parse": {"n": "number", "share": "number", "kept": "boolean"}}


def test_vega_reads_them():
    text = look.alt.Chart(look.ROWS).transform_filter("datum.kept === true && isNumber(datum.n)").mark_text().encode(text="name:N", y="n:Q")
    spec = look.finished(text, Answer("a", "m", "SELECT 1", (), ROWS)).spec
    drawn = vl_convert.vegalite_to_svg(json.dumps(spec))
    assert '>a "b", c</text>' in drawn.replace("&quot;", '"')
    assert "&lt;/script" in drawn
    assert "break" not in drawn
