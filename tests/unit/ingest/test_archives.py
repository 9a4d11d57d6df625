"""Archives that lie about themselves: what they claim, what they unpack to, and what is damaged in them."""

from __future__ import annotations

import gzip
import io
import lzma
import resource
import struct
import tarfile
import zipfile

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import archives, crop_files

A, B = "AAC1/a.tif", "AAC1/b.tif"


def make_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, held in members:
            member = tarfile.TarInfo(name)
            member.size = len(held)
            archive.addfile(member, io.BytesIO(held))
    return path


def make_zip(path, members, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, held in members:
            archive.writestr(name, held)
    return path


def read(path, *names):
    """Every group that comes: here all files are one's."""
    [(_, group)] = crop_files.contents(path, dict.fromkeys(names, "AAC1"))
    return group.contents, group.faults


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz"])
def test_every_kind_of_tar_is_known_by_what_is_in_it(tmp_path, ending):
    mode = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.bz2": "w:bz2"}.get(ending, "w:xz")
    path = make_tar(tmp_path / f"x{ending}", [(A, b"one"), ("AAC1/long" + "g" * 200, b"l"), (B, b"two")], mode)
    assert list(crop_files.listing(path).files) == [A, B, "AAC1/long" + "g" * 200]
    assert read(path, A, B) == ({A: b"one", B: b"two"}, {})


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_kind_of_zip_whose_unpacking_can_be_bounded(tmp_path, how):
    path = make_zip(tmp_path / "x.zip", [(A, b"one" * 3000), (B, b"")], how)
    assert read(path, A, B) == ({A: b"one" * 3000, B: b""}, {})


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_kind_of_zip_is_refused_by_name(tmp_path, how):
    path = make_zip(tmp_path / "x.zip", [(A, b"one" * 3000)], how)
    reason = "packed in another way than by deflate; make the .zip anew, or a .tar.xz"
    assert read(path, A) == ({}, {A: reason})


def test_a_zip_that_understates_a_size_costs_that_file_and_little_memory(tmp_path):
    path = make_zip(tmp_path / "x.zip", [(A, bytes(300 << 20)), (B, b"two")])
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.find(b"PK\x01\x02") + 24, 16384)
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert crop_files.listing(path).files[A] == 16384
    contents, faults = read(path, A, B)
    assert (contents, list(faults)) == ({B: b"two"}, [A])
    assert faults[A].startswith("damaged in the archive (")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


def test_one_damaged_file_of_a_zip_does_not_cost_the_others(tmp_path):
    path = make_zip(tmp_path / "x.zip", [(A, b"one" * 100), (B, b"two")], zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"oneone", b"oneOne", 1))
    contents, faults = read(path, A, B)
    assert (contents, list(faults)) == ({B: b"two"}, [A])


def test_a_links_text_in_a_zip_is_no_file(tmp_path):
    link = zipfile.ZipInfo(A)
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr(B, b"two")
    found = crop_files.listing(tmp_path / "x.zip")
    assert (list(found.files), found.refused) == ([B], ((A, "a link or device, not a file"),))


def test_what_a_packed_tar_really_unpacks_to_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LEAST_BOUND", 1 << 20)
    path = make_tar(tmp_path / "x.tar.gz", [(A, bytes(80 << 20)), (B, b"two")], "w:gz")
    with pytest.raises(BadInput, match=r"unpacks to more than .* over 100 times its own size"):
        crop_files.listing(path)


def test_a_header_that_claims_much_is_not_waited_for(tmp_path):
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 8 << 30
    for ending, pack in (("tar", bytes), ("tar.gz", gzip.compress), ("tar.xz", lzma.compress)):
        path = tmp_path / f"x.{ending}"
        path.write_bytes(pack(header.tobuf(tarfile.GNU_FORMAT) + bytes(4096)))
        with pytest.raises(BadInput, match=r"damaged or hostile|damaged or cut short"):
            crop_files.listing(path)


def test_groups_that_stand_far_apart_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(crop_files, "MOST_WAITING_BYTES", 3000)
    names = [f"G{i}/{j}.tif" for j in range(2) for i in range(4)]
    path = make_tar(tmp_path / "x.tar", [(name, bytes(1000)) for name in names])
    with pytest.raises(BadInput, match=r"the files of 4 proteins stand far apart in this archive"):
        list(crop_files.contents(path, {name: name[:2] for name in names}))
    near = make_tar(tmp_path / "y.tar", [(name, bytes(1000)) for name in sorted(names)])
    groups = dict(crop_files.contents(near, {name: name[:2] for name in names}))
    assert {group: sorted(held.contents) for group, held in groups.items()} == {f"G{i}": [f"G{i}/0.tif", f"G{i}/1.tif"] for i in range(4)}
