"""Rows of the table wells: what the plate map, or a table of wells, says that they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from cellswap.errors import BadInput
from cellswap.ingest.field_files import Listing
from cellswap.ingest.plate_map import Content
from cellswap.ingest.wells import place
from cellswap.store import database, parts, records
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import Run

Key = tuple[str, str]


@dataclass(frozen=True)
class WellRow:
    """What a well holds, and what a table of wells says of it beside that; None where no such table was read."""

    holds: Content
    attributes: Mapping[str, str] | None


def write(store: Store, listing: Listing, screen: str, run: Run, *, again: bool = False) -> None:
    """Write the wells that the store lacks, and with `again` those of which a table of wells says something else now.

    Raises BadInput where a plate map gives a well another strain than the store has.
    """
    there = _there(store, screen)
    given = {
        key: WellRow(holds, None if listing.attributes is None else listing.attributes.get(key, {})) for key, holds in listing.wells.items()
    }
    if listing.attributes is None:
        _refuse_others(there, given)
    changed = [key for key in sorted(given) if key in there and given[key].attributes is not None and _differ(given[key], there[key])]
    if changed and again:
        run.wrote(_write_anew(store, screen, there | given, run))
        return
    if changed:
        first = changed[0]
        run.note(
            f"the table says something else of {len(changed)} wells than the store has ({first[1]} of {first[0]}): these wells stay as they"
            " are; read them anew with the same command and --again"
        )
    if new := {key: given[key] for key in sorted(given.keys() - there.keys())}:
        run.wrote(_write(store, screen, new, run))


def _differ(a: WellRow, b: WellRow) -> bool:
    return a.holds.condition != b.holds.condition or a.attributes != b.attributes


def _there(store: Store, screen: str) -> dict[Key, WellRow]:
    with database.connect(store) as connection:
        query = "SELECT plate, well, attributes, condition, gene, content FROM wells WHERE screen = ?"
        rows = connection.execute(query, [screen]).fetchall()
    return {(plate, well): WellRow(Content(*holds), attributes) for plate, well, attributes, *holds in rows}


def _refuse_others(there: Mapping[Key, WellRow], given: Mapping[Key, WellRow]) -> None:
    for key, row in given.items():
        holds, known = row.holds, there.get(key, row).holds
        if known.condition != holds.condition:
            raise BadInput(
                f"plate {key[0]}, well {key[1]}: the plate map says {holds.condition or holds.content}, the store has"
                f" {known.condition or known.content} there; give this screen another name with --screen"
            )


def _write(store: Store, screen: str, wells: Mapping[Key, WellRow], run: Run) -> Part:
    rows = [_row(screen, *key, row) for key, row in wells.items()]
    return parts.write(store, "wells", _keys(screen, wells), {name: [row[name] for row in rows] for name in rows[0]}, run.run_id)


def _keys(screen: str, wells: Iterable[Key]) -> tuple[str, ...]:
    return ("wells", screen, *(f"{plate}/{well}" for plate, well in wells))


def _write_anew(store: Store, screen: str, wells: Mapping[Key, WellRow], run: Run) -> Part:
    """All wells of a screen as one part, in the place of those that were there."""
    folder = parts.folder(store, "wells")
    before = [path for path in sorted(folder.glob("part-*.parquet")) if screen in pl.read_parquet(path, columns=["screen"])["screen"]]
    part = _write(store, screen, dict(sorted(wells.items())), run)
    old = {path.name for path in before} - {part.name.rpartition("/")[2]}
    for name in old:
        (folder / name).unlink()
    records.forget(store, old)
    run.note(f"what the table says of the wells of {screen} took the place of what the store had")
    return part


def _row(screen: str, plate: str, well: str, of: WellRow) -> dict[str, object]:
    row, column = place(well)
    return {
        "screen": screen,
        "plate": plate,
        "well": well,
        "plate_row": row,
        "plate_column": column,
        "condition": of.holds.condition,
        "gene": of.holds.gene,
        "content": of.holds.content,
        "attributes": None if of.attributes is None else list(of.attributes.items()),
    }
