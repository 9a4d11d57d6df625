"""The small copies of real data: small, and true to the whole."""

from __future__ import annotations

import tarfile

from tests.real import SMALL

# Made of parts of the whole; the tests that use these compare them with lists of the same parts.
PARTS = ("images/", "labels/", "cells_all.csv", "overlapping_crops.csv", "weights.tar.xz")
ARCHIVES = sorted(SMALL.rglob("*.tar.xz"))


def members(archive):
    with tarfile.open(archive) as file:
        return {m.name: file.extractfile(m).read() for m in file if m.isfile()}


def test_all_of_them_are_less_than_6_mb():
    assert len(ARCHIVES) == 10
    assert sum(archive.stat().st_size for archive in ARCHIVES) < 6e6


def test_each_is_named_with_its_origin():
    said = (SMALL / "README.md").read_text()
    for archive in ARCHIVES:
        assert f"`{archive.relative_to(SMALL)}`".replace(".tar.xz", "") in said, archive


def test_their_files_are_those_of_the_whole_data(shared):
    for archive in ARCHIVES:
        place = shared.whole(str(archive.relative_to(SMALL).parent))
        held = {name: content for name, content in members(archive).items() if not name.startswith(PARTS)}
        if archive.name == "pci_toy_yeast.tar.xz":
            everything = members(place / archive.name)
            assert held == {name: everything[name] for name in held}
        else:
            folder = place / archive.name.removesuffix(".tar.xz")
            assert held == {name: (folder / name).read_bytes() for name in held}
