"""TIFF files of several pages: what a file says of them (OME-XML, ImageJ, names of pages), and some of them as one image."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import TiffFile, TiffPage, TiffPageSeries

from cellswap.errors import BadInput, first_line
from cellswap.ingest import lossy, plain_xml, regular_files, tiff
from cellswap.ingest.image_parts import Pages, projected
from cellswap.store.files import other_kind

CHANNEL, DEPTH, TIME = "C", "Z", "T"
UNSAID = "IQR"  # pages of which the file does not say what they are
MEANING = {CHANNEL: "channel", DEPTH: "depth (z)", TIME: "time"}
PAGE_NAME = 285


@dataclass(frozen=True)
class Stack:
    """What a file says of its pages: axes (C, Z, T; one of I, Q, R where it does not say) with their sizes, in the order of the pages.

    `names` are those of its channels, or of its pages, '' for none; `shape` and `dtype` are those of each page;
    `lossy` says that the first is compressed as JPEG.
    """

    axes: str
    sizes: tuple[int, ...]
    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    lossy: bool = False

    @property
    def n_pages(self) -> int:
        """How many pages there are."""
        return int(np.prod(self.sizes, dtype=int))

    def size(self, axis: str) -> int:
        """How many there are along an axis; 1 where the file does not have it."""
        return self.sizes[self.axes.index(axis)] if axis in self.axes else 1

    def page(self, **at: int) -> int:
        """The page at a place on the axes C, Z and T, from 0."""
        return int(np.ravel_multi_index([at[axis] for axis in self.axes], self.sizes)) if self.axes else 0


def look(path: Path) -> Stack:
    """What a file says of its pages; BadInput, without the path, for what is no TIFF file, or one of several images or shapes."""
    with _opened(path) as (file, series):
        page = _page(file, series, 0, path.stat().st_size)
        axes, sizes = series.axes[:-2], tuple(series.shape[:-2])
        several = [(axis, n) for axis, n in zip(axes, sizes, strict=True) if n > 1 or axis in UNSAID]
        stack = Stack(
            "".join(axis for axis, _ in several),
            tuple(n for _, n in several),
            _names(file, series),
            page.shape,
            np.dtype(page.dtype),
            page.compression == lossy.JPEG,
        )
    strange = [axis for axis in stack.axes if axis not in MEANING and axis not in UNSAID]
    if strange or len(set(stack.axes)) < len(stack.axes) or (set(stack.axes) & set(UNSAID) and len(stack.axes) > 1):
        raise BadInput(
            f"expected pages of channels, depths (z) and times, found the axes {series.axes} of {tuple(series.shape)};"
            " save it as OME-TIFF, which says what they are"
        )
    return stack


def check(path: Path, part: Pages) -> None:
    """BadInput, without the path, where some pages are not there or can't be read; nothing is decoded."""
    with _opened(path) as (file, series):
        for page in part.pages:
            _page(file, series, page, path.stat().st_size)


def read(path: Path, part: Pages) -> NDArray[np.generic]:
    """The image (h, w) of some pages, as `tiff.image_of` gives one; BadInput, without the path, for what that refuses."""
    with _opened(path) as (file, series):
        n_bytes = path.stat().st_size
        return tiff.recorded(projected((_decoded(file, series, page, n_bytes) for page in part.pages), part.by))


def raw(path: Path, part: Pages) -> Iterator[bytes]:
    """The bytes of some pages as they are in the file, compressed or not, and what is needed to read them; BadInput as `read`."""
    with _opened(path) as (file, series), path.open("rb") as content:
        n_bytes = path.stat().st_size
        for number in part.pages:
            page = _page(file, series, number, n_bytes)
            yield f"{page.shape} {page.dtype} {int(page.compression)} {int(page.predictor)} {file.byteorder}".encode()
            for start, length in zip(page.dataoffsets, page.databytecounts, strict=False):
                content.seek(start)
                yield content.read(length)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TiffFile, TiffPageSeries]]:
    """A file and its one image; BadInput for whatever its decoder stumbles over."""
    try:
        _check_regular(path)
        with _heard() as complaints, TiffFile(path, _multifile=False) as file:
            first = file.pages[0]
            if isinstance(first, TiffPage) and file.is_ome:
                plain_xml.check((first.description or "").encode())
            series = _only_series(file)
            _check_unbroken(complaints)
            yield file, series
    except BadInput:
        raise
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error}); look whether it is there and may be read") from error
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        raise BadInput(f"not a TIFF file, or a damaged one ({regular_files.said(first_line(error))})") from error


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage().partition("\n")[0])


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What tifffile would only print, as it comes."""
    log, ear = tifffile.logger(), _Complaints()
    before, log.propagate = log.propagate, False
    log.addHandler(ear)
    try:
        yield ear.texts
    finally:
        log.removeHandler(ear)
        log.propagate = before


def _check_unbroken(complaints: list[str]) -> None:
    """BadInput where pages may be lost: the reader goes on with those before the fault, as if there were no others."""
    if complaints:
        raise BadInput(f"cut short or damaged ({regular_files.said(complaints[0])[:200]}); copy the file again")


def _check_regular(path: Path) -> None:
    if not stat.S_ISREG(path.stat().st_mode):
        raise BadInput(f"expected a regular file, found {other_kind(path)}")


def _only_series(file: TiffFile) -> TiffPageSeries:
    """The file's one image, at its full size: smaller levels of a pyramid are passed over."""
    series = file.series
    shapes = sorted({tuple(one.shape) for one in series})
    if len(series) > 1:
        what = f"of the shapes {', '.join(map(str, shapes[:4]))}" if len(shapes) > 1 else f"of the shape {shapes[0]} each"
        raise BadInput(f"expected one image whose pages have one shape, found {len(series)} {what}; give each a file of its own")
    one = series[0]
    if one.axes[-2:] != "YX":
        colours = " (S: colours, RGB)" if "S" in one.axes else ""
        raise BadInput(
            f"expected pages (y, x) in grey, found the axes {one.axes}{colours} of {tuple(one.shape)}; save each channel in grey"
        )
    if len(one.pages) != np.prod(one.shape[:-2], dtype=int):
        raise BadInput(f"expected a page for each plane, found {len(one.pages)} for the shape {tuple(one.shape)}; save it as OME-TIFF")
    return one


def _page(file: TiffFile, series: TiffPageSeries, number: int, n_bytes: int) -> TiffPage:
    """A page that was looked at; BadInput where it is not there, cut short, in colours, or its values are others than they seem."""
    if not 0 <= number < len(series.pages):
        raise BadInput(f"expected a page {number + 1}, found {len(series.pages)}")
    found = series.pages[number]
    page = found if isinstance(found, TiffPage) or found is None else found.aspage()
    if not isinstance(page, TiffPage):
        raise BadInput(f"page {number + 1} is not in the file; is it one of a set of files? Save the set as one")
    tiff.check_page(file, page, n_bytes)
    if page.shape != tuple(series.shape[-2:]):
        raise BadInput(f"expected pages of one shape, found {tuple(series.shape[-2:])} and {page.shape} (page {number + 1})")
    return page


def _decoded(file: TiffFile, series: TiffPageSeries, number: int, n_bytes: int) -> NDArray[np.generic]:
    page = _page(file, series, number, n_bytes)
    if page.compression == lossy.JPEG:
        for start, length in zip(page.dataoffsets, page.databytecounts, strict=False):
            file.filehandle.seek(start)
            lossy.check_size(page, file.filehandle.read(length))
    image = np.asarray(page.asarray())
    return image.astype(image.dtype.newbyteorder("="), copy=False)


def _names(file: TiffFile, series: TiffPageSeries) -> tuple[str, ...]:
    """The names of channels by the file's OME-XML, by ImageJ where its planes are channels, or those of plain pages."""
    if file.is_ome:
        first = file.pages[0]
        text = first.description if isinstance(first, TiffPage) else ""
        return tuple(found.get("Name", "") for name, found, _ in plain_xml.elements([text.encode()]) if name == "Channel")
    if file.is_imagej:
        labels = (file.imagej_metadata or {}).get("Labels") or ()
        return tuple(map(str, labels)) if series.axes == "CYX" and not isinstance(labels, str) else ()
    if series.axes[:-2] and set(series.axes[:-2]) <= set(UNSAID):
        tags = (page.tags.valueof(PAGE_NAME, "") if isinstance(page, TiffPage) else "" for page in series.pages)
        names = tuple(str(tag).strip() for tag in tags)
        return names if any(names) else ()
    return ()
