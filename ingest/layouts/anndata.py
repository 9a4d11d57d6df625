"""Vectors in an AnnData file (`.h5ad`): the matrix X or one of obsm, with `obs` as what is known of each row.

Read by its published format, https://anndata.readthedocs.io/en/stable/fileformat-prose.html: the package anndata is not needed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cellswap.errors import BadInput, UnknownName, at, first_line, needed, shown
from cellswap.ingest import array_files, cell_table
from cellswap.ingest.array_files import Place
from cellswap.ingest.vector_file import VectorFile, of_export

X = "X"
SPARSE = ("csr_matrix", "csc_matrix")


def opened(path: Path, key: str | None) -> VectorFile:
    """The vectors of X, or of the obsm of that key, and `obs` as text; without a key, of the one of them that there is.

    BadInput where it is no such file, has none, or several and nobody says which.
    """
    with needed("AnnData files", "h5py", "export"):
        import h5py
    try:
        with h5py.File(path, "r") as file:
            name = _chosen(file, key)
            metadata = _obs(file)
            source = _source(file)
    except OSError as error:
        raise BadInput(f"not an HDF5 file, or a damaged one ({first_line(error)})") from error
    place = Place(path, name, name)
    with array_files.opened(place) as array, at(name):
        if len(array.shape) != 2 or array.shape[0] != len(metadata):
            raise BadInput(f"expected a vector for each of the {len(metadata)} rows of obs, found {array.shape}")
        n, width = array.shape
    return VectorFile(
        n, width, partial(array_files.blocks, place), (path,), metadata, (), of_export(source) if source is not None else None
    )


def _chosen(file: Any, key: str | None) -> str:  # noqa: ANN401 - h5py is an extra
    """The path of the matrix in the file."""
    obsm = list(file["obsm"]) if "obsm" in file else []
    there = [*([X] if X in file and getattr(file[X], "shape", (1, 1))[1:] != (0,) else []), *obsm]
    if key is not None and key not in there:
        raise UnknownName("key of obsm", key, there)
    if key is None and len(there) != 1:
        raise BadInput(f"expected --vectors, X or a key of obsm, for the file has {', '.join(map(shown, there)) or 'none'}")
    name = key or there[0]
    path = X if name == X and name not in obsm else f"obsm/{name}"
    kind = file[path].attrs.get("encoding-type", "array")
    if not hasattr(file[path], "shape"):
        what = "a sparse matrix; save it dense: adata.X = adata.X.toarray()" if kind in SPARSE else f"a {shown(kind)}"
        raise BadInput(f"{shown(name)}: expected an array of numbers, found {what}")
    return path


def _obs(file: Any) -> pl.DataFrame:  # noqa: ANN401 - h5py is an extra
    """The columns of obs as text, with the names of its rows under `obs_name`."""
    if "obs" not in file or not hasattr(file["obs"], "keys"):
        raise BadInput("expected the table obs, found none, or one of an old version: open the file with anndata and write it anew")
    obs = file["obs"]
    index = obs.attrs.get("_index", "_index")
    names = [*([index] if index in obs else []), *(name for name in obs.attrs.get("column-order", []) if name in obs)]
    columns = {("obs_name" if name == index else name): _column(obs[name]) for name in names}
    return cell_table.as_text(pl.DataFrame(columns))


def _column(found: Any) -> pl.Series:  # noqa: ANN401 - h5py is an extra
    """A column, be it of values, of categories or of values with a mask."""
    if hasattr(found, "shape"):
        return _values(found)
    if "categories" in found:
        codes, named = found["codes"][:], _values(found["categories"]).cast(pl.String)
        if not len(named):
            return pl.Series([None] * len(codes), dtype=pl.String)
        return named.gather(np.where(codes < 0, 0, codes)).set(pl.Series(codes < 0), None)
    if "values" in found and "mask" in found:
        return _values(found["values"]).cast(pl.String).set(pl.Series(found["mask"][:].astype(bool)), None)
    raise BadInput("a column of obs is of a kind that is not read")


def _values(found: Any) -> pl.Series:  # noqa: ANN401 - h5py is an extra
    values = found.asstr()[:] if found.dtype.kind == "O" else found[:]
    if values.dtype.kind == "f":
        return pl.Series(values).fill_nan(None)
    return pl.Series(values.tolist() if values.dtype.kind in "OS" else values)


def _source(file: Any) -> dict[str, str] | None:  # noqa: ANN401 - h5py is an extra
    """What `cellswap export` wrote beside its vectors; None in files of others."""
    if "uns/cellswap" not in file:
        return None
    group = file["uns/cellswap"]
    return {name: group[name].asstr()[()] for name in group}
