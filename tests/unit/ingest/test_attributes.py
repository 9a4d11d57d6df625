"""Labels of wells, of crops and of what tables of wells said, and what is said of those that nothing has."""

from __future__ import annotations

import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest import attributes, labels
from cellswap.ingest.labels import Wanted
from cellswap.ingest.layouts.table import Columns
from cellswap.store import classes, database, parts, runs


def ingest(store, tmp_path, text, wanted):
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    with runs.record(store, "ingest labels", {"text": text, "replace": wanted.replace}) as run:
        labels.write_table(store, path, wanted, run)
    return run


def rows(store, query, scheme=None):
    with classes.of(scheme, None), database.connect(store) as connection:
        return connection.execute(query).fetchall()


LABELS = 'SELECT "of", name, class FROM labels ORDER BY ALL'


@pytest.fixture
def screen(store):
    """Two plates with a compound's wells, and two crops."""
    said = [("007", "A01", "taxol", "tubulin", "1"), ("007", "A02", "DMSO", "control", "2"), ("008", "A01", "taxol", "tubulin", "3")]
    wells = {"screen": ["s"] * 3, "plate": [w[0] for w in said], "well": [w[1] for w in said], "plate_row": [0] * 3}
    wells |= {
        "plate_column": [int(w[1][1:]) - 1 for w in said],
        "condition": [w[2] for w in said],
        "gene": [None] * 3,
        "content": [None] * 3,
    }
    parts.write(store, "wells", ("w",), wells | {"attributes": [[("moa", w[3]), ("dose", w[4])] for w in said]}, "r")
    own = {"crop_id": ["s/1/007/A01/1/a", "s/1/007/A02/1/b"], "field_id": ["f", "f"], "screen": ["s", "s"], "replicate": [1, 1]}
    own |= {
        "cell": ["a", "b"],
        "has_pixels": [False, False],
        "plate": ["007", "007"],
        "well": ["A01", "A02"],
        "condition": ["taxol", "DMSO"],
    }
    names = [c.name for c in store.schema("crops").own_columns]
    parts.write(store, "crops", ("c",), {name: own.get(name, [None, None]) for name in names}, "r")
    return store


def test_labels_of_wells_stand_by_screen_plate_and_well(screen, tmp_path):
    text = "p,w,class\n007,a1,near\n007,A02,far\n008,B1,far\n,A3,far\n007,?,far\n"
    run = ingest(screen, tmp_path, text, Wanted(Columns("", ("class",), plate="p", well="w"), "rim"))
    assert rows(screen, LABELS) == [("well", "s/007/A01", "near"), ("well", "s/007/A02", "far"), ("well", "s/008/B01", "far")]
    assert run.notes == ["1 of 3 wells with a label in rim are no wells of the store, for example s/008/B01"]
    assert [(place, reason) for place, reason, _ in run.rejects] == [
        ("labels.csv row 5", "missing well"),
        ("labels.csv row 6", "missing well"),
    ]
    assert rows(screen, "SELECT crop_id[-1:], class FROM crop_classes ORDER BY 1") == [("a", "near"), ("b", "far")]


def test_labels_of_crops_leave_those_of_conditions_of_the_same_scheme_alone(screen, tmp_path):
    ingest(screen, tmp_path, "c,moa\ntaxol,tubulin\nDMSO,control\nwater,control\n", Wanted(Columns("c", ("moa",)), "moa"))
    run = ingest(screen, tmp_path, "id,x\ns/1/007/A01/1/a,dead\ns/1/9/A01/1/z,dead\n", Wanted(Columns("", ("x",), crop="id"), "moa"))
    assert run.notes == ["1 of 2 crops with a label in moa are no crops of the store, for example s/1/9/A01/1/z"]
    found = rows(screen, "SELECT crop_id[-1:], given_by, class FROM crop_classes ORDER BY 1")
    assert found == [("a", "crop", "dead"), ("b", "condition", "control")]
    assert rows(screen, "SELECT class FROM chosen_classes ORDER BY rank") == [("control",), ("tubulin",), ("dead",)]
    with pytest.raises(BadInput, match=r"other labels of the scheme moa already \(of 2 crops\)"):
        ingest(screen, tmp_path, "id,x\ns/1/007/A01/1/a,alive\n", Wanted(Columns("", ("x",), crop="id"), "moa"))
    ingest(screen, tmp_path, "id,x\ns/1/007/A01/1/a,alive\n", Wanted(Columns("", ("x",), crop="id"), "moa", replace=True))
    assert rows(screen, 'SELECT "of", count(*) FROM labels GROUP BY 1 ORDER BY 1') == [("condition", 3), ("crop", 1)]


def test_conditions_without_a_crop_are_counted_where_there_are_crops(screen, store, tmp_path):
    run = ingest(screen, tmp_path, "c,moa\ntaxol,tubulin\nwater,control\n", Wanted(Columns("c", ("moa",)), "moa"))
    assert run.notes[0] == "1 of 2 conditions with a label in moa have no crop in the store, for example water"


def test_several_columns_name_a_condition_as_tables_of_wells_do(store, tmp_path):
    text = "compound,plate,moa\ntaxol,p1,tubulin\ntaxol,p2,tubulin\n,p3,tubulin\n"
    run = ingest(store, tmp_path, text, Wanted(Columns("compound,plate", ("moa",)), "moa"))
    assert rows(store, LABELS) == [("condition", "taxol@p1", "tubulin"), ("condition", "taxol@p2", "tubulin")]
    assert run.rejects == [("labels.csv row 4", "missing condition", "expected a name in compound and plate, found nothing")]


def test_what_tables_of_wells_said_gives_the_classes_of_conditions(screen):
    columns = attributes.columns(("moa",), None, several=False)
    with runs.record(screen, "ingest labels", {"digest": attributes.digest(screen)}) as run:
        labels.write_attributes(screen, Wanted(columns, "mechanism"), run)
    assert rows(screen, LABELS) == [("condition", "DMSO", "control"), ("condition", "taxol", "tubulin")]


def test_an_attribute_that_wells_of_a_condition_differ_in_is_no_class(screen):
    with runs.record(screen, "ingest labels", {}) as run:
        with pytest.raises(BadInput, match="taxol has the classes 1, 3; where a condition may have several classes, say --several"):
            labels.write_attributes(screen, Wanted(attributes.columns(("dose",), None, several=False), "dose"), run)
        with pytest.raises(UnknownName, match="unknown attribute 'mo'; did you mean moa"):
            labels.write_attributes(screen, Wanted(attributes.columns(("mo",), None, several=False), "x"), run)
    assert rows(screen, LABELS) == []


def test_a_store_without_attributes_says_how_to_give_some(store):
    with runs.record(store, "ingest labels", {}) as run, pytest.raises(BadInput, match="ingest fields PATH --metadata TABLE"):
        labels.write_attributes(store, Wanted(attributes.columns(("moa",), None, several=False), "x"), run)


def test_wells_of_several_screens_need_a_name(store, tmp_path):
    with pytest.raises(BadInput, match="the store has no wells yet; say with --screen which these labels are of"):
        ingest(store, tmp_path, "p,w,class\np,A1,x\n", Wanted(Columns("", ("class",), plate="p", well="w"), "rim"))
    ingest(store, tmp_path, "p,w,class\np,A1,x\n", Wanted(Columns("", ("class",), plate="p", well="w"), "rim", "later"))
    assert rows(store, LABELS) == [("well", "later/p/A01", "x")]
