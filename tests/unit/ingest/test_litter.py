"""What systems leave beside a user's files, and what only looks like it."""

import pytest

from cellswap.ingest.litter import is_litter


@pytest.mark.parametrize(
    "name",
    [
        *("._a.tif", "AAC1/._AAC1_1_rfp_0_gfp.tif", "__MACOSX/AAC1/a.tif", ".DS_Store", "AAC1/.DS_Store", "Thumbs.db", "THUMBS.DB"),
        *("desktop.ini", "@eaDir/a.tif/x", "~$map.csv", ".~lock.map.csv#", "$RECYCLE.BIN/a.tif"),
    ],
)
def test_a_systems_files(name):
    assert is_litter(name)


@pytest.mark.parametrize("name", ["a.tif", "AAC1/_a.tif", ".a.tif", "MACOSX/a.tif", "a._b.tif", "thumbs.tif"])
def test_a_users_files(name):
    assert not is_litter(name)
