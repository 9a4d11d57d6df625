"""A run's record tells how it ended, what it read, kept, dropped and wrote."""

import json
import re

import pytest

from cellswap.store import database, runs
from cellswap.store.check import check


def records(store):
    return [json.loads(p.read_text()) for p in sorted(store.runs.glob("*.json"))]


def test_a_run_is_a_row_of_runs_and_its_rejects_are_rows(store, tmp_path):
    source = tmp_path / "labels.csv"
    source.write_bytes(b"abc")
    with runs.record(store, "ingest labels", {"path": source, "replace": False}) as run:
        run.read(source)
        run.keep(3)
        run.drop("labels.csv row 5", "unknown localization", "moon")
        run.drop("labels.csv row 9", "unknown localization", "sun")
        run.wrote("proteins", 3)
        run.note("said once")
        run.note("said once")
    assert run.summary() == "5 in, 3 kept, 2 dropped (2 unknown localization)"
    assert re.fullmatch(r"\d{8}T\d{6}-ingest-labels-[0-9a-f]{6}", run.run_id)
    with database.connect(store) as connection:
        row = connection.execute(
            "SELECT status, rows_in, rows_kept, dropped, written, notes, inputs FROM runs WHERE command = 'ingest labels'"
        ).fetchall()
        rejected = connection.execute("SELECT place, reason, detail FROM rejects ORDER BY place").fetchall()
        assert list(check(connection)) == []
    sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert row == [
        ("done", 5, 3, [{"reason": "unknown localization", "n": 2}], [{"table": "proteins", "n": 3}], ["said once"],
         [{"path": "labels.csv", "sha256": sha, "bytes": 3}])
    ]  # fmt: skip
    assert rejected == [
        ("labels.csv row 5", "unknown localization", "moon"),
        ("labels.csv row 9", "unknown localization", "sun"),
    ]


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, "interrupted"), (ValueError, "failed")])
def test_a_run_that_does_not_end_well_says_so(store, error, status):
    with pytest.raises(error), runs.record(store, "extract", {}):
        raise error
    assert {r["command"]: r["status"] for r in records(store)} == {"init": "done", "extract": status}


def test_while_it_runs_it_is_running(store):
    with runs.record(store, "extract", {}):
        assert {r["command"]: r["status"] for r in records(store)} == {"init": "done", "extract": "running"}
