"""Folders of an Opera Phenix: `r01c01f01p01-ch1sk1fk1fl1.tiff` is row, column, field, plane and channel."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.ingest import plate_map
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing, missing
from cellswap.ingest.plate_map import Content, PlateMap, Reject
from cellswap.ingest.wells import well

_NAME = re.compile(
    r"(?P<well>r\d{2}c\d{2})f(?P<site>\d{2,})p(?P<plane>\d{2,})-(?P<channel>ch\d+)\w*\.tiff?", re.IGNORECASE
)
PLANE = "01"
ENDINGS = (".tif", ".tiff")


@dataclass(frozen=True)
class Source:
    """A folder of one plate, what it is called, and its map where there is one."""

    folder: Path
    plate: str | None
    map_file: Path | None
    replicate: int


def list_fields(source: Source, channels: dict[str, str]) -> Listing:
    """The fields of a plate's folder; BadInput where it is no folder or holds no such file."""
    folder = images(source.folder)
    plate = source.plate or plate_name(folder)
    known = plate_map.read(source.map_file, plate) if source.map_file else None
    found, rejects = _files(folder, channels)
    rejects += known.rejects if known else []
    fields = []
    for (name, site), files in sorted(found.items()):
        holds = known.wells.get(well(name)) if known else NO_MAP
        names = (f"{name}f{site}p{PLANE}", f"{name}f{site}")
        if detail := missing(files, channels):
            rejects.append((names[0], "channel is missing", detail))
        elif holds is None:
            rejects.append(
                (names[0], "well is not in the plate map", "add a row for it; ORF empty where there is none")
            )
        else:
            fields.append(FieldFiles(plate, well(name), f"f{site}", source.replicate, holds, files, names))
    return Listing(fields, _wells(plate, known), rejects)


def images(folder: Path) -> Path:
    """The folder of images: an export keeps them in a folder `Images` of the plate's folder."""
    if not folder.is_dir():
        raise BadInput(
            f"{folder}: expected a folder of Phenix images, found "
            + ("a file" if folder.exists() else "no such folder")
        )
    inside = next((f for f in sorted(folder.iterdir()) if f.is_dir() and f.name.lower() == "images"), folder)
    if not any(_NAME.fullmatch(f.name) for f in inside.iterdir()):
        raise BadInput(
            f"{inside}: no file is named like r01c01f01p01-ch1sk1fk1fl1.tiff; other names go with --layout csv"
        )
    return inside


def plate_name(folder: Path) -> str:
    """The folder's name, or that of the folder above `Images`."""
    resolved = folder.resolve()
    return resolved.parent.name if resolved.name.lower() == "images" else resolved.name


def _files(folder: Path, channels: dict[str, str]) -> tuple[dict[tuple[str, str], dict[str, Path]], list[Reject]]:
    """Files of each (well, site) by role. Channels that the store has no role for are passed over."""
    role_of = {channel.lower(): role for role, channel in channels.items()}
    found: dict[tuple[str, str], dict[str, Path]] = defaultdict(dict)
    rejects: list[Reject] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in ENDINGS:
            continue
        name = _NAME.fullmatch(path.name)
        if name is None:
            rejects.append(
                (path.name, "file name is not of this layout", "expected a name like r01c01f01p01-ch1sk1fk1fl1.tiff")
            )
        elif name["plane"] != PLANE:
            rejects.append((path.name, "another plane", f"only plane p{PLANE} is read"))
        elif role := role_of.get(name["channel"].lower()):
            found[name["well"].lower(), name["site"]][role] = path
        else:
            found.setdefault((name["well"].lower(), name["site"]), {})
    return found, rejects


def _wells(plate: str, known: PlateMap | None) -> dict[tuple[str, str], Content]:
    return {(plate, name): content for name, content in known.wells.items()} if known else {}
