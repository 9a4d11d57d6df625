"""What each vector of a file shows: a cell as it was taken or masked, or one that somebody put on another background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from cellswap import sql
from cellswap.errors import BadInput, UnknownName, shown
from cellswap.ingest import cell_table, text_table
from cellswap.ingest.cell_table import Columns
from cellswap.ingest.vector_file import VectorFile
from cellswap.store import database
from cellswap.store.folder import Store
from cellswap.store.vocabulary import REAL, SETTINGS, plain

# How `cellswap export` and others call these columns.
PROFILES = {
    "plate": "Metadata_Plate", "well": "Metadata_Well", "site": "Metadata_Site", "cell": "Metadata_Cell",
    "y": "Metadata_Center_Y", "x": "Metadata_Center_X",
}  # fmt: skip
EXPORTS = (
    {
        "crop": "Metadata_CropID", "condition": "Metadata_ORF", "y": "Metadata_Center_Y", "x": "Metadata_Center_X",
        "label": "Metadata_Localization", "setting": "Metadata_Setting", "centre": "Metadata_CropID", "image": "Metadata_ImageID",
        "background_class": "Metadata_Background_Localization", "background_condition": "Metadata_Background_ORF",
    },
    {
        "crop": "crop_id", "condition": "condition", "y": "centre_y", "x": "centre_x", "label": "class", "setting": "setting",
        "centre": "crop_id", "image": "image_id", "background_class": "background_class", "background_condition": "background_condition",
    },
)  # fmt: skip
_CODES = {setting.code: name for name, setting in SETTINGS.items()}


@dataclass(frozen=True)
class Swapped:
    """Which columns say how an image was made; `setting` may be one setting's name, for all rows. `names` maps the table's words.

    `background` names a cell, as `centre` does; where it is none of the store, `background_class` and `background_condition` say what
    it is. `image` holds the images' ids, of an export.
    """

    setting: str = ""
    centre: str = ""
    background: str = ""
    background_class: str = ""
    background_condition: str = ""
    image: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """The columns of a table that say what each vector shows."""

    cells: Columns
    swapped: Swapped


@dataclass(frozen=True)
class Rows:
    """What n vectors show. `images` (n rows) has setting, image_id, crop_id and condition; `cells` each cell that a real image shows, once.

    `composed` has, of each image that somebody swapped, also both sides' crops, conditions and background_class, where they are known.
    """

    images: pl.DataFrame
    cells: pl.DataFrame
    composed: pl.DataFrame


def beside(file: VectorFile, table: pl.DataFrame | None, asked: Asked) -> pl.DataFrame:
    """The table's columns, and the file's own, a row a vector; a plate map, of wells, is joined where the file says the wells.

    BadInput where neither fits.
    """
    own = file.metadata
    if table is None:
        if own is None:
            raise BadInput("--metadata: expected a table with a row for each vector; this file has vectors alone")
        return own
    if len(table) == file.n:
        return table if own is None else table.hstack(own.select(name for name in own.columns if name not in table.columns))
    keys = [name for name in (asked.cells.plate, asked.cells.well, asked.cells.site) if name and name in table.columns]
    if own is None or asked.cells.well not in keys or PROFILES["well"] not in own.columns:
        raise BadInput(f"--metadata: expected {file.n:,} rows, one a vector, found {len(table):,}")
    return _joined(own, table, dict(zip((asked.cells.plate, asked.cells.well, asked.cells.site), PROFILES.values(), strict=False)), keys)


def _joined(own: pl.DataFrame, table: pl.DataFrame, names: Mapping[str, str], keys: list[str]) -> pl.DataFrame:
    """The file's rows with those of the table that have their plate, well and site, as far as the table has these."""
    well = PROFILES["well"]
    spelled = table.with_columns(
        pl.col(name).replace_strict(cell_table.wells_of(table[name]), return_dtype=pl.String) for name in keys if names[name] == well
    )
    wells = own.with_columns(pl.col(well).replace_strict(cell_table.wells_of(own[well]), return_dtype=pl.String))
    if len(doubled := spelled.filter(pl.struct(keys).is_duplicated())):
        raise BadInput(f"--metadata: {', '.join(map(str, doubled.select(keys).row(0)))} stands in more than one row")
    places = [names[name] for name in keys]
    lost = wells.join(spelled, left_on=places, right_on=keys, how="anti", maintain_order="left")
    if len(lost):
        first = " ".join(map(str, lost.select(places).row(0)))
        raise BadInput(f"--metadata: {len(lost)} of {len(own)} vectors are of wells without a row there, such as {shown(first)}")
    made = wells.join(spelled, left_on=places, right_on=keys, how="left", maintain_order="left", coalesce=True, suffix="_table")
    return made.with_columns(pl.col(names[name]).alias(name) for name in keys)


def usual(asked: Asked, columns: list[str], *, exported: bool, labelled: bool) -> Asked:
    """What was asked for, with the columns that exports and profiles have under their own names where nobody names others."""
    cells, swapped = asked.cells, asked.swapped
    placed = any((cells.plate, cells.well, cells.site, cells.cell))
    known = next((names for names in EXPORTS if exported and not placed and names["crop"] in columns), {})
    names = known or {name: column for name, column in PROFILES.items() if column in columns}
    there = {name: column for name, column in names.items() if column in columns and (name != "label" or labelled)}
    own: dict[str, Any] = {name: there[name] for name in vars(cells) if name in there and not getattr(cells, name) and name != "condition"}
    if "condition" in there and not cells.condition:
        own["condition"] = (there["condition"],)
    of_swap = {name: there[name] for name in vars(swapped) if name in there and not getattr(swapped, name)}
    return Asked(replace(cells, **own), replace(swapped, **of_swap))


def settings(table: pl.DataFrame, asked: Swapped) -> pl.Series:
    """The setting of each row as the store calls it; `baseline` where nobody says, BadInput for a word that is none of them."""
    name = asked.setting
    if not name:
        return pl.Series(["baseline"] * len(table), dtype=pl.String)
    if name not in table.columns:
        if _setting(name, asked.names) is None:
            text_table.need(table, [name], cell_table.OWN)
        return pl.Series([_setting(name, asked.names)] * len(table), dtype=pl.String)
    words = table[name].unique(maintain_order=True).to_list()
    found = {word: _setting(word or "baseline", asked.names) for word in words}
    for word, setting in found.items():
        if setting is None:
            raise BadInput(
                f"--setting {name}: {UnknownName('setting', str(word), SETTINGS)}; say what it is: --settings {shown(word)}=SETTING"
            )
    return table[name].replace_strict(found, return_dtype=pl.String)


def _setting(word: str, names: Mapping[str, str]) -> str | None:
    """The store's name of a setting; None for what is none."""
    found = names.get(word, word)
    found = _CODES.get(found.casefold(), found)
    return found if plain(found) in SETTINGS else None


def rows(store: Store, table: pl.DataFrame, asked: Asked, screen: str, plan_id: str) -> Rows:
    """What the vectors show, by a table with a row each; BadInput where that can't be said, for a cell that is unknown or doubled."""
    setting = settings(table, asked.swapped)
    numbered = table.with_columns(setting.alias("_setting")).with_row_index("_place")
    real = numbered.filter(pl.col("_setting").is_in(REAL))
    made = numbered.filter(~pl.col("_setting").is_in(REAL))
    shows = cell_table.cells(real, asked.cells, screen, store.crop_size) if len(real) else _no_cells(store, table, asked.cells, screen)
    shows = shows.with_columns(real["_setting"].alias("setting"), real["_place"])
    for (_,), of_setting in shows.group_by("setting"):
        cell_table.refuse_doubled(of_setting)
    cells = shows.unique("crop_id", keep="first", maintain_order=True).drop("setting", "_place")
    composed = _composed(store, made, asked.swapped, cells, (screen, plan_id))
    images = [shows.with_columns(pl.col("crop_id").alias("image_id")), composed]
    kept = pl.concat(one.select("_place", "setting", "image_id", "crop_id", "condition") for one in images).sort("_place").drop("_place")
    return Rows(kept, cells, composed.drop("_place"))


def _no_cells(store: Store, table: pl.DataFrame, of: Columns, screen: str) -> pl.DataFrame:
    """The frame of cells, of none; its columns are not asked for where only swaps are given."""
    lacking = {name: "" for name, value in vars(of).items() if value not in table.columns}
    return cell_table.cells(table.clear(), replace(of, **{**lacking, "condition": ()}), screen, store.crop_size)


def _composed(store: Store, made: pl.DataFrame, asked: Swapped, cells: pl.DataFrame, where: tuple[str, str]) -> pl.DataFrame:
    """Both sides of each image that somebody swapped."""
    if len(made):
        _check(made, asked)
    sides = _sides(made, asked if len(made) else Swapped())
    found = _looked_up(store, sides, cells, where)
    if len(made):
        _refuse_unknown(found, "centre", asked.centre)
    if asked.background:
        _refuse_unknown(found, "background", asked.background)
    return found.drop("n_centre", "n_background", "centre", "background")


def _check(made: pl.DataFrame, asked: Swapped) -> None:
    """BadInput where no column says which cells images show."""
    if not asked.centre:
        raise BadInput(f"--centre: expected the column that names the centre cell, for {len(made)} images are swaps")
    if not (asked.background or asked.background_class):
        raise BadInput("--background: expected the column that names the background's cell, or --background-class its class")
    sides = [asked.centre, asked.background, asked.background_class, asked.background_condition, asked.image]
    text_table.need(made, [name for name in sides if name], cell_table.OWN)


def _sides(made: pl.DataFrame, asked: Swapped) -> pl.DataFrame:
    """The cells that each image is said to show, as they are named."""
    said = {"centre": asked.centre, "background": asked.background, "background_class": asked.background_class}
    said |= {"background_condition": asked.background_condition, "image_id": asked.image}
    named = [(pl.col(column) if column else pl.lit(None, pl.String)).alias(name) for name, column in said.items()]
    return made.select("_place", pl.col("_setting").alias("setting"), *named)


def _looked_up(store: Store, sides: pl.DataFrame, cells: pl.DataFrame, where: tuple[str, str]) -> pl.DataFrame:
    """The same with the crops that these names stand for, in the store or among the cells beside them."""
    screen, plan_id = where
    with database.connect(store) as connection:
        connection.register("given_sides", cell_table.arrow(sides))
        connection.register("given_cells", cell_table.arrow(cells.select("crop_id", "screen", "cell", "condition")))
        found = connection.sql(sql.query("given_sides"), params={"screen": screen, "plan_id": plan_id}).to_arrow_table()
    return pl.DataFrame(pl.from_arrow(found))


def _refuse_unknown(found: pl.DataFrame, side: str, column: str) -> None:
    """BadInput for a name that stands for no cell, or for several."""
    n = pl.col(f"n_{side}").fill_null(0)
    for bad, what in ((found.filter(n == 0), "no cell of the store or of this table"), (found.filter(n > 1), "several cells")):
        if len(bad):
            name, row = shown(bad[side][0] or "nothing"), bad["_place"][0]
            hint = "read the vectors of real cells first, with --cell" if what.startswith("no") else "give whole ids (crops.crop_id)"
            raise BadInput(f"{column}: {len(bad)} of {len(found)} names are {what}, the first in row {row} from 0: {name}; {hint}")
