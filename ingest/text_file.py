"""A text file that somebody saved: read to a bound, and made the one kind of CSV that a parser reads.

Spreadsheets write tabs and semicolons, UTF-16, carriage returns alone, and `sep=` before the header. What these bytes say
for sure is read; what could be one thing or another is refused with its cause.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, shown
from cellswap.ingest import folders

MOST_BYTES = 512 << 20
MOST_LINE = 1 << 20
MOST_COLUMNS = 5_000
SEPARATORS = ",;\t|"
_TOO_MUCH = f"expected a CSV file of at most {MOST_BYTES:,} bytes, unpacked; this one has more: split it"
_GZIP = b"\x1f\x8b"
# How files begin that are no text, whatever their name says.
_OTHERS = {
    b"PK\x03\x04": "an Excel workbook (.xlsx) or another zip archive: save the sheet as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls): save the sheet as CSV (UTF-8)",
    b"%PDF": "a PDF file: give the table as CSV",
    b"PAR1": "a Parquet file: write it as CSV",
    b"ARROW1": "an Arrow file: write it as CSV",
    b"\x89HDF": "an HDF5 file: write the table as CSV",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it first",
    b"\xfd7zXZ": "an xz file: unpack it first",
    b"BZh": "a bzip2 file: unpack it first",
    b"{\\rtf": "a text document (RTF): save the table as CSV",
    b"<": "an HTML or XML file: save the table as CSV",
}
# A mark at the front, longest first: UTF-32's begins as UTF-16's does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class TextFile:
    """UTF-8 bytes with a line feed at the end of lines, what parts the columns, their names, and the header's row from 1."""

    content: bytes
    separator: str
    header: tuple[str, ...]
    header_row: int


def read(path: Path) -> TextFile:
    """The text of a CSV file, packed with gzip or not; BadInput, without the path, where it is none or has no end."""
    return of(_bytes(path))


def of(content: bytes) -> TextFile:
    """The text that a CSV file's bytes hold; BadInput where they hold none."""
    text = _lines(_utf8(content))
    text, declared = _without_sep(text)
    header = text.partition(b"\n")[0].lstrip()
    if not header.strip():
        raise BadInput("expected a CSV file with a header; the file is empty, or its first line is")
    _look_at_lines(text)
    separator = declared or _separator(header.decode())
    names = _names(header.decode(), separator)
    return TextFile(text, separator, names, 2 if declared else 1)


def fault(file: TextFile) -> str:
    """The first row that no parser of CSV can read, and why; empty where there is none."""
    rows = csv.reader(io.StringIO(file.content.decode(), newline="\n"), delimiter=file.separator, strict=True)
    first = file.header_row + 1
    try:
        next(rows)
        for row in rows:
            if len(row) > len(file.header):
                return f"row {first} has {len(row)} fields, the header has {len(file.header)}: is a '{file.separator}' in it not quoted?"
            first = rows.line_num + file.header_row
    except csv.Error as error:
        return f"row {first}: {error}; look for a quote that is not closed"
    return ""


def _bytes(path: Path) -> bytes:
    found = folders.kind(path)
    if found in {folders.FOLDER, folders.OTHER}:
        raise BadInput(f"expected a CSV file, found {found}")
    try:
        content = folders.content(path, MOST_BYTES)
        if content.startswith(_GZIP):
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput("expected a CSV file, found no such file") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadInput("expected a CSV file; its gzip packing is damaged or cut short: copy the file again") from error
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error}); look whether the name is right and it may be read") from error
    except ValueError as error:
        raise BadInput(_TOO_MUCH) from error
    if len(content) > MOST_BYTES:
        raise BadInput(_TOO_MUCH)
    return content


def _utf8(content: bytes) -> bytes:
    for beginning, what in _OTHERS.items():
        if content.startswith(beginning):
            raise BadInput(f"expected a CSV file with a header, found {what}")
    coding, skipped = _coding(content)
    try:
        text = content[skipped:].decode(coding)
    except UnicodeDecodeError as error:
        row = _lines(content[skipped:][: error.start]).count(b"\n") + 1
        raise BadInput(
            f"expected a CSV file; not {coding.upper()}: row {row} has the byte {error.object[error.start]:#04x}, which Latin-1 and"
            " MacRoman read differently; save the table as CSV (UTF-8)"
        ) from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput(f"expected a CSV file with a header, found zero bytes in row {row}: no text; save the table as CSV (UTF-8)")
    return text.encode()


def _coding(content: bytes) -> tuple[str, int]:
    """The coding and how many bytes its mark takes; UTF-16 without a mark shows by every other byte being zero."""
    for mark, coding in _MARKS:
        if content.startswith(mark):
            return coding, len(mark)
    head = content[:64]
    if len(head) >= 8 and len(content) % 2 == 0:
        for coding, zeros, letters in (("utf-16-le", head[1::2], head[0::2]), ("utf-16-be", head[0::2], head[1::2])):
            if not any(zeros) and all(letters):
                return coding, 0
    return "utf-8", 0


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def _without_sep(content: bytes) -> tuple[bytes, str | None]:
    """The text without a first line `sep=;`, and the separator that it declares."""
    first, _, rest = content.partition(b"\n")
    line = first[:16].decode(errors="replace").strip().strip('"').strip()
    if not line.casefold().startswith("sep=") or len(first) > 16:
        return content, None
    declared = first.decode().strip("\n").strip('"')[4:].strip(" ") or ","
    declared = "\t" if declared in {"\\t", "tab"} else declared
    if declared not in {*SEPARATORS, ":"}:
        raise BadInput(f"its first line declares the separator '{shown(declared)}'; expected one of , ; | or a tab")
    return rest, declared


def _look_at_lines(content: bytes) -> None:
    """BadInput where a line is longer than any row of a table; looked at before a parser allots memory for it."""
    at, row = 0, 1
    while at < len(content):
        # As far as a line may reach, back to the last end of one: most lines are never looked at one by one.
        end = content.rfind(b"\n", at, at + MOST_LINE)
        if end < 0:
            if len(content) - at <= MOST_LINE:
                return
            n_columns = max(content.count(mark.encode(), at, at + MOST_LINE) for mark in SEPARATORS)
            seen = f" and {n_columns:,} columns in those" if row == 1 else ""
            raise BadInput(f"expected a table's row, found a line of more than {MOST_LINE:,} bytes{seen} (row {row})")
        row += content.count(b"\n", at, end + 1)
        at = end + 1


def _separator(header: str) -> str:
    """What parts the header's names: the commonest outside of quotes; a comma where there is none."""
    bare = "".join(header.split('"')[0::2])
    counts = {mark: bare.count(mark) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: counts[mark])


def _names(header: str, separator: str) -> tuple[str, ...]:
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    if len(names) > MOST_COLUMNS:
        raise BadInput(f"expected a table of at most {MOST_COLUMNS:,} columns, found {len(names):,}")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BadInput(f"the column '{shown(twice[0])}' stands twice in the header; which one is meant? Rename or remove one")
    return tuple(names)
