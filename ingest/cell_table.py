"""A table of single cells in anybody's words, one row a cell: where each is, what it was treated with, and its name in the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from cellswap.errors import BadInput, shown
from cellswap.ingest import folders, names, text_table, wells
from cellswap.ingest.rows import UNKNOWN

# What is added to a table while it is read.
OWN = ("_row", "_place", "_setting")
# The five names that a field's id is made of, and behind them the cell's.
PIECES = ("screen", "replicate", "plate", "well", "site")


@dataclass(frozen=True)
class Columns:
    """Which columns of a table say what; '' or nothing where none does.

    `condition` are joined with @. `crop` holds whole ids, as an export of a store does: then nothing else says the place.
    """

    condition: tuple[str, ...] = ()
    plate: str = ""
    well: str = ""
    site: str = ""
    cell: str = ""
    y: str = ""
    x: str = ""
    label: str = ""
    crop: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """All that were named."""
        single = (self.plate, self.well, self.site, self.cell, self.y, self.x, self.label, self.crop)
        return (*self.condition, *filter(None, single))


def read(path: Path) -> pl.DataFrame:
    """All columns of a CSV or Parquet file as text, NULL for blanks; BadInput, without the path, where it is neither."""
    if not is_parquet(path):
        return text_table.read(path).drop(text_table.ROW)
    try:
        return as_text(pl.read_parquet(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadInput(f"expected a Parquet file, found a damaged one ({text_table.first_line(error)})") from error


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does; BadInput, without the path, where there is no file."""
    found = folders.kind(path)
    if found != folders.FILE:
        raise BadInput(f"expected a table, CSV or Parquet, found {found}")
    return text_table.is_parquet(path)


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of one value a row as stripped text, NULL for blanks; those of lists and the like are left out."""
    flat = [name for name, kind in frame.schema.items() if not kind.is_nested() and kind != pl.Binary]
    return frame.select(pl.col(name).cast(pl.String).str.strip_chars().replace("", None) for name in flat)


def cells(table: pl.DataFrame, of: Columns, screen: str, size: int) -> pl.DataFrame:
    """Of each row what the store calls its cell and what is known of it, in the table's order.

    Columns crop_id, field_id, screen, replicate, plate, well, site, cell, condition, class, centre_y, centre_x, y0, x0, y1, x1: a box of
    `size` pixels around the centre, where one is given. A cell without a name is called by its row, from 0; what is not known of plate,
    well and site is `-` in the ids. BadInput for a column that is not there, no well, no number, or two rows of one cell.
    """
    text_table.need(table, of.named, OWN)
    named = table.with_row_index("_row").with_columns(*_said(table, of))
    places = _from_ids(named, of.crop) if of.crop else _from_columns(named, of, screen)
    _refuse_slashes(places)
    boxed = places.with_columns(*_box(size))
    return boxed.select(
        "crop_id", "field_id", *PIECES, "cell", "condition", "class", "centre_y", "centre_x", "y0", "x0", "y1", "x1"
    )  # fmt: skip


def refuse_doubled(found: pl.DataFrame) -> None:
    """BadInput where two rows are of one cell."""
    doubled = found.with_row_index("_at").filter(pl.col("crop_id").is_duplicated())
    if len(doubled):
        first = doubled.filter(pl.col("crop_id") == doubled["crop_id"][0])
        n, (a, b) = doubled["crop_id"].n_unique(), first["_at"].to_list()[:2]
        raise BadInput(
            f"{n} cells stand in more than one row, such as {shown(first['crop_id'][0])} in rows {a} and {b} (from 0);"
            " name them by --cell within --plate, --well and --site"
        )


def _said(table: pl.DataFrame, of: Columns) -> list[pl.Expr | pl.Series]:
    """The condition, the class and the centre of each row."""
    joined = text_table.joined(table, of.condition) if of.condition else pl.lit(None, pl.String)
    label = text_table.said(of.label) if of.label else pl.lit(None, pl.String)
    places = [_number(name).alias(to) for name, to in ((of.y, "centre_y"), (of.x, "centre_x"))]
    return [joined.alias("condition"), label.alias("class"), *places]


def _number(name: str) -> pl.Expr:
    return text_table.number(name) if name else pl.lit(None, pl.Float64)


def _from_columns(named: pl.DataFrame, of: Columns, screen: str) -> pl.DataFrame:
    """The places that columns say."""
    plate, site = (text_table.whole(name) if name else pl.lit(None, pl.String) for name in (of.plate, of.site))
    cell = text_table.whole(of.cell) if of.cell else pl.col("_row").cast(pl.String)
    well = pl.col(of.well).replace_strict(wells_of(named[of.well]), return_dtype=pl.String) if of.well else pl.lit(None, pl.String)
    made = named.select(
        "_row", "condition", "class", "centre_y", "centre_x",
        pl.lit(screen).alias("screen"), pl.lit(1, pl.Int32).alias("replicate"), plate.alias("plate"), well.alias("well"),
        site.fill_null(UNKNOWN).alias("site"), cell.alias("cell"),
    )  # fmt: skip
    _refuse_missing(made, of.cell)
    known = [pl.col(name).cast(pl.String).fill_null(UNKNOWN) for name in PIECES]
    with_field = made.with_columns(pl.concat_str(known, separator="/").alias("field_id"))
    return with_field.with_columns(pl.concat_str("field_id", "cell", separator="/").alias("crop_id"))


def _refuse_missing(made: pl.DataFrame, column: str) -> None:
    without = made.filter(pl.col("cell").is_null())
    if len(without):
        raise BadInput(f"{len(without)} of {len(made)} rows have no name in {column}, the first is row {without['_row'][0]} from 0")


def wells_of(found: pl.Series) -> dict[str | None, str | None]:
    """Each spelling of a well as A01; BadInput for what is no well."""
    spelled: dict[str | None, str | None] = {None: None}
    for text in found.drop_nulls().unique(maintain_order=True).to_list():
        try:
            spelled[text] = wells.well(text)
        except BadInput as error:
            row = found.to_list().index(text)
            raise BadInput(f"row {row} from 0: {error}") from error
    return spelled


def _from_ids(named: pl.DataFrame, crop: str) -> pl.DataFrame:
    """The places that whole ids say: screen/replicate/plate/well/site/cell."""
    pieces = pl.col(crop).str.split("/")
    wrong = named.filter((pieces.list.len() != len(PIECES) + 1).fill_null(value=True))
    if len(wrong):
        found = shown(wrong[crop][0] or "nothing")
        raise BadInput(f"row {wrong['_row'][0]} from 0: {crop}: expected screen/replicate/plate/well/site/cell, found {found}")
    place = {name: pieces.list.get(i) for i, name in enumerate((*PIECES, "cell"))}
    unknown = [pl.when(place[name] != UNKNOWN).then(place[name]).alias(name) for name in ("plate", "well")]
    return named.select(
        "_row", "condition", "class", "centre_y", "centre_x", pl.col(crop).alias("crop_id"),
        pieces.list.head(len(PIECES)).list.join("/").alias("field_id"), place["screen"].alias("screen"),
        place["replicate"].cast(pl.Int32, strict=False).fill_null(1).alias("replicate"), *unknown,
        place["site"].alias("site"), place["cell"].alias("cell"),
    )  # fmt: skip


def _refuse_slashes(places: pl.DataFrame) -> None:
    """BadInput for a name that would break the ids that it is part of."""
    for name in ("plate", "site", "cell"):
        bad = places.filter(pl.col(name).str.contains(r"[/\p{C}]"))
        if len(bad):
            raise BadInput(f"row {bad['_row'][0]} from 0: the {name} '{shown(bad[name][0])}' holds a / or a control character: rename it")


def _box(size: int) -> list[pl.Expr]:
    first = [(pl.col(f"centre_{axis}") + 0.5).floor().cast(pl.Int32) - size // 2 for axis in "yx"]
    return [(first[i] + end * size).alias(f"{axis}{end}") for end in (0, 1) for i, axis in enumerate("yx")]


def fields(found: pl.DataFrame, masks: str) -> pl.DataFrame:
    """Rows of `fields` of these cells, in the order of their ids: how many each has, and its condition where it is one."""
    one = pl.when(pl.col("condition").n_unique() == 1).then(pl.col("condition").first())
    counted = found.group_by("field_id", *PIECES).agg(one.alias("condition"), pl.len().alias("n_cells"), pl.len().alias("n_crops"))
    nothing = pl.lit([], pl.List(pl.String))
    return counted.sort("field_id").with_columns(pl.lit(masks).alias("masks"), nothing.alias("files"))


def of_wells(found: pl.DataFrame) -> pl.DataFrame:
    """Rows of `wells` of these cells: of each plate and well that is known the condition, where it is one."""
    placed = found.filter(pl.col("plate").is_not_null() & pl.col("well").is_not_null())
    one = pl.when(pl.col("condition").n_unique() == 1).then(pl.col("condition").first())
    counted = placed.group_by("screen", "plate", "well").agg(one.alias("condition")).sort("screen", "plate", "well")
    at = [wells.place(name) for name in counted["well"].to_list()]
    return counted.with_columns(
        pl.Series("plate_row", [row for row, _ in at], pl.Int32), pl.Series("plate_column", [column for _, column in at], pl.Int32)
    )


def conditions(found: pl.DataFrame) -> list[str]:
    """The conditions of these cells, in the order of their names."""
    return sorted(found["condition"].drop_nulls().unique().to_list())


def one_class_each(found: pl.DataFrame) -> pl.DataFrame:
    """The class of each condition, as name and class; BadInput where a condition has two, or a class has no condition."""
    labelled = found.filter(pl.col("class").is_not_null()).select(pl.col("condition").alias("name"), "class").unique(maintain_order=True)
    if labelled["name"].null_count():
        label = labelled.filter(pl.col("name").is_null())["class"][0]
        raise BadInput(f"the class {shown(label)} stands in a row without a condition: a class is that of a condition, say --condition")
    several = labelled.group_by("name", maintain_order=True).agg("class").filter(pl.col("class").list.len() > 1)
    if len(several):
        name, classes = several.row(0)
        more = f" and {len(several) - 1} more conditions" if len(several) > 1 else ""
        raise BadInput(
            f"{shown(name)} has the classes {names.some(classes)}{more}; expected one each: make --condition finer, such as"
            " --condition COMPOUND,PLATE"
        )
    return labelled.sort("name")


def arrow(frame: pl.DataFrame) -> pa.Table:
    """The frame as Arrow, with texts of the kind that parts have."""
    made = frame.to_arrow()
    kinds = [pa.string() if pa.types.is_large_string(f.type) or pa.types.is_string_view(f.type) else f.type for f in made.schema]
    return made.cast(pa.schema([pa.field(name, kind) for name, kind in zip(made.column_names, kinds, strict=True)]))
