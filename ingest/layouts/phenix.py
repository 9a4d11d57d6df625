"""Folders of an Opera Phenix: `r01c01f01p01-ch1sk1fk1fl1.tiff` is row, column, field, plane, channel and time.

Newer exports write `r01c01f01p01-ch01t01.tiff`, and may keep each well in a folder of its own. Where Index.idx.xml lies beside
them, channels go by the names that it has for them too, and the plate by its name there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.ingest import plate_map, regular_files
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing, missing, roles, some
from cellswap.ingest.layouts import phenix_index, phenix_names
from cellswap.ingest.layouts.phenix_index import Index
from cellswap.ingest.layouts.phenix_names import EXAMPLE, FIRST, Image, Key, Pick
from cellswap.ingest.plate_map import PlateMap, Reject
from cellswap.ingest.regular_files import said
from cellswap.ingest.wells import well
from cellswap.store.files import other_kind

ENDINGS = (".tif", ".tiff")


@dataclass(frozen=True)
class Source:
    """A folder of one plate, what it is called, its map where there is one, and which plane and time of a field to read."""

    folder: Path
    plate: str | None
    map_file: Path | None
    replicate: int
    pick: Pick = FIRST


@dataclass
class Found:
    """What a folder holds: images, (place, reason, detail) of other files, and how many are no image of the user's."""

    images: list[Image]
    rejects: list[Reject]
    dust: list[str]


def list_fields(source: Source, channels: dict[str, str]) -> Listing:
    """The fields of a plate's folder; BadInput where it is no folder or holds no such file."""
    folder, found = images(source.folder)
    index = phenix_index.beside(folder, {image.path.name for image in found.images})
    plate = source.plate or index.plate or plate_name(folder)
    known = plate_map.read(source.map_file, plate) if source.map_file else None
    kept, others = phenix_names.picked(_called(found.images, index, channels), source.pick)
    rejects = found.rejects + others + (known.rejects if known else [])
    fields = []
    for key, of_field in phenix_names.by_field(kept).items():
        try:
            fields.append(_field(of_field, channels, _Place(plate, key, source.replicate, known)))
        except _Refused as refused:
            rejects.append((phenix_names.beginning(of_field[0]), refused.reason, str(refused)))
    notes = [*(known.notes if known else []), *index.notes, *_idle_note(kept, channels)]
    return Listing(fields, known.on(plate) if known else {}, rejects, notes, found.dust, pixel_size_um=index.pixel_size_um)


def _called(found: list[Image], index: Index, channels: dict[str, str]) -> list[Image]:
    """The images with their channels by the index's names, but for those that the store calls by their number."""
    known = roles(channels)
    number = {channel: f"ch{int(channel[2:])}" for channel in {image.channel for image in found}}
    names = {channel: index.channels.get(short, channel) for channel, short in number.items() if known.of(channel) is None}
    return [replace(image, channel=names.get(image.channel, image.channel)) for image in found]


class _Refused(BadInput):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class _Place:
    plate: str
    key: Key
    replicate: int
    known: PlateMap | None


def _field(of_field: list[Image], channels: dict[str, str], place: _Place) -> FieldFiles:
    files = _by_role(of_field, channels)
    if detail := missing(files, channels, (image.channel for image in of_field)):
        raise _Refused("channel is missing", detail)
    name = _well(place.key[0])
    holds = place.known.wells.get(name) if place.known else NO_MAP
    if holds is None:
        raise _Refused("well is not in the plate map", "add a row for it; ORF empty where there is none")
    first = of_field[0]
    names = (phenix_names.beginning(first), f"{first.well}f{first.site}")
    ordered = {role: files[role] for role in channels}
    return FieldFiles(place.plate, name, f"f{first.site}", place.replicate, holds, ordered, names)


def _well(text: str) -> str:
    try:
        return well(text)
    except BadInput as error:
        raise _Refused("no such well", str(error)) from error


def _by_role(of_field: list[Image], channels: dict[str, str]) -> dict[str, Path]:
    """The field's files by role; channels that the store has no role for are passed over."""
    known, files = roles(channels), dict[str, Path]()
    for image in of_field:
        role = known.of(image.channel)
        if role and role in files:
            both = f"{files[role].name} and {image.path.name}"
            raise _Refused("two files are one channel of the field", f"{both} are both its {role} channel; take one away")
        if role:
            files[role] = image.path
    return files


def images(folder: Path) -> tuple[Path, Found]:
    """The folder of images and what it holds: an export keeps them in a folder `Images` of the plate's folder."""
    if not folder.is_dir():
        what = (other_kind(folder) or "a file") if folder.exists() else "no such folder"
        raise BadInput(f"{said(folder)}: expected a folder of Phenix images, found {what}")
    inside = [Path(f.path) for f in regular_files.entries(folder) if f.is_dir() and f.name.lower() == "images"]
    holding = [(place, found) for place in (folder, *inside) if (found := _files(place)).images]
    if len(holding) > 1:
        places = " and ".join(said(place) for place, _ in holding)
        raise BadInput(f"{places} both hold images; give the one that you mean")
    if not holding:
        place = inside[0] if inside else folder
        deeper = some(said(f.name) for f in regular_files.entries(place) if f.is_dir())
        where = f"; its folders ({deeper}) are not looked into: give the one with the images" if deeper else ""
        raise BadInput(f"{said(place)}: no file is named like {EXAMPLE}{where}; other names go with --layout csv")
    return holding[0]


def plate_name(folder: Path) -> str:
    """The plate's folder's name, whether it is given or its `Images`, or a well's; BadInput where it is no text."""
    resolved = folder.resolve()
    if phenix_names.WELL.fullmatch(resolved.name):
        resolved = resolved.parent
    name = resolved.parent.name if resolved.name.lower() == "images" else resolved.name
    if why := regular_files.no_text(name):
        raise BadInput(f"{said(name)}: the folder's name is {why}, so it can't name the plate; give one with --plate NAME")
    return name


def _files(folder: Path) -> Found:
    """The images of a folder and of its wells' folders, `r01c01/r01c01f01p01-ch01t01.tiff`."""
    found = Found([], [], [])
    for entry in regular_files.entries(folder):
        if not entry.is_dir():
            _sort(Path(entry.path), None, found)
        elif phenix_names.WELL.fullmatch(entry.name):
            for inner in regular_files.entries(Path(entry.path)):
                _sort(Path(inner.path), entry.name.lower(), found)
        elif regular_files.is_dust(entry.name):
            found.dust.append(entry.name)
    return found


def _sort(path: Path, of_well: str | None, found: Found) -> None:
    """Put a file where it belongs; those with another ending than an image's are none of ours."""
    if regular_files.is_dust(path.name):
        found.dust.append(path.name)
        return
    if path.suffix.lower() not in ENDINGS:
        return
    image = phenix_names.parse(path)
    if image is None:
        why = regular_files.no_text(path.name)
        hint = f"its name is {why}; " if why else ""
        found.rejects.append((said(path.name), "file name is not of this layout", f"{hint}expected a name like {EXAMPLE}"))
    elif kind := other_kind(path):
        found.rejects.append((path.name, "not a regular file", f"expected a file, found {kind}"))
    elif of_well and image.well != of_well:
        found.rejects.append((path.name, "file lies in another well's folder", f"it lies in {of_well}; move it, or mend its name"))
    else:
        found.images.append(image)


def _idle_note(kept: list[Image], channels: dict[str, str]) -> list[str]:
    """What to say of channels that the store has no role for."""
    known = roles(channels)
    idle = Counter(image.channel for image in kept if known.of(image.channel) is None)
    counted = ", ".join(f"{n} of {channel}" for channel, n in sorted(idle.items()))
    return [f"{idle.total()} files of channels that the store has no role for, passed over: {counted}"] if idle else []
