"""A campaign that finds nothing has looked: each kind of fault, made on purpose, is found and called what it is."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from campaign import compare, events, lanes

from cellswap.store import folder, parts, runs
from cellswap.store.create import create

CONDITIONS = {
    "condition": ["YAL001C", "YAL002W", "YAL003W"], "gene": [None] * 3,
    "abundance": [None] * 3, "abundance_note": [None] * 3, "purity": [None] * 3,
}  # fmt: skip


def ingested(place, conditions=CONDITIONS):
    store = create(place / compare.STORE)
    with runs.record(store, "ingest labels", {"path": place / "labels.csv"}) as run:
        run.keep(len(conditions["condition"]))
        run.wrote(parts.write(store, "conditions", ("labels",), conditions, run.run_id))
    return store


def part_of(place):
    [part] = [p for p in (place / "s/tables/conditions").glob("part-*.parquet") if p.name != parts.EMPTY]
    return part


def double(place):
    parts.write(folder.read(place / "s"), "conditions", ("again",), {k: v[:1] for k, v in CONDITIONS.items()}, "ingest-labels-000000000000")


def forget(place):
    part_of(place).unlink()


def change(place):
    parts.write(folder.read(place / "s"), "conditions", ("labels",), CONDITIONS | {"gene": ["A", None, None]}, "ingest-labels-000000000000")


def leave(place):
    (place / "s/tables/crops/part-0.host~1~1~00.partial").touch()


def leave_temporary(place):
    (place / "tmp/vectors").mkdir(parents=True)


def stop(place):
    path = next((place / "s/runs").glob("ingest-labels-*.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "killed"}))


def spoil(place):
    (place / "out.csv").write_text("a\n2\n")


@pytest.mark.parametrize(
    ("work", "kind"),
    [(double, "doubled"), (forget, "lost"), (change, "different"), (leave, "left over"), (leave_temporary, "left over"),
     (stop, "unfinished"), (spoil, "different")],
)  # fmt: skip
def test_what_went_wrong_is_found_and_called_what_it_is(tmp_path, work, kind):
    for name in ("whole", "tried"):
        ingested(tmp_path / name)
        (tmp_path / name / "out.csv").write_text("a\n1\n")
    whole = compare.state(tmp_path / "whole")
    assert compare.faults(whole, compare.state(tmp_path / "tried")) == []
    work(tmp_path / "tried")
    found = compare.faults(whole, compare.state(tmp_path / "tried"))
    assert kind in {kind for kind, _ in found}


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from campaign import events
place = Path(sys.argv[2])
events.watch(place, lambda n: os.kill(os.getpid(), signal.SIGKILL) if n == int(sys.argv[3]) else None)
(Path(sys.argv[1]) / "campaign" / "run.py").read_text()
(place / "a").write_text("1")
(place / "a").replace(place / "b")
(place / "c").mkdir()
(place / "b").unlink()
"""


@pytest.mark.parametrize(("n", "there"), [(1, []), (2, ["a"]), (3, ["b"]), (4, ["b", "c"]), (5, ["c"])])
def test_a_command_is_killed_just_before_its_nth_change_to_a_file(tmp_path, n, there):
    done = subprocess.run([sys.executable, "-c", KILLED, str(lanes.__file__).rsplit(os.sep, 2)[0], tmp_path, str(n)], check=False)
    assert done.returncode == (-signal.SIGKILL if n < 5 else 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == there
    assert events.CHANGING
    shutil.rmtree(tmp_path)
