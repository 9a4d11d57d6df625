"""A column of vectors as an array."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cellswap.errors import BadInput


def stacked(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The vectors of a column of lists, of one size by their type or not, as an array (n, width) in their own kind of number.

    Vectors in one chunk are not copied. Without a row, width is the type's or 0. BadInput where one is missing or of another width.
    """
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    found = widths(lists)
    if len(found) > 1 or None in found:
        listed = sorted(found, key=lambda width: -1 if width is None else width)
        raise BadInput(f"expected vectors of one width, found {listed}; are there two networks under one name?")
    of_type = lists.type.list_size if pa.types.is_fixed_size_list(lists.type) else 0
    return lists.flatten().to_numpy(zero_copy_only=False).reshape(len(lists), found[0] if found else of_type)


def widths(lists: pa.Array) -> list[int | None]:
    """The lengths that lists have, each once, in the order in which they come; None for a list that is missing."""
    return pc.call_function("list_value_length", [lists]).unique().to_pylist()
