"""`init` may be killed at any of its steps, and run again makes the same store."""

import os
import signal
import sys
from pathlib import Path

import pytest

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import create as module
from cellswap.store import database, folder
from cellswap.store.create import create
from cellswap.store.facts import Asked

STEPS = {"open", "os.mkdir", "os.rename", "os.remove"}


def make(place: Path) -> None:
    """The store of these tests."""
    create(place, Asked(96, {"protein": "gfp"}, 0.2))


def in_a_process(place: Path, kill_at: int | None) -> tuple[int, int]:
    """Make the store in a process that kills itself at that file event below the place: how it ended, and how many events there were."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        seen = [0]

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if event in STEPS and isinstance(arguments[0], (str, bytes, os.PathLike)) and str(place) in str(os.fspath(arguments[0])):
                seen[0] += 1
                if seen[0] == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            make(place)
            os.write(write, str(seen[0]).encode())
        finally:
            os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        return status, int(pipe.read() or 0)


def contents(place: Path) -> dict[str, bytes]:
    """The files of a store by name; of its run record the stable part, of its catalog that it is there."""
    found = {str(path.relative_to(place)): path for path in place.rglob("*") if path.is_file()}
    timed = lambda text: "\n".join(line for line in text.splitlines() if '_at"' not in line)  # noqa: E731
    return {
        name: b"" if path.suffix == ".duckdb" else timed(path.read_text()).encode() if path.suffix == ".json" else path.read_bytes()
        for name, path in found.items()
    }


@pytest.mark.slow
def test_a_killed_init_is_completed_to_the_same_files(tmp_path):
    whole = tmp_path / "whole"
    status, events = in_a_process(whole, None)
    assert (status, events > 100) == (0, True)
    wanted = contents(whole)
    killed = 0
    for step in range(1, events + 1):
        place = tmp_path / str(step) / "s"
        place.parent.mkdir()
        status, _ = in_a_process(place, step)
        killed += status == signal.SIGKILL
        assert in_a_process(place, None)[0] == 0
        assert contents(place) == wanted, f"killed at event {step}"
    assert killed == events
    with database.connect(folder.read(place)) as connection:
        assert connection.execute("SELECT command, status FROM runs").fetchall() == [("init", "done")]


def test_an_init_that_another_overtakes_finds_its_store_and_not_a_strange_folder(tmp_path, monkeypatch):
    looked = module._is_begun  # between this look and the one before it, the other comes to its end

    def overtaken(path: Path) -> bool:
        monkeypatch.setattr(module, "_is_begun", looked)
        make(path)
        return looked(path)

    monkeypatch.setattr(module, "_is_begun", overtaken)
    place = tmp_path / "store"
    place.mkdir()
    make(place)
    assert folder.read(place).crop_size == 96
    assert len(list((place / "runs").glob("*.json"))) == 1


def test_a_half_written_file_that_goes_while_it_is_looked_at_is_nobody_elses(tmp_path, monkeypatch):
    place = tmp_path / "store"
    place.mkdir()
    (place / "store.json.host~1~2~3.partial").touch()
    rglob = Path.rglob
    monkeypatch.setattr(Path, "rglob", lambda path, pattern: [found for found in rglob(path, pattern) if not found.unlink()])
    assert module._is_begun(place)


def test_an_init_of_a_whole_store_leaves_it_as_it_was(tmp_path):
    make(tmp_path / "s")
    before = contents(tmp_path / "s")
    make(tmp_path / "s")
    assert contents(tmp_path / "s") == before


@pytest.mark.parametrize("was_killed", [False, True])
def test_a_table_that_a_store_lacks_is_added_by_a_run_of_its_own(tmp_path, was_killed):
    make(tmp_path / "s")
    [lacked] = (tmp_path / "s/tables/swaps").glob("*.parquet")
    lacked.unlink()
    if was_killed:
        assert in_a_process(tmp_path / "s", 5)[0] == signal.SIGKILL
    make(tmp_path / "s")
    with database.connect(folder.read(tmp_path / "s")) as connection:
        query = "SELECT run_id, status, complete FROM runs ORDER BY run_id DESC LIMIT 1"
        assert connection.execute(query).fetchall() == [("init-again", "done", True)]
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_begun_init_may_go_on_with_other_options(tmp_path):
    in_a_process(tmp_path / "s", 40)
    assert not (tmp_path / "s" / "store.json").exists()
    assert create(tmp_path / "s") == folder.read(tmp_path / "s")
    assert not list((tmp_path / "s").rglob("*.partial"))


FOREIGN = ("notes.txt", "tables/notes.txt", "tables/crops/part-1.parquet", "runs/x.json", ".git/config", "thesis.partial", "store.json/x")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_of_others_is_refused_though_an_init_was_begun_in_it(tmp_path, name):
    in_a_process(tmp_path / "s", 40)
    foreign = tmp_path / "s" / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    with pytest.raises(BrokenStore):
        create(tmp_path / "s")
    assert foreign.read_text() == "mine"


@pytest.mark.parametrize(
    ("asked", "said"),
    [(Asked(64), "crop_size 96 already, not 64"), (Asked(96, {"protein": "rfp"}, 0.2), "already, not {'protein': 'rfp'}"),
     (Asked(pixel_size_um=0.3), "pixel_size_um 0.2 already, not 0.3"), (Asked(preset="opencell"), "preset yeast already, not opencell"),
     (Asked(words={"class_word": "place"}), "class_word localization already, not place")],
)  # fmt: skip
def test_a_store_keeps_what_it_was_made_with(tmp_path, asked, said):
    make(tmp_path / "s")
    with pytest.raises(BadInput, match=said):
        create(tmp_path / "s", asked)
    assert create(tmp_path / "s", Asked(96)) == folder.read(tmp_path / "s")


@pytest.mark.parametrize("name", ["back\\slash", "a*", "a?", "a[1]", "a{b}", "new\nline", "esc\x1b[2J", "del\x7f", os.fsdecode(b"\xff")])
def test_a_path_that_duckdb_or_a_terminal_would_misread_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(BadInput, match="a store's path may hold") as refused:
        make(tmp_path / name)
    assert str(refused.value).isprintable()
    assert not (tmp_path / name).exists()
    make(tmp_path / "good")
    (tmp_path / "good").rename(tmp_path / name)
    with pytest.raises(BrokenStore, match="rename or move the folder"):
        folder.read(tmp_path / name)


@pytest.mark.parametrize("name", ["a b", "it's", 'd"q', "é漢", "100%", "%20", "#1", "a=b", "~", "a,b;c", "$HOME", " a ", "a:b", "!^&`"])
def test_any_other_path_works(tmp_path, name):
    make(tmp_path / name)
    with database.connect(folder.read(tmp_path / name)) as connection:
        assert connection.execute("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM crops)").fetchall() == [(1, 0)]
    assert database.catalog_fault(folder.read(tmp_path / name)) is None


@pytest.mark.parametrize("url", ["s3://bucket/x", "gs://b", "http://h/x", "https://h/x", "file:///tmp/x", "abfs://c@a/x", "S3://b/x",
                                 "s3:b", "S3:/b/x", "s3:", "Gs:b/x", "FILE:x", "https:h", "./s3:b"])  # fmt: skip
def test_no_local_folder_is_made_of_a_url(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    for use in (make, folder.read):
        with pytest.raises(BadInput, match="expected a path of this machine"):
            use(Path(url))
    monkeypatch.setenv("CELLSWAP_STORE", url)
    with pytest.raises(BadInput, match="expected a path of this machine"):
        folder.find(None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["C:", "c:data", "plate:2", "run 1: s3", "x-s3:b", "filed:x", "inner/s3:b"])
def test_a_colon_makes_no_url(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    make(Path(name))
    assert folder.read(Path(name)).path == tmp_path / name


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3000, "a\0b"])
def test_a_path_that_can_be_none_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match="no folder can be here"):
        make(tmp_path / name)
    with pytest.raises(BrokenStore, match="not a store"):
        folder.read(tmp_path / name)
