"""An image from where it is: a whole file, pages of a TIFF file, or planes of a Zarr array; and the bytes behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellswap.ingest import regular_files, tiff, tiff_stack, zarr_images
from cellswap.ingest.doubts import Doubt
from cellswap.ingest.image_parts import Pages, PartOf, Source, named


def read(source: Source) -> tuple[NDArray[np.generic], Iterator[bytes]]:
    """The image (h, w), uint8, uint16 or float32, and the bytes that it was read from; BadInput, without the place, as their readers."""
    if isinstance(source, Path):
        image, content = tiff.read_channel(source)
        return image, iter([content])
    part = source.part
    return tiff_stack.read(source.path, part) if isinstance(part, Pages) else zarr_images.read(part), raw(source)


def raw(source: Source) -> Iterator[bytes]:
    """The bytes that an image is read from, and of a part also which part it is; BadInput where they can't be read."""
    if isinstance(source, Path):
        yield regular_files.read(source)
        return
    yield named(source).encode()
    part = source.part
    yield from tiff_stack.raw(source.path, part) if isinstance(part, Pages) else zarr_images.raw(part)


def files(source: Source) -> list[Path]:
    """The files on the disk that an image is read from."""
    if isinstance(source, Path):
        return [source]
    return [source.path] if isinstance(source.part, Pages) else zarr_images.files(source.part)[0]


def doubts(source: Source) -> list[Doubt]:
    """What is in doubt about an image that was read: chunks without a file hold the array's fill value, JPEG has lost values."""
    if isinstance(source, Path):
        return []
    if isinstance(source.part, Pages):
        return [Doubt("lossy", named(source))] if tiff_stack.look(source.path).lossy else []
    n = zarr_images.files(source.part)[1]
    return [Doubt("absent", named(source), n)] if n else []


def described(source: PartOf) -> str:
    """Shape and dtype of an image, without decoding it: `510 x 510 uint8`; BadInput for a dtype that no store keeps."""
    part = source.part
    if isinstance(part, Pages):
        tiff_stack.check(source.path, part)
        stack = tiff_stack.look(source.path)
        shape, kind = stack.shape, stack.dtype
    else:
        shape, kind = zarr_images.plane_of(part)
    return f"{' x '.join(map(str, shape))} {kind}"
