"""Two runs side by side: matched, paired, with intervals, and refused where there is nothing to compare."""

import duckdb
import pytest

from cellswap.errors import BadInput, BrokenStore, UnknownName
from cellswap.reports import compare, run, write
from cellswap.store import runs
from cellswap.store.create import create

from ...report_results import FIT, LAST  # noqa: TID252 - tests have no package of their own to name
from ...report_store import write as write_rows  # noqa: TID252 - tests have no package of their own to name

BETTER = {"baseline": {"ER": 0.95, "cytoplasm": 0.85}, "masked": {"ER": 0.9, "cytoplasm": 0.6}}


def sweep(store, model="pifia", layer="conv8"):
    """A run of two pairs in two settings."""
    with runs.record(store, "evaluate pairs", {"folds": 2, "number": len(list(store.runs.glob("*.json")))}) as made:
        rows = [
            LAST | FIT | {
                "model": model, "layer": layer, "task_id": f"{setting}/{a}", "setting": setting, "class_by": "localization", "class_1": a,
                "class_2": "nucleus", "fold": fold, "accuracy": accuracy,
            }
            for setting, of in BETTER.items() for a, accuracy in of.items() for fold in range(2)
        ]  # fmt: skip
        write_rows(store, "pair_accuracy", made.run_id, rows, made.run_id)
    return made.run_id


@pytest.fixture
def other(tmp_path):
    return create(tmp_path / "other")


def answers(store, wanted):
    return compare.compared(*compare.sides(store, wanted))


def test_a_store_is_paired_over_classes(full_store, other):
    sweep(other)
    found = answers(full_store, str(other.path))
    rows = {(r["setting"], r["class"]): r for r in found["compare_classes"].rows.to_pylist()}
    assert set(rows) == {(s, c) for s in BETTER for c in ("ER", "cytoplasm", "nucleus")}
    # ER of the stand-in store in baseline: pairs with nucleus and with cytoplasm, 0.905 and 0.925
    row = rows["baseline", "ER"]
    assert (row["network"], row["n_this"], row["n_other"]) == ("pifia conv8 avg", 2, 1)
    assert (round(row["this"], 6), row["other"], round(row["difference"], 6)) == (0.915, 0.95, -0.035)
    differences = [r["difference"] for (setting, _), r in rows.items() if setting == "baseline"]
    (first, *_) = found["compare_settings"].rows.to_pylist()
    mean = sum(differences) / 3
    spread = (sum((d - mean) ** 2 for d in differences) / 2) ** 0.5
    assert (first["setting"], first["n_classes"]) == ("baseline", 3)
    assert first["difference"] == pytest.approx(mean)
    assert first["three_se"] == pytest.approx(3 * spread / 3**0.5)


def test_the_interval_of_a_drop_follows_from_both(full_store):
    # A store beside itself: nothing changed, and the interval says how surely.
    rows = answers(full_store, str(full_store.path))["compare_drops"].rows.to_pylist()
    found = {(r["network"], r["setting_from"], r["setting_to"]): r for r in rows}
    row = found["pifia conv8 avg", "same_class_swap", "diff_class_swap"]
    assert (row["difference"], round(row["low"], 6), round(row["high"], 6), row["level"]) == (0, -0.141421, 0.141421, 0.95)
    assert found["pifia conv8 avg", "baseline", "cell_free_swap"]["reason"] == "this side: not computed: cellswap evaluate robustness"


def test_a_run_is_set_beside_the_other_runs_of_its_store(store):
    first, second = sweep(store), sweep(store)
    this, that = compare.sides(store, first)
    assert (this.runs, that.runs) == ((second,), (first,))
    found = compare.compared(this, that)
    assert {r["difference"] for r in found["compare_classes"].rows.to_pylist()} == {0.0}


def test_two_networks_of_different_names_stand_side_by_side(store, other):
    sweep(store, "pifia", "conv8")
    sweep(other, "pci", "conv4_1")
    found = answers(store, str(other.path))
    assert {r["network"] for r in found["compare_settings"].rows.to_pylist()} == {"pifia conv8 avg beside pci conv4_1 avg"}
    assert found["compare_drops"].rows.to_pylist()[0]["difference"] == 0


def test_what_can_not_be_compared_is_refused(full_store, store, other, tmp_path):
    with pytest.raises(BrokenStore, match="no such folder"):
        compare.sides(full_store, str(tmp_path / "nowhere"))
    with pytest.raises(UnknownName, match=r"unknown store or run 'ingest-stand-in-.*-x'; did you mean ingest-stand-in-"):
        compare.sides(full_store, f"{_only(full_store)}-x")
    with pytest.raises(BadInput, match="the store's only run with classifiers"):
        compare.sides(full_store, _only(full_store))
    with pytest.raises(BadInput, match="store store has no classifiers between localizations; make some"):
        compare.sides(full_store, str(store.path))
    sweep(other, "deeploc")
    with pytest.raises(BadInput, match=r"no network, setting and localization in common \(store store: pifia conv8.*: deeploc conv8 avg"):
        answers(full_store, str(other.path))


def _only(store):
    (found,) = compare._sweeps(store)
    return found


def test_anyone_can_run_the_queries_over_the_copies(full_store, other, tmp_path, monkeypatch):
    sweep(other)
    report = run.gathered(full_store, "Compared", beside=str(other.path))
    assert [page.slug for page in report.pages[:3]] == ["overview", "compare", "accuracy"]
    write.folder(report, tmp_path / "report")
    monkeypatch.chdir(tmp_path / "report/data")
    for name in compare.COMPARISONS:
        again = duckdb.sql((tmp_path / "report/data" / f"{name}.sql").read_text()).to_arrow_table()
        assert again.to_pylist() == report.answers()[name].rows.to_pylist()
