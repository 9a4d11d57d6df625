"""What a layout finds: the files of each field of view, and what it could not make sense of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cellswap.ingest.image_parts import Part, PartOf
from cellswap.ingest.places import Places
from cellswap.ingest.plate_map import Content, Reject

SHOWN = 8


@dataclass(frozen=True)
class FieldFiles:
    """One field of view: where it is, what its well holds, and its channel files by role.

    `names` are the beginnings that a label image of this field may have in its file name; `masks` are the files of a
    folder of label images that have one, where there is such a folder, or the one that a template names, and `dataset` which of its
    arrays, where it has several; `labels` is a label image that lies among the channels. `parts` say by role which part of its file
    a channel is, where it is not all of it. `said` is what the list of files says of the field beside that, by column; `places` are
    its cells where somebody found them and nobody drew them.
    """

    plate: str
    well: str
    site: str
    replicate: int
    holds: Content
    channels: dict[str, Path]
    names: tuple[str, ...]
    masks: tuple[Path, ...] = ()
    dataset: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    places: Places | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    labels: PartOf | None = None

    @property
    def beside(self) -> bytes:
        """What the field is read from beside its files."""
        return self.dataset.encode() + (self.places.digest if self.places else b"")

    def field_id(self, screen: str) -> str:
        """The field's key: screen/replicate/plate/well/site."""
        return f"{screen}/{self.replicate}/{self.plate}/{self.well}/{self.site}"


@dataclass(frozen=True)
class Listing:
    """Fields in the order of their names, each plate's wells where the source tells them, and (place, reason, detail) of the rest.

    `notes` say what was passed over, with its count; `dust` are names of files that other systems leave. `attributes` are what a table
    says of wells beside their condition, None where no such table was given. `pixel_size_um` is what the source says of it.
    """

    fields: list[FieldFiles]
    wells: dict[tuple[str, str], Content]
    rejects: list[Reject]
    notes: list[str] = field(default_factory=list)
    dust: list[str] = field(default_factory=list)
    attributes: Mapping[tuple[str, str], Mapping[str, str]] | None = None
    pixel_size_um: float | None = None


NO_MAP = Content(None, None, None)


def folded(channel: str) -> str:
    """A channel's name without regard to case and to noughts before a number: `CH01` is `ch1`."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", channel.strip().casefold())


@dataclass(frozen=True)
class Roles:
    """The roles of a store's channels by the names that they go by: their own or their role's, and these folded."""

    exact: dict[str, str]
    folded: dict[str, str]

    def of(self, channel: str) -> str | None:
        """The role of a channel as a file or row names it; None where the store has no such channel, or leaves it open which."""
        return self.exact.get(channel) or self.folded.get(folded(channel))


def roles(channels: Mapping[str, str]) -> Roles:
    """The roles of {role: channel}; a folded name that two roles share is no name."""
    exact = {channel: role for role, channel in channels.items()} | {role: role for role in channels}
    by_fold: dict[str, set[str]] = {}
    for name, role in exact.items():
        by_fold.setdefault(folded(name), set()).add(role)
    return Roles(exact, {name: next(iter(found)) for name, found in by_fold.items() if len(found) == 1})


def missing(channels: Mapping[str, Path], wanted: Mapping[str, str], found: Iterable[str]) -> str | None:
    """What to say of a field whose files lack a channel of the store; None where all are there."""
    lacking = [f"{role} ({channel})" for role, channel in wanted.items() if role not in channels]
    if not lacking:
        return None
    expected = ", ".join(f"{role}={channel}" for role, channel in wanted.items())
    return (
        f"no file of the channel {', '.join(lacking)}; found the channels {some(sorted(set(found))) or 'none'}; the store expects"
        f" {expected}: add the file, or make a store with other --channels"
    )


def some(names: Iterable[str]) -> str:
    """The first few names in a line, and how many there are more."""
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
