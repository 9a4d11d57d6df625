"""Conditions with their classes, as tests put them into a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cellswap.store import database, parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part

SCHEME = "localization"


def put(store: Store, keys: tuple[str, ...], proteins: Mapping[str, Sequence[object] | object], run_id: str) -> tuple[Part, ...]:
    """Write rows of the view proteins (orf, localizations or localization, ...) as parts of conditions and labels."""
    orfs = [*proteins["orf"]]
    places = proteins.get("localizations") or [[one] if one else [] for one in proteins["localization"]]
    singles = proteins.get("localization") or [None] * len(orfs)
    whole = [[*several] if several or not single else [single] for several, single in zip(places, singles, strict=True)]
    facts = {name: proteins.get(name) or [None] * len(orfs) for name in ("gene", "abundance", "abundance_note", "purity")}
    rows = [(orf, place) for orf, several in zip(orfs, whole, strict=True) for place in several]
    labels = {"scheme": [SCHEME] * len(rows), "name": [orf for orf, _ in rows], "class": [place for _, place in rows]}
    labels |= {"of": ["condition"] * len(rows), "grade": [None] * len(rows)}
    return (
        parts.write(store, "conditions", keys, {"condition": orfs, **facts}, run_id),
        parts.write(store, "labels", keys, labels, run_id),
    )


def classes_of(store: Store) -> list[str]:
    """The classes that the store's views know."""
    with database.connect(store) as connection:
        return [name for (name,) in connection.execute("SELECT localization FROM localizations ORDER BY rank").fetchall()]
