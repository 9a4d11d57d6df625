"""What is to be embedded, in chunks that every shard and every later run cuts alike, less what has been done."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import asdict, dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.store import parts
from cellswap.store.folder import Store

# One chunk is one part of each layer: rows of one plate, sorted by condition. All layers of PIFiA are 40 kB a crop.
CHUNK_ROWS = 8192


@dataclass(frozen=True)
class Target:
    """One partition of `embeddings`."""

    model: str
    layer: str
    pooling: str
    setting: str

    @property
    def partition(self) -> dict[str, str]:
        """Its folders."""
        return {"model": self.model, "layer": self.layer, "pooling": self.pooling, "setting": self.setting}


@dataclass(frozen=True)
class Chunk:
    """Some images: crops of one plate of a screen, or swaps of one setting with centres of one class.

    `digest` is the hash of their ids, so that other images make another part.
    """

    group: str
    within: str | None
    number: int
    n_rows: int
    digest: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its parts."""
        return (self.group, self.within or "", self.digest)


@dataclass(frozen=True)
class Only:
    """Which crops are to be embedded: those of a screen, and of these those that one setting of a plan shows as they are."""

    screen: str | None = None
    all_crops: bool = False
    plan_id: str | None = None
    setting: str | None = None


@dataclass(frozen=True)
class Work:
    """A chunk's rows, sorted by condition and id, and, for each target, which of them it lacks.

    Rows have image_id, crop_id and condition; crops also file and place, swaps the places of both sides among the kept crops.
    """

    chunk: Chunk
    rows: pa.Table
    lacking: dict[Target, NDArray[np.bool_]]

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that still lack something."""
        return tuple(dict.fromkeys(target.setting for target in self.lacking))

    def keys(self, target: Target) -> tuple[str, ...]:
        """The keys of the part that this work adds to a target."""
        lacking = self.lacking[target]
        if lacking.all():
            return self.chunk.keys
        ids = self.rows.column("image_id").filter(pa.array(lacking)).to_pylist()
        return (*self.chunk.keys[:2], hashlib.md5("\n".join(ids).encode(), usedforsecurity=False).hexdigest())


def chunks(connection: duckdb.DuckDBPyConnection, store: Store, only: Only) -> list[Chunk]:
    """All chunks of the store, or of the crops asked for; leaves their rows in the connection's temporary table `crops_to_embed`."""
    set_variables(connection, {"pixel_files": pixel_files(store), "chunk_rows": CHUNK_ROWS, **asdict(only)})
    connection.execute(sql.query("crops_to_embed"))
    found = [Chunk(*row) for row in connection.execute(sql.query("chunks_to_embed")).fetchall()]
    if not found and only.plan_id is None:
        raise BadInput(_why_none(connection, only.screen))
    return found


def pixel_files(store: Store) -> str:
    """The glob over all parts of the table pixels."""
    return str(store.tables / "pixels" / "*.parquet")


def set_variables(connection: duckdb.DuckDBPyConnection, values: Mapping[str, object]) -> None:
    """Set the variables that a query reads."""
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])


def unused(connection: duckdb.DuckDBPyConnection, screen: str | None) -> dict[str, int]:
    """How many crops the filters keep out, by reason."""
    query = "SELECT reason, count(*) FROM crop_filter WHERE NOT kept AND ($1 IS NULL OR screen = $1) GROUP BY reason ORDER BY ALL"
    return dict(connection.execute(query, [screen]).fetchall())


def planned_without_pixels(connection: duckdb.DuckDBPyConnection, only: Only) -> list[str]:
    """Crops that a plan shows in a setting and that can't be embedded: no pixels of theirs are in the store."""
    query = """
        SELECT DISTINCT centre_crop_id FROM swaps WHERE plan_id = $1 AND setting = $2
        AND centre_crop_id NOT IN (SELECT crop_id FROM crops_to_embed) ORDER BY 1
    """
    return [crop_id for (crop_id,) in connection.execute(query, [only.plan_id, only.setting]).fetchall()]


def in_small_units(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether most crops that are to be embedded have a mean condition intensity under 1."""
    [(signal,)] = connection.execute("SELECT signal FROM store_facts").fetchall()
    query = f"SELECT median(c.{signal}_mean) < 1 FROM crops AS c SEMI JOIN crops_to_embed USING (crop_id)"
    ((small,),) = connection.execute(query).fetchall()
    return bool(small)


class Done:
    """What the store has of some targets already."""

    def __init__(self, store: Store, targets: Iterable[Target], planned: list[Chunk]) -> None:
        self._store = store
        self._names = {
            target: {p.name for p in parts.folder(store, "embeddings", target.partition).glob("part-*.parquet")} for target in targets
        }
        self._planned = {target: {self._name(target, chunk) for chunk in planned} for target in self._names}

    def remaining(self, planned: Iterable[Chunk]) -> list[Chunk]:
        """The chunks of which some target has no part."""
        return [c for c in planned if any(self._name(t, c) not in names for t, names in self._names.items())]

    def targets_without(self, chunk: Chunk) -> list[Target]:
        """The targets that have no part of just this chunk."""
        return [t for t, names in self._names.items() if self._name(t, chunk) not in names]

    def other_parts(self, target: Target) -> list[str]:
        """Parts that no chunk of this plan made: of a store that had other crops then, or another filter."""
        folder = parts.folder(self._store, "embeddings", target.partition)
        return [str(folder / name) for name in sorted(self._names[target] - self._planned[target] - {parts.EMPTY})]

    def _name(self, target: Target, chunk: Chunk) -> str:
        return parts.part_path(self._store, "embeddings", chunk.keys, target.partition).name


CROP_ROWS = """
    SELECT crop_id AS image_id, crop_id, condition, file, place FROM crops_to_embed
    WHERE screen = $1 AND plate IS NOT DISTINCT FROM $2 AND chunk = $3 ORDER BY condition, crop_id
"""


def work(connection: duckdb.DuckDBPyConnection, done: Done, planned: Iterable[Chunk], query: str = CROP_ROWS) -> Generator[Work]:
    """For each chunk what is left to do of it; chunks with nothing left are passed over. `query` gives a chunk's rows."""
    for chunk in planned:
        rows = connection.sql(query, params=[chunk.group, chunk.within, chunk.number]).to_arrow_table()
        lacking = {t: ~_known(connection, done.other_parts(t), rows) for t in done.targets_without(chunk)}
        lacking = {t: rows_lacking for t, rows_lacking in lacking.items() if rows_lacking.any()}
        if lacking:
            yield Work(chunk, rows, lacking)


def _known(connection: duckdb.DuckDBPyConnection, files: list[str], rows: pa.Table) -> NDArray[np.bool_]:
    """Which of the rows some of these parts hold."""
    if not files:
        return np.zeros(len(rows), bool)
    ids = rows.select(["image_id"])
    connection.register("ids_asked_for", ids)
    query = "SELECT image_id IN (SELECT image_id FROM read_parquet($1, hive_partitioning = false)) AS known FROM ids_asked_for"
    return connection.sql(query, params=[files]).to_arrow_table().column("known").to_numpy()


def _why_none(connection: duckdb.DuckDBPyConnection, screen: str | None) -> str:
    screens = [name for (name,) in connection.execute("SELECT DISTINCT screen FROM crops ORDER BY 1").fetchall()]
    if not screens:
        return "the store has no crops; give it some with: cellswap ingest fields PATH, or cellswap ingest crops PATH --layout pci"
    if screen is not None and screen not in screens:
        return f"--screen {screen}: the store has crops of {', '.join(screens)}"
    reasons = "; ".join(f"{n} {reason}" for reason, n in unused(connection, screen).items())
    return f"no crop passes the filters ({reasons or 'none has pixels'}); --all-crops takes them all the same"
