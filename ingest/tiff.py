"""One channel of one field or crop from a TIFF file, looked at closely before anything is made of it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from cellswap.errors import BadInput

KEPT = tuple(np.dtype(kind) for kind in ("uint8", "uint16", "float32"))


def read_channel(path: Path) -> tuple[NDArray[np.generic], bytes]:
    """The image (h, w), uint8, uint16 or float32 as in the file, and the file's bytes.

    Raises BadInput, without the path, for a file that is missing, and for all that `image_of` refuses.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror}); look whether it is there and may be read") from error
    return image_of(content), content


def image_of(content: bytes) -> NDArray[np.generic]:
    """The image (h, w), uint8, uint16 or float32, in a TIFF file's bytes.

    Raises BadInput where they are no TIFF, cut short, not one 2-D image, of another dtype, all zeros, or with values
    that are no finite number.
    """
    image = decode(content)
    if image.ndim != 2:
        raise BadInput(f"expected one 2-D image, found the shape {image.shape}; give one file a channel and plane")
    if image.dtype.newbyteorder("=") not in KEPT:
        raise BadInput(f"expected pixels of uint8, uint16 or float32, found {image.dtype}; convert the file")
    image = image.astype(image.dtype.newbyteorder("="), copy=False)
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise BadInput(f"{np.count_nonzero(~np.isfinite(image))} pixels are NaN or infinite")
    if not image.any():
        raise BadInput("all pixels are zero; was this channel recorded?")
    return image


def decode(content: bytes) -> NDArray[np.generic]:
    """The first page of a TIFF file's bytes; BadInput where they are none, or not all of one."""
    if not content:
        raise BadInput("the file is empty")
    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            return _page(file, len(content))
    except BadInput:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        raise BadInput(
            f"not a TIFF file, or a damaged one ({str(error).partition(chr(10))[0] or type(error).__name__})"
        ) from error


def _page(file: tifffile.TiffFile, n_bytes: int) -> NDArray[np.generic]:
    page = file.pages[0]
    if not isinstance(page, tifffile.TiffPage):
        raise BadInput("expected a TIFF file with one whole page")
    last = max((first + n for first, n in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)
    if last > n_bytes:
        raise BadInput(f"cut short: expected {last:,} bytes, found {n_bytes:,}; copy the file again")
    if len(file.pages) > 1:
        raise BadInput(f"expected one 2-D image, found {len(file.pages)} pages; give one file a channel and plane")
    return page.asarray()
