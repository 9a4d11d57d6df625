"""What the store has of a screen of crops already, and whether the files still are what was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cellswap.errors import BadInput, shown
from cellswap.ingest.crop_files import Group
from cellswap.ingest.crop_layout import Cell, CropLayout
from cellswap.ingest.crop_rows import sha256, stored_name
from cellswap.store import database
from cellswap.store.folder import Store

Reject = tuple[str, str, str]


@dataclass(frozen=True)
class FieldThere:
    """A field of crops in the store: its files, the hash over their bytes, and its condition."""

    site: str
    files: tuple[str, ...]
    sha256: str | None
    condition: str | None


@dataclass(frozen=True)
class There:
    """The fields that the store has, by gene."""

    fields: dict[str, list[FieldThere]] = field(default_factory=dict)

    def files(self, gene: str) -> set[str]:
        """The files that were read of a condition."""
        return {name for one in self.fields.get(gene, ()) for name in one.files}

    def has(self, gene: str, cells: Iterable[Cell], condition: str | None) -> bool:
        """Whether every file of a condition was read, and under the condition that it has now, if it has one."""
        offered = {stored_name(name) for cell in cells for name in cell.files.values()}
        of_other = condition is not None and any(one.condition != condition for one in self.fields.get(gene, ()))
        return offered <= self.files(gene) and not of_other

    def changed(self, gene: str, cells: Iterable[Cell], group: Group) -> list[Reject]:
        """(place, reason, detail) of each field whose files have other bytes now than the store has read under these names."""
        offered = {stored_name(name): name for cell in cells for name in cell.files.values() if name in group.contents}
        return [_changed(gene, one) for one in self.fields.get(gene, ()) if _differs(one, offered, group)]


def read(store: Store, screen: str, layout: CropLayout) -> There:
    """What the store has of a screen; BadInput where that is of another layout."""
    with database.connect(store) as connection:
        query = "SELECT site, files, sha256, condition FROM fields WHERE screen = ? AND plate IS NULL ORDER BY site"
        rows = connection.execute(query, [screen]).fetchall()
    there = There()
    for site, files, digest, condition in rows:
        for name in files:
            if layout.pattern.fullmatch(name.split("/")[-1]) is None:
                raise BadInput(f"the screen {screen} has crops of another layout, such as {shown(name)}; give this one another --screen")
        if files:
            there.fields.setdefault(files[0].split("/")[0], []).append(FieldThere(site, tuple(files), digest, condition))
    return there


def _differs(one: FieldThere, offered: dict[str, str], group: Group) -> bool:
    """Whether all files of a field are here, and have other bytes; where some are not, that is said elsewhere."""
    if one.sha256 is None or not offered.keys() >= set(one.files):
        return False
    return sha256([offered[name] for name in one.files], group.contents) != one.sha256


def _changed(gene: str, one: FieldThere) -> Reject:
    detail = (
        f"the {len(one.files)} files of {shown(one.site)}, such as {shown(one.files[0])}, have other bytes than the store has read under"
        " these names; --again puts them in the place of those, another --screen beside them"
    )
    return gene, "files changed since they were read", detail
