"""The files that a field is read from, and whether they are still those that it was read from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import image_sources, label_images
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.image_parts import PartOf, Source, named
from cellswap.ingest.label_images import Masks
from cellswap.ingest.regular_files import said


@dataclass(frozen=True)
class Inputs:
    """What a field was read from: the files' names, channel by channel and a label image last, a hash over their bytes, their stamp.

    Of a file of which only a part is read, the name says which, and the hash is over that part.
    """

    names: tuple[str, ...]
    sha256: str
    stamp: str


def in_order(files: FieldFiles, roles: Iterable[str]) -> Iterator[tuple[str, Source]]:
    """What a field's channels are read from, channel by channel in the store's order."""
    for role in roles:
        path = files.channels[role]
        yield role, PartOf(path, files.parts[role]) if role in files.parts else path


def sources(files: FieldFiles, roles: Iterable[str], masks: Masks | None) -> list[Source]:
    """All that a field is read from, in the order in which it is read; BadInput where it has no label image."""
    found = [source for _, source in in_order(files, roles)]
    if files.labels is not None:
        return [*found, files.labels]
    return found if masks is None else [*found, label_images.choose(masks, files)]


def stamp(of: Iterable[Source], beside: bytes = b"") -> str:
    """A hash over the names, and the sizes and times of change of the files, which is had without reading them, and what is read beside.

    Raises BadInput naming a file that is not there.
    """
    digest = hashlib.sha256(beside)
    for source in of:
        for path in _files(source):
            try:
                facts = path.stat()
            except (OSError, ValueError) as error:
                raise BadInput(f"{said(path.name)}: cannot be read; look whether it is there and may be read") from error
            digest.update(f"{named(source)}\x1f{facts.st_size}\x1f{facts.st_mtime_ns}\x1e".encode())
    return digest.hexdigest()


def _files(source: Source) -> list[Path]:
    with at(named(source)):
        return image_sources.files(source)


def sha256(of: Iterable[Source], beside: bytes = b"") -> str:
    """The hash over the bytes of all files, or of the parts that are read, and what is read beside; BadInput naming one that can't be."""
    digest = hashlib.sha256()
    for source in of:
        with at(named(source)):
            for content in image_sources.raw(source):
                digest.update(content)
    digest.update(beside)
    return digest.hexdigest()


@dataclass(frozen=True)
class Known:
    """What the store says of a field's files, and the condition of its well."""

    names: tuple[str, ...]
    sha256: str | None
    stamp: str | None
    condition: str | None = None


def changed(now: Sequence[Source], known: Known, beside: bytes = b"") -> str | None:
    """What is different about a field's files since it was read; None where nothing is. They are read only where their stamp differs."""
    if stamp(now, beside) == known.stamp or sha256(now, beside) == known.sha256:
        return None
    names = tuple(named(source) for source in now)
    if names != known.names:
        return f"read from {', '.join(known.names)}; now there are {', '.join(names)}"
    which = names[0] if len(names) == 1 else f"one or more of {', '.join(names)}"
    which = f"{which}, or what is read beside, such as places of cells," if beside else which
    return f"the bytes of {which} are not those that it was read from"
