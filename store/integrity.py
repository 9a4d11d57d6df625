"""Is every file of the store what was written? Looked at byte by byte, without DuckDB, which stops at the first bad one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.errors import BrokenStore
from cellswap.store import command_line, records, seal
from cellswap.store.folder import Store
from cellswap.store.parts import EMPTY, NOBODY
from cellswap.store.progress import shown
from cellswap.store.schema import TABLES

_LIST_ANEW = "run the same command again: it writes the list anew, from the parts that are there"


@dataclass(frozen=True)
class Damage:
    """One file that is not what was written: its name in the store, what is wrong, and what mends it.

    `aside`: whether it can be moved out of the way and made anew.
    """

    file: str
    wrong: str
    mend: str
    aside: bool = True

    def __str__(self) -> str:
        """As `check` and `doctor` say it."""
        return f"{self.file}: {self.wrong}"


def damages(store: Store) -> list[Damage]:
    """Every damaged, missing or foreign file of the store, reading all of them once."""
    found = [*_records(store), *_folders(store)]
    parts = sorted(store.tables.rglob("*.parquet"))
    owners: dict[str, tuple[str, int]] = {}
    with shown("looking at every byte", len(parts), "files") as bar:
        for path in parts:
            name = path.relative_to(store.tables).as_posix()
            owner = _look(path, name)
            if isinstance(owner, str):
                found.append(Damage(f"tables/{name}", owner, _mend_of_part(store, path)))
            else:
                owners[name] = owner
            bar.step()
    damaged = {damage.file.removeprefix("tables/") for damage in found}
    return [*found, *_missing(store, owners, damaged)]


def _look(path: Path, name: str) -> str | tuple[str, int]:
    """The run that wrote a part, and its rows; why it is not what was written under this name, where it is not."""
    try:
        if not path.is_file():
            return "a folder, or a link that leads nowhere, where a part should be"
        if wrong := seal.fault(path):
            return wrong
        footer = pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        return f"it cannot be read ({str(error).splitlines()[0]})"
    said = footer.metadata[seal.NAME.encode()].decode()
    if said != name:
        return f"a copy of {said}: its rows stand twice, or in the wrong place"
    return footer.metadata[seal.RUN.encode()].decode(), footer.num_rows


def _folders(store: Store) -> Iterator[Damage]:
    """Tables without their folder or their empty part, over which no view can be made."""
    for name, table in TABLES.items():
        place = store.tables.joinpath(name, *(f"{key}=none" for key in table.partition), EMPTY)
        if not place.is_file():
            yield Damage(
                place.relative_to(store.path).as_posix(), "it is missing", f"cellswap init {shlex.quote(str(store.path))}", aside=False
            )


def _records(store: Store) -> Iterator[Damage]:
    """Records of runs that can't be read, and lists of parts that are not those of their records."""
    for path in records.every(store):
        name = path.relative_to(store.path).as_posix()
        try:
            facts = records.read(path)
            if wrong := records.list_fault(store, facts):
                mend = again(store, facts) if facts.get("asked") else _LIST_ANEW
                yield Damage(records.list_of(store, path.stem).relative_to(store.path).as_posix(), wrong, mend, aside=False)
                continue
            records.parts_of(store, path.stem)
        except BrokenStore as error:
            yield Damage(name, str(error).partition(": ")[2], "run the same command again: it writes its record anew")


def _missing(store: Store, owners: dict[str, tuple[str, int]], damaged: set[str]) -> Iterator[Damage]:
    """Parts that are recorded and not there, or hold another number of rows; parts of runs that have no record."""
    for path in records.every(store):
        facts = records.find(store, path.stem)
        if facts is None:
            continue
        for part in records.listed(store, path.stem):
            run_id, n_rows = owners.get(part.name, ("", 0))
            if part.name in damaged:
                continue
            if part.name not in owners:
                wrong = f"it is missing; the run {path.stem} wrote {part.n_rows} rows into it"
                yield Damage(f"tables/{part.name}", wrong, again(store, facts), aside=False)
            elif run_id == path.stem and n_rows != part.n_rows:
                yield Damage(f"tables/{part.name}", f"{n_rows} rows; the run {run_id} wrote {part.n_rows}", again(store, facts))
    known = {path.stem for path in records.every(store)} | {NOBODY}
    for name, (run_id, _) in owners.items():
        if run_id not in known:
            wrong, mend = f"its run {run_id} has no record in runs/", "put the record back, or move the part away"
            yield Damage(f"tables/{name}", wrong, mend, aside=False)


def _mend_of_part(store: Store, path: Path) -> str:
    """What makes a part anew: its run's command, where some record names the part."""
    name = path.relative_to(store.tables).as_posix()
    for record in records.every(store):
        if any(part.name == name for part in records.listed(store, record.stem)):
            facts = records.find(store, record.stem)
            return again(store, facts) if facts else "run the command again that wrote it"
    return "move it out of the store: no run is recorded to have written it"


def again(store: Store, facts: records.Facts) -> str:
    """The command that wrote something, as a shell takes it; of a record that does not have its words, what it was given."""
    if facts.get("asked"):
        return command_line.again(store.path, facts["asked"])
    given = " ".join(f"{name}={value!r}" for name, value in facts["arguments"].items() if value not in (None, False, "", [], {}))
    return f"run again: cellswap {facts['command']}" + (f" (with {given})" if given else "")


def mending(store: Store, damage: Damage) -> str:
    """What mends a damage from its beginning: a line that a shell takes, where a command does; first, what moves the file aside."""
    if not damage.aside:
        return damage.mend
    first = f"cellswap doctor --mend --store {shlex.quote(str(store.path))}"
    return f"{first}; {damage.mend}" if damage.mend.startswith(("(cd ", "cellswap ")) else f"{first} moves it aside, then {damage.mend}"
