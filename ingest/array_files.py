"""Arrays in `.npy`, `.npz`, `.h5` and `.zarr` files, read slice by slice; pickled objects are never read.

An `.npz` is unpacked, array by array, into the temporary folder: a packed file can't be read from the middle.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, at, first_line, needed, shown
from cellswap.ingest import folders

ENDINGS = (".npy", ".npz", ".h5", ".hdf5", ".zarr")
HDF5 = (".h5", ".hdf5", ".h5ad")
NUMBERS = "biuf"
MOST_NAMES = 20
# A slice of one chunk after the other is decoded once.
CHUNK_CACHE = 64 << 20


@dataclass(frozen=True)
class Place:
    """Where an array is: a file that can be read from any row, and the array's name in it; `called` is what people call it."""

    path: Path
    name: str
    called: str


@dataclass(frozen=True)
class Array:
    """An array that is open: its shape, its dtype, and how many rows stand together in the file (1 where any can be had alone)."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk: int
    source: Any

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Some rows."""
        return np.asarray(self.source[start:stop])

    def take(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """These rows in this order; rows that follow each other are read at once."""
        if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
            return self.rows(int(rows[0]), int(rows[-1]) + 1)
        order = np.argsort(rows, kind="stable")
        ordered, out = rows[order], np.empty((len(rows), *self.shape[1:]), self.dtype)
        for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(ordered) != 1) + 1):
            if len(run):
                out[order[run]] = self.rows(int(ordered[run[0]]), int(ordered[run[-1]]) + 1)
        return out


def located(path: Path, name: str | None, usual: tuple[str, ...], room: Path) -> Place:
    """Where the array of that name is, else the one of a usual name, else the only one; `room` is for what must be unpacked.

    BadInput where there is none, or several and nobody says which.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS and ending not in HDF5:
        raise BadInput(f"{shown(path)}: expected a file called .npy, .npz, .h5 or .zarr")
    found = folders.kind(path)
    if found != (folders.FOLDER if ending == ".zarr" else folders.FILE):
        raise BadInput(f"{shown(path)}: expected {'a folder' if ending == '.zarr' else 'a file'} of arrays, found {found}")
    if ending == ".npy":
        return Place(path, "", path.name)
    with at(path):
        chosen = _chosen(_names(path), name, usual)
        if ending == ".npz":
            return Place(_unpacked(path, chosen, room), "", f"{path.name}: {chosen}")
    return Place(path, chosen, f"{path.name}: {chosen}" if chosen else path.name)


def _chosen(there: list[str], name: str | None, usual: tuple[str, ...]) -> str:
    if name is not None:
        if name not in there:
            raise BadInput(f"no array '{shown(name)}'; it has {_some(there)}")
        return name
    found = [one for one in usual if one in there] or there
    if len(found) != 1 and not (found and found[0] in usual):
        raise BadInput(f"expected one array, or one called {' or '.join(usual)}; found {_some(there)}")
    return found[0]


def _some(there: list[str]) -> str:
    more = f" and {len(there) - MOST_NAMES} more" if len(there) > MOST_NAMES else ""
    return ", ".join(shown(name, 40) or "one without a name" for name in there[:MOST_NAMES]) + more or "none"


def _names(path: Path) -> list[str]:
    """The arrays of a file with several."""
    if path.suffix.lower() == ".npz":
        try:
            with zipfile.ZipFile(path) as archive:
                return [name.removesuffix(".npy") for name in archive.namelist()]
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise BadInput("not an NPZ file, or a damaged one: save it anew with numpy.savez") from error
    with ExitStack() as stack:
        return _hdf5_names(stack.enter_context(_hdf5(path))) if path.suffix.lower() in HDF5 else _zarr_names(_zarr(path))


def _unpacked(path: Path, name: str, room: Path) -> Path:
    """An array of an NPZ file as a file of its own."""
    out = room / f"{len(list(room.iterdir()))}.npy"
    try:
        with zipfile.ZipFile(path) as archive:
            member = next(one for one in archive.infolist() if one.filename.removesuffix(".npy") == name)
            free = shutil.disk_usage(room).free
            if member.file_size > free:
                raise BadInput(
                    f"{shown(name)} unpacks to {member.file_size:,} bytes, {room.parent} has {free:,}: set TMPDIR to another place"
                )
            with archive.open(member) as packed:
                header(packed)
            with archive.open(member) as packed, out.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadInput(f"{shown(name)} can't be unpacked ({first_line(error)}): the file is damaged, save it anew") from error
    return out


def header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:  # noqa: ANN401 - what zipfile opens, or a file
    """Shape, whether it is stored by column, and dtype of an NPY file that stands at its start; BadInput for objects, or no numbers."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        found = read(file)
    except (ValueError, EOFError) as error:
        raise BadInput(f"not an NPY file, or one that is damaged or cut short ({first_line(error)})") from error
    _check(found[2])
    return found


def _check(kind: np.dtype[Any]) -> None:
    """BadInput for what is no number."""
    if kind.hasobject:
        raise BadInput("an array of Python objects (a pickle), which can run code when it is opened: refused; save plain numbers")
    if kind.kind not in NUMBERS:
        raise BadInput(f"expected numbers, found {kind}")


@contextmanager
def opened(place: Place) -> Iterator[Array]:
    """The array, open for reading; BadInput where it can't be read, holds Python objects, or anything but numbers."""
    with ExitStack() as stack, at(place.called):
        ending = place.path.suffix.lower()
        if ending == ".npy":
            found = _npy(place.path)
        elif ending in HDF5:
            found = stack.enter_context(_hdf5(place.path))[place.name]
        else:
            found = _zarr(place.path)
            found = found[place.name] if place.name else found
        _check(found.dtype)
        if not found.ndim:
            raise BadInput("expected rows of numbers, found a single one")
        chunks = getattr(found, "chunks", None)
        yield Array(tuple(found.shape), found.dtype, chunks[0] if chunks else 1, found)


def blocks(place: Place, rows: int) -> Iterator[NDArray[Any]]:
    """The array from its first row to its last, about so many rows at a time: whole chunks of the file, where these are smaller."""
    with opened(place) as array:
        n, chunk = array.shape[0], array.chunk
        step = max(1, rows // chunk) * chunk if chunk <= rows else rows
        for start in range(0, n, step):
            yield array.rows(start, min(start + step, n))


def _npy(path: Path) -> NDArray[Any]:
    try:
        with path.open("rb") as file:
            header(file)
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"not an NPY file, or one that is damaged or cut short ({first_line(error)})") from error


@contextmanager
def _hdf5(path: Path) -> Iterator[Any]:
    with needed("an HDF5 file", "h5py", "h5"):
        import h5py
    try:
        file = h5py.File(path, "r", rdcc_nbytes=CHUNK_CACHE)
    except OSError as error:
        raise BadInput(f"not an HDF5 file, or a damaged one ({first_line(error)})") from error
    with file:
        yield file


def _hdf5_names(file: Any) -> list[str]:  # noqa: ANN401 - h5py is an extra
    import h5py

    found: list[str] = []
    file.visititems(lambda name, one: found.append(name) if isinstance(one, h5py.Dataset) else None)
    return found


def _zarr(path: Path) -> Any:  # noqa: ANN401 - zarr is an extra
    with needed("a Zarr file", "zarr", "zarr"):
        import zarr
    try:
        return zarr.open(str(path), mode="r")
    except Exception as error:  # what it lacks is said by classes of its own
        raise BadInput(f"not a Zarr array or group of version 2 or 3 ({first_line(error)})") from error


def _zarr_names(found: Any) -> list[str]:  # noqa: ANN401 - zarr is an extra
    if not hasattr(found, "members"):
        return [""]
    return [name for name, one in found.members(max_depth=None) if hasattr(one, "shape")]
