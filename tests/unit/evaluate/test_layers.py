"""The comparison of layers: who stands for a class, what is drawn, the figures, and the best layer."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from dataclasses import replace
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from cellswap.errors import BadInput
from cellswap.evaluate import layers
from cellswap.evaluate.sample import tasks
from cellswap.evaluate.sample.embedded_images import Wanted
from cellswap.evaluate.sample.tasks import Share
from cellswap.evaluate.svm.fitting import Solver
from cellswap.store import database, runs
from cellswap.store.folder import Store
from tests import labelled
from tests.unit.evaluate.conftest import CLASSES, SET, Fill, Screen, another_screen, ask, measure, vectors

Command = Callable[..., CompletedProcess[str]]
# Each class (by place, modulo 3) has four proteins.
SCREEN = Screen({f"Y{i:02}": 20 + i for i in range(12)}, width=12)
OPTIONS = layers.LayersOptions(Wanted(settings=("baseline",)), conditions=2, crops=15, images=25)


def compare(store: Store, options: layers.LayersOptions = OPTIONS) -> runs.Run:
    return measure(layers, store, options)


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def test_screens_are_not_mixed(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    alone = compare(store)
    assert compare(store, replace(OPTIONS, screen="s")).run_id == alone.run_id
    another_screen(store)
    with pytest.raises(BadInput, match=r"of 2 screens: s \(\d+ crops\), t \(\d+ crops\); say which with --screen"):
        compare(store)
    run = compare(store, replace(OPTIONS, screen="t"))
    chosen = rows(store, f"SELECT condition, n_crops FROM layer_conditions WHERE run_id = '{run.run_id}'")
    assert len(chosen) == 6
    assert all(SCREEN.crops[condition] == n for condition, n in chosen)
    with pytest.raises(BadInput, match="--screen u: none of its crops is embedded and usable; the store has crops of s, t"):
        compare(store, replace(OPTIONS, screen="u"))


def test_the_purest_conditions_stand_for_their_class_and_else_a_hash_of_the_name_decides(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    conditions = list(SCREEN.crops)
    single = [CLASSES[i % 3] for i in range(12)]
    purity = [0.7 if condition == "Y00" else 0.9 if condition == "Y09" else 0.8 if condition == "Y01" else None for condition in conditions]
    labelled.put(store, ("all",), {"condition": conditions, "class": single, "purity": purity}, "again")
    compare(store)
    by_hash = sorted(conditions, key=lambda condition: hashlib.md5(condition.encode()).hexdigest())  # noqa: S324 - not a secret
    er = [condition for condition in by_hash if condition in conditions[2::3]][:2]
    cytoplasm = next(condition for condition in by_hash if condition in conditions[4::3])
    assert rows(store, "SELECT class, place, condition, chosen_by, purity, n_crops, n_candidates FROM layer_conditions ORDER BY ALL") == [
        ("ER", 0, er[0], "name", None, SCREEN.crops[er[0]], 4),
        ("ER", 1, er[1], "name", None, SCREEN.crops[er[1]], 4),
        ("cytoplasm", 0, "Y01", "purity", 0.8, 21, 4),
        ("cytoplasm", 1, cytoplasm, "name", None, SCREEN.crops[cytoplasm], 4),
        ("nucleus", 0, "Y09", "purity", 0.9, 29, 4),
        ("nucleus", 1, "Y00", "purity", 0.7, 20, 4),
    ]  # fmt: skip


def lot(name: str, image_id: str) -> str:
    return hashlib.md5(f"layers/{name}/{image_id}".encode()).hexdigest()  # noqa: S324


def drawn(store: Store, name: str) -> np.ndarray:
    """The vectors of a class by the rule in plain Python: 15 crops a chosen protein, 25 of these."""
    chosen = {condition for (condition,) in rows(store, f"SELECT condition FROM layer_conditions WHERE class = '{name}'")}
    of_all = dict(zip([i for (i,) in rows(store, "SELECT image_id FROM embeddings ORDER BY image_id")], vectors(SCREEN), strict=True))
    ids = [sorted((i for i in of_all if i.split("/")[3] == condition), key=lambda i: lot(name, i))[:15] for condition in chosen]
    return np.stack([of_all[i] for i in sorted((i for some in ids for i in some), key=lambda i: lot(name, i))[:25]])


def test_figures_are_those_of_scikit_learn_on_the_drawn_crops(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    run = compare(store)
    expected = []
    for one, two in (("cytoplasm", "ER"), ("cytoplasm", "nucleus"), ("ER", "nucleus")):
        x, y = np.concatenate([drawn(store, one), drawn(store, two)]), np.repeat([0, 1], 25)
        folds = StratifiedKFold(5).split(x, y)
        expected += [(one, two, SVC(kernel="linear", tol=1e-8).fit(x[a], y[a]).score(x[b], y[b]), 40, 10) for a, b in folds]
    found = rows(store, "SELECT class_1, class_2, accuracy, n_train, n_test FROM layer_accuracy ORDER BY class_1, class_2, fold")
    assert [row[:2] + row[3:] for row in found] == [row[:2] + row[3:] for row in sorted(expected, key=lambda row: (row[0], row[1]))]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in sorted(expected, key=lambda row: (row[0], row[1]))], abs=0.101)
    assert np.mean([row[2] for row in found]) == pytest.approx(np.mean([row[2] for row in expected]), abs=0.01)
    assert rows(store, "SELECT count(*) FROM layer_accuracy WHERE NOT converged OR duality_gap > 1e-6") == [(0,)]
    assert run.notes == ["6 proteins chosen, 0 by purity and 6 by a hash of their names: see layer_conditions"]


def test_the_best_layer_is_marked_for_each_model_and_pairs_can_ask_for_it(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(SCREEN)
    noise = np.random.default_rng(0).normal(size=(sum(SCREEN.crops.values()), 4)).astype(np.float32)
    fill(SCREEN, noise, layer="first")
    run = compare(store)
    query = "SELECT layer, best, n, n_classes FROM accuracy_by_layer WHERE source <> 'published' ORDER BY layer"
    assert rows(store, query) == [("first", False, 3, 3), ("last", True, 3, 3)]
    done = cellswap("evaluate", "pairs", "--layer", "best", "--store", store.path, "--dry-run")
    assert done.stderr.splitlines()[0] == f"toy: the best layer is last (avg) by {run.run_id}"
    assert "toy/last/avg/baseline: 3" in done.stdout
    assert "first" not in done.stdout


def test_asking_for_the_best_of_what_nobody_compared_is_one_line(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(SCREEN)
    done = cellswap("evaluate", "pairs", "--layer", "best", "--store", store.path, check=False)
    said = "error: --layer best: the layers of toy are not compared yet; do it with: cellswap evaluate layers\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_doing_it_again_writes_nothing_and_other_options_are_another_run(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    first = compare(store)
    assert dict(first.written_now) == {"layer_conditions": 6, "layer_accuracy": 15}
    again = compare(store)
    assert (again.run_id, dict(again.written_now), again.rows_kept) == (first.run_id, {}, 3)
    assert compare(store, replace(OPTIONS, solver=Solver(c=0.5))).run_id != first.run_id


def test_shards_make_one_run_between_them(store: Store, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CHUNK", 1)
    fill(SCREEN)
    for shard, n in (("1/2", 2), ("2/2", 1)):
        assert compare(store, replace(OPTIONS, share=Share(shard))).written_now["layer_accuracy"] == 5 * n
    assert rows(store, "SELECT count(*), count(DISTINCT task_id), count(DISTINCT run_id) FROM layer_accuracy") == [(15, 3, 1)]


def test_a_class_with_too_few_crops_is_refused_and_counted_and_few_conditions_are_noted(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 20, "B": 20, "C": 4}))
    run = compare(store)
    reason = "class ER has 4 images, five folds need at least 5"
    assert run.rejects == [("toy/last/avg/baseline/ER", "class too small", reason)]
    assert (run.rows_in, run.rows_kept) == (2, 1)
    assert run.notes[1] == "fewer than 2 proteins: ER 1, cytoplasm 1, nucleus 1"


def test_vectors_that_are_not_numbers_are_refused_with_their_number(store: Store, fill: Fill) -> None:
    bad = vectors(SCREEN)
    bad[[0, 5], 1] = np.nan
    fill(SCREEN, bad)
    with pytest.raises(BadInput, match="2 vectors hold NaN or infinity"):
        ask(layers, store, replace(OPTIONS, conditions=9, crops=99, images=999))


def test_command_ends_with_the_query_that_shows_it(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(SCREEN)
    done = cellswap("evaluate", "layers", "--store", store.path, "--jobs", 1)
    assert done.stderr.splitlines()[0] == "evaluate layers: 3 in, 3 kept, 0 dropped"
    query = shlex.split(done.stderr.splitlines()[-1])[3]  # next: cellswap sql QUERY
    assert len(cellswap("sql", query, "--store", store.path, "--format", "jsonl").stdout.splitlines()) == 1
    assert cellswap("check", "--store", store.path).stdout == "every rule holds\n"
    assert SET["layer"] in cellswap("sql", query, "--store", store.path).stdout


def test_a_layer_in_which_nothing_varies_is_at_chance_and_said(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    fill(SCREEN, np.zeros((sum(SCREEN.crops.values()), 3), "f4"), layer="dead")
    run = compare(store)
    found = rows(store, "SELECT layer, route = 'constant', min(accuracy), max(accuracy) FROM layer_accuracy GROUP BY ALL ORDER BY 1")
    assert [row[:2] for row in found] == [("dead", True), ("last", False)]
    assert found[0][2:] == (0.5, 0.5)
    by_chance = "no feature of the training images varies in 15 of 15 fits (of up to 50 images): their accuracy is 0.5, chance"
    assert [note for note in run.notes if "varies" in note] == [
        "toy/dead/avg/baseline: no feature varies: all 75 vectors are equal",
        "toy/dead/avg/baseline: " + by_chance,
    ]
