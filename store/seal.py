"""What a part says of itself: its name, its run, and a digest of all its bytes, so that one flipped bit is found.

They stand in the Parquet file's own metadata, so that they are there as soon as the part is, and move with it. The digest is
taken with its own 64 letters as zeros.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

NAME, RUN, DIGEST = "cellswap_part", "cellswap_run", "cellswap_sha256"
UNKNOWN = "0" * 64
_MAGIC = b"PAR1"
_SEAL = re.compile(DIGEST.encode() + rb".{1,8}?([0-9a-f]{64})", re.DOTALL)
_LARGEST_FOOTER = 64 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Place:
    """Where a file's digest stands, in bytes from its start, and what it says."""

    start: int
    said: bytes


def words(name: str, run_id: str) -> dict[str, str]:
    """What is written into a part's metadata before its footer is."""
    return {NAME: name, RUN: run_id, DIGEST: UNKNOWN}


def close(path: Path) -> None:
    """Put the digest into a finished file that holds its `words`."""
    place = _find(path)
    if place is None:
        raise ValueError(f"{path}: expected a Parquet file with the words of a part in its footer")
    digest = _digest(path, place)
    with path.open("rb+") as file:
        file.seek(place.start)
        file.write(digest.encode())


def fault(path: Path) -> str | None:
    """Why a file is not what was written; None where every byte is."""
    size = path.stat().st_size
    if not size:
        return "the file is empty"
    place = _find(path)
    if place is None:
        return "cut short, or not written by cellswap"
    return None if _digest(path, place).encode() == place.said else "its bytes are not those that were written (its checksum differs)"


def _find(path: Path) -> _Place | None:
    """The digest's place in the footer; None where there is no whole footer, or no digest in it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < 12 or file.read(4) != _MAGIC:
            return None
        file.seek(size - 8)
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > min(size - 12, _LARGEST_FOOTER):
            return None
        file.seek(size - 8 - length)
        found = list(_SEAL.finditer(file.read(length)))
    return _Place(size - 8 - length + found[-1].start(1), found[-1][1]) if found else None


def _digest(path: Path, place: _Place) -> str:
    """SHA-256 of the file with the digest's own place as zeros."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        at = 0
        while block := file.read(_BLOCK):
            first, last = max(place.start - at, 0), min(place.start + len(UNKNOWN) - at, len(block))
            if first < last:
                block = block[:first] + b"0" * (last - first) + block[last:]
            made.update(block)
            at += len(block)
    return made.hexdigest()
