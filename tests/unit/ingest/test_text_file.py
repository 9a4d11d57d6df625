"""Every way in which a spreadsheet saves one table gives the same text, or one line that names the cause."""

from __future__ import annotations

import gzip
import os
import resource
import time

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import text_file

ROWS = (("ORF", "Gene", "n"), ("YAL001C-A", "ET1", "1"), ("YBR085W", "AAC3", "2"))


def table(separator=",", end="\n", **replaced):
    return end.join(separator.join(replaced.get(cell, cell) for cell in row) for row in ROWS) + end


def seen(content: bytes):
    """The cells, with the header's names and row."""
    file = text_file.of(content)
    lines = file.content.decode().splitlines()
    return tuple(tuple(line.split(file.separator)) for line in lines), file.header, file.header_row


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_separators_line_ends_and_codings(separator, end, coding):
    assert seen(table(separator, end).encode(coding)) == (ROWS, ROWS[0], 1)


@pytest.mark.parametrize(
    ("line", "separator"), [("sep=,", ","), ("sep=;", ";"), ("SEP=;", ";"), ('"sep=;"', ";"), ("sep=\t", "\t"), ("sep=|", "|")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_declares_the_separator(line, separator, end):
    assert seen((line + end + table(separator, end)).encode()) == (ROWS, ROWS[0], 2)


def test_names_beyond_ascii_stay():
    assert seen(table(ET1="ÉT1").encode("utf-16"))[0][1] == ("YAL001C-A", "ÉT1", "1")


def test_commas_in_quoted_names_do_not_outvote_the_separator():
    assert text_file.of(b'"a,b,c,d";e\n1;2\n').header == ("a,b,c,d", "e")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table(ET1="ÉT1").encode("latin-1"), "not UTF-8: row 2 has the byte 0xc9"),
        (table(ET1="ÉT1", end="\r").encode("mac_roman"), "not UTF-8: row 2 has the byte 0x83"),
        (b"PK\x03\x04" + bytes(60), "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"<html><table>", "an HTML or XML file"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "a zstd file"),
        (b"a,b\nYAL\x00001C,\x1b[31mG\n", "zero bytes in row 2"),
        (b"\x89PNG\r\n", "not UTF-8: row 1"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\n\na,b\n", "its first line is"),
        (b"sep=xy\na,b\n", "declares the separator 'xy'"),
        (b"sep=\x1b\na,b\n", r"declares the separator '\\x1b'"),
        (b"ORF,gene, ORF \n", "the column 'ORF' stands twice"),
    ],
)
def test_what_is_no_table_is_named(content, said):
    with pytest.raises(BadInput, match=said) as error:
        text_file.of(content)
    assert str(error.value).isprintable()


def test_a_row_that_no_parser_reads_is_named():
    assert text_file.fault(text_file.of(b"a,b\n1,2\n1,2,3\n")).startswith("row 3 has 3 fields, the header has 2")
    assert text_file.fault(text_file.of(b'sep=;\na;b\n1;2\n"1;2\n')).startswith("row 4: ")
    assert text_file.fault(text_file.of(b"a,b\n1,2\n")) == ""


def within(path, said, seconds=20, megabytes=900):
    """Refused with these words, in bounded time and memory."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(BadInput, match=said) as error:
        text_file.read(path)
    assert len(str(error.value)) < 500
    assert time.monotonic() - start < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < megabytes * 1024


def test_a_million_columns_one_endless_line_and_one_endless_cell(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",".join(f"c{i}" for i in range(10**6)) + "\n")
    within(path, r"columns in those \(row 1\)")
    path.write_text(",".join(f"c{i}" for i in range(10**4)) + "\n")
    within(path, "at most 5,000 columns, found 10,000")
    path.write_text("a,b\n1,2\nYAL001C," + "A" * 20_000_000 + "\n")
    within(path, r"a line of more than 1,048,576 bytes \(row 3\)")
    path.write_text('a,b\n"' + "A" * 20_000_000)
    within(path, r"\(row 2\)")


def test_many_short_rows_are_no_long_line():
    content = b"a,b\n" + b"1,2\n" * 600_000
    assert text_file.of(content).content == content


def test_a_packed_file_is_read_to_a_bound(tmp_path, monkeypatch):
    path = tmp_path / "cells.csv.gz"
    path.write_bytes(gzip.compress(table().encode()))
    assert text_file.read(path).content == table().encode()
    path.write_bytes(gzip.compress(table().encode())[:-20])
    within(path, "damaged or cut short")
    monkeypatch.setattr(text_file, "MOST_BYTES", 1 << 20)
    path.write_bytes(gzip.compress(b"0,0\n" * (1 << 19)))
    within(path, "unpacked; this one has more")
    path.write_bytes(b"0,0\n" * (1 << 19))
    within(path, "unpacked; this one has more")


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for name in ("pipe.csv", "zero.csv"):
        within(tmp_path / name, "found a device, pipe or socket")
    within(tmp_path, "found a folder")
    within(tmp_path / "none.csv", "no such file")
    within(tmp_path / "loop.csv", "cannot be read")
    within(tmp_path / ("x" * 5000), "cannot be read")
