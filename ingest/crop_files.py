"""Files of a folder or an archive by name, and their bytes group by group; nothing is ever unpacked to disk."""

from __future__ import annotations

import lzma
import os
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cellswap.errors import BadInput

# No crop is larger; an archive may claim anything.
MOST_BYTES = 16 << 20
TAR_ENDINGS = (".tar", ".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar.bz2")
DAMAGED = (
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class Listing:
    """Names of regular files, relative with `/`; empty folders; (name, reason) of what is not read."""

    files: tuple[str, ...]
    empty_folders: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Member:
    name: str
    bytes: int
    is_file: bool
    is_folder: bool


def listing(path: Path) -> Listing:
    """What is in a folder or archive; BadInput where it is neither, or damaged."""
    members = list(_members(path))
    files, refused = [], []
    for member in members:
        if reason := _refusal(member):
            refused.append((member.name, reason))
        elif member.is_file:
            files.append(member.name)
    holding = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    folders = {PurePosixPath(member.name).as_posix() for member in members if member.is_folder}
    empty = folders - holding - {"."}
    return Listing(tuple(sorted(files)), tuple(sorted(empty)), tuple(refused))


def contents(path: Path, group_of: Mapping[str, str]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Each group's files, name to bytes, as soon as the last one has been read; `group_of` names the files to read.

    An archive is read from front to end, so groups whose files stand together need the memory of one group only.
    """
    left = Counter(group_of.values())
    waiting: dict[str, dict[str, bytes]] = {}
    for name, content in _read(path, group_of):
        group = group_of[name]
        waiting.setdefault(group, {})[name] = content
        if len(waiting[group]) == left[group]:
            yield group, waiting.pop(group)


def _refusal(member: _Member) -> str:
    parts = PurePosixPath(member.name).parts
    if member.name.startswith("/") or ".." in parts or "\\" in member.name:
        return "its name leads out of the archive"
    if not (member.is_file or member.is_folder):
        return "a link or device, not a file"
    if member.is_file and member.bytes > MOST_BYTES:
        return f"{member.bytes:,} bytes: no crop is larger than {MOST_BYTES:,}"
    return ""


def _members(path: Path) -> Iterator[_Member]:
    if path.is_dir():
        yield from _walk(path)
    elif path.name.lower().endswith(".zip"):
        with _damage_said(), zipfile.ZipFile(path) as archive:
            yield from (_Member(m.filename, m.file_size, not m.is_dir(), m.is_dir()) for m in archive.infolist())
    elif path.name.lower().endswith(TAR_ENDINGS):
        with _damage_said(), tarfile.open(path, "r:*") as archive:
            yield from (_Member(m.name, m.size, m.isreg(), m.isdir()) for m in archive)
    else:
        found = "another file" if path.exists() else "no such file or folder"
        raise BadInput(f"expected a folder or an archive (.zip, {', '.join(TAR_ENDINGS)}), found {found}")


def _walk(path: Path) -> Iterator[_Member]:
    for place, folders, files in os.walk(path):
        folders.sort()
        here = Path(place).relative_to(path)
        yield from (
            # a link that leads nowhere is passed on as a file of no bytes: it is dropped by name, not the whole folder
            _Member((here / name).as_posix(), _size(Path(place) / name), True, False)
            for name in sorted(files)
        )
        if here != Path():
            yield _Member(here.as_posix(), 0, is_file=False, is_folder=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(path: Path, wanted: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from ((name, (path / name).read_bytes() if (path / name).exists() else b"") for name in wanted)
    elif path.name.lower().endswith(".zip"):
        with _damage_said(), zipfile.ZipFile(path) as archive:
            yield from ((name, archive.read(name)) for name in wanted)
    else:
        names = set(wanted)
        with _damage_said(), tarfile.open(path, "r:*") as archive:
            for member in archive:
                if member.name in names and (file := archive.extractfile(member)):
                    names.remove(member.name)
                    yield member.name, file.read()


@contextmanager
def _damage_said() -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        why = (str(error) or type(error).__name__).splitlines()[0].rstrip(":")
        raise BadInput(f"the archive is damaged or cut short, or none of its kind ({why}); copy it again") from error
