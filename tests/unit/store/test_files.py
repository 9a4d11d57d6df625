"""Files are whole or absent; what a killed process left is removed, what a live one writes is left alone."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

import pytest

from cellswap.errors import BadInput
from cellswap.store import files, processes

HANGS = """
import sys, time
from pathlib import Path
from cellswap.store import files
with files.whole_file(Path(sys.argv[1])) as partial:
    partial.write_text("half")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def writing(tmp_path):
    """A process that has written half of `out.csv`, and its unfinished file."""
    process = subprocess.Popen([sys.executable, "-c", HANGS, str(tmp_path / "out.csv")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    [partial] = tmp_path.glob("out.csv.*.partial")
    yield process, partial
    process.kill()
    process.wait()


def test_what_is_being_written_is_left_alone_by_another_writer(writing, tmp_path):
    _, partial = writing
    with files.whole_file(tmp_path / "out.csv") as mine:
        mine.write_text("whole")
    assert (tmp_path / "out.csv").read_text() == "whole"
    assert partial.read_text() == "half"
    assert list(files.abandoned([partial])) == []


def test_what_a_killed_process_left_goes_when_the_same_file_is_written(writing, tmp_path):
    process, partial = writing
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert partial.exists()
    assert list(files.abandoned([partial])) == [partial]
    (tmp_path / "out.csv.notes").write_text("of the user")
    with files.whole_file(tmp_path / "out.csv") as mine:
        mine.write_text("whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.csv.notes"]


def test_two_processes_of_one_number_in_two_places_use_two_names(tmp_path, monkeypatch):
    """Two containers both have a process 1: one renamed the other's half-written file into place."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    names = set()
    for place in ("node-aaaaaa", "node-bbbbbb"):
        monkeypatch.setattr(processes, "place", lambda place=place: place)
        names |= {files.partial_of(tmp_path / "part").name for _ in range(2)}
    assert len(names) == 4


def test_what_another_host_left_goes_after_a_day(tmp_path):
    left = tmp_path / "part-1.parquet.node-abcdef~1~77~0123abcd.partial"
    left.touch()
    assert list(files.abandoned([left])) == []
    long_ago = time.time() - 2 * files.OLD_S
    os.utime(left, (long_ago, long_ago))
    assert list(files.abandoned([left])) == [left]


def test_a_long_name_has_room_for_its_unfinished_one(tmp_path):
    with files.whole_file(tmp_path / ("é" * 125)) as partial:
        partial.write_text("x")
    assert [p.name for p in tmp_path.iterdir()] == ["é" * 125]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_drive_that_cannot_sync_folders_is_written_all_the_same(tmp_path, monkeypatch, number):
    real = os.fsync

    def of_files_only(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", of_files_only)
    with files.whole_file(tmp_path / "a") as partial:
        partial.write_text("x")
    assert (tmp_path / "a").read_text() == "x"


def test_a_place_that_cannot_be_written_is_one_line():
    with pytest.raises(BadInput, match=r"/proc.*: can't"), files.whole_file(files.Path("/proc/none/a.csv")):
        pass


def fail_where_nothing_can_be_removed(folder):
    with files.whole_file(folder / "a.csv"):
        shutil.rmtree(folder)
        folder.write_text("a file where the folder was")
        raise BadInput("the first")


def test_the_first_error_is_said_where_the_unfinished_file_cannot_be_removed(tmp_path):
    with pytest.raises(BadInput, match="the first"):
        fail_where_nothing_can_be_removed(tmp_path / "full")
