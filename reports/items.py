"""What stands on a page: an answer of SQL with a title, a caption, and the way it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cellswap.sql import ViewColumn
from cellswap.store.wording import Words


@dataclass(frozen=True)
class Answer:
    """One query of `sql/queries`, its text as run, and its rows."""

    name: str
    meaning: str
    sql: str
    columns: tuple[ViewColumn, ...]
    rows: pa.Table


@dataclass(frozen=True)
class Tile:
    """One picture: `image` is a whole PNG or WebP file, `size` its width and height, `alt` says what it shows, `lines` stand under it."""

    image: bytes
    size: tuple[int, int]
    alt: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class TableBody:
    """The rows as a table that sorts and filters; more than `shown` rows are left to the files."""

    shown: int = 250


@dataclass(frozen=True)
class HeatBody:
    """Long rows as a matrix of coloured cells; `columns` are one or two names, the outer heading first; differences are `around_zero`."""

    row: str
    columns: tuple[str, ...]
    value: str
    plus_minus: str = ""
    decimals: int = 2
    around_zero: bool = False


@dataclass(frozen=True)
class ChartBody:
    """A Vega-Lite specification that carries its own rows."""

    spec: dict[str, Any]


@dataclass(frozen=True)
class GalleryBody:
    """Pictures in groups: a heading and its tiles."""

    groups: tuple[tuple[str, tuple[Tile, ...]], ...]


Body = TableBody | HeatBody | ChartBody | GalleryBody


@dataclass(frozen=True)
class Item:
    """One thing that a page shows; where the answer has no rows, `todo` says what to run to get them.

    `warnings` are what a reader must know of each network, by its name.
    """

    title: str
    caption: str
    answer: Answer
    body: Body
    todo: tuple[str, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """The warnings of the networks that its rows name: a table of printed figures alone has none."""
        named = [name for name in ("model", "network", "which") if name in self.answer.rows.column_names]
        texts = {str(value) for name in named for value in self.answer.rows.column(name).unique().to_pylist()}
        words = {word for text in texts for word in (text, *re.split(r"[\s,:]+", text))}
        return tuple(note for network, note in self.warnings.items() if network in words or not named)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return self.answer.rows.num_rows == 0

    @property
    def name(self) -> str:
        """Its name on the page: one answer may be shown as a chart and as a table."""
        return f"{self.answer.name}-{self.kind}"

    @property
    def kind(self) -> str:
        """The template of the body: table, heat, chart or gallery."""
        return type(self.body).__name__.removesuffix("Body").lower()


@dataclass(frozen=True)
class Page:
    """One page: `slug` is its file name and its anchor."""

    slug: str
    title: str
    lead: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Report:
    """All pages, what their footers say, in whose words they are, and whether the paper's figures stand on them."""

    title: str
    store: str
    made_at: str
    version: str
    pages: tuple[Page, ...]
    notes: tuple[str, ...] = field(default=())
    words: Words = field(default=Words())
    shows_paper: bool = True

    def file_of(self, page: Page) -> str:
        """The page's file name: the first one has the name that every web server looks for."""
        return "index.html" if page is self.pages[0] else f"{page.slug}.html"

    def answers(self) -> dict[str, Answer]:
        """Every answer on any page, once, by name."""
        return {item.answer.name: item.answer for page in self.pages for item in page.items}
