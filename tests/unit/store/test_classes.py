"""What a command says of conditions that several classes keep out."""

from __future__ import annotations

from cellswap.store import classes, database, parts
from tests import labelled


def test_conditions_of_several_classes_that_have_kept_crops_are_counted(store):
    known = {"condition": ["Y1", "Y2", "Y3", "Y4"], "classes": [["ER"], ["ER", "Golgi"], ["actin", "bud"], ["ER", "actin"]]}
    labelled.put(store, ("t",), known, "r")
    for screen, conditions in (("a", ["Y1", "Y2", "Y3"]), ("b", ["Y1"])):
        n = len(conditions)
        field = {
            "field_id": [screen],
            "screen": [screen],
            "replicate": [1],
            "site": ["1"],
            "n_cells": [n],
            "n_crops": [n],
            "masks": ["given"],
        }
        names = [c.name for c in store.schema("fields").own_columns]
        parts.write(store, "fields", (screen,), {name: (field | {"files": [[]]}).get(name, [None]) for name in names}, "r")
        ids = [f"{screen}/{condition}" for condition in conditions]
        own = {"crop_id": ids, "field_id": [screen] * n, "screen": [screen] * n, "replicate": [1] * n, "cell": ids, "condition": conditions}
        own |= {"has_pixels": [True] * n, "mask_area_px": [1000] * n}
        names = [c.name for c in store.schema("crops").own_columns]
        parts.write(store, "crops", (screen,), {name: own.get(name, [None] * n) for name in names}, "r")
    with database.connect(store) as connection:
        said = "2 of 3 proteins with kept crops have several classes in localization (Y2, Y3): no classifier learns from them"
        assert classes.left_out(connection, "a") == said
        assert classes.left_out(connection, None) == said
        assert classes.left_out(connection, "b") is None
