"""One crop's image or mask in a PNG, TIFF or NPY file: what its header says, and its numbers; told by how the file begins."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tifffile import PHOTOMETRIC, TiffFile

from cellswap.errors import BadInput, first_line
from cellswap.ingest import array_files, regular_files, tiff
from cellswap.ingest.label_arrays import COLOURS, PNG_BEGINS
from cellswap.store.files import other_kind

NPY_BEGINS = b"\x93NUMPY"
TIFF_BEGINS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
RGB = 2  # what a PNG file calls colours without transparency
# Eight times the largest crop of a store, each way.
MOST_PIXELS = 1 << 24
KINDS = "a PNG, TIFF or NPY file"


@dataclass(frozen=True)
class Facts:
    """What a file's header says: its shape (h, w), or with an axis of channels; its dtype; and what that axis is where it is colours."""

    shape: tuple[int, ...]
    dtype: str
    colours: str = ""


def facts(path: Path) -> Facts:
    """What the header says; BadInput, without the path, where it is none of these files, or a damaged one."""
    try:
        if kind := other_kind(path):
            raise BadInput(f"expected {KINDS}, found {kind}")
        with path.open("rb") as file:
            return _kind(file.read(8))[0](file)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read ({first_line(error)}); look whether it is there and may be read") from error


def numbers(path: Path) -> NDArray[Any]:
    """The file's numbers in the shape and dtype that `facts` says; BadInput, without the path, where they can't be read."""
    return _read(path)[1]


def _read(path: Path) -> tuple[Facts, NDArray[Any]]:
    content = regular_files.read(path)
    facts_of, read = _kind(content[:8])
    found = facts_of(io.BytesIO(content))
    if prod(found.shape) > MOST_PIXELS:
        raise BadInput(f"{' x '.join(map(str, found.shape))} pixels: no crop has more than {MOST_PIXELS:,}")
    made = read(content)
    return found, made.astype(made.dtype.newbyteorder("="), copy=False)


def channels(of: Facts, axes: str) -> tuple[int, int, int]:
    """Channels, height and width; BadInput where the shape has not two or three axes. Of colours the file says where they stand."""
    found = of.shape
    if len(found) == 2:
        return (1, found[0], found[1])
    if len(found) != 3:
        raise BadInput(f"expected an image (h, w) or one with an axis of channels, found the shape {found}")
    return (found[2], found[0], found[1]) if _is_last(of, axes) else (found[0], found[1], found[2])


def planes(path: Path, axes: str) -> NDArray[Any]:
    """The file's channels (c, h, w); BadInput as `numbers`."""
    of, found = _read(path)
    if found.ndim == 2:
        return found[None]
    return found.transpose(2, 0, 1) if found.ndim == 3 and _is_last(of, axes) else found


def _is_last(of: Facts, axes: str) -> bool:
    return of.shape[-1] == 3 if of.colours else axes == "NHWC"


def _kind(begins: bytes) -> tuple[Callable[[BinaryIO], Facts], Callable[[bytes], NDArray[Any]]]:
    """How to read a file that begins so."""
    if begins.startswith(PNG_BEGINS):
        return _png_facts, _png
    if begins.startswith(NPY_BEGINS):
        return _npy_facts, _npy
    if begins.startswith(TIFF_BEGINS):
        return _tiff_facts, _tiff
    raise BadInput(
        f"expected {KINDS}; found {'a JPEG, which loses values' if begins.startswith(bytes((255, 216))) else 'another, or a damaged one'}"
    )


def _png_facts(file: BinaryIO) -> Facts:
    file.seek(0)
    head = file.read(33)
    if len(head) < 33 or head[12:16] != b"IHDR":
        raise BadInput("not a PNG file, or a damaged one")
    width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    depth, colour = head[24], head[25]
    kind = {8: "uint8", 16: "uint16"}.get(depth, f"{depth} bit")
    if colour not in COLOURS:
        return Facts((height, width), kind)
    n = {2: 3, 4: 2}.get(colour, 4)
    return Facts((height, width, n), kind, COLOURS[colour])


def _png(content: bytes) -> NDArray[Any]:
    found = _png_facts(io.BytesIO(content))
    if found.colours and (found.dtype, content[25]) != ("uint8", RGB):
        raise BadInput(f"expected greys, or three channels of 8 bits, found {found.colours} of {found.dtype}")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise BadInput("expected one image, found several (an animation)")
            made = np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput("not a PNG file, or a damaged one") from error
    return made.astype(np.uint16) if found.dtype == "uint16" else made


def _npy_facts(file: BinaryIO) -> Facts:
    file.seek(0)
    shape, _, kind = array_files.header(file)
    return Facts(tuple(shape), str(kind.newbyteorder("=")))


def _npy(content: bytes) -> NDArray[Any]:
    file = io.BytesIO(content)
    shape, by_column, kind = array_files.header(file)
    n_bytes = prod(shape) * kind.itemsize
    if (left := len(content) - file.tell()) < n_bytes:
        raise BadInput(f"an NPY file that is cut short: expected {n_bytes:,} bytes of numbers, found {left:,}")
    return np.frombuffer(content, kind, prod(shape), file.tell()).reshape(shape, order="F" if by_column else "C")


def _tiff_facts(file: BinaryIO) -> Facts:
    file.seek(0)
    try:
        with TiffFile(file) as found:
            series = found.series[0]
            shape = tuple(n for n, axis in zip(series.shape, series.axes, strict=True) if n > 1 or axis in "YX")
            page = found.pages.first
            colours = page.samplesperpixel > 1 and page.photometric != PHOTOMETRIC.MINISBLACK
            return Facts(shape, str(np.dtype(series.dtype).newbyteorder("=")), PHOTOMETRIC(page.photometric).name if colours else "")
    except BadInput:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        raise BadInput(f"not a TIFF file, or a damaged one ({regular_files.said(first_line(error))})") from error


def _tiff(content: bytes) -> NDArray[Any]:
    """One image, or a stack of channels."""
    try:
        with TiffFile(io.BytesIO(content)) as file:
            stack = len(file.pages) > 1 or file.series[0].ndim > 2
            made = _stack(file) if stack else None
    except BadInput:
        raise
    except Exception as error:  # as above
        raise BadInput(f"not a TIFF file, or a damaged one ({regular_files.said(first_line(error))})") from error
    return tiff.decode(content) if made is None else made


def _stack(file: TiffFile) -> NDArray[Any]:
    """The channels that a TIFF file holds, pages or samples; BadInput where it may be something else, or its values are others."""
    if len(file.series) > 1:
        raise BadInput(f"expected channels of one size and dtype, found {len(file.series)} images that differ")
    series = file.series[0]
    if odd := next((axis for n, axis in zip(series.shape, series.axes, strict=True) if n > 1 and axis in "TZ"), None):
        raise BadInput(f"the file says that its pages are {'planes' if odd == 'Z' else 'times'}, not channels; give one plane and time")
    facts = file.imagej_metadata or {}
    if (facts.get("cf", 0), facts.get("c0", 0), facts.get("c1", 1)) != (0, 0, 1):
        raise BadInput("ImageJ says that the values are not those in the file (a calibration); clear it and save the file anew")
    first = file.pages.first
    for page in series.pages:
        one = (None if page is None else page.keyframe) or first
        lossless, grey = one.compression in tiff.LOSSLESS, one.photometric in {PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB}
        if not lossless or not grey or one.tags.valueof(274, 1) != 1 or any(tag in one.tags for tag in tiff.BENDING):
            raise BadInput("its values are compressed with loss, in a palette, inverted, turned or on a curve; save it in plain greys")
    return np.asarray(series.asarray()).squeeze()
