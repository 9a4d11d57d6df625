"""The files that a field is read from, and whether they are still those that it was read from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import label_images, regular_files
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.label_images import Masks
from cellswap.ingest.regular_files import said


@dataclass(frozen=True)
class Inputs:
    """What a field was read from: the files' names, channel by channel and a label image last, a hash over their bytes, their stamp."""

    names: tuple[str, ...]
    sha256: str
    stamp: str


def in_order(channels: Mapping[str, Path], names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """A field's files channel by channel, in the store's order."""
    return ((name, channels[name]) for name in names)


def paths(files: FieldFiles, roles: Iterable[str], masks: Masks | None) -> list[Path]:
    """All files of a field in the order in which they are read; BadInput where it has no label image."""
    found = [path for _, path in in_order(files.channels, roles)]
    return found if masks is None else [*found, label_images.choose(masks, files)]


def stamp(of: Iterable[Path], beside: bytes = b"") -> str:
    """A hash over the files' names, sizes and times of change, which is had without reading them, and over what is read beside them.

    Raises BadInput naming a file that is not there.
    """
    digest = hashlib.sha256(beside)
    for path in of:
        try:
            facts = path.stat()
        except (OSError, ValueError) as error:
            raise BadInput(f"{said(path.name)}: cannot be read; look whether it is there and may be read") from error
        digest.update(f"{said(path.name)}\x1f{facts.st_size}\x1f{facts.st_mtime_ns}\x1e".encode())
    return digest.hexdigest()


def sha256(of: Iterable[Path], beside: bytes = b"") -> str:
    """The hash over the bytes of all files and of what is read beside them; BadInput naming a file that can't be read."""
    digest = hashlib.sha256()
    for path in of:
        with at(said(path.name)):
            digest.update(regular_files.read(path))
    digest.update(beside)
    return digest.hexdigest()


@dataclass(frozen=True)
class Known:
    """What the store says of a field's files, and the condition of its well."""

    names: tuple[str, ...]
    sha256: str | None
    stamp: str | None
    condition: str | None = None


def changed(now: list[Path], known: Known, beside: bytes = b"") -> str | None:
    """What is different about a field's files since it was read; None where nothing is. They are read only where their stamp differs."""
    if stamp(now, beside) == known.stamp or sha256(now, beside) == known.sha256:
        return None
    names = tuple(said(path.name) for path in now)
    if names != known.names:
        return f"read from {', '.join(known.names)}; now there are {', '.join(names)}"
    which = names[0] if len(names) == 1 else f"one or more of {', '.join(names)}"
    which = f"{which}, or what is read beside, such as places of cells," if beside else which
    return f"the bytes of {which} are not those that it was read from"
