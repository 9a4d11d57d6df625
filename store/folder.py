"""A store is a folder: where it is, what may be its path, what its crops have in common."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import mark, wording
from cellswap.store.facts import Facts
from cellswap.store.schema import Table, table

# DuckDB reads these as a pattern, the backslash as another slash.
PATTERN = re.compile(r"[*?\[\]{}\\]")
SHOWN = 200
# What is a file's address elsewhere by its first letters alone; of any other word only with a slash behind its colon.
ADDRESSES = "s3|s3a|s3n|gs|gcs|r2|b2|az|azure|adl|abfs|abfss|wasb|wasbs|oss|cos|https?|ftps?|sftp|ssh|scp|file|hdfs|webhdfs|dbfs|hf"
SCHEME = re.compile(rf"((?:{ADDRESSES})(?=:)|[A-Za-z][A-Za-z0-9+.-]+(?=:(?:/|$))):(/?)", re.IGNORECASE)


@dataclass(frozen=True)
class Store:
    """Where a store is and what all its crops have in common."""

    path: Path
    facts: Facts

    @property
    def crop_size(self) -> int:
        """Height and width of every crop, in pixels."""
        return self.facts.crop_size

    @property
    def channels(self) -> dict[str, str]:
        """Each channel's name in the files by the user's name of it."""
        return self.facts.channels

    @property
    def signal(self) -> str:
        """The channel that filters and windows look at."""
        return self.facts.signal

    def schema(self, name: str) -> Table:
        """The table of that name as this store has it, or UnknownName."""
        return table(name, self.facts.names, self.signal)

    @property
    def tables(self) -> Path:
        """The folder of all tables."""
        return self.path / "tables"

    @property
    def runs(self) -> Path:
        """The folder of run records."""
        return self.path / "runs"

    @property
    def catalog(self) -> Path:
        """The DuckDB file that holds views only."""
        return self.path / "cellswap.duckdb"


def read(path: Path) -> Store:
    """The store at `path`; BrokenStore if it is none, or of another format."""
    refuse_url(path)
    try:
        place, there, is_store = path.resolve(), path.exists(), (path / mark.MARK).is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, a NUL in it, links in a circle
        raise BrokenStore(f"{brief(path)}: not a store (no such folder can be: {_why(error)})") from error
    if not is_store:
        what = f"no {mark.MARK} in it" if there else "no such folder"
        why = unreadable(place)
        hint = f"no store can be here ({why}); give another path" if why else f"make one with: cellswap init {shlex.quote(str(path))}"
        raise BrokenStore(f"{brief(path)}: not a store ({what}); {hint}")
    found = Store(place, mark.read(place / mark.MARK))
    if reason := unreadable(place):
        raise BrokenStore(f"{brief(place)}: {reason}; rename or move the folder")
    return found


def unreadable(path: Path) -> str:
    """Why no store can be at this path, '' where one can: DuckDB would read another, or an error would not be one line."""
    text = str(path)
    if found := PATTERN.search(text):
        return f"a store's path may hold none of * ? [ ] {{ }} \\, which DuckDB reads as a pattern; found {found[0]}"
    if not text.isprintable():  # control characters, and bytes that are no UTF-8
        letter = next(letter for letter in text if not letter.isprintable())
        return f"a store's path may hold only letters that can be shown, found {letter!a}"
    return ""


def refuse_url(path: Path) -> None:
    """BadInput for `s3://bucket/x`, `S3:bucket` and any other scheme: as a path it would be a folder of this machine called `s3:`.

    `C:/x`, `plate:2` and `a/s3:b` are names of this machine.
    """
    if found := SCHEME.match(str(path)):
        rest = brief(path)[found.end() :]
        url = f"{found[1]}:{'//' if found[2] or not rest else ''}{rest}"
        raise BadInput(
            f"{url}: expected a path of this machine; cellswap can't read or write {found[1]}://, copy or mount it first"
            " (a local folder of that name: give its full path)"
        )


def brief(path: Path) -> str:
    """The path for an error's line: no control characters, and of a bounded length."""
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(path))
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}… ({len(line):,} letters)"


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0][:80]


def find(path: Path | None) -> Store:
    """The store that a command works on: at `path`, else at $CELLSWAP_STORE, else at or above the working directory.

    From here on messages speak in its words.
    """
    found = _find(path)
    wording.use(wording.of(found.facts))
    return found


def _find(path: Path | None) -> Store:
    named = path or (Path(os.environ["CELLSWAP_STORE"]) if os.environ.get("CELLSWAP_STORE") else None)
    if named:
        return read(named)
    try:
        here = Path.cwd()
    except OSError as error:
        raise BrokenStore("the working directory is gone; give --store PATH") from error
    for folder in (here, *here.parents):
        if (folder / mark.MARK).is_file():
            return read(folder)
    raise BrokenStore(f"no store at or above {here}; give --store PATH, set CELLSWAP_STORE, or make one: cellswap init PATH")


def parse_channels(text: str) -> dict[str, str]:
    """`protein=ch1,cytoplasm=ch3` as {name: name in the files}; BadInput where a name stands twice."""
    channels: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, in_files = (piece.strip() for piece in part.partition("="))
        if name in channels:
            raise BadInput(f"--channels: the channel {name} stands twice")
        channels[name] = in_files or name
    return channels
