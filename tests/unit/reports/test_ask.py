"""Every query of the report runs on an empty store and on a full one, and gives what its header names."""

from pathlib import Path

import pytest

from cellswap.reports.ask import Source
from cellswap.store import database

NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "sql/queries/report").glob("*.sql"))


@pytest.fixture(scope="module")
def source(full_store):
    with database.connect(full_store) as connection:
        yield Source(full_store, connection)


@pytest.fixture(scope="module")
def nothing(empty_store):
    with database.connect(empty_store) as connection:
        yield Source(empty_store, connection)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_what_its_header_names(nothing, name):
    answer = nothing.ask(name)
    assert [c.name for c in answer.columns] == answer.rows.column_names


# What the stand-in store has no rows for.
EMPTY = {"seen", "simulated", "training", "trainings"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EMPTY])
def test_a_query_finds_rows(source, name):
    assert source.ask(name).rows.num_rows > 0


def test_the_funnel_only_narrows(source):
    rows = source.ask("funnel").rows.to_pylist()
    assert [(r["cells"], r["n"]) for r in rows] == [
        ("found in the fields", 42), ("crop inside the field", 30), ("with pixels", 30), ("with a mask", 30), ("mask of 5-95%", 24),
        ("bright enough: kept", 24), ("single localization", 16),
    ]  # fmt: skip


def test_wells_cover_the_whole_plate(source):
    rows = source.ask("wells").rows.to_pylist()
    assert len(rows) == 2 * 96
    assert {r["well"] for r in rows if r["state"] == "crops"} == {"A01", "A02", "A03"}
    assert {(r["plate_row"], r["plate_column"], r["well"]) for r in rows} >= {("H", 12, "H12"), ("A", 1, "A01")}


def test_bins_hold_every_crop(source):
    for name, columns in (
        ("intensities", ("used", "not_used")),
        ("mask_shares", ("used", "not_used")),
        ("areas", ("n",)),
    ):
        rows = source.ask(name).rows.to_pylist()
        assert sum(row[c] for row in rows for c in columns) == 30, name


def test_own_classifiers_say_what_is_uncertain(source):
    rows = [r for r in source.ask("own_pairs").rows.to_pylist() if r["model"] == "tiny"]
    assert [(r["setting"], round(r["accuracy"], 6), r["folds"], r["unconverged"], r["overlap_share"]) for r in rows] == [
        ("baseline", 0.7, 5, 1, 0.5), ("masked", 0.7, 5, 1, 0.5),
    ]  # fmt: skip


def test_layers_stand_in_the_order_of_the_network(source):
    rows = [r for r in source.ask("layers").rows.to_pylist() if r["line"] != "printed"]
    assert [(r["place"], r["layer"], round(r["accuracy"], 6), r["best"]) for r in rows] == [
        *((i, f"conv{i}", round(0.79 + 0.01 * i, 6), False) for i in range(1, 9)), (9, "d2", 0.88, True),
    ]  # fmt: skip


def test_robustness_stands_beside_the_paper(source):
    rows = [r for r in source.ask("robustness").rows.to_pylist() if r["model"] == "pifia" and r["source"] != "published"]
    found = {r["quantity"]: (*(v and round(v, 6) for v in (r["value"], r["low"], r["high"])), r["reason"]) for r in rows}
    assert found["drop: baseline to masked"] == (0.2, 0.15, 0.25, None)
    assert found["drop: baseline to same_class_swap"] == (0.1, None, None, "not computed: cellswap evaluate robustness")
    assert all(abs(r["value"] - r["published"] - r["difference"]) < 1e-12 for r in rows)
    assert len(found) == 6


def test_an_image_that_is_wrong_twice_is_shown_once_at_its_worst(source):
    rows = source.ask("misclassified").rows.to_pylist()
    assert [(r["setting"], r["truth"], r["called"], r["decision"], r["background_class"]) for r in rows] == [
        ("baseline", "ER", "nucleus", 1.5, None), ("diff_class_swap", "nucleus", "ER", -2.5, "ER"),
    ]  # fmt: skip


def test_the_truth_stands_beside_predicted_shares(source):
    rows = [r for r in source.ask("divergent_shares").rows.to_pylist() if r["condition"] == "YCR003W"]
    assert [(r["class"], r["crops"], round(r["share"], 6)) for r in rows] == [
        ("ER", "original", 0.5), ("ER", "masked", 0.9), ("ER", "truth", 0.25),
        ("nucleus", "original", 0.5), ("nucleus", "masked", 0.1), ("nucleus", "truth", 0.75),
    ]  # fmt: skip


def test_held_out_images_are_counted_by_side(source):
    rows = source.ask("heldout_split").rows.to_pylist()
    assert [(r["side"], r["n_names"], r["n_images"], r["overlap_share"], r["names"]) for r in rows] == [
        ("train", 1, 4, 0.25, "YAL001C"), ("test", 1, 4, 0.25, "YBR002W"),
    ]  # fmt: skip


def test_pixels_come_back_by_name(source):
    crops = source.pixels(["screen/1/1/A01/1/00", "no such crop"])
    assert {name: array.shape for name, array in crops["screen/1/1/A01/1/00"].items()} == dict.fromkeys(
        ("protein", "cytoplasm", "mask"), (64, 64)
    )
    assert list(crops) == ["screen/1/1/A01/1/00"]


def test_runs_name_files_without_their_folders(source):
    (row,) = (r for r in source.ask("runs").rows.to_pylist() if r["command"] == "ingest stand-in")
    assert '"plate_map.csv"' in row["arguments"]
    assert "somebody" not in row["arguments"]
