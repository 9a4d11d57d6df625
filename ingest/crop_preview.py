"""What a table of crops would become, in lines: its first rows as they are read, counts, and what is missing. Nothing is written."""

from __future__ import annotations

import polars as pl

from cellswap.errors import shown
from cellswap.ingest import array_crops
from cellswap.ingest.crop_source import Source
from cellswap.store.folder import Store

SHOWN_ROWS = 5
MISSING = {"condition": "condition", "class": "class", "plate": "plate", "well": "well", "centre_y": "place"}


def lines(store: Store, source: Source, cells: pl.DataFrame, *, again: bool, jobs: int) -> list[str]:
    """What a run would do; BadInput where it would refuse."""
    ready = source.checked(cells, store.crop_size, jobs)
    todo = array_crops.plan(store, ready, cells, again=again)
    head = cells.head(SHOWN_ROWS)
    made = [f"{len(cells):,} crops of {todo.n_fields:,} fields, {'with' if source.has_masks else 'without'} masks"]
    rows = zip(head.select("crop_id", "condition", "class").rows(), ready.facts(head), strict=True)
    made += [f"  {shown(name)}: {facts}; condition {_word(condition)}, class {_word(label)}" for (name, condition, label), facts in rows]
    for what in ("condition", "class"):
        if n := cells[what].n_unique() - (cells[what].null_count() > 0):
            made.append(f"{n:,} {'classes' if what == 'class' else 'conditions'}: {_most(cells[what])}")
    made += [f"  {n:,} crops have no {called}" for name, called in MISSING.items() if (n := cells[name].null_count())]
    if todo.n_there:
        made.append(f"{todo.n_there:,} of these crops are in the store already")
    if todo.n_changed:
        made.append(f"{todo.n_changed:,} fields have changed since they were read, and would be read anew")
    return made


def _word(value: str | None) -> str:
    return "-" if value is None else shown(value, 80)


def _most(values: pl.Series) -> str:
    """The most frequent values with their numbers."""
    counted = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
    more = f" and {len(counted) - SHOWN_ROWS:,} more" if len(counted) > SHOWN_ROWS else ""
    return ", ".join(f"{shown(value, 60)} ({n:,})" for value, n in counted.head(SHOWN_ROWS).rows()) + more
