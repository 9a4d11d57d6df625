"""Names of wells and crops as the labels of a screen have them."""

from __future__ import annotations

import polars as pl

from cellswap.errors import BadInput
from cellswap.ingest import names
from cellswap.ingest.schemes import CONDITION, WELL
from cellswap.store import database
from cellswap.store.folder import Store


def named(store: Store, rows: pl.DataFrame, of: str, screen: str | None) -> pl.DataFrame:
    """Labels with their screen, '' of conditions; a well's name plate/well becomes screen/plate/well, the plate as the store spells it.

    Raises BadInput where nobody says which screen the wells are of, or two plates may be meant.
    """
    if of == CONDITION:
        return rows.with_columns(screen=pl.lit(""))
    if of != WELL:
        return rows.with_columns(screen=pl.col("name").str.split("/").list.first())
    one = screen or _only(store)
    plate, well = (pl.col("name").str.extract(pattern) for pattern in ("^(.*)/[^/]*$", "([^/]*)$"))
    spelled = _spelled(store, one, rows.select(plate).to_series().unique().to_list())
    name = pl.concat_str(pl.lit(one), plate.replace(spelled), well, separator="/")
    return rows.with_columns(name=name, screen=pl.lit(one)).unique(maintain_order=True)


def _only(store: Store) -> str:
    with database.connect(store) as connection:
        query = "SELECT screen FROM wells UNION SELECT screen FROM fields WHERE well IS NOT NULL ORDER BY 1"
        found = [name for (name,) in connection.execute(query).fetchall()]
    if len(found) != 1:
        which = f"the store has wells of {', '.join(found)}" if found else "the store has no wells yet"
        raise BadInput(f"{which}; say with --screen which these labels are of")
    return found[0]


def _spelled(store: Store, screen: str, plates: list[str]) -> dict[str, str]:
    """How the store calls each of these plates; one that it has not, as it is called here."""
    with database.connect(store) as connection:
        query = "SELECT plate FROM wells WHERE screen = $1 UNION SELECT plate FROM fields WHERE screen = $1 AND plate IS NOT NULL"
        there = [plate for (plate,) in connection.execute(query, [screen]).fetchall()]
    return {plate: names.plate_of(there, plate) or plate for plate in plates}
