"""Tables of cells and windows without cells: their places, facts and pixels."""

from __future__ import annotations

from cellswap.store.schema.column import BOX, CONDITION, FIELD_ID, PLATE, REPLICATE, SCREEN, WELL, Column, Table

_CHANNEL_FACTS = (
    Column("{channel}_mean", "DOUBLE", "mean of the {channel} channel over the whole crop", "counts", nullable=True),
    Column("{channel}_std", "DOUBLE", "population standard deviation of the {channel} channel over the crop", "counts", nullable=True),
)
# In units of the crop; at the paper's 64 px, 50 px (paper D.1).
_FAR = "distance_px >= (SELECT 50 * crop_size / 64 FROM store_facts)"

CROPS = Table(
    "crops",
    "One row a cell. Nothing is left out to filter: the view crop_filter says which are used and why others are not.",
    ("crop_id",),
    (
        Column("crop_id", "VARCHAR", "field_id and the cell's place in it"),
        FIELD_ID,
        SCREEN,
        REPLICATE,
        PLATE,
        WELL,
        CONDITION,
        Column("cell", "VARCHAR", "the source's own name or number of the cell"),
        Column("split", "VARCHAR", "train, val or test, where a label list gives it", nullable=True),
        Column("centre_y", "DOUBLE", "row of the cell's centroid in its field", "px", nullable=True),
        Column("centre_x", "DOUBLE", "column of the cell's centroid in its field", "px", nullable=True),
        *BOX,
        Column("has_pixels", "BOOLEAN", "whether the table pixels has this crop"),
        Column(
            "area_px",
            "INTEGER",
            "area of the whole cell in its field, or of its mask where only the crop exists",
            "px^2",
            nullable=True,
        ),
        Column(
            "mask_area_px",
            "INTEGER",
            "pixels of the centre cell inside the crop; NULL where no mask was found",
            "px^2",
            nullable=True,
            check="mask_area_px >= 0",
        ),
        Column(
            "n_neighbours",
            "INTEGER",
            "other cells of which the crop shows at least one pixel",
            nullable=True,
            check="n_neighbours >= 0",
        ),
        Column(
            "neighbour_share",
            "DOUBLE",
            "share of the crop that other cells cover",
            "0-1",
            nullable=True,
            check="neighbour_share BETWEEN 0 AND 1",
        ),
        *_CHANNEL_FACTS,
    ),
    references=(("field_id", "fields", "field_id"),),
    rules=(
        (
            "has_pixels says whether pixels has it",
            "SELECT crop_id, has_pixels FROM crops WHERE has_pixels <> (crop_id IN (SELECT crop_id FROM pixels))",
        ),
    ),
)

BACKGROUNDS = Table(
    "backgrounds",
    "One row a window that may be free of cells (paper D.1); the view cell_free_windows says which pass the variance threshold.",
    ("crop_id",),
    (
        Column("crop_id", "VARCHAR", "field_id and the window's place in it; its pixels are in the table pixels"),
        FIELD_ID,
        SCREEN,
        REPLICATE,
        PLATE,
        WELL,
        CONDITION,
        *(Column(c.name, c.type, c.meaning, c.unit, check=c.check) for c in BOX),
        Column(
            "distance_px",
            "DOUBLE",
            "distance from the window's centre to the nearest cell's; NULL in a field without cells",
            "px",
            nullable=True,
            check=_FAR,
        ),
        Column("variance", "DOUBLE", "variance of the signal channel over the window", "counts^2", "paper D.1"),
        Column(
            "n_windows",
            "INTEGER",
            "windows of the field that were far enough from cells, of which those stored are a draw",
            check="n_windows > 0",
        ),
        Column("empty", "BOOLEAN", "certainly empty: no pixel of any mask within a quarter of a crop of the window"),
        *_CHANNEL_FACTS,
    ),
    references=(("field_id", "fields", "field_id"), ("crop_id", "pixels", "crop_id")),
)

PIXELS = Table(
    "pixels",
    "Pixels of crops and cell-free windows, as byte planes: all lowest bytes, then all next ones (decode with cellswap.store.pixels).",
    ("crop_id",),
    (
        Column("crop_id", "VARCHAR", "crops.crop_id or backgrounds.crop_id"),
        Column("{channel}", "BLOB", "{channel} channel: size x size x bytes of the dtype (2 uint16, 4 float32)", "counts", nullable=True),
        Column("mask", "BLOB", "the centre cell's own pixels, one bit each, row by row, highest bit first", nullable=True),
        Column(
            "cells",
            "BLOB",
            "pixels of any cell, the centre's included, as mask; NULL where nobody looked for the others",
            nullable=True,
        ),
    ),
    rules=(("every row has the signal channel", 'SELECT crop_id FROM pixels WHERE "{signal}" IS NULL'),),
)

CROP_OVERLAPS = Table(
    "crop_overlaps_found",
    "Pairs of crops that show the same pixels, found by comparing pixels where the crops' places are not known.",
    ("crop_a", "crop_b"),
    (
        Column("crop_a", "VARCHAR", "the crop whose id sorts first"),
        Column("crop_b", "VARCHAR", "the other crop", check="crop_b > crop_a"),
        Column("dy", "INTEGER", "rows from the centre of a down to that of b", "px"),
        Column("dx", "INTEGER", "columns from the centre of a right to that of b", "px"),
        Column("shared_px", "INTEGER", "pixels that both show", "px^2", check="shared_px > 0"),
    ),
    references=(("crop_a", "crops", "crop_id"), ("crop_b", "crops", "crop_id")),
)

TABLES = (
    CROPS,
    BACKGROUNDS,
    PIXELS,
    CROP_OVERLAPS,
)
