"""The demo: every stage in turn, and nothing twice when it is run again."""

import json

import pytest


@pytest.mark.slow
def test_the_demo_goes_from_nothing_to_a_report_and_again_does_nothing(cellswap, tmp_path):
    first = cellswap("demo", "d")
    assert first.stdout == ""
    assert "its figures say nothing about any network" in first.stderr
    store = tmp_path / "d/store"

    def rows(query):
        return json.loads(cellswap("sql", query, "--format", "json", "--store", store).stdout)

    assert cellswap("check", "--store", store).stdout == "every rule holds\n"
    counted = "SELECT setting, count(*) AS n, min(n_folds) AS folds, sum(n_unconverged) AS bad FROM accuracy_by_pair"
    pairs = rows(f"{counted} WHERE source <> 'published' GROUP BY ALL ORDER BY ALL")
    assert pairs == [{"setting": s, "n": 105, "folds": 5, "bad": 0} for s in ("baseline", "masked")]
    tables = ("crops", "pixels", "embeddings", "pair_accuracy", "proteins", "published_localization_accuracy")
    assert rows("SELECT count(*) AS n FROM truth_cells")[0]["n"] > 4000
    before = {name: rows(f"SELECT count(*) AS n FROM {name}") for name in tables}
    assert (tmp_path / "d/report/index.html").is_file()
    assert "pseudo-random, never trained" in (tmp_path / "d/report/index.html").read_text(encoding="utf-8")
    cellswap("demo", "d")
    assert {name: rows(f"SELECT count(*) AS n FROM {name}") for name in tables} == before
