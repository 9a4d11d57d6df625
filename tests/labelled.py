"""Conditions with their classes, as tests put them into a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cellswap.store import database, parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part

SCHEME = "localization"


def put(store: Store, keys: tuple[str, ...], known: Mapping[str, Sequence[object] | object], run_id: str) -> tuple[Part, ...]:
    """Write rows of the view condition_classes (condition, classes or class, ...) as parts of conditions and labels."""
    conditions = [*known["condition"]]
    places = known.get("classes") or [[one] if one else [] for one in known["class"]]
    singles = known.get("class") or [None] * len(conditions)
    whole = [[*several] if several or not single else [single] for several, single in zip(places, singles, strict=True)]
    facts = {name: known.get(name) or [None] * len(conditions) for name in ("gene", "abundance", "abundance_note", "purity")}
    rows = [(condition, place) for condition, several in zip(conditions, whole, strict=True) for place in several]
    labels = {"scheme": [SCHEME] * len(rows), "name": [condition for condition, _ in rows], "class": [place for _, place in rows]}
    labels |= {"of": ["condition"] * len(rows), "grade": [None] * len(rows)}
    return (
        parts.write(store, "conditions", keys, {"condition": conditions, **facts}, run_id),
        parts.write(store, "labels", keys, labels, run_id),
    )


def classes_of(store: Store) -> list[str]:
    """The classes that the store's views know."""
    with database.connect(store) as connection:
        return [name for (name,) in connection.execute("SELECT class FROM chosen_classes ORDER BY rank").fetchall()]
