"""What stands in a .zip or .tar archive, and the bytes of its members, none of them beyond a bound.

An archive's headers may claim anything: what is really unpacked is counted too.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from cellswap.errors import BadInput, shown
from cellswap.ingest import folders
from cellswap.ingest.folders import Member

# No crop is larger.
MOST_BYTES = 16 << 20
# What a packed .tar may unpack to: crops shrink to a half or a tenth, never to a hundredth.
MOST_RATIO, LEAST_BOUND = 100, 4 << 30
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
    OverflowError,
    ValueError,
)
_PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}


def members(path: Path) -> Iterator[Member]:
    """What an archive lists; BadInput where there is none, or it is damaged."""
    _look_at(path)
    if path.name.lower().endswith(".zip"):
        with _damage_said(), zipfile.ZipFile(path) as archive:
            yield from (Member(m.filename, m.file_size, _is_file(m), m.is_dir()) for m in archive.infolist())
    else:
        with _damage_said(), _tar(path) as archive:
            yield from (Member(m.name, m.size, m.isreg(), m.isdir()) for m in archive)


def read(path: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes | BadInput]]:
    """Name and bytes of each wanted member, or why it could not be read; a `.tar`'s in its own order.

    A name that stands twice is read once: the member that is a file and no larger than MOST_BYTES.
    """
    _look_at(path)
    if path.name.lower().endswith(".zip"):
        with _damage_said(), zipfile.ZipFile(path) as archive:
            found = {m.filename: m for m in archive.infolist() if _is_file(m) and m.file_size <= MOST_BYTES}
            yield from ((name, _unzipped(archive, found[name])) for name in wanted)
    else:
        left = set(wanted)
        with _damage_said(), _tar(path) as archive:
            for member in archive:
                if member.name in left and member.isreg() and member.size <= MOST_BYTES and (file := archive.extractfile(member)):
                    left.remove(member.name)
                    yield member.name, file.read()


def _look_at(path: Path) -> None:
    found = folders.kind(path)
    if found != folders.FILE or not path.name.lower().endswith((".zip", *TAR_ENDINGS)):
        found = "another file" if found == folders.FILE else found
        raise BadInput(f"expected a folder or an archive (.zip, {', '.join(TAR_ENDINGS)}), found {found}")


def _is_file(member: zipfile.ZipInfo) -> bool:
    """Whether a .zip's member is a file: Unix puts its kind of file into the upper half of the attributes, where a link is 0o12."""
    return not member.is_dir() and member.external_attr >> 28 in {0, 0o10}


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | BadInput:
    """A member's bytes, or why it can't be read: `zipfile` bounds what it unpacks of deflated data only."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return BadInput("packed in another way than by deflate; make the .zip anew, or a .tar.xz")
    whole = bytearray()
    try:
        with archive.open(member) as file:
            while len(whole) <= MOST_BYTES and (piece := file.read(1 << 20)):
                whole += piece
    except DAMAGED as error:
        return BadInput(f"damaged in the archive ({_why(error)})")
    return bytes(whole) if len(whole) <= MOST_BYTES else BadInput(f"more than {MOST_BYTES:,} bytes: no crop is larger")


@contextmanager
def _tar(path: Path) -> Iterator[tarfile.TarFile]:
    with path.open("rb") as file:
        head = file.read(6)
        file.seek(0)
        opened = next((how for magic, how in _PACKED.items() if head.startswith(magic)), None)
        most = max(LEAST_BOUND, MOST_RATIO * path.stat().st_size) if opened else sys.maxsize
        stream = _Bounded(cast("IO[bytes]", opened(file)) if opened else file, most)
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:") as archive:
            yield archive


class _Bounded:
    """A stream that ends with BadInput where more is unpacked than `most` bytes, or one read asks for more than a crop and its header."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._most = stream, most

    def read(self, n: int = -1) -> bytes:
        """At most n bytes."""
        if not 0 <= n <= 2 * MOST_BYTES:
            raise BadInput(f"the archive is damaged or hostile: a header of {n:,} bytes")
        self._look(self._stream.tell() + n)
        return self._stream.read(n)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go there, by unpacking what stands before."""
        self._look(offset)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Where the next read begins."""
        return self._stream.tell()

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def _look(self, end: int) -> None:
        # The last read may reach beyond the end by a block of zeros.
        if end > self._most + 2 * MOST_BYTES:
            raise BadInput(
                f"the archive unpacks to more than {self._most:,} bytes, over {MOST_RATIO} times its own size; take out what is no crop"
            )


@contextmanager
def _damage_said() -> Iterator[None]:
    try:
        yield
    except BadInput:
        raise
    except DAMAGED as error:
        raise BadInput(f"the archive is damaged or cut short, or none of its kind ({_why(error)}); copy it again") from error


def _why(error: Exception) -> str:
    return shown((str(error) or type(error).__name__).splitlines()[0].rstrip(":"))
