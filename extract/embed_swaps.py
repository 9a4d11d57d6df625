"""The images of a plan: which of its settings to embed, and composing and embedding the swaps that the store lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain

import duckdb
import pyarrow as pa

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.extract import todo
from cellswap.extract.embed import embed, in_batches
from cellswap.extract.forward import Forward, Vectors
from cellswap.extract.swaps import batches, statistics
from cellswap.extract.swaps.batches import Source, Swaps
from cellswap.extract.swaps.compose import parse_variant
from cellswap.extract.swaps.gather import Room, gather
from cellswap.extract.swaps.plan import fingerprint, refuse_unknown
from cellswap.extract.todo import Chunk, Done, Target
from cellswap.store import progress, work
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.vocabulary import REAL, SETTINGS, plain

GIGABYTE = 10**9


@dataclass(frozen=True)
class Planned:
    """A plan's id, the variant of the composition ('' is the paper's rule), and how many bytes of crops to hold in memory."""

    plan_id: str
    variant: str = ""
    memory_limit: int = 4 * GIGABYTE


@dataclass(frozen=True)
class Share:
    """The swaps that one command is to embed: chunks by setting of the plan, with what the store has of them."""

    asked: Planned
    left: dict[str, list[Chunk]]
    done: dict[str, Done]
    n_mine: int

    @property
    def n_left(self) -> int:
        """How many swaps are left to do."""
        return sum(chunk.n_rows for chunks in self.left.values() for chunk in chunks)


def settings(connection: duckdb.DuckDBPyConnection, asked: Planned, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The settings to embed, as they are called in embeddings: a variant's with `+variant`.

    Raises UnknownName for a plan, setting or variant that is not there, BadInput where crops changed since the plan was made.
    """
    parse_variant(asked.variant)
    _check(connection, asked.plan_id)
    offered = settings_of(connection, asked)
    for setting in wanted or ():
        if setting not in offered:
            kind = f"setting of {asked.plan_id}" + (f" with variant {asked.variant}" if asked.variant else "")
            raise UnknownName(kind, setting, offered)
    if not offered:
        raise BadInput(f"{asked.plan_id}: it has no swaps that --variant {asked.variant} could change")
    return tuple(named(s, asked.variant) for s in wanted or offered)


def settings_of(connection: duckdb.DuckDBPyConnection, asked: Planned) -> list[str]:
    """The settings of a plan, of a variant those that are composed."""
    query = "SELECT DISTINCT setting FROM swaps WHERE plan_id = ?"
    there = {setting for (setting,) in connection.execute(query, [asked.plan_id]).fetchall()}
    return [s for s in SETTINGS if s in there and not (asked.variant and s in REAL)]


def named(setting: str, variant: str) -> str:
    """What a setting is called in embeddings: with its variant, if it is composed by one."""
    return f"{setting}+{variant}" if variant else setting


def is_swap(setting: str) -> bool:
    """Whether images of this setting are composed."""
    return plain(setting) in SETTINGS and plain(setting) not in REAL


def _check(connection: duckdb.DuckDBPyConnection, plan_id: str) -> None:
    plans = {row[0]: row[1:] for row in connection.execute(
        "SELECT plan_id, fingerprint, screen, replicate, images, seed FROM plans ORDER BY plan_id"
    ).fetchall()}  # fmt: skip
    refuse_unknown(plan_id, plans)
    then, screen, replicate, images, seed = plans[plan_id]
    if then is None:
        raise BadInput(f"{plan_id}: its features were published without the crops, so its images can't be made here")
    now = fingerprint(connection, screen, replicate)
    if now != then:
        crops = f"{then.split('-')[0]} then, {now.split('-')[0]} now"
        raise BadInput(
            f"{plan_id}: the kept crops of {screen} have changed since it was made ({crops}), so it is not what would be drawn today; "
            f"plan again with: cellswap plan --screen {screen} --images {images} --seed {seed} "
            f"(what was embedded of the old plan stays, under its own id)"
        )


def share(connection: duckdb.DuckDBPyConnection, store: Store, asked: Planned, targets: list[Target], shard: str) -> Share:
    """What this shard has to do of the plan's swaps; leaves them in the connection's temporary table `swaps_to_embed`."""
    of_setting = {plain(t.setting): [u for u in targets if u.setting == t.setting] for t in targets}
    values = {"plan_id": asked.plan_id, "settings": list(of_setting), "chunk_rows": todo.CHUNK_ROWS}
    todo.set_variables(connection, values)
    connection.execute(sql.query("swaps_to_embed"))
    chunks = [Chunk(*row) for row in connection.execute(sql.query("chunks_of_swaps")).fetchall()]
    mine = work.shard(chunks, shard)
    done = {s: Done(store, of, [c for c in chunks if c.group == s]) for s, of in of_setting.items()}
    left = {s: done[s].remaining(c for c in mine if c.group == s) for s in of_setting}
    return Share(asked, left, done, sum(c.n_rows for c in mine))


def embed_swaps(connection: duckdb.DuckDBPyConnection, store: Store, mine: Share, room: Room, forward: Forward, run: Run) -> None:
    """Gather the crops that the swaps left to do show, compose them batch by batch on the device, and write their vectors."""
    if not mine.n_left:
        return
    source = _source(connection, store, mine, room)
    if source.standardized and (few := statistics.few(connection)):
        run.note(few)
    composable = partial(batches.batches, source=source, size=forward.batch_size)
    works = chain.from_iterable(todo.work(connection, mine.done[s], chunks, sql.query("swap_rows")) for s, chunks in mine.left.items())

    def compute(batch: Swaps, setting: str) -> Vectors:  # noqa: ARG001 - one variant a command, whatever the setting
        return forward.composed(batch, mine.asked.variant)

    with progress.shown("compose and extract", mine.n_left, "images") as bar:
        embed(store, in_batches(works, composable), compute, run, bar, forward.threads)


def _source(connection: duckdb.DuckDBPyConnection, store: Store, mine: Share, room: Room) -> Source:
    """What the swaps left to do are composed from; BadInput where a condition's pixels have no spread."""
    todo.set_variables(connection, {"pixel_files": todo.pixel_files(store)})
    rows = [(c.group, c.within, c.number) for chunks in mine.left.values() for c in chunks]
    names = ("setting", "class", "chunk")
    connection.register("chunks_left", pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))
    connection.execute(sql.query("crops_to_gather"))
    [(screen,)] = connection.execute("SELECT screen FROM plans WHERE plan_id = ?", [mine.asked.plan_id]).fetchall()
    places = connection.sql("SELECT crop_id, file, place FROM crops_to_gather ORDER BY kept_at").to_arrow_table()
    stats = statistics.of_crops(connection, screen, room.channels, places.column("crop_id"))
    standardized = parse_variant(mine.asked.variant)[0] != "raw"
    if standardized:
        statistics.refuse_flat(connection)
    with progress.shown("gather crops", len(places), "crops") as bar:
        return Source(gather(places, room, bar), stats, room.channels, standardized)
