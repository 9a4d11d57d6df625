"""What a store holds and which runs wrote it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from cellswap import sql
from cellswap.errors import BrokenStore
from cellswap.store import database
from cellswap.store.folder import Store
from cellswap.store.schema import TABLES

LAST_RUNS = 8


@dataclass(frozen=True)
class RunLine:
    """One run, as `status` shows it."""

    run_id: str
    command: str
    status: str
    started_at: str
    came: int
    kept: int


@dataclass(frozen=True)
class Embedded:
    """How many of the images that could be embedded (`of` says which) have a vector of one layer in one setting."""

    model: str
    layer: str
    pooling: str
    setting: str
    of: str
    wanted: int
    there: int

    @property
    def missing(self) -> int:
        """How many have none."""
        return self.wanted - self.there

    def __str__(self) -> str:
        """As `status` shows it."""
        lack = f"{self.missing:,} missing" if self.missing else "all there"
        return f"{self.model}/{self.layer}/{self.pooling}/{self.setting}: {self.there:,} of {self.wanted:,} {self.of}, {lack}"


@dataclass(frozen=True)
class Status:
    """Sizes, rows of each table, the last runs, and what is embedded."""

    path: str
    bytes: int
    crop_size: int
    preset: str
    channels: dict[str, str]
    rows: dict[str, int]
    runs: list[RunLine]
    embedded: list[Embedded]


def status_of(store: Store) -> Status:
    """The status of a store."""
    with database.connect(store) as connection, _readable(store):
        rows = {name: _count(connection.execute(f"SELECT count(*) FROM {name}").fetchone()) for name in TABLES}
        last = connection.execute(
            "SELECT run_id, command, status, started_at::VARCHAR, rows_in, rows_kept FROM runs ORDER BY started_at DESC, run_id LIMIT ?",
            [LAST_RUNS],
        ).fetchall()
        embedded = connection.execute(sql.query("embedded")).fetchall() if rows["embeddings"] else []
    size = sum(p.stat().st_size for p in store.path.rglob("*") if p.is_file())
    lines, sets = [RunLine(*row) for row in reversed(last)], [Embedded(*row) for row in embedded]
    return Status(str(store.path), size, store.crop_size, store.facts.preset, store.channels, rows, lines, sets)


@contextmanager
def _readable(store: Store) -> Iterator[None]:
    """BrokenStore where a file of the store can't be read."""
    try:
        yield
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise BrokenStore(
            f"{store.path}: a file of it can't be read ({first}); cellswap doctor --store {shlex.quote(str(store.path))} says which"
        ) from error


def next_command(found: Status) -> str:
    """The command that this store is waiting for."""
    crops = ", or ingest crops PATH --layout pci (for labels of budding yeast, first: cellswap ingest labels)"
    yeast = found.preset == "yeast"
    wanted = (
        ("crops", f"cellswap ingest fields PATH{crops if yeast else ''}"),
        ("embeddings", f"cellswap extract --model {'pifia' if yeast else 'MODEL'} --weights FILE"),
        ("pair_accuracy", "cellswap evaluate pairs"),
    )
    return next((command for name, command in wanted if not found.rows[name]), "cellswap report --out report")


def _count(row: tuple[int, ...] | None) -> int:
    return row[0] if row else 0
