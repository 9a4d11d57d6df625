"""Rows as text for people: headings, numbers of one width a column, colours of a heat table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from cellswap.reports import own_words
from cellswap.reports.items import Answer, HeatBody
from cellswap.sql import ViewColumn
from cellswap.store.wording import Words

HEADINGS = {"run_id": "run", "std": "standard deviation"}
WORDS = {"f1": "F1", "kl": "KL", "sha256": "SHA-256"}
PAPERS = Words()
OF_PAPER = re.compile(r"printed|published")
NOTHING, MINUS = "–", "−"  # noqa: RUF001 - what typesetters use
# Cividis at six places: made for readers with and without colour blindness (Nunez, Anderton, Renslow 2018).
CIVIDIS = ((0, 32, 77), (49, 68, 107), (102, 105, 112), (149, 143, 120), (203, 186, 105), (255, 234, 70))
# ColorBrewer's RdBu of seven classes: below 0 red, 0 all but white, above 0 blue; told apart by colour-blind readers too (Brewer 2003).
RED_BLUE = ((178, 24, 43), (239, 138, 98), (253, 219, 199), (247, 247, 247), (209, 229, 240), (103, 169, 207), (33, 102, 172))


@dataclass(frozen=True)
class Heading:
    """Of one column: what it is called, its unit, and whether it holds numbers."""

    text: str
    unit: str
    meaning: str
    numeric: bool


@dataclass(frozen=True)
class Cell:
    """One cell: `sort` is the value that a sort compares, `fill` and `ink` the colours of a heat cell."""

    text: str
    sort: str = ""
    fill: str = ""
    ink: str = ""


@dataclass(frozen=True)
class Heat:
    """A matrix: outer headings with how many columns each spans, inner headings, and labelled rows."""

    corner: str
    outer: tuple[tuple[str, int], ...]
    inner: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    low: str
    high: str


def headings(answer: Answer, words: Words = PAPERS) -> tuple[Heading, ...]:
    """One heading a column that has any value, in words rather than in names."""
    return tuple(
        Heading(
            HEADINGS.get(c.name) or _in_words(c.name, words),
            c.unit,
            c.meaning,
            _is_number(answer.rows.schema.field(c.name).type),
        )
        for c in _filled(answer)
    )


def without_values(answer: Answer, words: Words = PAPERS, *, shows_paper: bool = True) -> tuple[str, ...]:
    """What the columns are called that are NULL in every row: a table leaves them to the files."""
    filled = _filled(answer)
    return tuple(HEADINGS.get(c.name) or _in_words(c.name, words) for c in described(answer, shows_paper=shows_paper) if c not in filled)


def described(answer: Answer, *, shows_paper: bool = True) -> tuple[ViewColumn, ...]:
    """The columns that a page tells of: all, but where the paper's figures don't stand beside the store's none that is for them."""
    filled = _filled(answer)
    return tuple(c for c in answer.columns if shows_paper or c in filled or not OF_PAPER.search(c.name))


def _filled(answer: Answer) -> tuple[ViewColumn, ...]:
    return tuple(c for c in answer.columns if answer.rows.column(c.name).null_count < answer.rows.num_rows)


def _in_words(name: str, words: Words) -> str:
    said = own_words.column(name.replace("three_se", "±\xa03\xa0SE"), words)
    return " ".join(WORDS.get(word, word) for word in said.split(" "))


def cells(answer: Answer, shown: int) -> list[tuple[Cell, ...]]:
    """The first rows as cells, without columns that are NULL in all rows; a column of numbers has one number of decimals."""
    table = answer.rows.slice(0, shown)
    columns = [_column(table.column(c.name), c.unit) for c in _filled(answer)]
    return list(zip(*columns, strict=True)) if columns else []


def heat(answer: Answer, body: HeatBody, words: Words = PAPERS) -> Heat:
    """The rows as a matrix; a combination that the answer lacks is an empty cell."""
    records = answer.rows.to_pylist()
    keys = list(dict.fromkeys(tuple(r[c] for c in body.columns) for r in records))
    values = [r[body.value] for r in records if r[body.value] is not None and _is_finite(r[body.value])]
    low, high = _ends(values, body)
    by_place = {(r[body.row], tuple(r[c] for c in body.columns)): r for r in records}
    labels = list(dict.fromkeys(r[body.row] for r in records))
    rows = tuple((str(label), tuple(_heat_cell(by_place.get((label, key)), body, low, high) for key in keys)) for label in labels)
    outer = _spans([str(key[0]) for key in keys]) if len(body.columns) > 1 else ()
    return Heat(
        _in_words(body.row, words),
        outer,
        tuple(str(key[-1]).replace("_", " ") for key in keys),
        rows,
        _fixed(low, body.decimals),
        _fixed(high, body.decimals),
    )


def _ends(values: list[float], body: HeatBody) -> tuple[float, float]:
    """The least and the greatest; of differences, as far from 0 on either side as the one that is furthest from it."""
    if not body.around_zero:
        return (min(values), max(values)) if values else (0.0, 1.0)
    furthest = max(map(abs, values), default=0.0)
    return -furthest, furthest


def _heat_cell(record: dict[str, Any] | None, body: HeatBody, low: float, high: float) -> Cell:
    value = record[body.value] if record else None
    if record is None or value is None or not _is_finite(value):
        return Cell(NOTHING)
    text = _fixed(value, body.decimals)
    if body.plus_minus and record[body.plus_minus] is not None:
        text += f" ± {_fixed(record[body.plus_minus], body.decimals)}"
    red, green, blue = colour((value - low) / (high - low) if high > low else 0.5, RED_BLUE if body.around_zero else CIVIDIS)
    return Cell(text, str(value), f"rgb({red},{green},{blue})", ink_on(red, green, blue))


def _fixed(value: float, decimals: int) -> str:
    """The number with a minus sign as typesetters use it; what rounds to 0 has none."""
    return f"{value:z,.{decimals}f}".replace("-", MINUS)


def colour(share: float, scale: tuple[tuple[int, int, int], ...] = CIVIDIS) -> tuple[int, int, int]:
    """The colour of a scale at `share`, 0-1."""
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    i = min(int(place), len(scale) - 2)
    rest = place - i
    red, green, blue = (round(a + (b - a) * rest) for a, b in zip(scale[i], scale[i + 1], strict=True))
    return red, green, blue


def ink_on(red: int, green: int, blue: int) -> str:
    """Black or white, whichever stands out more on that colour (always at least 4.5 to 1, WCAG 2)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red / 255, green / 255, blue / 255)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000" if luminance > 0.179 else "#fff"


def _spans(names: list[str]) -> tuple[tuple[str, int], ...]:
    spans: list[tuple[str, int]] = []
    for name in names:
        if spans and spans[-1][0] == name:
            spans[-1] = (name, spans[-1][1] + 1)
        else:
            spans.append((name, 1))
    return tuple(spans)


def _column(column: pa.ChunkedArray, unit: str) -> list[Cell]:
    values = column.to_pylist()
    write = _writer(column.type, [v for v in values if v is not None and _is_finite(v)], unit)
    numeric = _is_number(column.type)
    return [_cell(v, write, (f"{v:.9g}" if isinstance(v, float) else str(v)) if numeric else "") for v in values]


def _cell(value: object, write: Callable[[Any], str], sort: str) -> Cell:
    if value is None:
        return Cell(NOTHING)
    return Cell(write(value), sort) if _is_finite(value) else Cell(str(value))


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _writer(kind: pa.DataType, values: list[Any], unit: str) -> Callable[[Any], str]:
    if pa.types.is_integer(kind):
        return lambda v: f"{v:,}".replace("-", MINUS)
    if not _is_number(kind):
        return _words
    sizes = [abs(v) for v in values if v]
    if sizes and max(sizes) > 1e4 * min(sizes) and unit != "0-1":
        return lambda v: f"{v:,.4g}".replace("-", MINUS)  # no one number of decimals shows them all
    least, most = (2, 3) if unit == "0-1" else (0, max(0, 4 - len(str(int(max(sizes, default=0.0))))))
    decimals = _decimals(values, least, most)
    return lambda v: _fixed(v, decimals)


def _decimals(values: list[float], least: int, most: int) -> int:
    """As few decimals as give every value, or `most`: a figure printed with two is shown with two."""
    return next((d for d in range(least, most) if all(abs(v - round(v, d)) < 1e-9 for v in values)), most)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
