"""A run's record tells how it ended, what it read, kept, dropped and wrote."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from cellswap.store import database, folder, parts, records, runs
from cellswap.store.check import check

CONDITIONS = {
    "condition": ["YAL001C", "YAL002W", "YAL003W"], "gene": [None] * 3,
    "abundance": [None] * 3, "abundance_note": [None] * 3, "purity": [None] * 3,
}  # fmt: skip


def recorded(store):
    return [json.loads(p.read_text()) for p in sorted(store.runs.glob("*.json"))]


def test_a_run_is_a_row_of_runs_and_its_rejects_are_rows(store, tmp_path):
    source = tmp_path / "labels.csv"
    source.write_bytes(b"abc")
    with runs.record(store, "ingest labels", {"path": source, "replace": False}) as run:
        run.read(source)
        run.keep(3)
        run.drop("labels.csv row 5", "unknown localization", "moon")
        run.drop("labels.csv row 9", "unknown localization", "sun")
        run.wrote(parts.write(store, "conditions", ("labels",), CONDITIONS, run.run_id))
        run.note("said once")
        run.note("said once")
    assert run.summary() == "5 in, 3 kept, 2 dropped (2 unknown localization)"
    assert re.fullmatch(r"ingest-labels-[0-9a-f]{12}", run.run_id)
    with database.connect(store) as connection:
        row = connection.execute(
            "SELECT status, rows_in, rows_kept, dropped, written, notes, inputs FROM runs WHERE command = 'ingest labels'"
        ).fetchall()
        rejected = connection.execute("SELECT place, reason, detail FROM rejects ORDER BY place").fetchall()
        assert list(check(connection)) == []
    sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert row == [
        ("done", 5, 3, [{"reason": "unknown localization", "n": 2}], [{"table": "conditions", "n": 3}], ["said once"],
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
    assert {r["command"]: r["status"] for r in recorded(store)} == {"init": "done", "extract": status}


def test_while_it_runs_it_is_running(store):
    with runs.record(store, "extract", {}):
        assert {r["command"]: r["status"] for r in recorded(store)} == {"init": "done", "extract": "running"}


def test_the_same_command_is_the_same_run_and_another_one_is_another(store, tmp_path, monkeypatch):
    asked = {"path": tmp_path / "a.csv", "seed": 1}
    ids = []
    for command, arguments in (
        ("ingest labels", asked), ("ingest labels", dict(reversed(asked.items()))), ("ingest labels", asked | {"seed": 2}), ("plan", asked),
    ):  # fmt: skip
        with runs.record(store, command, arguments) as run:
            ids.append(run.run_id)
    monkeypatch.chdir(tmp_path)
    with runs.record(store, "ingest labels", {"path": folder.Path("a.csv"), "seed": 1}) as run:
        ids.append(run.run_id)
    assert [ids.index(name) for name in ids] == [0, 0, 2, 3, 0]


BATCHES = """
import os, signal, sys
from pathlib import Path
from cellswap.store import folder, parts, runs, work
store = folder.read(Path(sys.argv[1]))
with runs.record(store, "ingest fields", {"path": "plate"}) as run:
    run.drop("f9", "field is not readable", "tried again each time")
    for i in range(4):
        if not work.is_done(store, "models", (str(i),)):
            lost = runs.reject_columns([(f"f{i}", "crop would leave the field", "", i)])
            run.wrote(parts.write(store, "rejects", (str(i),), lost, run.run_id))
            row = {"model": [str(i)], "network": ["n"], "weights_file": ["w"], "weights_sha256": ["0"], "weights_note": ["n"],
                "n_parameters": [1], "channels": ["c"], "preprocessing": ["p"], "precision": ["float32"]}
            run.wrote(parts.write(store, "models", (str(i),), row, run.run_id))
            if i == int(sys.argv[2]):
                with parts.open_part(store, "models", ("half",), run.run_id):
                    os.kill(os.getpid(), signal.SIGKILL)
    run.keep(run.n_written("models"))
"""
COUNTED = """
    SELECT status, complete, rows_in, rows_kept, list_sort(dropped), written, notes,
        (SELECT list_sort(list((place, reason, n))) FROM rejects WHERE rejects.run_id = runs.run_id)
    FROM runs WHERE command = 'ingest fields'
"""


def asked(store, query):
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def tried(store, killed_at):
    return subprocess.run([sys.executable, "-c", BATCHES, str(store.path), str(killed_at)], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("killed_at", [(0,), (2, 3), (0, 1, 3)])
def test_a_killed_run_that_is_run_again_has_the_rejects_and_counts_of_one_that_was_not(store, killed_at):
    for place in killed_at:
        assert tried(store, place).returncode == -signal.SIGKILL
        assert asked(store, COUNTED)[0][:2] == ("running", False)
    assert len(list(store.tables.rglob("*.partial"))) == 1
    assert tried(store, -1).stderr == ""
    assert asked(store, COUNTED) == [
        ("done", True, 4 + 7, 4, [{"reason": "crop would leave the field", "n": 6}, {"reason": "field is not readable", "n": 1}],
         [{"table": "models", "n": 4}], [],
         [("f0", "crop would leave the field", 0), ("f1", "crop would leave the field", 1), ("f2", "crop would leave the field", 2),
          ("f3", "crop would leave the field", 3), ("f9", "field is not readable", 1)])
    ]  # fmt: skip
    assert len(asked(store, "FROM runs")) == 2
    assert not list(store.path.rglob("*.partial"))
    [written] = [records.parts_of(store, p.stem) for p in store.runs.glob("ingest-fields-*.json")]
    assert sorted(p.table for p in written) == ["models"] * 4 + ["rejects"] * 5


def test_what_a_record_counts_stands_in_one_order_whoever_wrote_first(store):
    row = {"model": ["m"], "network": ["n"], "weights_file": ["w"], "weights_sha256": ["0"], "weights_note": ["n"],
        "n_parameters": [1], "channels": ["c"], "preprocessing": ["p"], "precision": ["float32"]}  # fmt: skip
    with runs.record(store, "extract", {}) as run:
        for reason, n in (("small", 1), ("dark", 1), ("flat", 2)):
            run.drop("f1", reason, n=n)
        run.wrote(parts.write(store, "conditions", ("a",), CONDITIONS, run.run_id))
        run.wrote(parts.write(store, "models", ("a",), row, run.run_id))
    record = next(r for r in recorded(store) if r["command"] == "extract")
    assert [counted["table"] for counted in record["written"]] == ["conditions", "models"]
    assert [(lost["reason"], lost["n"]) for lost in record["dropped"]] == [("flat", 2), ("dark", 1), ("small", 1)]


def test_two_tries_at_once_record_what_either_wrote(store):
    with runs.record(store, "ingest fields", {"path": "plate"}) as run:
        run.wrote(parts.write(store, "conditions", ("labels",), CONDITIONS, run.run_id))
        assert tried(store, -1).stderr == ""
        assert run.n_written("models") == 0
        runs.join(store, run)
        run.keep(run.n_written("models"))
    lost = [{"reason": "crop would leave the field", "n": 6}]
    assert asked(store, COUNTED)[0][:6] == ("done", True, 10, 4, lost, [{"table": "conditions", "n": 3}, {"table": "models", "n": 4}])
    [written] = [records.parts_of(store, p.stem) for p in store.runs.glob("ingest-fields-*.json")]
    assert sorted(p.table for p in written) == ["conditions"] + ["models"] * 4 + ["rejects"] * 5


def test_what_a_try_wrote_that_was_killed_beside_this_one_is_recorded(store):
    with runs.record(store, "ingest fields", {"path": "plate"}) as first:
        with runs.record(store, "ingest fields", {"path": "plate"}):
            parts.write(store, "conditions", ("labels",), CONDITIONS, first.run_id)  # and it is killed before it says so
        assert asked(store, COUNTED)[0][5] == [{"table": "conditions", "n": 3}]


def test_any_command_that_writes_finds_that_another_was_killed(store):
    tried(store, 1)
    with runs.record(store, "plan", {}):
        pass
    assert asked(store, "SELECT status, finished_at FROM runs WHERE command = 'ingest fields'") == [("killed", None)]
    assert not list(store.path.rglob("*.partial"))


def test_what_a_try_left_that_was_killed_beside_another_of_the_same_run_goes_with_the_next_command(store):
    # another try of the same run was at work when this one was killed, and came to its end: the record says that all is done
    with runs.record(store, "ingest fields", {"path": "plate"}):
        assert tried(store, 1).returncode == -signal.SIGKILL
    assert asked(store, COUNTED)[0][:2] == ("done", True)
    assert len(list(store.tables.rglob("*.partial"))) == 1
    with runs.record(store, "plan", {}):
        assert not list(store.tables.rglob("*.partial"))
    assert not list(store.path.rglob("*.partial"))


def test_a_run_of_another_host_is_left_running(store):
    with runs.record(store, "plan", {}) as run:
        path = records.path_of(store, run.run_id)
        facts = records.read(path)
        facts["process"]["place"] = "elsewhere-abcdef"
        path.write_text(json.dumps(facts | {"run_id": "far"}))
        path.with_name("far.json").write_text(json.dumps(facts | {"run_id": "far"}))
    assert records.bury(store) == []
    assert records.find(store, "far")["status"] == "running"


def test_what_was_complete_once_stays_so_while_the_command_runs_again(store):
    with runs.record(store, "plan", {}):
        pass
    with runs.record(store, "plan", {}):
        assert asked(store, "SELECT status, complete FROM runs WHERE command = 'plan'") == [("running", True)]
        assert asked(store, "FROM unfinished_runs") == []
    with pytest.raises(KeyboardInterrupt), runs.record(store, "plan", {"seed": 1}):
        raise KeyboardInterrupt
    assert [row[1:] for row in asked(store, "FROM unfinished_runs")] == [("plan", "interrupted")]


def test_names_that_are_no_utf8_are_written_out(store):
    name = os.fsdecode(b"plaque_\xe9t\xe9")
    with runs.record(store, "ingest fields", {"path": folder.Path(name)}) as run:
        run.drop(name, "field is not readable", name)
        run.note(f"see {name}")
    shown = r"plaque_\xe9t\xe9"
    assert asked(store, "SELECT place, detail FROM rejects") == [(shown, shown)]
    assert asked(store, "SELECT notes, arguments->>'path' FROM runs WHERE command = 'ingest fields'") == [([f"see {shown}"], shown)]
