"""What commands say at their end: hints that work as they stand, one JSON object, and nothing that a terminal obeys."""

from __future__ import annotations

import csv
import json
import re
import shlex

import pytest

from cellswap.cli.outcome import query, words
from cellswap.store import runs
from tests import labelled

from .. import swap_store  # noqa: TID252 - tests are no package

OWN = """
import torch
from torch import nn

def small():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(2, 4, 3, stride=4))
"""
PLACEHOLDER = re.compile(r"[A-Z_]{4,}$")
DRY = {("plan",), ("extract",), ("evaluate", "pairs"), ("train",), ("ingest", "fields")}


def hints(done):
    """The commands that follow `next:` and `or:`, as a shell splits them."""
    return [shlex.split(line.partition(": ")[2]) for line in done.stderr.splitlines() if line.startswith(("next: ", "  or: "))]


@pytest.fixture
def walk(cellswap, tmp_path):
    """Runs a command, then each command that it hints at: for real, or dry, or (where names are to be filled in) its --help."""
    (tmp_path / "nets.py").write_text(OWN)

    def follow(*arguments):
        done = cellswap(*arguments)
        found = hints(done)
        assert found, done.stderr
        for hint in found:
            if hint[0] == "open":
                assert (tmp_path / hint[1]).is_file()
                continue
            assert hint[0] == "cellswap"
            named = tuple(word for word in hint[1:3] if re.fullmatch(r"[a-z]+", word))
            if any(PLACEHOLDER.match(word) for word in hint):
                known = cellswap(*named[: 2 if named[0] in {"ingest", "evaluate", "weights"} else 1], "--help").stdout
                assert all(word in known for word in hint if word.startswith("-")), hint
            else:
                cellswap(*hint[1:], *(["--dry-run"] if named in DRY or named[:1] in DRY else []))
        return done

    return follow


@pytest.mark.slow
def test_every_hint_is_a_command_that_works_as_it_stands(walk, cellswap, tmp_path):
    walk("init", "my store")
    from cellswap.store import folder

    store = ("--store", "my store")
    walk("ingest", "labels", *store)
    walk("ingest", "published", *store)
    swap_store.fill(folder.read(tmp_path / "my store"))
    walk("status", *store)
    first = walk("plan", "--images", 6, *store)
    plan_id = first.stdout.strip()
    assert ["cellswap", "extract", "--model", "MODEL", "--weights", "FILE", "--plan", plan_id, *store] in hints(first)
    walk("show", "--plan", plan_id, "-o", "a sheet.png", *store)
    extract = ("extract", "--model", "nets:small", "--channels", "cytoplasm,protein", "--as", "small", "--layers", "0")
    walk(*extract, "--plan", plan_id, *store)
    second = walk("plan", "--images", 5, *store)  # the network that the store has, on the channels that it was given
    assert any(hint[1:6] == ["extract", "--model", "nets:small", "--as", "small"] for hint in hints(second))
    walk(*extract, *store)
    walk("status", *store)
    walk("evaluate", "pairs", "--plan", plan_id, "--solver", "libsvm", "--jobs", 1, *store)
    walk("evaluate", "robustness", *store)
    walk("status", *store)
    walk("report", "--out", "the report", *store)
    walk("weights", "random", "--model", "pifia-narrow", "-o", "some weights.safetensors")
    walk("simulate", "a screen", "--preset", "tiny", "--truth-into", "my store")
    walk("simulate", "a screen", "--preset", "tiny")


@pytest.fixture
def filled(store):
    labelled.put(store, ("labels",), {
        "condition": ["YAL001C"], "gene": ["\x1b]0;stolen\x07\x1b[31m"], "classes": [["ER"]], "class": ["ER"], "abundance": [None],
        "abundance_note": [None], "purity": [None],
    }, "run-1")  # fmt: skip
    return store


def test_a_plan_says_its_id_alone_on_stdout_or_all_as_json(cellswap, store):
    swap_store.fill(store)
    plan_id = cellswap("plan", "--images", 6, "--store", store.path).stdout.strip()
    assert re.fullmatch(r"plan-[0-9a-f]{8}", plan_id)
    made = json.loads(cellswap("plan", "--images", 6, "--json", "--store", store.path).stdout)
    run = json.loads((store.runs / f"{made['run_id']}.json").read_text())
    assert made["made"] == {"plan_id": plan_id}
    assert made["lines"] == [plan_id]
    assert (made["command"], made["run_ids"], made["rows_in"], made["rows_kept"]) == ("plan", [made["run_id"]], 126, 126)
    assert (made["rows_dropped"], made["dropped"], made["notes"]) == (0, {}, run["notes"])
    assert made["written"] == {row["table"]: row["n"] for row in run["written"]}
    dry = json.loads(cellswap("plan", "--images", 6, "--dry-run", "--json", "--store", store.path).stdout)
    assert (dry["run_id"], dry["lines"]) == (None, [f"{plan_id}: 126 images, 0 sets short"])


def test_commands_without_a_run_say_what_they_made(cellswap, tmp_path):
    made = json.loads(cellswap("init", "new", "--json").stdout)
    assert (made["command"], made["run_id"], made["made"]) == ("init", None, {"store": str(tmp_path / "new")})
    assert made["next"][0] == "cellswap ingest fields IMAGES --store new"
    made = json.loads(cellswap("weights", "random", "--model", "pifia-narrow", "-o", "w.safetensors", "--json").stdout)
    assert made["made"]["weights"] == "w.safetensors"
    report = json.loads(cellswap("report", "--out", "pages", "--json", "--store", "new").stdout)
    assert report["made"]["report"] == "pages/index.html"
    labels = json.loads(cellswap("ingest", "labels", "--json", "--store", "new").stdout)
    assert (labels["rows_in"], labels["rows_kept"], labels["written"]) == (4155, 4155, {"conditions": 4155, "labels": 5610})


def test_every_command_that_makes_something_takes_json(cellswap):
    making = """init;export;simulate;plan;show;train;extract;report;demo;ingest fields;ingest crops;ingest labels;ingest published;
        ingest features;weights import;weights random;evaluate pairs;evaluate layers;evaluate heldout;evaluate proportions;
        evaluate robustness;evaluate sensitivity;evaluate neighbours"""
    for command in making.split(";"):
        assert "--json" in cellswap(*command.split(), "--help").stdout, command


def test_an_error_prints_no_object(cellswap, store):
    done = cellswap("plan", "--json", "--store", store.path, check=False)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_what_people_read_has_no_escape_sequences(cellswap, filled, form):
    said = cellswap("sql", 'SELECT gene AS "\x1b[2J" FROM condition_classes', "--format", form, "--store", filled.path).stdout
    assert "\\x1b]0;stolen\\x07\\x1b[31m" in said
    assert "\\x1b[2J" in said
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said)


def test_what_programs_read_is_as_it_is(cellswap, filled):
    query = "SELECT gene FROM condition_classes"
    assert cellswap("sql", query, "--format", "csv", "--store", filled.path).stdout == "gene\n\x1b]0;stolen\x07\x1b[31m\n"
    assert json.loads(cellswap("sql", query, "--format", "json", "--store", filled.path).stdout) == [{"gene": "\x1b]0;stolen\x07\x1b[31m"}]


def test_notes_and_errors_have_no_escape_sequences(cellswap, filled):
    done = cellswap("sql", "SELECT error('\x1b[31mred\x1b]0;stolen\x07')", "--store", filled.path, check=False)
    assert done.stderr == "error: SQL: Invalid Input Error: \\x1b[31mred\\x1b]0;stolen\\x07\n"
    with runs.record(filled, "a \x1b[31mcommand", {}):
        pass
    said = cellswap("status", "--store", filled.path)
    assert "a \\x1b[31mcommand" in said.stdout
    assert "\x1b" not in said.stdout + said.stderr


def test_safe_csv_protects_texts_and_leaves_numbers(cellswap, store, tmp_path):
    sql = """SELECT i, -i AS n, t, '=2' AS "=head" FROM (VALUES (1, '=1+1'), (2, '+1'), (3, '-1'), (4, '@x'), (5, chr(9) || 'x'),
        (6, chr(13) || 'x'), (7, 'a=1'), (8, NULL)) AS v(i, t) ORDER BY i"""

    def told(*more):
        cellswap("sql", sql, "--format", "csv", "-o", tmp_path / "told.csv", *more, "--store", store.path)
        with (tmp_path / "told.csv").open(newline="") as file:
            return list(csv.reader(file))

    rows = told("--safe-csv")
    assert rows[0] == ["i", "n", "t", "'=head"]
    assert [row[2] for row in rows[1:]] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "a=1", ""]
    assert [row[1] for row in rows[1:]] == [str(-i) for i in range(1, 9)]
    plain = told()
    assert (plain[0], plain[1][2:], plain[5][2]) == (["i", "n", "t", "=head"], ["=1+1", "=2"], "\tx")
    wrong = cellswap("sql", sql, "--safe-csv", "--store", store.path, check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "error: --safe-csv: expected --format csv beside it, found table\n")


def test_queries_are_quoted_for_a_shell():
    for sql in ("FROM t WHERE a = 'x'", "FROM \"my table\" WHERE a = '$HOME `x` \\'", "FROM t WHERE a = '!x'"):
        assert shlex.split(query(sql)) == ["cellswap", "sql", sql]
    assert query("FROM t WHERE a = 'x'") == "cellswap sql \"FROM t WHERE a = 'x'\""
    assert shlex.split(words("a b", 1, "c'd")) == ["a b", "1", "c'd"]
