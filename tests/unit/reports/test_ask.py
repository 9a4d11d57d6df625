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
EMPTY = {"printed_heldout", "printed_kl", "printed_metrics", "simulated"}


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
    rows = source.ask("own_pairs").rows.to_pylist()
    assert [(r["setting"], round(r["accuracy"], 6), r["folds"], r["unconverged"], r["overlap_share"], r["weights"]) for r in rows] == [
        ("baseline", 0.7, 5, 1, 0.5, "pseudo-random"), ("masked", 0.7, 5, 1, 0.5, "pseudo-random"),
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
