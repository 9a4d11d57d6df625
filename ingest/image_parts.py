"""A part of a file that is one channel of a field: which planes of it, and how several become one image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, shown
from cellswap.ingest.regular_files import said

PROJECTIONS = ("max", "mean")


@dataclass(frozen=True)
class Pages:
    """Pages of a TIFF file, from 0 in the file's order; several become one image by `by`, max or mean."""

    pages: tuple[int, ...]
    by: str = ""


@dataclass(frozen=True)
class Planes:
    """Planes of a Zarr array: `at` has, plane by plane, the place on each axis before y and x; `array` is its path in `root`."""

    root: Path
    array: str
    at: tuple[tuple[int, ...], ...]
    by: str = ""


Part = Pages | Planes


@dataclass(frozen=True)
class PartOf:
    """A file, or the folder of a Zarr array, of which only a part is an image."""

    path: Path
    part: Part

    @property
    def name(self) -> str:
        """What people call it: `a.tif page 2`, `A/1/0/0 at 0,3`, and how several planes became one."""
        if isinstance(self.part, Pages):
            numbers = [str(page + 1) for page in self.part.pages]
            return f"{self.path.name} page {_run(numbers)}{self._by}"
        places = [",".join(map(str, at)) for at in self.part.at]
        where = f" at {_run(places)}" if places != [""] else ""
        return f"{self.part.array}{where}{self._by}"

    @property
    def _by(self) -> str:
        return f" ({self.part.by})" if self.part.by else ""


Source = Path | PartOf


def _run(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


@dataclass(frozen=True)
class View:
    """What is asked of images with more than one plane in depth or time: max, mean or a plane from 1; a time point from 1."""

    project: str | None = None
    time: int | None = None

    def __post_init__(self) -> None:
        """BadInput for a projection that is none."""
        if self.project is not None and self.project not in PROJECTIONS and not (self.project.isdecimal() and int(self.project) > 0):
            raise BadInput(f"--project '{shown(self.project)}': expected max, mean or the number of a plane, from 1")

    def depths(self, n: int) -> tuple[tuple[int, ...], str]:
        """Which of n planes to read, from 0, and how they become one; BadInput where nobody says, or there is no such plane."""
        if self.project and self.project.isdecimal():
            if int(self.project) > n:
                raise BadInput(f"--project {self.project}: found {n} plane{'s' if n > 1 else ''} in depth (z)")
            return (int(self.project) - 1,), ""
        if n == 1:
            return (0,), ""
        if self.project is None:
            raise BadInput(f"found {n} planes in depth (z): say with --project max, mean or the number of a plane what to make of them")
        return tuple(range(n)), self.project

    def moment(self, n: int) -> int:
        """Which of n time points to read, from 0; BadInput where nobody says, or there is no such one."""
        if self.time is not None and not 1 <= self.time <= n:
            raise BadInput(f"--time {self.time}: found {n} time point{'s' if n > 1 else ''}")
        if self.time is None and n > 1:
            raise BadInput(f"found {n} time points: say with --time N which one to read, from 1")
        return (self.time or 1) - 1


PLAIN = View()


def projected(planes: Iterable[NDArray[np.generic]], by: str) -> NDArray[np.generic]:
    """One image (h, w) of planes of one shape, of their dtype: their only one, their maximum, or their mean (whole counts rounded).

    One plane beside the result is in memory at a time. Raises BadInput for planes of two shapes or dtypes.
    """
    made: NDArray[np.generic] | None = None
    sums: NDArray[np.float64] | None = None
    n = 0
    for plane in planes:
        if made is not None and (made.shape, made.dtype) != (plane.shape, plane.dtype):
            raise BadInput(f"expected planes of one shape and dtype, found {made.shape} {made.dtype} and {plane.shape} {plane.dtype}")
        if by == "mean":
            sums = plane.astype(np.float64) if sums is None else sums + plane.astype(np.float64)
        made = plane if made is None or by == "mean" else np.maximum(made, plane)
        n += 1
    if made is None:
        raise BadInput("expected a plane at least")
    if sums is None:
        return made
    mean = sums / n
    return (np.rint(mean) if made.dtype.kind in "iu" else mean).astype(made.dtype)


def named(source: Source) -> str:
    """The source's name as it can be printed and stored."""
    return said(source.name)
