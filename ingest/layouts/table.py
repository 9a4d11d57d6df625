"""A table of labels in anybody's words: columns that name the condition, well or crop, others that name its classes, perhaps a grade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput
from cellswap.ingest import names, text_table, wells
from cellswap.ingest.schemes import CONDITION, CROP, WELL
from cellswap.ingest.text_table import Rule, Sifted

SHOWN = 3
_WHY = "_why"  # no table has a column of that name


@dataclass(frozen=True)
class Columns:
    """Where a table says what: its columns of conditions, classes and grades; `separator` stands between classes in one cell.

    Several columns of conditions have commas between; in their place may be those of plate and well, or that of crop_ids. `several`
    says that a condition may have several classes, which several columns, a separator and a grade say as well.
    """

    condition: str
    classes: tuple[str, ...]
    grade: str | None = None
    separator: str | None = None
    several: bool = False
    plate: str = ""
    well: str = ""
    crop: str = ""

    @property
    def of(self) -> str:
        """What has the classes."""
        return CROP if self.crop else WELL if self.well else CONDITION

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that name it."""
        return (self.crop,) if self.crop else (self.plate, self.well) if self.well else text_table.listed(self.condition)

    @property
    def is_single(self) -> bool:
        """Whether each condition is to have one class."""
        return not (self.several or self.grade or self.separator or len(self.classes) > 1)


@dataclass(frozen=True)
class Listed:
    """What a layout of labels says of a path: a table of text, its columns, and what the set of classes is called."""

    table: pl.DataFrame
    columns: Columns
    scheme: str


# Tables as their authors publish them: the layout's name, and how they call the scheme.
KNOWN = {"opencell": (Columns("target_name", ("annotation_name",), "annotation_grade"), "localization")}


def labels(path: Path, of: Columns) -> Sifted:
    """The labels of a table, as `sifted`; BadInput where it can't be read."""
    return sifted(text_table.read(path), of)


def sifted(rows: pl.DataFrame, of: Columns) -> Sifted:
    """Rows name, class (NULL for none) and grade, each once; BadInput for a missing column or classes that contradict each other.

    A well's name is plate/well.
    """
    wanted = (*of.named, *of.classes, *([of.grade] if of.grade else []))
    rows = text_table.spelled(rows, wanted)
    text_table.need(rows, wanted)
    rows, _ = text_table.without_blank(rows)
    grade = text_table.said(of.grade).cast(pl.Int32, strict=False) if of.grade else pl.lit(None, pl.Int32)
    found = rows.with_columns(*_named(rows, of), grade.alias("grade"))
    judged = text_table.sift(found, _rules(of))
    made = judged.kept.with_columns(_classes(of).alias("class")).select("name", "class", "grade").explode("class")
    made = made.unique(maintain_order=True).sort("name", "class", "grade", maintain_order=True)
    refuse_alike(made["class"].drop_nulls().unique())
    _refuse_contradictions(made, of)
    return Sifted(made, judged.rejects)


def _named(rows: pl.DataFrame, of: Columns) -> tuple[pl.Series, pl.Series]:
    """What each row names, wells as plate/well, NULL for nothing; and why it names none, NULL where its cells are empty."""
    if of.of != WELL:
        return text_table.joined(rows, of.named).alias("name"), pl.Series(_WHY, [None] * len(rows), pl.String)
    made: list[tuple[str | None, str | None]] = []
    for plate, place in rows.select(of.plate, of.well).iter_rows():
        try:
            there = names.word(plate) and names.word(place)
            made.append((f"{names.word(plate)}/{wells.well(place)}", None) if there else (None, None))
        except BadInput as error:
            made.append((None, str(error)))
    return pl.Series("name", [name for name, _ in made], pl.String), pl.Series(_WHY, [why for _, why in made], pl.String)


def _rules(of: Columns) -> list[Rule]:
    nothing = pl.col(_WHY).fill_null(f"expected a name in {' and '.join(of.named)}, found nothing")
    rules = [Rule(pl.col("name").is_null(), f"missing {of.of}", nothing)]
    if of.grade:
        found = pl.format(f"{of.grade}: expected a whole number, found {{}}", pl.col(of.grade).fill_null("nothing"))
        rules.append(Rule(pl.col("grade").is_null(), "grade is no number", found))
    return rules


def _classes(of: Columns) -> pl.Expr:
    """The classes of each row, a list without nothings; a list of one NULL where there is none."""
    cells = [text_table.said(name).fill_null("") for name in of.classes]
    parts = [cell.str.split(of.separator) if of.separator else pl.concat_list(cell) for cell in cells]
    stripped = pl.concat_list(parts).list.eval(pl.element().str.strip_chars())
    named = stripped.list.eval(pl.element().filter(pl.element().is_not_null() & (pl.element() != "")))
    return pl.when(named.list.len() > 0).then(named).otherwise(pl.lit([None], pl.List(pl.String)))


def refuse_alike(classes: Iterable[str]) -> None:
    """BadInput where two classes differ in their capitals alone."""
    seen: dict[str, str] = {}
    for name in sorted(classes):
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise BadInput(f"the classes '{other}' and '{name}' differ in their capitals alone: are they one?")


def _refuse_contradictions(made: pl.DataFrame, of: Columns) -> None:
    """BadInput for a class with two grades, and in a scheme of single classes for a condition with two classes."""
    graded = (
        made.group_by("name", "class", maintain_order=True).agg(pl.col("grade").alias("grades")).filter(pl.col("grades").list.len() > 1)
    )
    if len(graded):
        name, label, grades = graded.row(0)
        raise BadInput(f"{name} has {label} with the grades {', '.join(map(str, grades))}; expected one for each class")
    if not of.is_single:
        return
    named = made.drop_nulls("class").group_by("name", maintain_order=True).agg("class").filter(pl.col("class").list.len() > 1)
    if len(named):
        name, found = named.row(0)
        more = f" and {len(named) - 1} more {of.of}s" if len(named) > 1 else ""
        raise BadInput(f"{name} has the classes {', '.join(found[:SHOWN])}{more}; where a {of.of} may have several classes, say --several")
