"""The paper's printed tables and the authors' raw results."""

from __future__ import annotations

import os
from itertools import combinations

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import published
from cellswap.ingest.published import RAW_FILES
from cellswap.store import database, runs
from cellswap.store.vocabulary import LOCALIZATIONS

CLASSES = LOCALIZATIONS[:3]


@pytest.fixture
def results(tmp_path):
    """Fifteen files of three classes."""
    folder = tmp_path / "swap_results"
    for file in RAW_FILES:
        (folder / file.model).mkdir(parents=True, exist_ok=True)
        pairs = [f"{a},{b}" for a, b in combinations(CLASSES, 2)]
        lines = [f"{p},{b}" for p in pairs for b in CLASSES] if "Background" in file.header else pairs
        write(folder / file.name, file, *(f"{line},0.75,0.01" for line in lines))
    return folder


def write(path, file, *lines):
    path.write_text("\r\n".join([",".join(file.header), *lines]) + "\r\n", encoding="utf-8")


def ingest(store, folder):
    with runs.record(store, "ingest published", {}) as run:
        published.write_printed(store, run)
        if folder:
            published.write_raw(store, folder, run)
    return run


def rows(store, query):
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def test_the_printed_tables_come_without_the_authors_files(store):
    run = ingest(store, None)
    assert dict(run.written) == {
        "published_accuracy": 15,
        "published_layer_accuracy": 21,
        "published_localization_accuracy": 225,
        "published_heldout_accuracy": 90,
        "published_classifier_metrics": 30,
        "published_kl": 14,
    }
    assert rows(store, "SELECT * EXCLUDE run_id FROM published_accuracy WHERE model = 'deeploc' AND setting = 'cell_free_swap'") == [
        ("deeploc", "cell_free_swap", 0.689, 0.023)
    ]
    assert rows(store, "SELECT layer, accuracy FROM published_layer_accuracy WHERE best ORDER BY 2 DESC") == [
        ("conv8", 0.9896),
        ("conv4_1", 0.9847),
        ("conv5", 0.8436),
    ]
    assert rows(store, "SELECT value, printed_in FROM published_kl WHERE statistic = 'n_exceeding_uniform_baseline'") == [
        (223.0, "paper section 4.5")
    ]


def test_raw_results_keep_every_classifier_under_our_names(store, results):
    run = ingest(store, results)
    assert run.written["published_pair_accuracy"] == 3 * (3 * 3 + 2 * 9)
    assert len(run.inputs) == 15
    found = rows(
        store,
        """SELECT * EXCLUDE run_id FROM published_pair_accuracy WHERE model = 'pci' AND setting = 'cell_free_swap'
        ORDER BY ALL LIMIT 2""",
    )
    assert found == [
        ("pci", "conv4_1", "cell_free_swap", "actin", "bud neck", "actin", 0.75, 0.01),
        ("pci", "conv4_1", "cell_free_swap", "actin", "bud neck", "bud neck", 0.75, 0.01),
    ]
    assert rows(store, "SELECT DISTINCT background FROM published_pair_accuracy WHERE setting = 'masked'") == [(None,)]
    assert run.notes == []


def test_accuracies_off_the_grid_are_counted(store, results):
    write(
        results / "pci/results_base.csv",
        RAW_FILES[0],
        "actin,bud neck,0.75005,0.01",
        "actin,cell periphery,0.7505,0.01",
    )
    run = ingest(store, results)
    assert run.notes == ["pci/results_base.csv: 1 of 2 accuracies are no multiple of 1/2000, so their sets were not 1,000 + 1,000 images"]


def test_a_missing_file_and_a_wrong_header_are_said_and_the_rest_goes_on(store, results):
    (results / "pci/results_mask.csv").unlink()
    (results / "deeploc/results_diff.csv").write_text("Location1,Location2,Accuracy,StdDev\nactin,ER,0.5,0.1\n")
    run = ingest(store, results)
    assert run.rejects == [
        ("pci/results_mask.csv", "file not read", "expected a CSV file, found no such file"),
        (
            "deeploc/results_diff.csv",
            "file not read",
            "no column 'Background'; its columns are Location1, Location2, Accuracy, StdDev",
        ),
    ]
    assert run.written["published_pair_accuracy"] == 81 - 3 - 9


def test_a_pipe_or_a_file_is_no_folder_of_results(store, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for name, found in (("pipe", "a device, pipe or socket"), ("file", "a file")):
        with pytest.raises(BadInput, match=f"{name}: expected the authors' folder swap_results, found {found}; an archive must"):
            ingest(store, tmp_path / name)


def test_bad_rows_are_said_with_their_number(store, results):
    write(
        results / "pci/results_base.csv",
        RAW_FILES[0],
        "actin,bud neck,1.5,0.01",
        "actin,nukleus,0.5,0.01",
        "lipid particle,actin,0.5,0.01",
        "actin,ER,,0.01",
        "actin,Golgi,0.5,0.01",
        "actin,Golgi,0.6,0.01",
    )
    run = ingest(store, results)
    assert run.rejects == [
        ("pci/results_base.csv row 2", "accuracy is not a number from 0 to 1", "Accuracy: found 1.5"),
        (
            "pci/results_base.csv row 3",
            "unknown localization",
            "Location2: unknown localization 'nukleus'; did you mean nucleus, nucleolus",
        ),
        ("pci/results_base.csv row 4", "unknown localization", run.rejects[2][2]),
        ("pci/results_base.csv row 5", "accuracy is not a number from 0 to 1", "Accuracy: found nothing"),
        ("pci/results_base.csv row 7", "doubled classifier", "stands above already"),
    ]
    assert run.rejects[2][2].startswith("Location1: unknown localization 'lipid particle'")


def test_a_worse_file_does_not_replace_what_the_store_has(store, results):
    ingest(store, results)
    write(results / "pci/results_base.csv", RAW_FILES[0], "actin,bud neck,0.8,0.01", "actin,nukleus,0.5,0.01")
    run = ingest(store, results)
    assert [(place, reason) for place, reason, _ in run.rejects] == [("pci/results_base.csv", "file not read")]
    assert "the store keeps what it has of this file" in run.rejects[0][2]
    assert rows(store, "SELECT count(*) FROM published_pair_accuracy WHERE model = 'pci' AND setting = 'baseline'") == [(3,)]


def test_a_file_with_bad_rows_is_read_again_as_it_was(store, results):
    path = results / "pci/results_base.csv"
    path.write_text(path.read_text() + "actin,moon,0.9,0.01\n")
    query = "SELECT place, reason, detail, n FROM rejects"
    counted = "SELECT rows_in, rows_kept, dropped, written FROM runs WHERE command = 'ingest published'"
    ingest(store, results)
    first = rows(store, query), rows(store, counted)
    assert [reason for _, reason, _, _ in first[0]] == ["unknown localization"]
    ingest(store, results)
    assert (rows(store, query), rows(store, counted)) == first


def test_a_folder_with_none_of_the_files_is_refused(store, tmp_path):
    with pytest.raises(BadInput, match=r"expected the authors' folder swap_results with pifia/results_base\.csv and 14 more"):
        ingest(store, tmp_path)


def test_the_real_files_are_10395_classifiers_with_377_off_the_grid(store, shared):
    run = ingest(store, shared / "data/published/swap_results")
    assert (run.written["published_pair_accuracy"], run.rejects) == (10_395, [])
    assert [note.split(" accuracies")[0] for note in run.notes] == [
        "pci/results_batch.csv: 196 of 1575",
        "deeploc/results_batch.csv: 181 of 1575",
    ]


def test_a_file_that_changed_under_its_name_is_named(store, results):
    ingest(store, results)
    assert ingest(store, results).notes == []
    name = RAW_FILES[0].name
    write(results / name, RAW_FILES[0], "actin,bud neck,0.8,0.01")
    assert ingest(store, results).notes == [f"{name}: has other rows than the store had read of it; these took their place"]


def test_other_separators_blank_rows_and_words_for_nothing(store, results):
    name = RAW_FILES[0].name
    lines = [";".join(RAW_FILES[0].header).upper(), "actin;bud neck;0.8;nan", "actin;cell periphery;NaN;0.1", ";;;", ";;;"]
    (results / name).write_bytes("\r".join(lines).encode("utf-16"))
    run = ingest(store, results)
    assert run.rejects == [(f"{name} row 3", "accuracy is not a number from 0 to 1", "Accuracy: found NaN")]
    query = "SELECT class_1, class_2, accuracy, std_dev FROM published_pair_accuracy WHERE model = ? AND setting = ?"
    with database.connect(store) as connection:
        found = connection.execute(query, [RAW_FILES[0].model, RAW_FILES[0].setting]).fetchall()
    assert found == [("actin", "bud neck", 0.8, None)]
