"""The hostile inputs: each makes its files in a folder, and has the command that is given them."""

from __future__ import annotations

import io
import os
import pickle
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from campaign.base import Base

A, B = "AAC1/AAC1_1_rfp_1_gfp.tif", "AAC1/AAC1_1_rfp_1_rfp.tif"
CROPS = "ingest crops {i} --layout pci --store {s} --jobs 1"
ARCHIVE = "ingest crops {i}/given.%s --layout pci --store {s} --jobs 1"


@dataclass(frozen=True)
class Hostile:
    """One input: its words hold {i} for its folder, {s} for the store and {b} for the base."""

    name: str
    words: str
    make: Callable[[Path, Base], None]
    stage: str = "labels"


class _Runs:
    """Unpickled, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


def _images(base: Base) -> tuple[bytes, bytes]:
    return (base.path / "crops" / A).read_bytes(), (base.path / "crops" / B).read_bytes()


def _tar(place: Path, base: Base, members: list[tuple[str, bytes | str, bytes]]) -> None:
    with tarfile.open(place / "given.tar.gz", "w:gz") as archive:
        for name, told, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if isinstance(told, bytes):
                info.size = len(told)
                archive.addfile(info, io.BytesIO(told))
            else:
                info.linkname = told
                archive.addfile(info)


def _traversal(place: Path, base: Base) -> None:
    one, other = _images(base)
    far = [(f"../../{A}", one, tarfile.REGTYPE), (f"{place.parent.parent}/out.tif", one, tarfile.REGTYPE)]
    _tar(place, base, [*far, (A, one, tarfile.REGTYPE), (B, other, tarfile.REGTYPE)])


def _links(place: Path, base: Base) -> None:
    one, _ = _images(base)
    _tar(place, base, [(A, "/etc/passwd", tarfile.SYMTYPE), (B, "../../etc/passwd", tarfile.LNKTYPE), (A, one, tarfile.REGTYPE)])


def _devices(place: Path, base: Base) -> None:
    _tar(place, base, [(A, "", tarfile.FIFOTYPE), (B, "", tarfile.CHRTYPE)])


class _Zeros(io.RawIOBase):
    def __init__(self, n: int) -> None:
        self.left = n

    def read(self, n: int = -1) -> bytes:
        n = self.left if n < 0 else min(n, self.left)
        self.left -= n
        return bytes(n)


def _tar_bomb(place: Path, base: Base) -> None:
    _, other = _images(base)
    with tarfile.open(place / "given.tar.gz", "w:gz", compresslevel=1) as archive:
        info = tarfile.TarInfo(A)
        info.size = 1 << 30
        archive.addfile(info, _Zeros(1 << 30))  # type: ignore[arg-type] - it reads, and that is all that is asked of it
        info = tarfile.TarInfo(B)
        info.size = len(other)
        archive.addfile(info, io.BytesIO(other))


def _zip_bomb(place: Path, base: Base) -> None:
    one, other = _images(base)
    with zipfile.ZipFile(place / "given.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(B, other)
        with archive.open(A, "w", force_zip64=True) as member:
            for _ in range(16):
                member.write(bytes(64 << 20))
        archive.writestr("AAC1/AAC1_1_rfp_2_gfp.tif", one)


def _zip_paths(place: Path, base: Base) -> None:
    one, other = _images(base)
    link = zipfile.ZipInfo("AAC1/AAC1_1_rfp_3_gfp.tif")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(place / "given.zip", "w") as archive:
        for name, told in (("../../out.tif", one), ("C:\\x\\y.tif", one), (A, one), (B, other), (link, "/etc/passwd")):
            archive.writestr(name, told)


def _zip_lie(place: Path, _: Base) -> None:
    path = place / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(A, bytes(100 << 20))
    told = bytearray(path.read_bytes())
    struct.pack_into("<I", told, told.rfind(b"PK\x01\x02") + 24, 16_384)
    path.write_bytes(told)


def _noise(ending: str, place: Path, _: Base) -> None:
    (place / f"given.{ending}").write_bytes(bytes(range(256)) * 40)


def tiff(path: Path, height: int, width: int) -> None:
    """A TIFF of a few bytes that says it is an image of that size."""
    raw = zlib.compress(bytes(1000))
    sizes = ((256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 8), (262, 3, 1))
    tags = (*sizes, (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, len(raw)))
    at = 8 + len(raw) + len(raw) % 2
    told = (b"II*\0" + struct.pack("<I", at) + raw).ljust(at, b"\0") + struct.pack("<H", len(tags))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(told + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags) + bytes(4))


def _large_crop(place: Path, base: Base) -> None:
    tiff(place / A, 200_000, 200_000)
    (place / B).write_bytes(_images(base)[1])


def _real_large_crop(place: Path, base: Base) -> None:
    import numpy as np
    import tifffile

    (place / "AAC1").mkdir()
    (place / B).write_bytes(_images(base)[1])
    tifffile.imwrite(place / A, np.zeros((30_000, 30_000), "u1"), compression="zlib", rowsperstrip=30_000)


def _large_field(place: Path, _: Base) -> None:
    for channel in (1, 2, 3):
        tiff(place / f"r01c01f01p01-ch{channel}sk1fk1fl1.tiff", 300_000, 300_000)


def _in_place_of_crops(kind: Callable[[Path], None], place: Path, base: Base) -> None:
    (place / "AAC1").mkdir()
    kind(place / A)
    (place / B).write_bytes(_images(base)[1])


def _feature(told: bytes | Callable[[Path], bytes], place: Path, _: Base) -> None:
    path = place / "PIFiA/logs_base/conv8/nucleus.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(told(place) if callable(told) else told)


def _pickled_code(place: Path) -> bytes:
    return pickle.dumps([_Runs(place / "RAN")])


def _torch(place: Path, _: Base) -> None:
    import torch

    torch.save({"a": _Runs(place / "RAN")}, place / "given.pt")


def _put(name: str, told: bytes, place: Path, _: Base) -> None:
    (place / name).write_bytes(told)


def _header(told: bytes, body: bytes = b"1234") -> bytes:
    return struct.pack("<Q", len(told)) + told + body


_LABELS = b"orf,gene name,localization summary\n"
TABLES = {
    "a million columns": b",".join(b"c%d" % i for i in range(10**6)) + b"\n" + b",".join([b"1"] * 10**6) + b"\n",
    "a cell of 20 MB": _LABELS + b"YAL001C," + b"A" * 20_000_000 + b",nucleus\n",
    "NUL bytes and escapes": _LABELS + b"YAL\x00001C,\x1b[31mG\x1b[0m,nucleus\n",
    "noise": bytes(range(256)) * 40,
    "no rows": b"",
    "quotes that never end": _LABELS + b'"' * 100_001,
    "UTF-16": (_LABELS.decode() + "YAL001C,G,nucleus\n").encode("utf-16"),
}
PICKLES: dict[str, bytes | Callable[[Path], bytes]] = {
    "a call of the system": b"cposix\nmkdir\n(S'RAN'\ntR.",
    "an object that runs": _pickled_code,
    "a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.",
    "a text of a terabyte": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"x.",
    "a memo of two billion": b"\x80\x04Nr" + struct.pack("<I", 0x7FFFFFFF) + b".",
    "nested deep": b"\x80\x04" + b"(" * 200_000 + b"t" * 200_000 + b".",
    "a state set": b"\x80\x04\x8c\x05numpy\x8c\x07ndarray\x93)\x81}\x8c\x05state\x8c\x01xs\x86b.",
}
WEIGHTS = {
    "a header of an exabyte": struct.pack("<Q", 1 << 60) + b"{}",
    "a header of 99 GB": struct.pack("<Q", 99 << 30) + b"{}",
    "a tensor past the end": _header(b'{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}'),
    "a tensor of -1": _header(b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'),
    "nested deep": _header(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "escapes in its note": _header(
        b'{"__metadata__":{"network":"pifia-narrow","note":"\\u001b[31m<script>\\u001b]0;x\\u0007"},'
        b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    ),
}
SQL = {
    "a range without end": "SELECT~count(*)~FROM~range(1000000000000000)",
    "20,000 brackets": "SELECT~" + "(" * 20_000 + "1" + ")" * 20_000,
    "50,000 sums": "SELECT~1" + "+1" * 50_000,
    "a text of 20 GB": "SELECT~repeat('x',~20000000000)",
    "an expression that backtracks": "SELECT~regexp_matches(repeat('a',100000),'(a*)*b')",
    "escapes": "SELECT~'\x1b[31mred\x1b]0;pwned\x07'~AS~\"\x1b[2Jx\"",
    "an error with escapes": "SELECT~error('\x1b[31mred\x1b]0;pwned\x07')",
}
_SHARE = "extract --model pifia-narrow --weights {b}/pifia-narrow.safetensors --store {s} --as "


def _nothing(_place: Path, _base: Base) -> None:
    """Some inputs are words alone."""


HOSTILES = (
    Hostile("tar: names that lead out", ARCHIVE % "tar.gz", _traversal),
    Hostile("tar: links", ARCHIVE % "tar.gz", _links),
    Hostile("tar: devices", ARCHIVE % "tar.gz", _devices),
    Hostile("tar: a member of 1 GB of zeros", ARCHIVE % "tar.gz", _tar_bomb),
    Hostile("tar: noise", ARCHIVE % "tar.gz", partial(_noise, "tar.gz")),
    Hostile("zip: names that lead out, and a link", ARCHIVE % "zip", _zip_paths),
    Hostile("zip: a member of 1 GB of zeros", ARCHIVE % "zip", _zip_bomb),
    Hostile("zip: a size that lies", ARCHIVE % "zip", _zip_lie),
    Hostile("zip: noise", ARCHIVE % "zip", partial(_noise, "zip")),
    Hostile("TIFF: says 200,000 x 200,000", CROPS, _large_crop),
    Hostile("TIFF: is 30,000 x 30,000", CROPS, _real_large_crop),
    Hostile("TIFF: fields of 300,000 x 300,000", "ingest fields {i} --store {s} --jobs 1", _large_field),
    Hostile("a pipe for a crop", CROPS, partial(_in_place_of_crops, os.mkfifo)),
    Hostile("a link to /dev/zero", CROPS, partial(_in_place_of_crops, lambda path: path.symlink_to("/dev/zero"))),
    Hostile("a link to /etc/passwd", CROPS, partial(_in_place_of_crops, lambda path: path.symlink_to("/etc/passwd"))),
    Hostile("a folder that links to itself", CROPS, partial(_in_place_of_crops, lambda path: path.symlink_to("."))),
    *(Hostile(f"labels: {n}", "ingest labels {i}/given.csv --store {s}", partial(_put, "given.csv", told)) for n, told in TABLES.items()),
    *(Hostile(f"features: {n}", "ingest features {i} --store {s}", partial(_feature, told)) for n, told in PICKLES.items()),
    Hostile("weights: torch that runs code", "weights import {i}/given.pt --model deeploc-narrow -o {i}/../out.safetensors", _torch),
    *(
        Hostile(f"weights: {n}", "weights show {i}/given.safetensors --model pifia-narrow", partial(_put, "given.safetensors", told))
        for n, told in WEIGHTS.items()
    ),
    *(Hostile(f"SQL: {n}", f"sql --store {{s}} --timeout 10 {text}", _nothing) for n, text in SQL.items()),
    Hostile("SQL: a parameter that ends its text", "sql --store {s} --param x=1';~DROP~VIEW~crops;~-- SELECT~getvariable('x')", _nothing),
    Hostile("SQL: a parameter's name", 'sql --store {s} --param x"~=~1;--=1 SELECT~1', _nothing),
    Hostile("SQL: -o into the store", "sql --store {s} --format parquet -o {s}/tables/crops/part-x.parquet SELECT~1", _nothing),
    Hostile("SQL: -o into /proc", "sql --store {s} --format csv -o /proc/x SELECT~1", _nothing),
    Hostile("a path of 5,000 letters", "ingest labels " + "x" * 5000 + " --store {s}", _nothing),
    Hostile("a screen that leads out", "ingest crops {b}/crops --layout pci --screen ../../x --store {s} --jobs 1", _nothing),
    Hostile("a screen with escapes", "ingest crops {b}/crops --layout pci --screen \x1b[31mred --store {s} --jobs 1", _nothing),
    Hostile("a model that leads out", f"{_SHARE}../../../x", _nothing, "fields"),
    Hostile("a model with signs", f'{_SHARE}a=b"<>', _nothing, "fields"),
    Hostile("a model of 300 letters", _SHARE + "a" * 300, _nothing, "fields"),
)
