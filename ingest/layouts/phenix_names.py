"""Names of Phenix images: what each part says, and which plane and time of a field is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.ingest.plate_map import Reject

EXAMPLE = "r01c01f01p01-ch1sk1fk1fl1.tiff"
WELL = re.compile(r"r[0-9]{2}c[0-9]{2}", re.IGNORECASE)
_NAME = re.compile(
    r"(?P<well>r[0-9]{2}c[0-9]{2})f(?P<site>[0-9]{2,})p(?P<plane>[0-9]{2,})-(?P<channel>ch[0-9]+)"
    r"(?:(?:sk|t)(?P<time>[0-9]+))?(?:fk(?P<fast>[0-9]+))?(?:fl(?P<lifetime>[0-9]+))?\.tiff?",
    re.IGNORECASE,
)
# What a field may have more than one image of, as its names write it, and what a message calls it.
AXES = {"plane": "plane", "time": "time point", "fast": "fast time point (fk)", "lifetime": "lifetime image (fl)"}
OPTIONS = {"plane": "--plane N reads another", "time": "--time N reads another"}
Key = tuple[str, int]


@dataclass(frozen=True)
class Image:
    """One file and what its name says: well as `r01c01`, site and plane as written, channel in lower case, counts of time."""

    path: Path
    well: str
    site: str
    plane_as_written: str
    channel: str
    plane: int
    time: int
    fast: int
    lifetime: int

    @property
    def key(self) -> Key:
        """Which field it is of: f01 and f001 are one."""
        return self.well, int(self.site)


@dataclass(frozen=True)
class Pick:
    """The plane and the time point to read; None for the first that the folder has."""

    plane: int | None = None
    time: int | None = None


FIRST = Pick()


def parse(path: Path) -> Image | None:
    """What a file's name says; None where it is not of this layout."""
    name = _NAME.fullmatch(path.name)
    if name is None:
        return None
    counts = {axis: int(name[axis] or 1) for axis in AXES}
    return Image(path, name["well"].lower(), name["site"], name["plane"], name["channel"].lower(), **counts)


def beginning(image: Image) -> str:
    """How the names of the field's files begin: r01c01f01p01."""
    return f"{image.well}f{image.site}p{image.plane_as_written}"


def by_field(images: Iterable[Image]) -> dict[Key, list[Image]]:
    """The images of each field, both in the order of their names."""
    fields: dict[Key, list[Image]] = {}
    for image in sorted(images, key=lambda i: (i.well, int(i.site), i.path.name)):
        fields.setdefault(image.key, []).append(image)
    return fields


def picked(images: list[Image], pick: Pick) -> tuple[list[Image], list[Reject]]:
    """The images of one plane and time, the same in all fields, and (place, reason, detail) of the others.

    Raises BadInput where the folder has none of the plane or time that was asked for.
    """
    rejects: list[Reject] = []
    for axis, called in AXES.items():
        get, wanted = attrgetter(axis), getattr(pick, axis, None)
        there = sorted({get(image) for image in images})
        if wanted is not None and wanted not in there:
            raise BadInput(f"--{axis} {wanted}: the folder's images are of the {called} {', '.join(map(str, there[:12]))}")
        chosen = wanted if wanted is not None else min(there, default=1)
        detail = f"only {called} {chosen} is read" + (f"; {OPTIONS[axis]}" if axis in OPTIONS else "")
        rejects += [(i.path.name, f"another {called}", detail) for i in images if get(i) != chosen]
        images = [image for image in images if get(image) == chosen]
    return images, rejects
