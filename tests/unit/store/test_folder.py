"""A folder is a store of this format, or a clear line says why not."""

import json

import pytest

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import folder
from cellswap.store.create import create
from cellswap.store.facts import Asked


def test_a_store_comes_back_as_it_was_made(tmp_path):
    made = create(tmp_path / "s", Asked(96, {"protein": "gfp"}, 0.2))
    assert folder.read(tmp_path / "s") == made
    assert (made.crop_size, made.channels, made.facts.pixel_size_um) == (96, {"protein": "gfp"}, 0.2)


def test_making_it_again_adds_lost_tables_and_keeps_rows(store):
    (store.tables / "crops" / "part-empty.parquet").unlink()
    create(store.path)
    assert (store.tables / "crops" / "part-empty.parquet").is_file()
    assert len(list(store.runs.glob("*.json"))) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no store.json in it"),
        ("not json", "expected a store's facts as JSON"),
        ("[]", "expected a store's facts as JSON"),
        ('{"format": 3}', "expected crop_size, channels"),
        ('{"format": 99}', "format 99, this version reads 3; the store is newer: update cellswap"),
        ('{"format": 1}', "format 1, this version reads 3; the store is older: read it with the version that wrote it, or make it anew"),
    ],
)
def test_a_folder_that_is_no_store(tmp_path, content, message):
    if content is not None:
        (tmp_path / "store.json").write_text(content)
    with pytest.raises(BrokenStore, match=message):
        folder.read(tmp_path)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(BrokenStore, match="not empty and not a store"):
        create(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


def test_other_bad_input(tmp_path, store):
    with pytest.raises(BadInput, match="--crop-size: expected a whole number from 16 to 512, the paper has 64; found 15"):
        create(tmp_path / "odd", Asked(15))
    with pytest.raises(BadInput, match="as a pattern"):
        create(tmp_path / "a[1]")
    with pytest.raises(BadInput, match="crop_size 64 already, not 96"):
        create(store.path, Asked(96))


def test_the_store_is_found_by_flag_then_environment_then_above(store, tmp_path, monkeypatch):
    other = create(tmp_path / "other")
    inside = store.path / "tables"
    monkeypatch.chdir(inside)
    assert folder.find(None) == store
    monkeypatch.setenv("CELLSWAP_STORE", str(other.path))
    assert folder.find(None) == other
    assert folder.find(store.path) == store


@pytest.mark.parametrize(
    ("text", "channels"),
    [("protein=gfp,cytoplasm=rfp", {"protein": "gfp", "cytoplasm": "rfp"}), ("protein", {"protein": "protein"})],
)
def test_channels(text, channels):
    assert folder.parse_channels(text) == channels


def test_a_channel_stands_once():
    with pytest.raises(BadInput, match="--channels: the channel protein stands twice"):
        folder.parse_channels("protein=a,protein=b")


def test_the_mark_is_plain_json(store):
    assert json.loads((store.path / "store.json").read_text()) == {
        "format": 3, "crop_size": 64, "channels": {"protein": "ch1", "nucleus": "ch2", "cytoplasm": "ch3"}, "signal": "protein",
        "marker": "cytoplasm", "pixel_size_um": None, "preset": "yeast", "intensity_quantile": 0.05, "mask_share_min": 0.05,
        "mask_share_max": 0.95, "condition_word": "protein", "class_word": "localization",
    }  # fmt: skip
