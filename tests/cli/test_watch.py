"""`cellswap sql` within bounds: time, memory and temporary files end a query, and so do signals; nothing stays behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cellswap.cli import watch
from cellswap.errors import BadInput
from cellswap.store import scratch

from ..terminal import Terminal  # noqa: TID252 - tests are no package

ENDLESS = "SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range = 7"
ONE_STEP = "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"  # a minute in one call that can't be interrupted
ENDLESS_ROWS = "FROM range(100000000000)"
TOO_LONG = "error: SQL: stopped after 1 s; --timeout SECONDS allows more (0: as long as it needs)\n"
INTERRUPTED = "interrupted; what was finished is kept, run the same command again to go on\n"


@pytest.fixture
def temporary(tmp_path):
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.mark.parametrize(
    ("query", "form"),
    [
        (ENDLESS, "table"), (ENDLESS, "parquet"), (ONE_STEP, "csv"), (ENDLESS_ROWS, "csv"), (ENDLESS_ROWS, "parquet"),
        (f"SELECT * FROM ({ENDLESS_ROWS}) ORDER BY hash(range)", "json"),
    ],
)  # fmt: skip
def test_a_query_ends_when_its_time_is_over(cellswap, store, temporary, query, form):
    begun = time.monotonic()
    out = temporary.parent / "out"
    done = cellswap("sql", query, "--store", store.path, "--timeout", 1, "--format", form, "-o", out, check=False, TMPDIR=str(temporary))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", TOO_LONG)
    assert time.monotonic() - begun < 15
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in temporary.parent.iterdir()) == ["store", "temporary"]


def test_a_reader_may_take_longer_than_the_query(store):
    query = ("sql", "FROM range(200000)", "--format", "csv", "--timeout", "1", "--store", store.path)
    command = [Path(sys.executable).parent / "cellswap", *query]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)  # a pipe holds some 64 kB, so that the writer waits
    rows, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (0, "")
    assert rows.splitlines()[-1] == "199999"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY hash(i)) AS r FROM range(400000000) AS t(i))",  # on disk
        "SELECT list(i) FROM range(300000000) AS t(i)",
        "SELECT repeat('x', 3000000) FROM range(2000)",  # DuckDB does not count the texts of its result
        "SELECT range(50000000) FROM range(5)",  # 28 bytes a number in Python
    ],
)
def test_a_query_ends_when_it_takes_more_than_it_may(cellswap, store, temporary, query):
    arguments = ("sql", query, "--store", store.path, "--memory-limit", "100MB", "--format", "jsonl")
    done = cellswap(*arguments, "-o", temporary.parent / "out", check=False, TMPDIR=str(temporary))
    said = "error: SQL: stopped, for it needs more than 0.1 GB of memory and 0.5 GB of temporary files; --memory-limit allows more\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert list(temporary.iterdir()) == []
    assert not (temporary.parent / "out").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the system bounds no process's memory")
def test_the_whole_process_is_bounded(store):
    query = "SELECT repeat('x', 3000000) FROM range(2000)"
    arguments = ["cellswap", "sql", query, "--memory-limit", "100MB", "--format", "jsonl", "--store", str(store.path)]
    program = f"""
import resource, sys
from cellswap.cli import main
sys.argv = {arguments!r}
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert int(done.stderr.split()[-1]) < 1_600_000  # kB; all rows at once would be 6 GB


def started(store, query, temporary, *more):
    """The command, once its query runs."""
    command = [Path(sys.executable).parent / "cellswap", "sql", query, "--store", store.path, *more]
    environment, before = {**os.environ, "TMPDIR": str(temporary)}, len(list(temporary.iterdir()))
    # what a shell runs in the background ignores Ctrl-C, and hands that down to this command
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)],  # noqa: PLW1509
    )  # fmt: skip
    end = time.monotonic() + 60
    while len(list(temporary.iterdir())) == before:
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(1.5)
    return running


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (ENDLESS, signal.SIGINT), (ENDLESS, signal.SIGTERM), (ENDLESS, signal.SIGHUP), (ONE_STEP, signal.SIGINT),
        (ONE_STEP, signal.SIGTERM), (ENDLESS_ROWS, signal.SIGINT),
    ],
)  # fmt: skip
def test_a_signal_ends_a_query_and_leaves_nothing(store, temporary, query, number):
    more = ("-o", temporary.parent / "out.csv", "--format", "csv") if query == ENDLESS_ROWS else ()
    running = started(store, query, temporary, *more)
    running.send_signal(number)
    rows, said = running.communicate(timeout=30)
    assert (running.returncode, rows) == (130, "")
    assert said == {ONE_STEP: "interrupted; the query was cut off\n"}.get(query, INTERRUPTED)
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in temporary.parent.iterdir()) == ["store", "temporary"]


def test_what_a_killed_query_left_goes_with_the_next_one(cellswap, store, temporary):
    killed = started(store, ENDLESS, temporary)
    running = started(store, ENDLESS, temporary)
    killed.kill()
    killed.communicate()
    (temporary / "cellswap-sql-another_host_1-1-abcd").mkdir()
    assert len(list(temporary.iterdir())) == 3
    cellswap("sql", "SELECT 1", "--store", store.path, TMPDIR=str(temporary))
    left = sorted(path.name for path in temporary.iterdir())
    running.terminate()
    running.communicate()
    assert len(left) == 2
    assert "cellswap-sql-another_host_1-1-abcd" in left
    assert any(re.fullmatch(rf".*~{running.pid}~\w+~\w+", name) for name in left)


def test_ctrl_c_stops_a_query_at_the_prompt_and_the_prompt_goes_on(store, tmp_path):
    at = Terminal("sql", "--store", store.path, "--timeout", "20", PAGER="cat", XDG_STATE_HOME=str(tmp_path))
    try:
        at.see("cellswap>")
        at.press(f"{ENDLESS};\r")
        time.sleep(2)
        at.command.send_signal(signal.SIGINT)  # as the terminal does at Ctrl-C
        at.see("stopped", timeout=10)
        at.see("cellswap>")
        at.press("SELECT 6 * 7 AS answer;\r")
        at.see("42")
    finally:
        at.close()


def test_the_prompt_keeps_the_time_too(store, tmp_path):
    at = Terminal("sql", "--store", store.path, "--timeout", "1", PAGER="cat", XDG_STATE_HOME=str(tmp_path))
    try:
        at.see("cellswap>")
        at.press(f"{ENDLESS};\r")
        at.see("error: SQL: stopped after 1 s", timeout=10)
        at.see("cellswap>")
        at.press("SELECT 6 * 7 AS answer;\r")
        at.see("42")
    finally:
        at.close()


@pytest.mark.parametrize(
    ("text", "bytes_"), [("2GB", 2 * 10**9), ("500 MB", 5 * 10**8), ("1.5", 15 * 10**8), ("64MiB", 64 * 2**20), ("1g", 10**9)]
)
def test_sizes(text, bytes_):
    assert watch.size(text) == bytes_


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1MB", "2 elephants", "1e9GB", "nan", "99999999TB"])
def test_what_is_no_size(text):
    with pytest.raises(BadInput, match="expected a size"):
        watch.size(text)


def test_a_folder_of_a_killed_query_goes_and_a_link_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.run([sys.executable, "-c", "from cellswap.store import scratch; print(scratch.new_name('sql').name)"],
        capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    (tmp_path / "kept").mkdir()
    (tmp_path / f"{gone[:-1]}{'0' if gone[-1] != '0' else '1'}").symlink_to(tmp_path / "kept")
    (tmp_path / gone).mkdir()
    made = scratch.lasting("sql")
    assert (made.is_dir(), (tmp_path / gone).exists(), len(list(tmp_path.iterdir()))) == (True, False, 3)
