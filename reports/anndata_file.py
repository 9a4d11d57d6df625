"""Embeddings as an AnnData file (.h5ad), written row by row by its published format.

https://anndata.readthedocs.io/en/stable/fileformat-prose.html: each group and array says its encoding. The package
anndata itself is not needed, and would hold everything in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.errors import BadInput, needed
from cellswap.reports.export import Batch
from cellswap.store import files

if TYPE_CHECKING:  # h5py is an extra
    import h5py

INDEX, STRINGS, NUMBERS = "name", ("image_id",), ("centre_y", "centre_x")
ARRAY, TEXTS = ("array", "0.2.0"), ("string-array", "0.2.0")
CHUNK_ROWS = 4096


def write(made: Iterator[Batch], path: Path, source: dict[str, str]) -> int:
    """Write `obs` (one row an image), `obsm["X_<model>_<layer>"]` and `uns["cellswap"]`, whole or not at all; how many rows."""
    with needed("AnnData files", "h5py", "export"):
        import h5py
    first = next(made, None)
    if first is None:
        raise BadInput("no image has all the layers in these settings: cellswap status says what is embedded")
    with files.whole_file(path) as partial, h5py.File(partial, "w") as file:
        return _fill(file, chain([first], made), source)


def _fill(file: h5py.File, made: Iterator[Batch], source: dict[str, str]) -> int:
    _mark(file, "anndata", "0.1.0")
    for name in ("obsm", "varm", "obsp", "varp", "layers", "uns"):
        _mark(file.create_group(name), "dict", "0.1.0")
    _variables(file)
    _mark(file.create_group("uns/cellswap"), "dict", "0.1.0")
    for name, text in source.items():
        _mark(file.create_dataset(f"uns/cellswap/{name}", data=text, dtype=_utf8()), "string", "0.2.0")
    obs = file.create_group("obs")
    codes: dict[str, dict[Any, int]] = {}
    n_rows, names = 0, []
    for batch in made:
        names = [name for name in batch.facts.column_names if name != INDEX]
        _rows(obs, batch.facts, codes)
        for name, matrix in batch.vectors.items():
            _append(file.require_group("obsm"), f"X_{name}", matrix)
        n_rows += batch.facts.num_rows
    for name, known in codes.items():
        _category(obs.require_group(name), list(known))
    _frame(obs, names)
    return n_rows


def _rows(obs: h5py.Group, facts: pa.Table, codes: dict[str, dict[Any, int]]) -> None:
    """Append rows: names as texts, numbers as numbers (NULL as NaN), the rest as codes of categories (NULL as -1)."""
    for name in facts.column_names:
        column = facts.column(name)
        if name == INDEX or name in STRINGS:
            _append(obs, "_index" if name == INDEX else name, np.array(column.to_pylist(), object))
        elif name in NUMBERS:
            _append(obs, name, column.cast(pa.float64()).to_numpy())
        else:
            known = codes.setdefault(name, {})
            values = column.to_pylist()
            found = [-1 if value is None else known.setdefault(value, len(known)) for value in values]
            _append(obs.require_group(name), "codes", np.array(found, np.int32))


def _append(group: h5py.Group, name: str, values: NDArray[Any]) -> None:
    """Append to an array of the group, made at the first call."""
    if name not in group:
        shape, texts = values.shape[1:], values.dtype == object
        made = group.create_dataset(
            name, (0, *shape), _utf8() if texts else values.dtype, maxshape=(None, *shape), chunks=(CHUNK_ROWS, *shape),
            compression="gzip", compression_opts=1, shuffle=not texts,
        )  # fmt: skip
        _mark(made, *(TEXTS if texts else ARRAY))
    array = cast("h5py.Dataset", group[name])
    n = array.shape[0]
    array.resize(n + len(values), axis=0)
    array[n:] = values


def _category(group: h5py.Group, values: list[Any]) -> None:
    """Close a categorical column: the values that its codes stand for."""
    _mark(group, "categorical", "0.2.0")
    group.attrs["ordered"] = False
    texts = not values or isinstance(values[0], str)
    made = group.create_dataset("categories", data=values or None, shape=(len(values),), dtype=_utf8() if texts else np.int64)
    _mark(made, *(TEXTS if texts else ARRAY))


def _variables(file: h5py.File) -> None:
    """`var` of no rows: the vectors stand in obsm, and there is no matrix X."""
    var = file.create_group("var")
    _mark(var.create_dataset("_index", (0,), _utf8()), *TEXTS)
    _frame(var, [])


def _frame(group: h5py.Group, names: list[str]) -> None:
    _mark(group, "dataframe", "0.2.0")
    group.attrs["_index"] = "_index"
    group.attrs.create("column-order", np.array(names, object), dtype=_utf8())


def _mark(made: h5py.Group | h5py.Dataset, kind: str, version: str) -> None:
    made.attrs["encoding-type"], made.attrs["encoding-version"] = kind, version


def _utf8() -> Any:  # noqa: ANN401 - numpy's name for it
    import h5py

    return h5py.string_dtype("utf-8")
