"""What lists of files have in common, whatever their columns are called: from rows to fields, and what is said of those left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import plate_map
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing, missing, roles
from cellswap.ingest.plate_map import Content, PlateMap, Reject
from cellswap.ingest.regular_files import said

NOT_USABLE = "field is not usable"


@dataclass(frozen=True)
class Named:
    """A file as a list names it: the row, the channel's name in the store or its role, and the path as it is written."""

    row: int
    channel: str
    path: str | None


@dataclass
class Found:
    """The fields of a list by their keys, what it could not make sense of, and the plate maps that were read for them."""

    map_file: Path | None = None
    fields: dict[str, FieldFiles] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    maps: dict[str, PlateMap] = field(default_factory=dict)

    def add(self, place: str, name: str, make: Callable[[], FieldFiles]) -> None:
        """Keep the field that `make` gives, with what its well holds by the plate map; one that is not usable is told."""
        try:
            made = self._held(make())
            self.fields[self._new_key(made)] = made
        except BadInput as error:
            self.rejects.append((place, NOT_USABLE, f"field '{name}': {error}"))

    def listing(self, notes: Iterable[str]) -> Listing:
        """All that was found."""
        rejects = [*self.rejects, *(reject for known in self.maps.values() for reject in known.rejects)]
        said_of_maps = [note for known in self.maps.values() for note in known.notes]
        fields = [self.fields[key] for key in sorted(self.fields)]
        wells = {(of.plate, of.well): of.holds for of in fields if of.holds != NO_MAP}
        for plate, known in self.maps.items():
            wells |= known.on(plate)
        return Listing(fields, wells, rejects, [*said_of_maps, *notes, *_shared_note(fields)])

    def _new_key(self, made: FieldFiles) -> str:
        key = made.field_id("")
        if key in self.fields:
            raise BadInput(f"another field is also plate {made.plate}, well {made.well}, site {made.site}: give each its own site")
        return key

    def _held(self, made: FieldFiles) -> FieldFiles:
        if self.map_file is None:
            return made
        if made.plate not in self.maps:
            self.maps[made.plate] = plate_map.read(self.map_file, made.plate)
        found: Content | None = self.maps[made.plate].wells.get(made.well)
        if found is None:
            raise BadInput(f"the plate map names no well {made.well} on plate {made.plate}")
        return replace(made, holds=found)


def files(named: Iterable[Named], channels: Mapping[str, str], find: Callable[[str], Path]) -> dict[str, Path]:
    """A field's files by role, in the store's order; those of channels that the store has no role for are passed over.

    Raises BadInput where a channel is missing or named twice, or one file is two channels.
    """
    known, listed = roles(channels), list(named)
    found: dict[str, Path] = {}
    for one in listed:
        role = known.of(one.channel)
        if role is None:
            continue
        if role in found:
            raise BadInput(f"the channel {one.channel} is listed twice")
        if not one.path:
            raise BadInput(f"row {one.row}: the path is empty")
        with at(f"row {one.row}"):
            path = find(one.path)
        if path in found.values():
            raise BadInput(f"row {one.row}: {one.path} is another channel of the field too; give each its own file")
        found[role] = path
    if detail := missing(found, channels, (one.channel for one in listed)):
        raise BadInput(detail)
    return {role: found[role] for role in channels}


def idle_note(named: Iterable[str | None], channels: Mapping[str, str]) -> list[str]:
    """What to say of rows whose channel the store has no role for."""
    known = roles(channels)
    idle = [name or "" for name in named if known.of(name or "") is None]
    return [f"{len(idle)} rows of channels that the store has no role for, such as '{idle[0]}', passed over"] if idle else []


def _shared_note(fields: list[FieldFiles]) -> list[str]:
    """What to say of files that more than one field is made of: rows that were copied and not mended, perhaps."""
    uses = Counter(path for of in fields for path in of.channels.values())
    shared = [path for path, n in uses.items() if n > 1]
    if not shared:
        return []
    example = f"{said(shared[0].name)} for {uses[shared[0]]}"
    return [f"{len(shared)} files are listed for more than one field, such as {example}: their cells count as often"]
