"""What a folder holds after a command, in words that do not depend on where it lies or when it ran, and how two of them differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign.lanes import LOG, TEMPORARY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from cellswap.store.folder import Store

STORE = "s"
# Of a run: when and by whom. Of training: how fast.
NOT_COMPARED = {"started_at", "finished_at", "process", "versions", "run_id", "status", "complete", "parts_sha256", "asked"}
SPEED = {"images_per_second"}
RUN_ID = re.compile(r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{12}\b")
PART = re.compile(r"part-[0-9a-f]{16}")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
TEXTS = {".html", ".json", ".csv", ".js", ".md", ".sql", ".svg"}
KINDS = ("lost", "doubled", "different", "hung", "left over", "unfinished", "traceback", "refused", "unseen", "escaped")
Fault = tuple[str, str]
"""One of KINDS, and what was seen."""


@dataclass(frozen=True)
class State:
    """Rows of each table, records of runs, files outside of the store by their digest, and the names of all files, each with its count."""

    tables: dict[str, Counter[str]] = field(default_factory=dict)
    runs: Counter[str] = field(default_factory=Counter)
    unfinished: list[str] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def state(place: Path) -> State:
    """The state of a trial's folder; its store, where there is one, is `place/s`."""
    store = place / STORE
    names = Counter(_plain(path.relative_to(place).as_posix(), place) for path in _files(place))
    if not (store / "store.json").exists():
        return State(outside=_outside(place), names=names)
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((store / "runs").glob("*.json"))]
    unfinished = [f"{facts['run_id']} {facts['status']}" for facts in records if facts["status"] != "done"]
    runs = Counter(_plain(json.dumps(_told(facts), sort_keys=True), place) for facts in records)
    rows, breaks = _looked_at(place)
    return State(rows, runs, unfinished, _outside(place), names, breaks)


def wrong(place: Path) -> list[str]:
    """What a store, the one of a trial's folder, breaks, and what of it is damaged."""
    from cellswap.store import database, folder

    store = folder.read(place / STORE)
    with database.connect(store) as connection:
        return broken(store, connection)


def _looked_at(place: Path) -> tuple[dict[str, Counter[str]], list[str]]:
    from cellswap.store import database, folder

    store = folder.read(place / STORE)
    with database.connect(store) as connection:
        return _rows(connection, place), broken(store, connection)


def broken(store: Store, connection: DuckDBPyConnection) -> list[str]:
    """Every rule that a store breaks, and every file of it that is not what was written."""
    from cellswap.store import integrity
    from cellswap.store.check import check

    rules = [f"{b.table}: {b.rule} ({b.n}, such as {b.example})" for b in check(connection)]
    return [*rules, *map(str, integrity.damages(store))]


def faults(want: State, got: State) -> list[Fault]:
    """How a folder differs from the one where nothing went wrong."""
    found = [fault for name in want.tables for fault in _differ(name, want.tables[name], got.tables.get(name, Counter()))]
    found += _differ("runs", want.runs, got.runs)
    found += [("unfinished", line) for line in got.unfinished[len(want.unfinished) :]]
    found += [("different", f"check: {line}") for line in got.broken if line not in want.broken]
    found += [("lost", f"no {name}") for name in want.outside if name not in got.outside]
    found += [("different", name) for name, digest in want.outside.items() if got.outside.get(name, digest) != digest]
    return found + [("left over", f"{n} {name}") for name, n in (got.names - want.names).items()]


def _differ(name: str, want: Counter[str], got: Counter[str]) -> Iterator[Fault]:
    lost, more = want - got, got - want
    doubled = [row for row in more if row in want]
    if doubled:
        yield "doubled", f"{name}: {len(doubled)} rows, such as {_short(doubled[0])}"
    new = [row for row in more if row not in want]
    if lost and new:
        yield "different", f"{name}: {len(new)} rows, such as {_apart(new[0], max(lost, key=lambda row: _alike(row, new[0])))}"
    elif lost:
        yield "lost", f"{name}: {sum(lost.values())} rows, such as {_short(next(iter(lost)))}"
    elif new:
        yield "different", f"{name}: {len(new)} rows more, such as {_short(new[0])}"


def _alike(one: str, other: str) -> int:
    """How many letters two rows begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _apart(found: str, wanted: str) -> str:
    """Two rows from a little before the place where they differ."""
    at = max(0, _alike(found, wanted) - 80)
    return f"{_short(found[:60])} ... {_short(found[at:])} where {_short(wanted[at:])} was to be"


def _short(row: str) -> str:
    return row[:400].replace("\x1f", "|")


def _rows(connection: DuckDBPyConnection, place: Path) -> dict[str, Counter[str]]:
    from cellswap.store.schema import TABLES, table

    [(channels,)] = connection.execute("SELECT map_keys(channels) FROM store_facts").fetchall()
    found = {}
    for name in TABLES:
        columns = [c for c in table(name, tuple(channels)).columns if c.name not in NOT_COMPARED | SPEED]
        texts = ", ".join(f"coalesce({_text(c.name, c.type)}, 'NULL')" for c in columns)
        rows = connection.execute(f"SELECT concat_ws(chr(31), {texts}) FROM {name}").fetchall()
        found[name] = Counter(_plain(row, place) for (row,) in rows)
    return found


def _text(column: str, kind: str) -> str:
    """What stands for a column's value: pixels and vectors are long, and their digests serve."""
    return f'hash("{column}")::VARCHAR' if kind in {"BLOB", "FLOAT[]"} else f'"{column}"::VARCHAR'


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in NOT_COMPARED}


def _plain(text: str, place: Path) -> str:
    """The text without the place, ids that follow from it, and times."""
    return TIME.sub("TIME", RUN_ID.sub(r"\1-RUN", PART.sub("part-KEY", text.replace(str(place), "PLACE"))))


def _files(place: Path) -> Iterator[Path]:
    """Everything in a trial's folder but its log; folders that hold nothing count too."""
    for path in sorted(place.rglob("*")):
        if path.name != LOG and path.relative_to(place).as_posix() != TEMPORARY and (not path.is_dir() or not any(path.iterdir())):
            yield path


def _outside(place: Path) -> dict[str, str]:
    """The digest of each file outside of the store."""
    files = (path for path in _files(place) if path.is_file() and path.relative_to(place).parts[0] not in {STORE, TEMPORARY})
    return {path.relative_to(place).as_posix(): _digest(path, place) for path in files}


def _digest(path: Path, place: Path) -> str:
    import hashlib

    if path.suffix == ".h5ad":  # HDF5 writes times into its headers
        return "h5ad"
    told = path.read_bytes()
    if path.suffix == ".safetensors":
        told = _weights(told)
    if path.suffix in TEXTS:
        told = _plain(told.decode("latin1"), place).encode("latin1")
    return hashlib.sha256(told).hexdigest()[:12]


def _weights(told: bytes) -> bytes:
    """A file of weights without the revision of the program that wrote it, whose folder may change meanwhile."""
    n = int.from_bytes(told[:8], "little")
    header = json.loads(told[8 : 8 + n])
    header["__metadata__"].pop("converter", None)
    return json.dumps(header, sort_keys=True).encode() + told[8 + n :]
