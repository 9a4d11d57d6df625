"""Two runs side by side: the figures of both are copied out of their stores, and compared by SQL over the copies.

The copies are among the report's files, so that anyone can run the queries that compare: they read them by name.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.reports.items import Answer
from cellswap.store import database, folder
from cellswap.store.folder import Store

SIDES = ("compare_sides", "compare_drop_sides", "compare_fact_sides")
# Settings are averages of the differences by class, so these come first.
COMPARISONS = ("compare_classes", "compare_settings", "compare_drops", "compare_facts")


@dataclass(frozen=True)
class Side:
    """Runs of a store, and how a reader knows them."""

    store: Store
    runs: tuple[str, ...]
    name: str


def sides(store: Store, wanted: str) -> tuple[Side, Side]:
    """This side and the other: for a store all its sweeps, for a run of this store that run and all the other sweeps.

    BadInput where there is no such store or run, or one without classifiers between classes.
    """
    folder.refuse_url(Path(wanted))
    here = _sweeps(store)
    if Path(wanted).exists() or Path(wanted).name != wanted:
        there = folder.read(Path(wanted))
        return _side(store, here, f"store {store.path.name}"), _side(there, _sweeps(there), f"store {there.path.name}")
    if wanted not in here:
        known = _runs(store)
        if wanted in known:
            raise BadInput(f"--compare {wanted}: the run has no classifiers between localizations; those that have: {_listed(here)}")
        raise UnknownName("store or run", wanted, here or known)
    others = [run for run in here if run != wanted]
    if not others:
        raise BadInput(f"--compare {wanted}: this is the store's only run with classifiers; run another: cellswap evaluate pairs")
    return Side(store, tuple(others), f"the other runs of {store.path.name}"), Side(store, (wanted,), f"run {wanted}")


def compared(this: Side, other: Side) -> dict[str, Answer]:
    """The copies of both sides and what compares them, by name; BadInput where the sides have no figure in common."""
    mine, theirs = _copied(this, "this"), _copied(other, "other")
    copies = {name: _both(this, mine[name], other, theirs[name]) for name in SIDES}
    with closing(duckdb.connect(config={"autoinstall_known_extensions": "false"})) as connection:
        answers = dict(copies)
        for name in COMPARISONS:
            for copy, answer in answers.items():
                connection.register(f"{copy}.parquet", answer.rows)
            answers[name] = _answer(name, connection, {})
    if not answers["compare_classes"].rows.num_rows:
        has = "; ".join(f"{side.name}: {_networks(answers['compare_sides'], which)}" for side, which in ((this, "this"), (other, "other")))
        raise BadInput(f"--compare: the two have no network, setting and localization in common ({has})")
    return answers


def _copied(side: Side, which: str) -> dict[str, Answer]:
    """The figures of one side, asked of its store, by name."""
    put_in = {"$side": _quoted(which), "$runs": f"[{', '.join(map(_quoted, side.runs))}]"}
    with closing(database.connect(side.store, threads=1)) as connection:
        return {name: _answer(name, connection, put_in) for name in SIDES}


def _both(this: Side, mine: Answer, other: Side, theirs: Answer) -> Answer:
    """The rows of both sides under one name, with what gives each."""
    text = f"-- this: {this.name}\n{mine.sql}\n\n-- other: {other.name}\n{theirs.sql}"
    return replace(mine, sql=text, rows=pa.concat_tables([mine.rows, theirs.rows]))


def _answer(name: str, connection: duckdb.DuckDBPyConnection, put_in: dict[str, str]) -> Answer:
    query = sql.parse(f"{name}.sql", sql.query(f"compare/{name}"))
    text = query.text
    for mark, value in put_in.items():
        text = text.replace(mark, value)
    return Answer(name, query.meaning, text, query.columns, connection.sql(text).to_arrow_table())


def _side(store: Store, runs: list[str], name: str) -> Side:
    if not runs:
        raise BadInput(f"--compare: {name} has no classifiers between localizations; make some: cellswap evaluate pairs")
    return Side(store, tuple(runs), name)


def _sweeps(store: Store) -> list[str]:
    """The runs of a store that have classifiers between classes."""
    with closing(database.connect(store)) as connection:
        return [run for run, n in connection.sql(sql.query("compare/sweeps")).fetchall() if n]


def _runs(store: Store) -> list[str]:
    with closing(database.connect(store)) as connection:
        return [row[0] for row in connection.sql("SELECT run_id FROM runs ORDER BY run_id").fetchall()]


def _networks(copy: Answer, which: str) -> str:
    rows = [row for row in copy.rows.to_pylist() if row["side"] == which]
    folds = ["" if row["folds"] == "5" else f", folds: {row['folds']}" for row in rows]
    names = (f"{row['model']} {row['layer']} {row['pooling']}, {row['setting']}{said}" for row, said in zip(rows, folds, strict=True))
    return _listed(list(dict.fromkeys(names)))


def _listed(names: list[str]) -> str:
    return (", ".join(names[:4]) or "none") + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
