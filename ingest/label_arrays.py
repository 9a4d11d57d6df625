"""Numbers (h, w) in PNG, NPY, NPZ and HDF5 files: what the header says is looked at before anything is decoded."""

from __future__ import annotations

import io
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cellswap.errors import BadInput, first_line, needed
from cellswap.ingest.field_files import some
from cellswap.ingest.regular_files import said

MEMBERS = ("masks", "labels", "arr_0")
HDF5 = (".h5", ".hdf5")
Shape = tuple[int, ...]
GREY, PALETTE = 0, 3
COLOURS = {2: "colours (RGB)", 4: "grey with transparency", 6: "colours with transparency (RGBA)"}
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"


def png(content: bytes, shape: Shape) -> NDArray[np.generic]:
    """The greys of a PNG file, or the places in its palette; BadInput for colours, transparency, one bit, several images."""
    if not content.startswith(PNG_BEGINS) or content[12:16] != b"IHDR" or len(content) < 33:
        raise BadInput("not a PNG file, or a damaged one")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    depth, colour = content[24], content[25]
    _check_shape((height, width), shape)
    if colour in COLOURS:
        raise BadInput(f"expected one number a pixel, found {COLOURS[colour]}; save the labels in grey, 16 bits")
    if depth == 1:
        raise BadInput("expected whole numbers, one for each cell, found one bit a pixel: in or out; save the labels in grey, 16 bits")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise BadInput("expected one image, found several (an animation)")
            numbers = np.asarray(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput("not a PNG file, or a damaged one") from error
    # Pillow spreads greys of 2 and 4 bits over 0 to 255
    return numbers // (255 // (2**depth - 1)) if colour == GREY and depth < 8 else numbers


def npy(content: bytes, shape: Shape) -> NDArray[np.generic]:
    """The array of an NPY file; BadInput for Python objects, and for another shape."""
    return _array(io.BytesIO(content), shape, "NPY file")


def npz(content: bytes, shape: Shape) -> NDArray[np.generic]:
    """The array of labels in an NPZ file; BadInput where it has none, or more than one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            with archive.open(archive.infolist()[names.index(_member(names))]) as member:
                return _array(member, shape, "NPZ file of plain arrays")
    except BadInput:
        raise
    except Exception as error:  # zipfile's and zlib's own
        raise BadInput("not an NPZ file of plain arrays, or a damaged one") from error


def hdf5(content: bytes, shape: Shape, dataset: str = "") -> NDArray[np.generic]:
    """The dataset of that name in an HDF5 file, else the one of labels, else its only one of two axes; axes of one pixel do not count.

    Raises BadInput where there is none such, or its numbers stand in another file.
    """
    with needed("an HDF5 file", "h5py", "h5"):
        import h5py
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            there: dict[str, Any] = {}
            # links to other files are not followed here, nor looked up by a name that is not among these
            file.visititems(lambda name, one: there.update({name: one}) if isinstance(one, h5py.Dataset) else None)
            found = there[_dataset({name: tuple(one.shape or ()) for name, one in there.items()}, dataset.strip("/"))]
            if found.external or found.is_virtual:
                raise BadInput("the dataset's numbers stand in another file; write them into this one")
            _check_shape(_flat(found.shape), shape)
            if found.dtype.kind not in "biuf":
                raise BadInput(f"expected whole numbers, one for each cell, found {found.dtype}")
            return np.asarray(found[()]).reshape(shape)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise BadInput(f"not an HDF5 file, or a damaged one ({first_line(error)})") from error


def _flat(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _dataset(shapes: dict[str, Shape], wanted: str) -> str:
    if not wanted:
        return _member([name for name, shape in shapes.items() if len(_flat(shape)) == 2])
    if wanted not in shapes:
        raise BadInput(f"no dataset {said(wanted)}; it has {some(map(said, shapes)) or 'none'}")
    return wanted


def _member(names: list[str]) -> str:
    """The array that holds the labels."""
    found = [name for name in names if name in MEMBERS] or names
    if len(found) != 1:
        raise BadInput(f"expected one array, or one called {' or '.join(MEMBERS)}; found {some(map(said, names)) or 'none'}")
    return found[0]


def _array(file: IO[bytes], shape: Shape, what: str) -> NDArray[np.generic]:
    try:
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        found, by_column, kind = header(file)
        if not kind.hasobject:
            _check_shape(found, shape)
            numbers = file.read(kind.itemsize * int(np.prod(found)))
            return np.frombuffer(numbers, kind).reshape(found, order="F" if by_column else "C")
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"not an {what}, or a damaged one") from error
    raise BadInput("an array of Python objects (a pickle), which can run code when it is opened: refused; export the masks as PNG or TIFF")


def _check_shape(found: Shape, wanted: Shape) -> None:
    if tuple(found) != wanted:
        raise BadInput(f"expected labels of the field's shape {wanted}, found {tuple(found)}")
