"""Where a command may read and write: no URL, no drive that can't be written, no home that can't."""

import os
import re

import pytest


@pytest.mark.parametrize(
    "words",
    [("init", "s3://bucket/x"), ("status", "--store", "gs://b/x"), ("sql", "SELECT 1", "-o", "s3://b/x.csv"), ("report", "--out", "http://h/x"),
     ("ingest", "fields", "https://h/x"), ("ingest", "labels", "s3://b/huh.tsv"), ("simulate", "s3://b/x"), ("demo", "s3://b/x"),
     ("ingest", "fields", ".", "--plate-map", "s3://b/map.csv"), ("weights", "import", "https://h/w.pt", "--model", "pifia"),
     ("init", "s3:b"), ("init", "S3://b/x"), ("status", "--store", "gs:b/x"), ("report", "--out", "HTTPS:h"), ("ingest", "fields", "s3:b")],
)  # fmt: skip
def test_a_url_is_no_path(cellswap, tmp_path, words):
    done = cellswap(*words, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"error: {next(word for word in words if ':' in word)}: expected a path of this machine" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_store_on_a_drive_that_cannot_be_written_is_read_and_a_command_that_writes_says_so(cellswap, store, tmp_path):
    place = tmp_path / "drive"
    place.mkdir()
    store.path.rename(place / "store")
    if os.system(f"mount --bind '{place}' '{place}' 2>/dev/null && mount -o remount,ro,bind '{place}'"):  # noqa: S605 - a path of this test
        pytest.skip("only root may mount a drive to be read alone")
    try:
        query = ("sql", "SELECT command FROM runs", "--format", "csv", "--store", place / "store")
        assert cellswap(*query).stdout == "command\ninit\n"
        for words in (("status",), ("tables",), ("check",), ("report", "--out", "report")):
            cellswap(*words, "--store", place / "store")
        for words in (("init", place / "store"), ("ingest", "labels", "--store", place / "store"), ("init", place / "new"),
                      ("report", "--out", place / "report", "--store", place / "store")):  # fmt: skip
            done = cellswap(*words, check=False)
            assert done.returncode in {1, 2}
            assert done.stderr.count("\n") == 1
            assert str(place) in done.stderr
            assert re.search(r"Read-only file system|cannot be written", done.stderr)
    finally:
        os.system(f"umount '{place}'")  # noqa: S605
