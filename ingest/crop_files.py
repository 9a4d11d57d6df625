"""Files of a folder or an archive by name, and their bytes group by group; nothing is ever unpacked to disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cellswap.errors import BadInput
from cellswap.ingest import archives, folders
from cellswap.ingest.archives import MOST_BYTES
from cellswap.ingest.folders import Member
from cellswap.ingest.litter import is_litter
from cellswap.store import wording

# The files of one condition stand in memory together; 2 GiB are 60,000 crops of two channels.
MOST_GROUP_BYTES = 2 << 30
MOST_WAITING_BYTES = 4 << 30


@dataclass(frozen=True)
class Listing:
    """Sizes of regular files by name, relative with `/`; empty folders; (name, reason) of what is not read; what a system left."""

    files: dict[str, int]
    empty_folders: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    litter: tuple[str, ...]


@dataclass
class Group:
    """The bytes of one group's files by name, and why each of the others could not be read."""

    contents: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, found: bytes | BadInput) -> None:
        """Add what was read of a file, or why it was not."""
        if isinstance(found, BadInput):
            self.faults[name] = str(found)
        else:
            self.contents[name] = found


def listing(path: Path) -> Listing:
    """What is in a folder or archive; BadInput where it is neither, or damaged."""
    found = list(_members(path))
    litter = tuple(member.name for member in found if is_litter(member.name) and not member.is_folder)
    members = [member for member in found if not is_litter(member.name)]
    times = Counter(member.name for member in members if not _refusal(member) and member.is_file)
    refused = [(member.name, reason) for member in members if (reason := _refusal(member))]
    refused += [(name, _twice(n)) for name, n in times.items() if n > 1]
    files = {member.name: member.bytes for member in members if member.is_file and times[member.name] == 1 and not _refusal(member)}
    holding = {parent.as_posix() for member in members if not member.is_folder for parent in PurePosixPath(member.name).parents}
    folders = {PurePosixPath(member.name).as_posix() for member in members if member.is_folder}
    empty = folders - holding - {"."}
    return Listing({name: files[name] for name in sorted(files)}, tuple(sorted(empty)), tuple(refused), litter)


def contents(path: Path, group_of: Mapping[str, str]) -> Iterator[tuple[str, Group]]:
    """Each group's files as soon as the last one has been read; `group_of` names the files to read.

    An archive is read from front to end, so groups whose files stand together need the memory of one group only. Raises
    BadInput where files of many groups stand so far apart that too much would have to wait.
    """
    left = Counter(group_of.values())
    waiting: dict[str, Group] = {}
    n_bytes = 0
    for name, found in _read(path, group_of):
        group = group_of[name]
        waiting.setdefault(group, Group()).add(name, found)
        left[group] -= 1
        n_bytes += 0 if isinstance(found, BadInput) else len(found)
        if not left[group]:
            whole = waiting.pop(group)
            n_bytes -= sum(map(len, whole.contents.values()))
            yield group, whole
        elif n_bytes > MOST_WAITING_BYTES:
            raise BadInput(
                f"the files of {len(waiting):,} {wording.conditions()} stand far apart in this archive, and more than"
                f" {MOST_WAITING_BYTES >> 30} GiB would wait in memory; unpack it, and give the folder"
            )


def _twice(n: int) -> str:
    return f"the same name {n} times in the archive: which is meant? None was read; make the archive anew"


def _refusal(member: Member) -> str:
    pieces = PurePosixPath(member.name).parts
    if member.name.startswith("/") or ".." in pieces or "\\" in member.name:
        return "its name leads out of the archive"
    if member.refusal:
        return member.refusal
    if not (member.is_file or member.is_folder):
        return "a link or device, not a file"
    if member.is_file and member.bytes > MOST_BYTES:
        return f"{member.bytes:,} bytes: no crop is larger than {MOST_BYTES:,}"
    return ""


def _members(path: Path) -> Iterator[Member]:
    return folders.walk(path) if folders.kind(path) == folders.FOLDER else archives.members(path)


def _read(path: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes | BadInput]]:
    if folders.kind(path) == folders.FOLDER:
        return ((name, _bytes(path / name)) for name in wanted)
    return archives.read(path, wanted)


def _bytes(path: Path) -> bytes | BadInput:
    try:
        return folders.content(path, MOST_BYTES)
    except OSError as error:
        return BadInput(f"cannot be read ({error.strerror}); look whether it is there and may be read")
    except ValueError as error:
        return BadInput(f"{error}: no crop is larger")
