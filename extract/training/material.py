"""The crops that a network is trained on: chosen and split by SQL, kept in memory once, or in a file beyond a limit."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.extract.networks import network
from cellswap.extract.swaps import statistics
from cellswap.extract.swaps.gather import Kept, Room, gather
from cellswap.extract.swaps.plan import only_screen
from cellswap.extract.swaps.statistics import Stats
from cellswap.extract.todo import pixel_files, set_variables
from cellswap.extract.training.options import SPLITS, Options
from cellswap.store import classes, progress, wording
from cellswap.store.folder import Store

SIDES = ("train", "val", "test")
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """Crops with labels: `label` (n,) counts in `names`, -1 for a name that training has too few crops of.

    `condition` (n,) counts in `conditions`, in the order of their names; `sides` are the crops of train, val and test; `too_few` the
    labels that were left out, with their number of crops; `n_alone` the crops that make no pair, where training is on pairs: the only
    ones of their condition on their side.
    """

    screen: str
    kept: Kept
    stats: Stats
    label: Index
    names: tuple[str, ...]
    condition: Index
    conditions: tuple[str, ...]
    sides: dict[str, Index]
    too_few: dict[str, int]
    n_alone: int
    fingerprint: str

    @property
    def trained_conditions(self) -> list[str]:
        """The conditions that are trained on, in alphabetical order."""
        return [self.conditions[i] for i in np.unique(self.condition[self.sides["train"]])]


def choose(connection: duckdb.DuckDBPyConnection, store: Store, options: Options) -> pa.Table:
    """The crops to train on, as rows; leaves them in the connection's temporary table `crops_to_train`."""
    data = options.data
    known = classes.known(connection) if data.classes or data.left_out else ()
    values = {
        "pixel_files": pixel_files(store),
        "screen": data.screen or only_screen(connection),
        "label": "class" if options.recipe.label == "class" else "condition",
        "split_by": SPLITS[data.split],
        "need_masks": bool(options.robust),
        "classes": [classes.spelled(name, known) for name in data.classes] or None,
        "left_out": [classes.spelled(name, known) for name in data.left_out],
    }
    set_variables(connection, values)
    connection.execute(sql.query("crops_to_train"))
    return connection.sql("FROM crops_to_train ORDER BY file, place").to_arrow_table()


def gathered(connection: duckdb.DuckDBPyConnection, store: Store, options: Options, rows: pa.Table) -> Material:
    """The chosen crops with their pixels; BadInput where there are too few of them."""
    ((screen,),) = connection.execute("SELECT getvariable('screen')").fetchall()
    if not len(rows):
        what = wording.class_() if options.recipe.label == "class" else wording.condition()
        both = " and ".join(map(wording.with_article, (what, wording.said(options.data.split))))
        raise BadInput(f"no kept crop of screen {screen} has {both}, as training asks; see: cellswap status")
    too_few = dict(_too_few(connection, options))
    names, label = _numbered(rows.column("label"), too_few)
    side = rows.column("side").to_numpy()
    all_of = {name: np.flatnonzero((side == name) & (label >= 0)) for name in SIDES}
    sides = {name: _paired(crops, label) for name, crops in all_of.items()} if options.recipe.pairs else all_of
    n_alone = sum(len(all_of[name]) - len(sides[name]) for name in SIDES)
    _check(options, names, sides, too_few)
    facts = network(options.network).facts
    room = Room(store.crop_size, facts.channels, cells=False, limit=options.data.memory_limit, scratch=store.path)
    stats = statistics.of_crops(connection, screen, facts.channels, rows.column("crop_id"))
    conditions, condition = _numbered(rows.column("condition"))
    with progress.shown("gather crops", len(rows), "crops") as bar:
        kept = gather(rows.select(["file", "place"]), room, bar)
    _whole(kept, facts.channels)
    return Material(screen, kept, stats, label, names, condition, conditions, sides, too_few, n_alone, fingerprint(rows))


def fingerprint(rows: pa.Table) -> str:
    """The number of the crops and a hash of their ids, labels and sides."""
    digest = hashlib.sha256()
    for row in sorted(zip(*(rows.column(name).to_pylist() for name in ("crop_id", "label", "side")), strict=True)):
        digest.update("\x1f".join(row).encode())
    return f"{len(rows)}-{digest.hexdigest()[:16]}"


def _too_few(connection: duckdb.DuckDBPyConnection, options: Options) -> list[tuple[str, int]]:
    # A network that tells no classes apart may be tested on conditions of which training has none.
    fewest = 1 if options.recipe.pairs else 0
    query = "SELECT label, any_value(n_train)::INTEGER FROM crops_to_train WHERE n_train >= ? AND n_train < ? GROUP BY label ORDER BY label"
    return connection.execute(query, [fewest, options.data.least]).fetchall()


def _paired(crops: Index, label: Index) -> Index:
    """Those crops whose condition has another one among them."""
    _, which, n = np.unique(label[crops], return_inverse=True, return_counts=True)
    return crops[n[which] > 1]


def _numbered(column: pa.ChunkedArray, without: Collection[str] = ()) -> tuple[tuple[str, ...], Index]:
    """The names in a column, sorted, and the place of each row's among them; -1 for a name that is left out."""
    coded = column.combine_chunks().dictionary_encode()
    found = coded.dictionary.to_pylist()
    names = tuple(sorted(set(found) - set(without)))
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place.get(name, -1) for name in found], np.int64)[coded.indices.to_numpy()]


def _check(options: Options, names: tuple[str, ...], sides: dict[str, Index], too_few: dict[str, int]) -> None:
    what = "classes" if options.recipe.label == "class" else wording.conditions()
    listed = "; ".join(f"{name} has {n}" for name, n in list(too_few.items())[:12])
    why = f" ({listed}; --min-crops {options.data.least})" if too_few else ""
    if len(names) < (1 if options.recipe.pairs else 2):
        raise BadInput(f"expected two or more {what} with enough crops to train on, found {', '.join(names) or 'none'}{why}")
    unit = options.data.split
    units = wording.plural(wording.said(unit))
    for side, crops in sides.items():
        if not len(crops):
            raise BadInput(
                f"--split {wording.option(unit)}: no crop is for {side}; 8 {units} of 10 are for training, one for validation, one for"
                f" testing (at least one each), and {what} of which training has too few crops are on no side: expected more {units}"
                f"{'' if options.recipe.pairs else f', and each of the {what} in several'}{why}"
            )


def _whole(kept: Kept, channels: tuple[str, ...]) -> None:
    for name in channels:
        if lacking := int(kept.lacks[name].sum()):
            raise BadInput(f"{lacking} of {len(kept.crops)} crops have no {name} channel, which the network takes")
