"""What the store holds, in the words of the schema and of the views' headers."""

from __future__ import annotations

from dataclasses import dataclass

from cellswap import sql
from cellswap.errors import UnknownName
from cellswap.store import database, word_views, wording
from cellswap.store.folder import Store
from cellswap.store.schema import RUNS, TABLES


@dataclass(frozen=True)
class Listed:
    """A table or view with its number of rows."""

    name: str
    kind: str
    rows: int
    meaning: str


@dataclass(frozen=True)
class Described:
    """One column of a table or view."""

    column: str
    type: str
    unit: str
    meaning: str
    source: str


def tables(store: Store) -> list[Listed]:
    """Every table and view, with its row count; of the paper's own none where nobody read them."""
    with database.connect(store) as connection:
        listed = []
        for name, kind, meaning, _ in database.describe_all(store):
            found = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            listed.append(Listed(name, kind, found[0] if found else 0, meaning))
    shown = wording.of(store.facts).shown({each.name: each.rows for each in listed})
    return [each for each in listed if each.name in shown]


def describe(store: Store, name: str) -> tuple[str, tuple[str, ...], list[Described]]:
    """The meaning, the key and the columns of a table or view; UnknownName if there is none of that name."""
    known = {n: (meaning, columns) for n, _, meaning, columns in database.describe_all(store)}
    if name not in known:
        raise UnknownName("table or view", name, known)
    meaning, columns = known[name]
    with database.connect(store) as connection:
        types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {name}").fetchall()}
    sources = {c.name: c.source for c in store.schema(name).columns} if name in TABLES else {}
    described = [Described(c, types.get(c, ""), unit, text, sources.get(c, "")) for c, (text, unit) in columns.items()]
    return meaning, _key(name), described


def _key(name: str) -> tuple[str, ...]:
    if name in TABLES:
        return TABLES[name].key
    if name == RUNS.name:
        return RUNS.key
    if name.startswith("embedding_"):
        return TABLES["embeddings"].key
    if name.startswith("condition_mean_"):
        return ("setting", "condition")
    return next((view.key for view in (*word_views.views(wording.Words()), *sql.views(("any",), "any")) if view.name == name), ())
