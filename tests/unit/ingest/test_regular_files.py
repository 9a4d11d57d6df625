import os
import socket

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import regular_files
from cellswap.ingest.regular_files import entries, is_dust, is_text, no_text, said
from cellswap.store.files import other_kind


def test_every_name_can_be_said():
    latin = os.fsdecode(b"copie-\xe9.tiff")
    assert said(latin) == "copie-\\xe9.tiff"
    assert said("\x1b[2Jx\n") == "\\x1b[2Jx\\n"
    assert said("pläque") == "pläque"
    assert [is_text(name) for name in (latin, "pläque", "a\nb")] == [False, True, False]
    why = [no_text(name) for name in (latin, "pläque", "a\nb", "a\x1b[31m", "a\u202eb")]
    holds = "not printable: it holds \\"
    assert why == ["not UTF-8 text", "", f"{holds}n", f"{holds}x1b", f"{holds}u202e"]


def test_what_other_systems_leave():
    assert all(map(is_dust, ("._r01c01f01p01-ch1.tiff", ".DS_Store", "__MACOSX", "Thumbs.db")))
    assert not any(map(is_dust, ("r01c01f01p01-ch1.tiff", ".hidden.tiff", "_a.tiff")))


def test_only_regular_files_are_read(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"bytes")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "lost").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    listening.close()
    kinds = {entry.name: other_kind(tmp_path / entry.name) for entry in entries(tmp_path)}
    assert kinds == {"a": None, "link": None, "lost": "a link to nothing", "pipe": "a named pipe", "socket": "a socket"}
    assert [regular_files.read(tmp_path / name) for name in ("a", "link")] == [b"bytes", b"bytes"]
    for name in ("pipe", "socket", "lost"):
        with pytest.raises(BadInput):
            regular_files.read(tmp_path / name)


def test_a_file_too_large_is_not_read(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        file.truncate(regular_files.MOST_BYTES + 1)
    with pytest.raises(BadInput, match="2,147,483,649 bytes; no image file of more than 2,147,483,648 is read"):
        regular_files.read(tmp_path / "a")
