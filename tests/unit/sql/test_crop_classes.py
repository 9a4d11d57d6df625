"""The class of a crop: its own label, else its well's, else its condition's; and what keeps one from having any."""

from __future__ import annotations

from cellswap.store import classes, database, parts
from cellswap.store.schema import table

CROPS = {"own": "A01", "of the well": "A01", "of the condition": "A02", "own, unused": "A02", "own, several": "A01", "of no one": "A03"}


def whole(name, n, **some):
    return {c.name: some.get(c.name, [None] * n) for c in table(name).own_columns}


def labelled(store, scheme="s"):
    of = {"own": ("crop", "red"), "own, unused": ("crop", "grey"), "own, several": ("crop", "red")}
    rows = [(kind, name, label) for name, (kind, label) in of.items()]
    rows += [("crop", "own, several", "blue"), ("well", "scr/p/A01", "blue"), ("condition", "C1", "green")]
    columns = {"scheme": [scheme] * len(rows), "of": [r[0] for r in rows], "name": [r[1] for r in rows], "class": [r[2] for r in rows]}
    parts.write(store, "labels", (scheme,), columns | {"grade": [None] * len(rows)}, "r")
    names = ["red", "blue", "green", "grey"]
    parts.write(
        store, "classes", (scheme,), {"scheme": [scheme] * 4, "class": names, "rank": [0, 1, 2, 3], "used": [True] * 3 + [False]}, "r"
    )
    parts.write(store, "conditions", ("c",), whole("conditions", 2, condition=["C1", "C2"]), "r")
    ids = [*CROPS]
    n = len(ids)
    place = {"field_id": ["f"] * n, "screen": ["scr"] * n, "replicate": [1] * n, "plate": ["p"] * n, "well": [*CROPS.values()]}
    own = {"crop_id": ids, "cell": ids, "condition": ["C2" if name == "of no one" else "C1" for name in ids], "has_pixels": [True] * n}
    made = {c.name: (place | own).get(c.name, [None] * n) for c in store.schema("crops").own_columns}
    parts.write(store, "crops", ("x",), made, "r")


def test_the_nearest_label_counts(store):
    labelled(store)
    with classes.of("s", None), database.connect(store) as connection:
        found = connection.execute("SELECT crop_id, given_by, class, single FROM crop_classes ORDER BY crop_id").fetchall()
        filtered = connection.execute("SELECT crop_id, class FROM crop_filter ORDER BY crop_id").fetchall()
    assert found == [
        ("of no one", None, None, None),
        ("of the condition", "condition", "green", "green"),
        ("of the well", "well", "blue", "blue"),
        ("own", "crop", "red", "red"),
        ("own, several", "crop", None, None),
        ("own, unused", "crop", None, "grey"),
    ]
    assert filtered == [(name, place) for name, _, place, _ in found]


def test_labels_of_another_scheme_say_nothing(store):
    labelled(store)
    with classes.of("class", None), database.connect(store) as connection:
        assert connection.execute("SELECT count(class), count(given_by) FROM crop_classes").fetchall() == [(0, 0)]
