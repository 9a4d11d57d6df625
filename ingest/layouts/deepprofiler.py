"""Features as DeepProfiler writes them: PLATE/WELL_SITE.npz or PLATE/WELL/SITE.npz, the cells of one field each.

Arrays `features` (cells, width) and `locations` (cells, 2), the centres in px, x before y; a third, `metadata`, is a pickle and is never
opened. Source: https://github.com/cytomining/DeepProfiler, `deepprofiler/learning/profiling.py`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cellswap.errors import BadInput, at, first_line, shown
from cellswap.ingest import folders, litter
from cellswap.ingest.vector_file import VectorFile

EXPECTED = "PLATE/WELL_SITE.npz or PLATE/WELL/SITE.npz"
FEATURES, LOCATIONS = "features", "locations"
MOST_BYTES = 4 << 30


def opened(folder: Path) -> VectorFile:
    """The vectors of all fields in the order of their names, and plate, well, site, cell and centre of each as `Metadata_*`.

    A file is a field: it is read whole. BadInput where there is none, and for one that is damaged, of another width, or named otherwise.
    """
    members = [member for member in folders.walk(folder) if member.is_file and not litter.is_litter(member.name)]
    paths = sorted(member.name for member in members if member.name.lower().endswith(".npz"))
    if not paths:
        raise BadInput(f"expected files {EXPECTED}, found no .npz file")
    frames, width = [], 0
    for name in paths:
        with at(name):
            n, found = _shape(folder / name)
            if width and found != width:
                raise BadInput(f"expected vectors of {width} numbers, as in {shown(paths[0])}, found {found}")
            width = found
            frames.append(_cells(name, _array(folder / name, LOCATIONS), n))
    others = len(members) - len(paths)
    notes = (f"{others} files that are no .npz were left alone",) if others else ()

    def blocks(_rows: int) -> Iterator[NDArray[Any]]:
        for name in paths:
            with at(name):
                yield _array(folder / name, FEATURES)

    table = pl.concat(frames)
    return VectorFile(len(table), width, blocks, tuple(folder / name for name in paths), table, notes)


def _place(name: str) -> tuple[str, str, str]:
    """Plate, well and site of a file."""
    pieces = name[: -len(".npz")].split("/")
    well, _, site = pieces[-1].rpartition("_")
    if well and len(pieces) > 1:
        return pieces[-2], well, site
    if len(pieces) > 2:
        return pieces[-3], pieces[-2], pieces[-1]
    raise BadInput(f"expected {EXPECTED}, for plate, well and site are in the path; give the folder above")


def _cells(name: str, locations: NDArray[Any], n: int) -> pl.DataFrame:
    if locations.shape != (n, 2):
        raise BadInput(f"expected {LOCATIONS} of {n} cells (x, y), found {locations.shape}")
    plate, well, site = _place(name)
    place = {"Plate": [plate] * n, "Well": [well] * n, "Site": [site] * n, "Cell": np.arange(n)}
    place |= {"Center_Y": locations[:, 1].astype(float), "Center_X": locations[:, 0].astype(float)}
    return pl.DataFrame({f"Metadata_{name}": column for name, column in place.items()}).cast(pl.String)


def _shape(path: Path) -> tuple[int, int]:
    """How many vectors a file has, and their width, from its header."""
    with _member(path, FEATURES) as member:
        version = np.lib.format.read_magic(member)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = header(member)
    if kind.hasobject or kind.kind not in "fiu" or len(shape) != 2:
        raise BadInput(f"expected {FEATURES} as numbers (cells, width), found {kind} {shape}")
    return shape


def _member(path: Path, name: str) -> Any:  # noqa: ANN401 - what zipfile opens
    try:
        return zipfile.ZipFile(path).open(f"{name}.npy")
    except KeyError as error:
        raise BadInput(f"expected the arrays {FEATURES} and {LOCATIONS}, found no {name}") from error
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"not an NPZ file, or a damaged one ({first_line(error)})") from error


def _array(path: Path, name: str) -> NDArray[Any]:
    """One of a file's arrays; its other arrays stay closed."""
    with _member(path, name) as member:
        try:
            return np.lib.format.read_array(member, allow_pickle=False)
        except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise BadInput(f"{name}: expected plain numbers, found something else, or a damaged file ({first_line(error)})") from error
