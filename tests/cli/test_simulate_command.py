"""cellswap simulate as a user runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

SMALL = ("--preset", "tiny", "--field-size", 128, "--cells-per-protein", 8, "--proteins-per-class", 1, "--plates", 1, "--jobs", 1)


def test_a_screen_is_drawn_ingested_and_its_truth_stored(cellswap, tmp_path):
    first = cellswap("simulate", "out", *SMALL)
    assert "6 of 6 wells drawn" in first.stderr
    assert "next: cellswap ingest fields out/plate01 --plate-map out/plate_map.csv" in first.stderr
    cellswap("init", "s")
    cellswap("ingest", "fields", "out/plate01", "--plate-map", "out/plate_map.csv", "--store", "s", "--jobs", 1)
    again = cellswap("simulate", "out", *SMALL, "--truth-into", "s")
    assert "0 of 6 wells drawn" in again.stderr
    cellswap("check", "--store", "s")
    unknown = "SELECT count(*) FROM truth_cells ANTI JOIN fields USING (field_id)"
    assert cellswap("sql", unknown, "--store", "s", "--format", "csv").stdout.splitlines()[1] == "0"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_workers_end_when_the_command_is_killed(tmp_path):
    arguments = ("simulate", "out", "--preset", "screen", "--proteins-per-class", "2", "--jobs", "2")
    command = [str(Path(sys.executable).parent / "cellswap"), *arguments]
    quiet = {"stderr": subprocess.DEVNULL, "start_new_session": True}
    with subprocess.Popen(command, cwd=tmp_path, **quiet) as drawing:
        wait(lambda: any(tmp_path.glob("out/plate*/*.tiff")))
        drawing.kill()
    wait(lambda: not group(drawing.pid))


def wait(until, seconds=60):
    """Wait for a condition, and fail where it does not come."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


def group(leader):
    """The running processes of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
            found += [path.parent.name] if int(of) == leader and state != "Z" else []
    return found


def test_a_dry_run_says_how_much_and_writes_nothing(cellswap, tmp_path):
    said = cellswap("simulate", "out", "--preset", "screen", "--dry-run").stdout
    assert "1488 fields of 1080 px, about 350,000 cells" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("inside", ["notes.txt", "plate_map.csv", "screen.json.notes", "plate01/r01c01f01p01-ch1sk1fk1fl1.tiff"])
def test_it_draws_into_no_folder_of_others(cellswap, tmp_path, inside):
    mine = tmp_path / "out" / inside
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    failed = cellswap("simulate", "out", *SMALL, check=False)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    assert "expected a new or empty folder, or one of cellswap simulate" in failed.stderr
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == [mine]


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_a_folder_whose_mark_is_none_is_refused_in_one_line(cellswap, tmp_path, content):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "screen.json").write_bytes(content)
    failed = cellswap("simulate", "out", *SMALL, check=False)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    assert "expected a screen's options as JSON" in failed.stderr


def test_a_drawing_that_was_killed_at_its_first_file_goes_on(cellswap, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "screen.json.host-1-abc.partial").write_text("{")
    assert "6 of 6 wells drawn" in cellswap("simulate", "out", *SMALL).stderr


def test_bad_options_are_named(cellswap, tmp_path):
    for arguments, words in (
        (("--preset", "tinny"), "did you mean tiny"),
        (("--preset", "tiny", "--cells-per-protein", 999), "--fields-per-well"),
        (("--field-size", 20), "128 to 4320"),
    ):
        failed = cellswap("simulate", "out", *arguments, check=False)
        assert failed.returncode == 2
        assert words in failed.stderr
        assert failed.stderr.count("\n") == 1
