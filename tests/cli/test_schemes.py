"""Schemes of classes: from a table to views, several in one store, and a table that loses a class."""

import json

import pytest

FLAT = "target_name,annotation_name,annotation_grade\nA,er,3\nA,golgi,1\nB,golgi,3\nC,er,2\n"
MOA = "Metadata_compound,Metadata_moa\nA,tubulin / actin\nB,tubulin / actin\nC,\N{GRINNING FACE} = 'x'\n"


def test_a_scheme_is_read_and_chosen_and_several_must_be_told_apart(cellswap, tmp_path):
    (tmp_path / "flat.csv").write_text(FLAT, encoding="utf-8")
    (tmp_path / "moa.csv").write_text(MOA, encoding="utf-8")
    store = tmp_path / "s"
    cellswap("init", store, "--preset", "opencell")
    read = cellswap("ingest", "labels", "flat.csv", "--store", store)
    assert "note: 1 of 3 conditions have several classes in localization (A): no classifier takes them" in read.stderr

    def asked(query, *options):
        return json.loads(cellswap("sql", query, "--format", "json", "--store", store, *options).stdout)

    single = "SELECT condition, class FROM condition_classes ORDER BY condition"
    assert [row["class"] for row in asked(single)] == [None, "golgi", "er"]
    assert [row["class"] for row in asked(single, "--grade", 3)] == ["er", "golgi", None]
    table = ("--layout", "table", "--condition", "Metadata_compound", "--class", "Metadata_moa", "--as", "mechanism")
    cellswap("ingest", "labels", "moa.csv", *table, "--store", store)
    assert [row["class"] for row in asked(single, "--scheme", "mechanism")] == ["tubulin / actin"] * 2 + ["\N{GRINNING FACE} = 'x'"]
    assert [row["class"] for row in asked(single)] == [None, None, None]  # nobody says whose classes
    assert cellswap("check", "--store", store).stdout == "every rule holds\n"
    refused = cellswap("plan", "--store", store, check=False)
    assert refused.returncode == 2


def test_a_class_that_a_table_loses_is_named_and_kept(cellswap, tmp_path):
    store, table = tmp_path / "s", ("--layout", "table", "--condition", "g", "--class", "c", "--as", "mine")
    cellswap("init", store, "--preset", "cell-painting")
    (tmp_path / "t.csv").write_text("g,c\nA,one\nB,two\n", encoding="utf-8")
    cellswap("ingest", "labels", "t.csv", *table, "--store", store)
    (tmp_path / "t.csv").write_text("g,c\nA,one\nB,three\n", encoding="utf-8")
    refused = cellswap("ingest", "labels", "t.csv", *table, "--store", store, check=False)
    assert (refused.returncode, "the store has other labels of the scheme mine already (of 2 conditions)" in refused.stderr) == (2, True)
    replaced = cellswap("ingest", "labels", "t.csv", *table, "--replace", "--store", store)
    assert "1 classes of mine are in this table no more (two): they are kept as unused ones" in replaced.stderr
    rows = cellswap("sql", "SELECT class, rank, used FROM classes ORDER BY rank", "--format", "csv", "--store", store).stdout
    assert [line.replace('"', "") for line in rows.splitlines()[1:]] == ["one,0,True", "two,1,False", "three,2,True"]
    assert cellswap("check", "--store", store).stdout == "every rule holds\n"


def test_no_yeast_table_is_read_into_another_screen_unasked(cellswap, tmp_path):
    store = tmp_path / "s"
    made = cellswap("init", store, "--preset", "cell-painting")
    assert "labels of budding yeast" not in made.stderr
    refused = cellswap("ingest", "labels", "--store", store, check=False)
    assert (refused.returncode, refused.stderr.startswith("error: --layout: say how the labels are written")) == (2, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [("condition", "condition says that each condition is a class"),
     ("Condition", "condition says that"), (" CONDITION ", "condition says that"),
     ("none", "says that there is none"), ("NULL", "says that there is none"), ("", "may not be empty"), ("  ", "may not be empty")],
)  # fmt: skip
def test_a_word_that_means_something_else_names_no_scheme(cellswap, tmp_path, name, said):
    store = tmp_path / "s"
    cellswap("init", store, "--preset", "cell-painting")
    (tmp_path / "t.csv").write_text("g,c\nA,one\nB,two\n", encoding="utf-8")
    words = ("ingest", "labels", "t.csv", "--layout", "table", "--condition", "g", "--class", "c", "--as", name, "--store", store)
    refused = cellswap(*words, check=False)
    assert (refused.returncode, refused.stderr.count("\n"), said in refused.stderr) == (2, 1, True)
    assert len(list((store / "runs").glob("*.json"))) == 1  # that of init
