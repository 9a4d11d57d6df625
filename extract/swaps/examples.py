"""A few images of a plan as arrays, with what they are made of: to look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from cellswap import sql
from cellswap.extract import todo
from cellswap.extract.swaps import batches, statistics
from cellswap.extract.swaps.batches import Index, Source
from cellswap.extract.swaps.compose import Pair, Side, compose, parse_variant
from cellswap.extract.swaps.gather import Room, gather
from cellswap.extract.swaps.plan import refuse_unknown
from cellswap.store import database, locked
from cellswap.store.folder import Store
from cellswap.store.vocabulary import SETTINGS

Channels = dict[str, NDArray[Any]]
ENOUGH = 10**9  # bytes: what is looked at fits into memory


@dataclass(frozen=True)
class Selection:
    """Which images of a plan: None is any; `where` is a SQL condition over the table swaps."""

    plan_id: str
    setting: str | None = None
    class_name: str | None = None
    background: str | None = None
    where: str | None = None
    n: int = 8


@dataclass(frozen=True)
class Image:
    """One image of a plan: its setting, and class, condition and crop of both sides; no background where the crop is real."""

    image_id: str
    setting: str
    class_name: str
    condition: str
    crop_id: str
    background_class: str | None
    background_condition: str | None
    background_crop_id: str | None


@dataclass(frozen=True)
class Example:
    """An image and what it is made of: channels (size, size) float32 by role, and the centre's mask.

    Values are in units of each condition's own spread, or counts for the variant raw: the same on all sides.
    """

    image: Image
    centre: Channels
    background: Channels | None
    mask: NDArray[np.bool_]
    result: Channels


def chosen(store: Store, wanted: Selection) -> list[Image]:
    """The images that were asked for, drawn by a hash of their names; UnknownName for a plan that is not there."""
    with database.connect(store) as connection:
        _check(connection, wanted.plan_id)
        connection.register("swaps_chosen", _matching(store, wanted))
        names = {k: v for k, v in vars(wanted).items() if k != "where"}
        found = connection.execute(sql.query("swaps_to_show"), names).fetchall()
    return sorted((Image(*row) for row in found), key=lambda image: (list(SETTINGS).index(image.setting), image.image_id))


def one_centre(store: Store, wanted: Selection) -> list[Image]:
    """One centre in each setting of the plan, in the order of the paper's Figure 1A; none where the plan lacks diff_class_swap."""
    with database.connect(store) as connection:
        _check(connection, wanted.plan_id)
        names = {"plan_id": wanted.plan_id, "class_name": wanted.class_name, "background": wanted.background}
        columns = ", ".join(Image.__annotations__)
        query = f"SELECT {columns} FROM ({sql.query('swaps_of_one_centre')})"
        return [Image(*row) for row in connection.execute(query, names).fetchall()]


def examples(store: Store, images: list[Image], variant: str = "") -> tuple[list[Example], dict[str, str]]:
    """The images with their pixels, in this order, and for each one that can't be composed (by its id) why not."""
    if not images:
        return [], {}
    with database.connect(store) as connection:
        places, source = _source(connection, store, images, variant)
    at = [np.array([places[i or c] for c, i in pairs]) for pairs in _sides(images)]
    absent = batches.absent(source, (at[0], at[1]))
    whole = [i for i in range(len(images)) if i not in absent]
    centre, background = (_side(source, a[whole]) for a in at)
    pair = Pair(centre, background, *_masks(source, at, whole))
    shown = _shown([images[i] for i in whole], pair, source, variant)
    return shown, {images[i].image_id: reason for i, reason in absent.items()}


def classes_of(connection: duckdb.DuckDBPyConnection, plan_id: str) -> tuple[str, ...]:
    """The classes of a plan's images, in front and behind; UnknownName where there is no such plan."""
    _check(connection, plan_id)
    query = """
        SELECT class FROM swaps WHERE plan_id = $1 UNION SELECT background_class FROM swaps WHERE plan_id = $1 ORDER BY 1
    """
    return tuple(name for (name,) in connection.execute(query, [plan_id]).fetchall() if name is not None)


def _check(connection: duckdb.DuckDBPyConnection, plan_id: str) -> None:
    query = "SELECT plan_id FROM plans WHERE kind NOT IN ('published', 'given') ORDER BY 1"
    refuse_unknown(plan_id, [name for (name,) in connection.execute(query).fetchall()])


def _matching(store: Store, wanted: Selection) -> pa.Table:
    """Setting and name of the plan's images that meet the user's condition, which is run where it can only read."""
    text = f"SELECT setting, image_id FROM swaps WHERE plan_id = '{wanted.plan_id}' AND ({wanted.where or 'true'})"
    with locked.connect(store) as connection:
        found = locked.run(connection, text).fetchall()
    settings, ids = zip(*found, strict=True) if found else ((), ())
    return pa.table({"setting": pa.array(settings, pa.string()), "image_id": pa.array(ids, pa.string())})


def _sides(images: list[Image]) -> tuple[list[tuple[str, str | None]], list[tuple[str, str | None]]]:
    """For both sides the centre's crop and, on the second, the background's where there is one."""
    return [(i.crop_id, None) for i in images], [(i.crop_id, i.background_crop_id) for i in images]


def _source(connection: duckdb.DuckDBPyConnection, store: Store, images: list[Image], variant: str) -> tuple[dict[str, int], Source]:
    """Where each crop is kept, and the kept crops with their statistics."""
    ids = sorted({i for image in images for i in (image.crop_id, image.background_crop_id) if i})
    connection.register("crops_shown", pa.table({"crop_id": ids}))
    todo.set_variables(connection, {"pixel_files": todo.pixel_files(store)})
    rows = connection.sql(sql.query("crops_to_show")).to_arrow_table()
    query = "SELECT screen FROM crops SEMI JOIN crops_shown USING (crop_id) LIMIT 1"
    screen = (connection.execute(query).fetchone() or ("",))[0]
    query = "SELECT DISTINCT channel FROM condition_stats WHERE screen = ?"
    there = {row[0] for row in connection.execute(query, [screen]).fetchall()}
    channels = tuple(role for role in store.channels if role in there)
    stats = statistics.of_crops(connection, screen, channels, rows.column("crop_id"))
    stats.std[stats.std == 0] = np.nan
    kind = parse_variant(variant)[0]
    kept = gather(rows, Room(store.crop_size, channels, kind == "shift", ENOUGH, store.path))
    return {crop: i for i, crop in enumerate(rows.column("crop_id").to_pylist())}, Source(kept, stats, channels, kind != "raw")


def _side(source: Source, at: Index) -> Side:
    crops = torch.from_numpy(source.kept.crops[at].astype(np.float32))
    return Side(crops, *(torch.from_numpy(values[at]) for values in (source.stats.mean, source.stats.std)))


def _masks(source: Source, at: list[Index], whole: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    mask = torch.from_numpy(source.kept.masks("mask", at[0][whole]))
    return mask, torch.from_numpy(source.kept.masks("cells", at[1][whole])) if "cells" in source.kept.bits else mask


def _shown(images: list[Image], pair: Pair, source: Source, variant: str) -> list[Example]:
    composed = compose(pair, variant)
    masked = replace(pair.centre, crops=pair.centre.crops * pair.mask[:, None])
    sides = [side.standardized() if source.standardized else side.crops for side in (pair.centre, pair.background, masked)]
    found = []
    for i, image in enumerate(images):
        centre, background, emptied, result = (dict(zip(source.channels, values[i].numpy(), strict=True)) for values in (*sides, composed))
        plain = emptied if image.setting == "masked" else centre
        swapped = image.background_crop_id is not None
        found.append(Example(image, centre, background if swapped else None, pair.mask[i].numpy(), result if swapped else plain))
    return found
