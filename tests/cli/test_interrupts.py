"""Ctrl-C, SIGTERM and SIGHUP at any moment: one line, exit code 130, nothing half-written left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cellswap.store import database, interrupts, runs

COMMAND = Path(sys.executable).parent / "cellswap"
SAID = "interrupted; what was finished is kept, run the same command again to go on\n"
ENDLESS = "SELECT sum(hash(a.range * b.range) % 7) FROM range(2000000) a, range(2000000) b"
MOMENTS = (0.0, 0.1, 0.4, 1.0, 4.0)  # importing, opening, at work


def start(room: Path, *arguments: object, ignore: int | None = None) -> subprocess.Popen[str]:
    """The command, with a temporary folder of its own; it hears signals though a shell in the background, or nohup, would hide them."""

    def before() -> None:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if ignore:
            signal.signal(ignore, signal.SIG_IGN)

    room.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"TMPDIR": str(room)}, preexec_fn=before,  # noqa: PLW1509 - no thread of ours is about
    )  # fmt: skip
    while not listens(process.pid):
        time.sleep(0.01)
    return process


def listens(pid: int) -> bool:
    """Whether a process takes SIGTERM itself: before, Python is still starting, and no program of its can."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def ended(process: subprocess.Popen[str], *signals: int) -> tuple[int, str]:
    """The exit code and what was said after these signals, half a second apart."""
    for number in signals:
        process.send_signal(number)
        time.sleep(0.5)
    try:
        _, said = process.communicate(timeout=90)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_endless_query_is_interrupted(store, tmp_path, number, moment):
    query = start(tmp_path / "room", "sql", ENDLESS, "--store", store.path)
    time.sleep(moment)
    assert ended(query, number) == (130, SAID)
    assert not list((tmp_path / "room").iterdir())


def test_more_signals_of_the_same_wish_break_no_clean_up_off(store, tmp_path):
    query = start(tmp_path / "room", "sql", ENDLESS, "--store", store.path)
    time.sleep(4)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        query.send_signal(number)
    assert ended(query) == (130, SAID)
    assert not list((tmp_path / "room").iterdir())


def test_what_was_told_to_outlive_its_terminal_does(store, tmp_path):
    query = start(tmp_path / "room", "sql", "SELECT 1 AS a", "--store", store.path, ignore=signal.SIGHUP)
    assert ended(query, signal.SIGHUP) == (0, "")


@pytest.mark.parametrize("moment", [0.0, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("words", [("status",), ("report", "--out", "report"), ("plan", "--images", "4")])
def test_a_command_ends_with_its_own_code_or_says_that_it_was_interrupted(store, tmp_path, monkeypatch, words, moment):
    monkeypatch.chdir(tmp_path)
    undisturbed = subprocess.run([COMMAND, *words, "--store", store.path], capture_output=True, text=True, check=False)
    process = start(tmp_path / "room", *words, "--store", store.path)
    time.sleep(moment)
    code, said = ended(process, signal.SIGTERM)
    if code == 130:
        assert said.endswith(SAID)
        assert undisturbed.stderr.startswith(said.removesuffix(SAID))
    else:
        assert (code, said) == (undisturbed.returncode, undisturbed.stderr)
    assert not [*(tmp_path / "room").iterdir(), *store.path.rglob("*.partial"), *tmp_path.glob("*.partial")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_workers_end_with_a_command_that_is_ended_and_it_goes_on(tmp_path, number):
    out = tmp_path / "out"
    words = ("simulate", out, "--preset", "tiny", "--jobs", 2)
    process = start(tmp_path / "room", *words)
    deadline = time.monotonic() + 60
    while not list(out.rglob("*.tiff")) and time.monotonic() < deadline:
        time.sleep(0.05)
    code, said = ended(process, number)
    assert (code, said) == (130, SAID)
    assert not [*(tmp_path / "room").iterdir(), *out.rglob("*.partial")]
    living = subprocess.run(["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in living.splitlines() if line.split()[0] == str(process.pid)]
    assert subprocess.run([COMMAND, *map(str, words)], check=False, capture_output=True).returncode == 0


def test_a_run_whose_interrupt_a_library_made_its_own_says_interrupted(store, monkeypatch):
    monkeypatch.setattr(interrupts, "_asked", [1.0])
    with pytest.raises(RuntimeError), runs.record(store, "test", {}):
        raise RuntimeError("Query interrupted")
    with database.connect(store) as connection:
        assert connection.execute("SELECT status FROM runs WHERE command = 'test'").fetchall() == [("interrupted",)]


def test_a_signal_waits_for_what_must_not_be_left_half_begun():
    program = (
        "import os, signal, time\nfrom cellswap.store import interrupts\ninterrupts.listen()\ntry:\n"
        "    with interrupts.deferred():\n        os.kill(os.getpid(), signal.SIGTERM)\n        time.sleep(0.2)\n        print('whole')\n"
        "    print('never')\nexcept KeyboardInterrupt:\n    print('then ended', interrupts.asked())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("whole\nthen ended True\n", "")
