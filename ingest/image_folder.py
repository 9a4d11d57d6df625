r"""The files that a list made elsewhere means: paths of another machine, found in a folder of this one by how they end.

A file is a path's where each is the only one that shares so much of the other's ending: `D:\screen\p1\Images\a.tif` is
`raw/p1/Images/a.tif` beside `raw/p2/Images/a.tif`, and neither where `raw` holds `p2` alone. So a plate that was not copied gets no
other plate's images.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from cellswap.errors import BadInput, shown
from cellswap.ingest import regular_files
from cellswap.ingest.layouts import csv_paths

MOST_LOOKED_AT = 200_000
_REMOTE = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+://", re.IGNORECASE)
_FILE = re.compile(r"file:(//(localhost)?(?=/))?", re.IGNORECASE)
Parts = tuple[str, ...]


@dataclass
class Located:
    """The file of each path as it is written, and of those that have none why."""

    paths: dict[str, Path] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    hint: str = ""

    def find(self, text: str) -> Path:
        """The file; BadInput where there is none."""
        if text in self.why:
            raise BadInput(self.why[text])
        return self.paths[text]

    def summary(self) -> str:
        """How many paths lead nowhere, the first of them, and what helps; empty where all are there."""
        if not self.why:
            return ""
        first = next(iter(self.why))
        n = len(self.why) + len(self.paths)
        return f"{len(self.why)} of the {n} files that it names are not found, the first {shown(first)}: {self.why[first]}{self.hint}"


def located(texts: Iterable[str], beside: Path, images: Path | None) -> Located:
    """The files that these paths mean, relative to the folder `beside`, or below `images` where that is given.

    Raises BadInput where `images` is no folder.
    """
    wanted = list(dict.fromkeys(texts))
    if images is None:
        return _as_written(wanted, beside)
    if not images.is_dir():
        raise BadInput(f"--images {shown(images)}: expected the folder that holds the images, found no such folder")
    return _by_ending(wanted, images)


def path_of(url: str) -> str:
    """The path in a URL `file:/a%20b.tif`; any other text as it stands."""
    found = _FILE.match(url)
    return unquote(url[found.end() :]) if found else url


def _as_written(wanted: list[str], beside: Path) -> Located:
    found = Located()
    for text in wanted:
        if _REMOTE.match(text):
            found.why[text] = "it is on another machine, and nothing is fetched"
            continue
        try:
            path = csv_paths.find(beside, path_of(text))
        except BadInput as error:
            found.why[text] = str(error)
            continue
        if os.path.exists(path):  # noqa: PTH110 - a name too long for the disk is not there; Path.exists raises
            found.paths[text] = path
        else:
            found.why[text] = "no such file"
    if found.why:
        name = _parts(next(iter(found.why)))[-1]
        below = next((path for path in _files(beside, MOST_LOOKED_AT) if path.name == name), None)
        where = f"{shown(beside)}, which has a file {shown(name)}" if below else "DIR, the folder of this machine that they are in"
        found.hint = f"; give --images {where}"
    return found


def _by_ending(wanted: list[str], images: Path) -> Located:
    texts: dict[str, list[str]] = {}
    for text in wanted:
        texts.setdefault(_parts(text)[-1], []).append(text)
    there: dict[str, list[Parts]] = {}
    for path in _files(images):
        if path.name in texts:
            there.setdefault(path.name, []).append(path.relative_to(images).parts)
    above, found = images.resolve().parts, Located()
    for name, called in texts.items():
        of_texts, of_files = _Endings(map(_parts, called)), _Endings((*above, *one) for one in there.get(name, []))
        for text in called:
            fitting = of_files.nearest(_parts(text))
            if len(fitting) == 1 and of_texts.nearest(fitting[0]) == [_parts(text)]:
                found.paths[text] = images.joinpath(*fitting[0][len(above) :])
            else:
                found.why[text] = _said(images, fitting, of_texts)
    return found


def _said(images: Path, fitting: list[Parts], of_texts: _Endings) -> str:
    if not fitting:
        return f"no file of that name is in {shown(images)}"
    ends = [shown("/".join(path[-3:])) for path in fitting[:2]]
    if len(fitting) > 1:
        return f"{len(fitting)} files in {shown(images)} end so, such as {' and '.join(ends)}"
    others = of_texts.nearest(fitting[0])
    return (
        f"{ends[0]} in {shown(images)} fits {shown('/'.join(others[0]))}"
        f"{' and others' if len(others) > 1 else ''} as well or better; keep the folders that tell them apart"
    )


class _Endings:
    """Paths by all of their endings; among those of one file name."""

    def __init__(self, paths: Iterable[Parts]) -> None:
        self._by_ending: dict[Parts, list[Parts]] = {}
        for path in paths:
            for n in range(1, len(path) + 1):
                self._by_ending.setdefault(path[-n:], []).append(path)

    def nearest(self, path: Parts) -> list[Parts]:
        """The paths that share the longest ending with this one."""
        found: list[Parts] = []
        for n in range(1, len(path) + 1):
            if path[-n:] not in self._by_ending:
                break
            found = self._by_ending[path[-n:]]
        return found


def _parts(text: str) -> Parts:
    """The names of a path, whichever system wrote it."""
    return tuple(filter(None, re.split(r"[\\/]+", path_of(text)))) or ("",)


def _files(folder: Path, most: int | None = None) -> Iterator[Path]:
    """The files below a folder, at most so many, in the order of their names."""
    return islice(_walked(folder), most)


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not regular_files.is_dust(name):
                yield Path(place) / name
