"""What a layout finds: the files of each field of view, and what it could not make sense of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellswap.ingest.plate_map import Content, Reject


@dataclass(frozen=True)
class FieldFiles:
    """One field of view: where it is, what its well holds, and its channel files by role.

    `names` are the beginnings that a label image of this field may have in its file name.
    """

    plate: str
    well: str
    site: str
    replicate: int
    holds: Content
    channels: dict[str, Path]
    names: tuple[str, ...]

    def field_id(self, screen: str) -> str:
        """The field's key: screen/replicate/plate/well/site."""
        return f"{screen}/{self.replicate}/{self.plate}/{self.well}/{self.site}"


@dataclass(frozen=True)
class Listing:
    """Fields in the order of their names, each plate's wells where the source tells them, and (place, reason, detail) of the rest."""

    fields: list[FieldFiles]
    wells: dict[tuple[str, str], Content]
    rejects: list[Reject]


NO_MAP = Content(None, None, None)


def missing(channels: dict[str, Path], wanted: dict[str, str]) -> str | None:
    """What to say of a field whose files lack a channel of the store; None where all are there."""
    lacking = [f"{role} ({channel})" for role, channel in wanted.items() if role not in channels]
    if not lacking:
        return None
    return (
        f"no file of the channel {', '.join(lacking)}; the store expects {', '.join(f'{r}={c}' for r, c in wanted.items())}: "
        "add the file, or make a store with other --channels"
    )
