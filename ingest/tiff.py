"""One channel of one field or crop from a TIFF file, looked at closely before anything is made of it.

The one place where it is asked what a TIFF file says of itself. What changes an image's shape or values is honoured (byte
order, packed bits, predictors, lossless compression) or refused by name; the pixels are decoded only after that.
"""

from __future__ import annotations

import io
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tifffile import COMPRESSION, PHOTOMETRIC, TiffFile, TiffPage

from cellswap.errors import BadInput
from cellswap.ingest import regular_files
from cellswap.ingest.lossy import JPEG

KEPT = tuple(np.dtype(kind) for kind in ("uint8", "uint16", "float32"))
# 16,384 x 16,384: sixteen times the largest camera's field, and 1 GB as float32.
MOST_PIXELS = 1 << 28
# Others lose values, or give as many pixels as their own header says.
LOSSLESS = frozenset(
    {
        COMPRESSION.NONE,
        COMPRESSION.LZW,
        COMPRESSION.ADOBE_DEFLATE,
        COMPRESSION.DEFLATE,
        COMPRESSION.PACKBITS,
        COMPRESSION.LZMA,
        COMPRESSION.ZSTD,
        COMPRESSION.ZSTD_DEPRECATED,
    }
)
REDUCED, TRANSPARENCY = 1, 4
# Tags by which the values in the file are not those that were recorded.
BENDING = {
    291: "a curve for its greys (GrayResponseCurve)",
    33445: "another scale than counts (MDFileTag)",
    50712: "a curve for its values (LinearizationTable)",
}


def read_channel(path: Path) -> tuple[NDArray[np.generic], bytes]:
    """The image (h, w), uint8, uint16 or float32 as in the file, and the file's bytes.

    Raises BadInput, without the path, for what is no regular file, and for all that `image_of` refuses.
    """
    content = regular_files.read(path)
    return image_of(content), content


def image_of(content: bytes) -> NDArray[np.generic]:
    """The image (h, w), uint8, uint16 or float32, in a TIFF file's bytes.

    Raises BadInput where `decode` does, and for colours, another dtype, all zeros, or values that are no finite number.
    """
    return recorded(_decode(content, None, numbers=False))


def recorded(image: NDArray[np.generic]) -> NDArray[np.generic]:
    """The image itself; BadInput for values that are no finite number, and for all zeros."""
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise BadInput(f"{np.count_nonzero(~np.isfinite(image))} pixels are NaN or infinite")
    if not image.any():
        raise BadInput("all pixels are zero; was this channel recorded?")
    return image


def decode(content: bytes, shape: tuple[int, ...] | None = None) -> NDArray[np.generic]:
    """The numbers (h, w) in a TIFF file's bytes, of any dtype, places in a palette among them: labels or a mask.

    Raises BadInput where they are no TIFF, cut short, not one 2-D image, not of that shape, or where what the file says
    of its values leaves open what they are.
    """
    return _decode(content, shape, numbers=True)


def _decode(content: bytes, shape: tuple[int, ...] | None, *, numbers: bool) -> NDArray[np.generic]:
    if not content:
        raise BadInput("the file is empty")
    try:
        with TiffFile(io.BytesIO(content)) as file:
            page = _only_page(file, len(content))
            _check_size(page, shape)
            _check_values(file, page, numbers=numbers)
            _check_kind(page, numbers=numbers)
            image = np.asarray(page.asarray())
            return image.astype(image.dtype.newbyteorder("="), copy=False)
    except BadInput:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        why = regular_files.said(str(error).partition("\n")[0][:200] or type(error).__name__)
        raise BadInput(f"not a TIFF file, or a damaged one ({why})") from error


def check_page(file: TiffFile, page: TiffPage, n_bytes: int) -> None:
    """BadInput where a page, one of several in a file of so many bytes, is cut short or no image in grey of recorded values.

    One that is compressed as JPEG is taken, since whoever has such a stack often has no other: the reader says so.
    """
    _check_there(page, n_bytes)
    _check_size(page, None)
    _check_values(file, page, numbers=False, also=JPEG)
    _check_kind(page, numbers=False)


def _check_there(page: TiffPage, n_bytes: int) -> None:
    last = max((first + n for first, n in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)
    if last > n_bytes:
        raise BadInput(f"cut short: expected {last:,} bytes, found {n_bytes:,}; copy the file again")


def _only_page(file: TiffFile, n_bytes: int) -> TiffPage:
    page = file.pages[0]
    if not isinstance(page, TiffPage):
        raise BadInput("expected a TIFF file with one whole page")
    _check_there(page, n_bytes)
    if len(file.pages) > 1:
        raise BadInput(f"expected one 2-D image, found {len(file.pages)} pages; give one file a channel and plane")
    if page.subifds and not all(isinstance(p, TiffPage) and _is_smaller(p, page) for p in page.pages or ()):
        raise BadInput(f"expected one 2-D image, found {len(page.subifds)} more beside it (SubIFDs); give one file a channel and plane")
    if (n := _planes(file, page)) > 1:
        raise BadInput(f"expected one 2-D image, found a stack of {n} in one page; give one file a channel and plane")
    if int(page.subfiletype) & (REDUCED | TRANSPARENCY):
        raise BadInput("the file says that it is a smaller copy or a mask of another image (NewSubfileType); give the image itself")
    return page


def _planes(file: TiffFile, page: TiffPage) -> int:
    """How many images the file says to hold behind one page: ImageJ, MetaMorph and tifffile write stacks so."""
    if file.is_imagej:
        facts = file.imagej_metadata or {}
        axes = prod(_count(facts.get(axis)) for axis in ("channels", "slices", "frames"))
        return max(_count(facts.get("images")), axes)
    if file.is_ome:  # its pages are counted already; other planes of a set may lie in other files
        return 1
    return sum(series.size for series in file.series) // max(1, page.size)


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def _is_smaller(inner: TiffPage, page: TiffPage) -> bool:
    """Whether it is a level of a pyramid: the same image, smaller."""
    return inner.imagewidth < page.imagewidth and inner.imagelength < page.imagelength


def _check_size(page: TiffPage, shape: tuple[int, ...] | None) -> None:
    height, width = page.imagelength, page.imagewidth
    tile = page.tilelength * page.tilewidth * page.tiledepth if page.is_tiled else 0
    if page.samplesperpixel > 1 or page.photometric in {PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR, PHOTOMETRIC.CIELAB}:
        colours = PHOTOMETRIC(page.photometric).name
        raise BadInput(
            f"expected one 2-D image, found {page.samplesperpixel} samples a pixel ({colours}), the shape {page.shape};"
            " give one file a channel and plane, in grey"
        )
    if page.imagedepth > 1 or len(page.shape) != 2:
        raise BadInput(f"expected one 2-D image, found the shape {page.shape}; give one file a channel and plane")
    if max(height * width, tile) > MOST_PIXELS:
        raise BadInput(f"{height:,} x {width:,} pixels are more than the {MOST_PIXELS:,} of an image that is read; cut it into fields")
    if shape is not None and shape != (height, width):
        raise BadInput(f"expected labels of the field's shape {shape}, found {(height, width)}")


def _check_values(file: TiffFile, page: TiffPage, *, numbers: bool, also: int | None = None) -> None:
    """Refuse what a reader of the bare values would take for something else than it is."""
    if page.compression not in LOSSLESS and page.compression != also:
        found = _name(COMPRESSION, page.compression)
        raise BadInput(f"compressed as {found}, which may lose values; save it uncompressed, or by LZW or deflate")
    if 262 not in page.tags:
        raise BadInput("the file does not say whether 0 is black or white (PhotometricInterpretation); save it anew")
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        raise BadInput("the file says that 0 is white (MinIsWhite): its greys are inverted, or shown so; save it with 0 as black")
    if page.photometric == PHOTOMETRIC.PALETTE and not numbers:
        raise BadInput("its values are places in a palette, not counts; save it in grey")
    if page.photometric not in {PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.PALETTE}:
        raise BadInput(f"expected greys, found {_name(PHOTOMETRIC, page.photometric)}; save it in grey")
    orientation = page.tags.valueof(274, 1)
    if orientation != 1:
        raise BadInput(f"the file says to be turned or mirrored (orientation {orientation}), which most programs overlook; save it upright")
    if bent := next((what for tag, what in BENDING.items() if tag in page.tags), None):
        raise BadInput(f"the file has {bent}, so its values are not the counts; save it without")
    _check_calibration(file)


def _check_kind(page: TiffPage, *, numbers: bool) -> None:
    if page.sampleformat not in {1, 2, 3, 6} or page.dtype is None:
        raise BadInput(f"expected whole numbers or floats, found the sample format {page.sampleformat} of {page.bitspersample} bits")
    if not numbers and np.dtype(page.dtype).newbyteorder("=") not in KEPT:
        raise BadInput(f"expected pixels of uint8, uint16 or float32, found {page.dtype}; convert the file")


def _check_calibration(file: TiffFile) -> None:
    """Refuse ImageJ's own way to say that values are others than they are: 16 bits with a sign, optical density."""
    facts = (file.imagej_metadata or {}) if file.is_imagej else {}
    if (facts.get("cf", 0), facts.get("c0", 0), facts.get("c1", 1)) != (0, 0, 1):
        raise BadInput(
            f"ImageJ says that the values are {facts.get('c0', 0)} + {facts.get('c1', 1)} x those in the file (function"
            f" {facts.get('cf', 0)}); clear the calibration and save it as 16 bits without a sign"
        )


def _name(names: type[COMPRESSION | PHOTOMETRIC], value: int) -> str:
    try:
        return names(value).name
    except ValueError:
        return f"number {value}"
