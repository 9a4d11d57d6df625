"""OME-Zarr (NGFF 0.4 and 0.5): what a group says of itself, an image's highest resolution, and single planes of it.

A plane is read by the chunks that it needs, and these are its files: what else lies in the array is neither read nor hashed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, at, first_line, needed, shown
from cellswap.ingest import regular_files, tiff
from cellswap.ingest.image_parts import Planes, projected

VERSIONS = ("0.4", "0.5")
AXES = "tczyx"
METADATA = ("zarr.json", ".zarray")
KINDS = "uif"


@dataclass(frozen=True)
class ZarrImage:
    """An image at its highest resolution: the array's path in the plate, its axes with their sizes, names of channels, dtype."""

    array: str
    axes: str
    sizes: tuple[int, ...]
    names: tuple[str, ...]
    dtype: np.dtype[Any]

    def size(self, axis: str) -> int:
        """How many there are along an axis; 1 where the image does not have it."""
        return self.sizes[self.axes.index(axis)] if axis in self.axes else 1

    def place(self, **where: int) -> tuple[int, ...]:
        """The place of a plane on the axes before y and x, from 0."""
        return tuple(where[axis] for axis in self.axes[:-2])


def opened(path: Path) -> Any:  # noqa: ANN401 - zarr is an extra
    """The group at a folder, for reading; BadInput where it is none, or zarr is not installed."""
    with needed("--layout ome-zarr", "zarr", "zarr"):
        import zarr
    try:
        return zarr.open_group(str(path), mode="r", use_consolidated=False)
    except Exception as error:  # what it lacks is said by classes of its own
        raise BadInput(f"not a Zarr group of version 2 or 3 ({first_line(error)})") from error


def inner(group: Any, place: str) -> Any:  # noqa: ANN401 - zarr is an extra
    """The group or array at a path in a group; BadInput for a path that leads out of it, and for what can't be opened."""
    if not isinstance(place, str) or not place or any(part in ("", ".", "..") for part in place.split("/")):
        raise BadInput(f"expected a path inside the Zarr folder, found '{shown(place)}'")
    try:
        return group[place]
    except KeyError as error:
        raise BadInput(f"{shown(place)}: no group or array is there; is the copy whole?") from error
    except Exception as error:
        raise BadInput(f"{shown(place)}: can't be opened ({first_line(error)})") from error


def said_by(group: Any) -> dict[str, Any]:  # noqa: ANN401 - zarr is an extra
    """What a group says by OME's rules: `plate`, `well`, `multiscales`, `omero`, `labels`; BadInput for another version of these."""
    attributes = dict(group.attrs)
    said = attributes.get("ome", attributes)
    if not isinstance(said, dict):
        raise BadInput("expected OME metadata by name, found something else under `ome`")
    of_parts = [part for key in ("plate", "well", "multiscales") for part in _listed(said.get(key)) if isinstance(part, dict)]
    versions = {str(part["version"]) for part in (said, *of_parts) if part.get("version") is not None}
    if unknown := sorted(versions - set(VERSIONS)):
        raise BadInput(f"OME-Zarr of version {shown(', '.join(unknown))}; known are {', '.join(VERSIONS)}: save it anew as one of these")
    return said


def _listed(found: object) -> list[Any]:
    return found if isinstance(found, list) else [found]


def look(root: Any, place: str) -> ZarrImage:  # noqa: ANN401 - zarr is an extra
    """The image at a path in a plate; BadInput where no image is there, or one of other axes than t, c, z, y, x."""
    with at(place):
        said = said_by(inner(root, place))
        scales = said.get("multiscales")
        if not isinstance(scales, list) or not scales or not isinstance(scales[0], dict):
            raise BadInput("expected an OME-Zarr image, which says `multiscales`; found a group that does not")
        axes = _axes(scales[0].get("axes"))
        array = f"{place}/{_first_level(scales[0].get('datasets'))}"
        found = inner(root, array)
        if len(found.shape) != len(axes):
            raise BadInput(f"the axes {', '.join(axes)} are {len(axes)}, the array's shape is {tuple(found.shape)}")
        _check(found)
        names = _names(said.get("omero"))
    return ZarrImage(array, axes, tuple(found.shape), names, np.dtype(found.dtype))


def _axes(found: object) -> str:
    names = [axis.get("name") if isinstance(axis, dict) else axis for axis in (found if isinstance(found, list) else [])]
    axes = "".join(name for name in names if isinstance(name, str) and name in AXES)
    if len(axes) != len(names) or len(set(axes)) < len(axes) or axes[-2:] != "yx":
        raise BadInput(f"expected axes of t, c, z and y, x at the end, found {shown(', '.join(map(str, names))) or 'none'}")
    return axes


def _first_level(found: object) -> str:
    """The path of the highest resolution, which stands first."""
    first = found[0] if isinstance(found, list) and found else None
    path = first.get("path") if isinstance(first, dict) else None
    if not isinstance(path, str) or not path:
        raise BadInput("expected `datasets` with the path of each resolution, found none")
    return path


def _names(omero: object) -> tuple[str, ...]:
    channels = omero.get("channels") if isinstance(omero, dict) else None
    labels = [channel.get("label") if isinstance(channel, dict) else None for channel in (channels if isinstance(channels, list) else [])]
    return tuple(label if isinstance(label, str) else "" for label in labels)


def _check(array: Any) -> None:  # noqa: ANN401 - zarr is an extra
    """BadInput for a group, for what is no number, and for more pixels than an image has."""
    if not hasattr(array, "shape"):
        raise BadInput("expected an array, found a group")
    kind = np.dtype(array.dtype)
    if kind.hasobject:
        raise BadInput("an array of Python objects (a pickle), which can run code when it is opened: refused; save plain numbers")
    if kind.kind not in KINDS:
        raise BadInput(f"expected numbers, found {kind}")
    if max(prod(array.shape[-2:]), prod(_grid(array))) > tiff.MOST_PIXELS:
        raise BadInput(
            f"the planes {tuple(array.shape[-2:])} or chunks {_grid(array)} are larger than the {tiff.MOST_PIXELS:,} pixels read"
        )


def _grid(array: Any) -> tuple[int, ...]:  # noqa: ANN401 - zarr is an extra
    """The shape of what stands in one file: a shard where chunks are packed into such."""
    return tuple(getattr(array, "shards", None) or array.chunks)


def check_kind(kind: np.dtype[Any]) -> None:
    """BadInput for pixels that no store keeps."""
    if kind.newbyteorder("=") not in tiff.KEPT:
        raise BadInput(f"expected pixels of uint8, uint16 or float32, found {kind}; convert the images")


def read(part: Planes) -> NDArray[np.generic]:
    """The image (h, w) of some planes, uint8, uint16 or float32; BadInput for another dtype, all zeros, or no finite number."""
    array = _array(part)
    check_kind(np.dtype(array.dtype))
    return tiff.recorded(projected((_plane(array, where) for where in part.at), part.by))


def plane_of(part: Planes) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of a plane, without reading it; BadInput for pixels that no store keeps."""
    array = _array(part)
    check_kind(np.dtype(array.dtype))
    return tuple(array.shape[-2:]), np.dtype(array.dtype)


def numbers(part: Planes) -> NDArray[np.generic]:
    """The numbers (h, w) of a label image's plane, of any dtype."""
    return _plane(_array(part), part.at[0])


def _array(part: Planes) -> Any:  # noqa: ANN401 - zarr is an extra
    array = inner(opened(part.root), part.array)
    _check(array)
    if any(not 0 <= i < n for where in part.at for i, n in zip(where, array.shape[:-2], strict=True)):
        raise BadInput(f"the array has the shape {tuple(array.shape)} now, in which there is no plane {part.at[-1]}")
    return array


def _plane(array: Any, where: tuple[int, ...]) -> NDArray[np.generic]:  # noqa: ANN401 - zarr is an extra
    try:
        plane = np.asarray(array[(*where, slice(None), slice(None))])
    except Exception as error:  # each codec raises its own
        raise BadInput(f"a chunk is damaged or cut short ({regular_files.said(first_line(error))}); copy it again") from error
    return plane.astype(plane.dtype.newbyteorder("="), copy=False)


def files(part: Planes) -> tuple[list[Path], int]:
    """The files that some planes are read from, in their order, and how many chunks have none: those hold the fill value."""
    array, folder = _array(part), part.root / PurePosixPath(part.array)
    grid = _grid(array)
    counts = [-(-n // step) for n, step in zip(array.shape[-2:], grid[-2:], strict=True)]
    wanted = dict.fromkeys(
        folder / PurePosixPath(array.metadata.encode_chunk_key((*(i // step for i, step in zip(where, grid, strict=False)), y, x)))
        for where in part.at
        for y, x in product(*map(range, counts))
    )
    there = [path for path in wanted if path.exists()]
    return [*(folder / name for name in METADATA if (folder / name).exists()), *there], len(wanted) - len(there)


def raw(part: Planes) -> Iterator[bytes]:
    """The bytes of these files, and which chunk each is of; BadInput where one can't be read."""
    folder = part.root / PurePosixPath(part.array)
    for path in files(part)[0]:
        yield path.relative_to(folder).as_posix().encode()
        with at(path.relative_to(part.root)):
            yield regular_files.read(path)
