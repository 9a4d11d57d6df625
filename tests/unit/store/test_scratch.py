"""What a killed command left in $TMPDIR is known by its name; what lives is left alone."""

import os
import subprocess
import sys

import pytest

from cellswap.errors import CellswapError
from cellswap.store import scratch


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_block_however_that_ends(room):
    with scratch.folder("test") as place:
        (place / "file").write_text("x")
        assert place.parent == room
        assert place.stat().st_mode & 0o777 == 0o700
        assert scratch.stale() == []
    with pytest.raises(KeyboardInterrupt), scratch.folder("test"):
        raise KeyboardInterrupt
    assert not list(room.iterdir())


def killed_with_a_folder(room):
    """The number of a process that was killed, and what it left."""
    program = "import os\nfrom cellswap.store import scratch\nwith scratch.folder('test'):\n    os.kill(os.getpid(), 9)"
    killed = subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"TMPDIR": str(room)})
    killed.wait()
    (left,) = room.iterdir()
    return killed.pid, left


def test_what_a_killed_process_left_is_found_and_nothing_else(room):
    pid, left = killed_with_a_folder(room)
    mine = scratch.new_name("test")
    others = [f"cellswap-test.elsewhere-1~{pid}~1~0123abcd", "cellswap-notes", left.name.replace("cellswap-", "mine-"), mine.name]
    for name in others:
        (room / name).mkdir()
    assert scratch.stale() == [left]
    assert str(pid) in left.name


def test_what_a_killed_process_left_goes_when_another_needs_a_folder(room):
    _, left = killed_with_a_folder(room)
    with scratch.folder("other") as place:
        assert (left.exists(), place.exists()) == (False, True)


def test_no_temporary_folder_is_one_line(room, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(room / "nowhere"))
    with pytest.raises(CellswapError, match=r"can't make a temporary folder .*; set TMPDIR to another place"), scratch.folder("test"):
        pass


def test_no_file_is_made_to_try_a_temporary_folder_that_is_named(tmp_path):
    """A command that is killed while Python tries a folder leaves the file there."""
    program = (
        "import os, sys\nfrom cellswap.store import scratch\n"
        "sys.addaudithook(lambda event, told: print(event, told[0]) if event == 'open' else None)\n"
        "print(scratch.new_name('test').parent)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == str(tmp_path)
    assert f"open {tmp_path}" not in done.stdout
