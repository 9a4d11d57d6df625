"""One job writes for seconds while several people query: no half-read, no error, and the writer waits for nobody."""

from __future__ import annotations

import json
import subprocess
import sys

from cellswap.store import database

ROWS, SECONDS, READERS = 400, 4, 3

WRITER = f"""
import json, sys, time
from pathlib import Path
from cellswap.store import folder, parts, runs

store = folder.read(Path(sys.argv[1]))
slowest = turns = 0
end = time.monotonic() + {SECONDS}
with runs.record(store, "long job", {{}}) as run:
    while time.monotonic() < end or turns < 20:
        begun = time.monotonic()
        for key in (f"new-{{turns}}", "written again and again"):
            rows = {{"condition": [f"{{key}} {{i}}" for i in range({ROWS})]}}
            rows |= {{name: [None] * {ROWS} for name in ("gene", "abundance", "abundance_note", "purity")}}
            parts.write(store, "conditions", (key,), rows, f"{{run.run_id}} {{key}} {{turns}}")
        slowest = max(slowest, time.monotonic() - begun)
        turns += 1
print(json.dumps({{"turns": turns, "slowest": slowest}}))
"""

READER = f"""
import json, sys
from pathlib import Path
import duckdb
from cellswap.store import database, folder, locked

store = folder.read(Path(sys.argv[1]))
kept = locked.connect(store)
catalog = duckdb.connect(str(store.catalog), read_only=True)
torn, seen, queries = [], [], 0
question = "SELECT run_id, count(*) AS n, count(DISTINCT condition) AS different FROM conditions GROUP BY run_id ORDER BY run_id"
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    for connection in (kept, catalog, database.connect(store)):
        open_result = connection.execute("FROM conditions")
        rows = connection.cursor().execute(question).fetchall() if connection is catalog else connection.execute(question).fetchall()
        torn += [row for row in rows if row[1:] != ({ROWS}, {ROWS})]
        seen.append(len(rows))
        queries += 1
print(json.dumps({{"torn": torn, "queries": queries, "fewest": min(seen), "most": max(seen), "backwards": seen != sorted(seen)}}))
"""


def test_readers_and_a_writer_together(store, tmp_path):
    database.build_catalog(store)
    done = tmp_path / "done"

    def begin(program, *arguments):
        command = [sys.executable, "-c", program, str(store.path), *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")

    readers = [begin(READER, str(done)) for _ in range(READERS)]
    assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * READERS
    writer = begin(WRITER)
    try:
        wrote, said = writer.communicate(timeout=120)
    finally:
        done.touch()
    answers = [reader.communicate(timeout=120) for reader in readers]
    assert (writer.returncode, said) == (0, "")
    assert [(reader.returncode, said) for reader, (_, said) in zip(readers, answers, strict=True)] == [(0, "")] * READERS
    turns = json.loads(wrote)["turns"]
    found = [json.loads(answer) for answer, _ in answers]
    assert [each["torn"] for each in found] == [[]] * READERS
    assert not any(each["backwards"] for each in found)  # what was there once stays there
    assert max(each["most"] for each in found) <= turns + 1
    assert min(each["queries"] for each in found) >= 3
    assert turns >= 20  # a writer who waited for readers would not come so far
    assert max(each["most"] for each in found) > min(each["fewest"] for each in found)  # they did see it grow
