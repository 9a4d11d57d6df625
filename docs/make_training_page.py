"""Fill the tables of docs/training.md from the stores whose folder is given: python docs/make_training_page.py FOLDER.

A table stands between `<!-- STORE QUERY -->` and `<!-- end -->`: the rows of QUERY, a file of sql/queries/training_page, in FOLDER/STORE.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import duckdb

from cellswap import sql
from cellswap.store import database, folder

# How a network was trained, as the note of its weights says it, its place in the tables, how an interval is written, and which
# ordinary network each robust one is compared with.
NAMED = """
    CREATE TEMP MACRO training_of(note) AS
    coalesce(nullif(regexp_extract(note, 'robust ([a-z+]+)', 1).replace('none', 'ordinary'), ''), 'untrained');
    CREATE TEMP MACRO place_of(network) AS array_position(['pifia', 'deeploc', 'pci'], split_part(network, '-', 1));
    CREATE TEMP MACRO interval_of(low, high) AS '[' || format('{:.3f}', low) || ', ' || format('{:.3f}', high) || ']';
    CREATE TEMP VIEW beside AS FROM (VALUES
        ('ordinary-more', 'swap-eighth-more'), ('ordinary-more', 'swap-quarter-more'), ('ordinary-100', 'swap-quarter-100'),
        ('ordinary-40', 'swap-40'), ('ordinary-12', 'robust-12'), ('ordinary', 'robust'),
        ('deeploc-ordinary', 'deeploc-swap'), ('pci-ordinary', 'pci-swap')
    ) AS v(ordinary, robust)
"""
PAGE = Path(__file__).with_name("training.md")
TABLE = re.compile(r"(<!-- (?P<store>\w+) (?P<query>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, stores: Path) -> str:
    """The page with its tables' rows of today."""
    return TABLE.sub(lambda found: found[1] + _table(stores / found["store"], found["query"]) + found[4], text)


def _table(store: Path, query: str) -> str:
    with database.connect(folder.find(store)) as connection:
        connection.execute(NAMED)
        return "\n".join(_markdown(connection.sql(sql.query(f"training_page/{query}")))) + "\n"


def _markdown(rows: duckdb.DuckDBPyRelation) -> list[str]:
    lines = [rows.columns, ["---"] * len(rows.columns), *([_cell(value) for value in row] for row in rows.fetchall())]
    return [f"| {' | '.join(line)} |" for line in lines]


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), Path(sys.argv[1])), encoding="utf-8")
