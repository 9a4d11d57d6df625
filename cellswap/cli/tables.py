"""tables and describe: what is in a store."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cellswap.cli.options import AsJson, StorePath
from cellswap.cli.plain import say


def tables(store: StorePath = None, as_json: AsJson = False) -> None:
    """Every table and view: rows and meaning."""
    from cellswap.store import folder
    from cellswap.store.describe import tables as listed_tables

    listed = listed_tables(folder.find(store))
    if as_json:
        typer.echo(json.dumps([asdict(t) for t in listed], indent=1))
        return
    width = max(len(t.name) for t in listed)
    for t in listed:
        say(f"{t.name:<{width}}  {t.kind:<5}  {t.rows:>11,}  {t.meaning}")


def describe(
    name: Annotated[str, typer.Argument(help="A table or view.")],
    store: StorePath = None,
    as_json: AsJson = False,
) -> None:
    """The columns of a table or view: type, unit, meaning, source."""
    from cellswap.store import folder
    from cellswap.store.describe import describe as described

    meaning, key, columns = described(folder.find(store), name)
    if as_json:
        typer.echo(json.dumps({"name": name, "meaning": meaning, "key": key, "columns": [asdict(c) for c in columns]}, indent=1))
        return
    say(f"{name}: {meaning}")
    say(f"key: {', '.join(key)}\n" if key else "", keep="\n")
    name_width, type_width = max(len(c.column) for c in columns), max(len(c.type) for c in columns)
    for c in columns:
        unit = f" [{c.unit}]" if c.unit else ""
        source = f" ({c.source})" if c.source else ""
        say(f"{c.column:<{name_width}}  {c.type:<{type_width}}  {c.meaning}{unit}{source}")
