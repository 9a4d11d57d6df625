"""Numbers (h, w) in PNG, NPY and NPZ files: what the header says is looked at before anything is decoded."""

from __future__ import annotations

import io
import zipfile
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cellswap.errors import BadInput
from cellswap.ingest.field_files import some
from cellswap.ingest.regular_files import said

MEMBERS = ("masks", "labels", "arr_0")
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
            with archive.open(archive.infolist()[_member(names)]) as member:
                return _array(member, shape, "NPZ file of plain arrays")
    except BadInput:
        raise
    except Exception as error:  # zipfile's and zlib's own
        raise BadInput("not an NPZ file of plain arrays, or a damaged one") from error


def _member(names: list[str]) -> int:
    """The place of the array that holds the labels."""
    found = [i for i, name in enumerate(names) if name in MEMBERS] or list(range(len(names)))
    if len(found) != 1:
        raise BadInput(f"expected one array, or one called {' or '.join(MEMBERS)}; found {some(said(name) for name in names)}")
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
