"""Cell-level label lists of the DeepYeast data set: real cells with plate, well and class, without images.

Source: Parnamaa and Parts, G3 7(5):1385 (2017); images of Chong et al., Cell 161:1413 (2015). One row a cell, with plate,
row, column (from 1), frame, image, cell, label and split; `frame` is 0, 2, 4 or 6, one of four fields of a well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

import polars as pl

from cellswap.ingest import folders, text_table
from cellswap.ingest.text_table import Rule, Sifted
from cellswap.store.vocabulary import LOCALIZATIONS, OTHER_LOCALIZATIONS

SCREEN = "deepyeast"
FILE = "cells.csv.gz"
COLUMNS = ("split", "plate", "row", "column", "frame", "image", "cell", "label")
PLACE = ("plate", "row", "column", "frame", "cell")
NUMBERS = ("plate", "row", "column", "frame", "image", "cell")
# A 384-well plate.
WELL_ROWS, WELL_COLUMNS = 16, 24


@dataclass(frozen=True)
class Labels:
    """Rows of `crops`, `fields` and `wells`, crops and wells with their class, the rows not kept, and how many were blank."""

    crops: pl.DataFrame
    fields: pl.DataFrame
    wells: pl.DataFrame
    rejects: list[tuple[int, str, str]]
    n_blank: int


def list_of(path: Path) -> Path:
    """The list itself, where `path` is the folder that holds it."""
    return path / FILE if folders.kind(path) == folders.FOLDER else path


def labels(path: Path, screen: str) -> Labels:
    """All rows that the list gives, in the order of their ids; BadInput where it is no such list."""
    rows = text_table.spelled(text_table.read(list_of(path)), COLUMNS)
    text_table.need(rows, COLUMNS)
    rows, n_blank = text_table.without_blank(rows)
    rows = rows.with_columns(text_table.said(c) for c in COLUMNS).with_columns(text_table.whole(c) for c in NUMBERS)
    sifted = _cells(rows, screen)
    return Labels(sifted.kept, _fields(sifted.kept), _wells(sifted.kept), sifted.rejects, n_blank)


def _cells(rows: pl.DataFrame, screen: str) -> Sifted:
    known, unknown = text_table.in_vocabulary(rows["label"], LOCALIZATIONS + OTHER_LOCALIZATIONS)
    number = {c: pl.col(c).cast(pl.Int32, strict=False) for c in ("row", "column")}
    made = rows.with_columns(
        (number["row"] - 1).alias("plate_row"),
        (number["column"] - 1).alias("plate_column"),
        pl.col("label").replace_strict(known, default=None, return_dtype=pl.String).alias("class"),
        pl.lit(screen).alias("screen"),
        pl.lit(1).alias("replicate"),
        pl.lit(value=False).alias("has_pixels"),
        pl.col("frame").alias("site"),
    )
    sifted = text_table.sift(made, _rules(unknown))
    letter = pl.col("plate_row").replace_strict(dict(enumerate(ascii_uppercase[:WELL_ROWS])), return_dtype=pl.String)
    kept = sifted.kept.with_columns((letter + (pl.col("plate_column") + 1).cast(pl.String).str.zfill(2)).alias("well"))
    kept = kept.with_columns(pl.concat_str("screen", "replicate", "plate", "well", "site", separator="/").alias("field_id"))
    return Sifted(
        kept.with_columns(pl.concat_str("field_id", "cell", separator="/").alias("crop_id")).sort("crop_id"),
        sifted.rejects,
    )


def _rules(unknown: dict[str, str]) -> list[Rule]:
    needed = pl.any_horizontal(pl.col(c).is_null() for c in (*PLACE, "split"))
    which = pl.coalesce(pl.when(pl.col(c).is_null()).then(pl.lit(f"{c}: found nothing")) for c in (*PLACE, "split"))
    inside = pl.col("plate_row").is_between(0, WELL_ROWS - 1) & pl.col("plate_column").is_between(0, WELL_COLUMNS - 1)
    label = pl.col("label").replace_strict(unknown, default="found no label")
    return [
        Rule(needed, "missing value", which),
        Rule(
            inside.fill_null(value=False).not_(),
            "no such well",
            pl.format(
                f"expected row 1-{WELL_ROWS} and column 1-{WELL_COLUMNS}, found row {{}} and column {{}}",
                "row",
                "column",
            ),
        ),
        Rule(pl.col("class").is_null(), "unknown localization", label),
        Rule(
            pl.struct(PLACE).is_first_distinct().not_(),
            "doubled cell",
            pl.lit("the same plate, well, frame and cell stands above"),
        ),
    ]


def _fields(cells: pl.DataFrame) -> pl.DataFrame:
    place = ("field_id", "screen", "replicate", "plate", "well", "site")
    counted = cells.group_by(place).agg(pl.len().alias("n_cells"), pl.len().alias("n_crops")).sort("field_id")
    nothing = pl.lit([], pl.List(pl.String))
    return counted.with_columns(pl.lit("none").alias("masks"), nothing.alias("files"))


def _wells(cells: pl.DataFrame) -> pl.DataFrame:
    """The wells with the class that all of their cells have; NULL where they have several."""
    label = pl.col("class")
    place = ("screen", "plate", "well", "plate_row", "plate_column")
    return cells.group_by(place).agg(pl.when(label.n_unique() == 1).then(label.first()).alias("class")).sort(place)
