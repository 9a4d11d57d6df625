"""Write docs/schema.md: every table and view of the store, from the schema file and the views' headers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cellswap import sql
from cellswap.store import word_views
from cellswap.store.schema import RUNS, TABLES, Table
from cellswap.store.wording import Words

# A column of this name stands for one a channel of the store.
CHANNEL = ("CHANNEL",)
PAGE = Path(__file__).with_name("schema.md")


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Tables and views of a store"
    yield ""
    yield "Made by `make docs` from `store/schema/` and the headers in `sql/views/`; a test tells when it is stale."
    yield "`cellswap describe NAME` prints the same, and so do DuckDB's own comments in `STORE/cellswap.duckdb`."
    yield "A column called CHANNEL, CHANNEL_mean or CHANNEL_std stands for one a channel of the store, by its name; SIGNAL is the signal's."
    yield ""
    yield "## Tables"
    for table in (*(TABLES[name].of(CHANNEL, "signal") for name in TABLES), RUNS):
        yield from _table(table)
    yield ""
    yield "## Views"
    for view in _views():
        yield from (
            "",
            f"### {view.name}",
            "",
            view.meaning,
            "",
            f"Key: {', '.join(view.key)}",
            "",
            "| column | unit | meaning |",
            "| --- | --- | --- |",
        )
        for column in view.columns:
            yield f"| {column.name} | {column.unit} | {_cell(column.meaning)} |"


def _views() -> tuple[sql.View, ...]:
    return (*word_views.views(Words()), *sql.views(CHANNEL, "SIGNAL"))


def _table(table: Table) -> Iterator[str]:
    partition = f"; folders: {', '.join(table.partition)}" if table.partition else ""
    yield from ("", f"### {table.name}", "", table.meaning, "", f"Key: {', '.join(table.key)}{partition}", "")
    yield from ("| column | type | unit | meaning | source |", "| --- | --- | --- | --- | --- |")
    for c in table.columns:
        empty = ", may be NULL" if c.nullable else ""
        yield f"| {c.name} | {c.type}{empty} | {c.unit} | {_cell(c.meaning)} | {c.source} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(TABLES) + 1} tables, {len(_views())} views\n")
