"""Files that an operating system leaves among the user's own: they are nobody's images or tables."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

# macOS (on other disks and in its zips), Windows, and the file servers that show either.
_NAMES = {
    ".ds_store",
    "__macosx",
    ".spotlight-v100",
    ".trashes",
    ".fseventsd",
    ".temporaryitems",
    ".appledouble",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "$recycle.bin",
    "system volume information",
    "@eadir",
    "#recycle",
}
# ._NAME holds what macOS knows of NAME; ~$NAME is open in an office program; .nfs… was removed while open.
_BEGINNINGS = ("._", "~$", ".nfs", ".~lock.")


def is_litter(name: str) -> bool:
    """Whether a file, or a folder that it lies in, is one of those; `name` is relative, with `/`."""
    return any(piece.casefold() in _NAMES or piece.startswith(_BEGINNINGS) for piece in PurePosixPath(name).parts)


def note(names: Collection[str]) -> str:
    """What a run says of those that it passed over."""
    return f"{len(names)} files of the operating system were passed over, such as {min(names)}"
