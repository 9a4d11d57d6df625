"""A column of vectors is an array of as many rows, of one width."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from cellswap.errors import BadInput
from cellswap.store.vectors import stacked

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)
OF_TYPE = pa.FixedSizeListArray.from_arrays(pa.array(ROWS.ravel()), 3)
LISTS = OF_TYPE.cast(pa.list_(pa.float32()))


@pytest.mark.parametrize("column", [OF_TYPE, LISTS, pa.chunked_array([LISTS[:1], LISTS[1:]]), pa.chunked_array([OF_TYPE])])
def test_lists_become_rows(column):
    made = stacked(column)
    assert made.dtype == np.float32
    assert np.array_equal(made, ROWS)
    assert np.array_equal(stacked(column.slice(1, 2)), ROWS[1:3])


@pytest.mark.parametrize("column", [OF_TYPE, LISTS])
def test_numbers_in_one_chunk_are_not_copied(column):
    assert np.shares_memory(stacked(column), column.values.to_numpy())


def test_what_duckdb_gives_becomes_rows():
    query = "SELECT unnest([[1, 2], [3, 4]])::FLOAT[] AS lists, lists::FLOAT[2] AS arrays"
    found = duckdb.sql(query).to_arrow_table()
    assert [stacked(found.column(name)).tolist() for name in ("lists", "arrays")] == [[[1, 2], [3, 4]]] * 2


@pytest.mark.parametrize(("column", "width"), [(OF_TYPE[:0], 3), (LISTS[:0], 0), (pa.chunked_array([], LISTS.type), 0)])
def test_no_row_is_an_array_too(column, width):
    assert stacked(column).shape == (0, width)


@pytest.mark.parametrize(
    ("rows", "kind", "found"),
    [([[1], [2, 3]], pa.list_(pa.float32()), r"\[1, 2\]"), ([[1, 2], None], pa.list_(pa.float32(), 2), r"\[None, 2\]")],
)
def test_a_vector_that_lacks_or_has_another_width_is_refused(rows, kind, found):
    with pytest.raises(BadInput, match=f"expected vectors of one width, found {found}; are there two networks"):
        stacked(pa.array(rows, kind))
