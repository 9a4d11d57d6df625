"""Conditions with their classes, as benchmarks put them into a store."""

from __future__ import annotations

from cellswap.store import parts
from cellswap.store.folder import Store
from cellswap.store.presets import PAPERS_SCHEME


def put(store: Store, conditions: list[str], classes: list[list[str]], run_id: str = "benchmark") -> None:
    """Write conditions, each with the classes that the paper's scheme gives it."""
    unknown = [None] * len(conditions)
    facts = {"gene": conditions, "abundance": unknown, "abundance_note": unknown, "purity": unknown}
    parts.write(store, "conditions", ("all",), {"condition": conditions} | facts, run_id)
    rows = [(condition, name) for condition, names in zip(conditions, classes, strict=True) for name in names]
    n, (named, given) = len(rows), (list(column) for column in zip(*rows, strict=True))
    labels = {"scheme": [PAPERS_SCHEME] * n, "of": ["condition"] * n, "name": named, "class": given, "grade": [None] * n}
    parts.write(store, "labels", ("all",), labels, run_id)
