"""The pair sweep on a small store: what it writes, what it refuses, and how it goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import classifier, pairs
from cellswap.evaluate.pairs import PairsOptions
from cellswap.evaluate.sample.embedded_images import Drawing, Wanted
from cellswap.evaluate.sample.tasks import Share
from cellswap.evaluate.svm.fitting import Solver
from cellswap.store import database, integrity, parts, runs
from cellswap.store.check import check
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import Fill, Screen, another_screen, measure, vectors, whole

DEFAULT = PairsOptions(solver=Solver("libsvm"))
THREE = Screen({"A": 40, "B": 60, "C": 50})


def sweep(store: Store, options: PairsOptions = DEFAULT, shard: str = "1/1") -> runs.Run:
    return measure(pairs, store, replace(options, share=Share(shard, 2)))


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("scheme", ["certified", "libsvm", "libsvm-capped"])
def test_folds_and_accuracies_are_those_of_the_papers_loop(store: Store, fill: Fill, scheme: str) -> None:
    fill(THREE)
    run = sweep(store, PairsOptions(solver=Solver(scheme)))
    assert run.summary() == "3 in, 3 kept, 0 dropped"
    found = rows(
        store,
        "SELECT task_id, fold, accuracy, n_train, n_test, converged, duality_gap < 1e-3 FROM pair_accuracy ORDER BY ALL",
    )
    assert found == sorted(row for row in papers_loop(store))


def papers_loop(store: Store) -> list[tuple[object, ...]]:
    drawn = {}
    for name in ("ER", "cytoplasm", "nucleus"):
        drawn[name] = np.array(
            [
                row[0]
                for row in rows(
                    store,
                    "SELECT embedding FROM embeddings JOIN condition_classes USING (condition)"
                    f" WHERE class = '{name}' ORDER BY md5('pairs/{name}/' || image_id)",
                )
            ]
        )
    made = []
    for one, two in (("cytoplasm", "ER"), ("cytoplasm", "nucleus"), ("ER", "nucleus")):
        x, y = np.concatenate([drawn[one], drawn[two]]), np.repeat([0, 1], [len(drawn[one]), len(drawn[two])])
        for fold, (train, test) in enumerate(StratifiedKFold(5).split(x, y)):
            accuracy = SVC(kernel="linear", C=1).fit(x[train], y[train]).score(x[test], y[test])
            made.append((f"toy/last/avg/baseline/{one} or {two}", fold, accuracy, len(train), len(test), True, True))
    return made


def test_store_keeps_its_rules(store: Store, fill: Fill) -> None:
    fill(THREE)
    sweep(store)
    with database.connect(store) as connection:
        assert [b for b in check(connection) if b.table in {"pair_accuracy", "accuracy_by_pair"}] == []


def test_doing_it_again_writes_nothing_and_other_options_are_another_run(store: Store, fill: Fill) -> None:
    fill(THREE)
    first, again, other = sweep(store), sweep(store), sweep(store, PairsOptions(solver=Solver("libsvm", c=0.5)))
    assert (again.run_id, again.written_now, again.rows_kept) == (first.run_id, {}, 3)
    assert other.run_id != first.run_id
    assert rows(store, "SELECT run_id, count(*) FROM pair_accuracy GROUP BY 1 ORDER BY 1") == [
        (r, 15) for r in sorted([first.run_id, other.run_id])
    ]


def test_killed_sweep_goes_on_under_its_run_id(store: Store, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellswap.evaluate.sample.tasks.CHUNK", 1)
    fill(THREE)
    done = []

    def killed(*arguments: object) -> list[object]:
        done.append(1)
        if len(done) == 3:
            raise KeyboardInterrupt
        return evaluate(*arguments)

    evaluate = classifier.fit_and_test
    monkeypatch.setattr(classifier, "fit_and_test", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(store)
    assert rows(store, "SELECT count(*) FROM pair_accuracy") == [(10,)]
    monkeypatch.setattr(classifier, "fit_and_test", evaluate)
    run = sweep(store)
    assert (run.summary(), run.written_now["pair_accuracy"]) == ("3 in, 3 kept, 0 dropped", 5)
    assert rows(store, "SELECT DISTINCT run_id FROM pair_accuracy") == [(run.run_id,)]


def test_killed_between_two_tables_the_chunk_is_done_again(store: Store, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(THREE)
    write = parts.write

    def killed(store: Store, name: str, *more: object) -> int:
        if name == "pair_accuracy":
            raise KeyboardInterrupt
        return write(store, name, *more)

    monkeypatch.setattr(parts, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(store)
    assert rows(store, "SELECT count(*) FROM accuracy_by_condition") == [(0,)]  # what has no pair_accuracy is not shown
    monkeypatch.setattr(parts, "write", write)
    sweep(store)
    counted = """
        SELECT task_id, sum(accuracy * n_test)::INTEGER, sum(n_test) FROM pair_accuracy GROUP BY 1
        EXCEPT SELECT task_id, sum(n_right), sum(n_tested) FROM pair_condition_accuracy GROUP BY 1
    """
    assert rows(store, counted) == []
    assert rows(store, "SELECT condition, class, n_tested, n_classifiers FROM accuracy_by_condition ORDER BY 1") == [
        ("A", "nucleus", 80, 2), ("B", "cytoplasm", 120, 2), ("C", "ER", 100, 2),
    ]  # fmt: skip
    worst = "SELECT class_1, class_2, list(rank ORDER BY rank), bool_and(centre_crop_id = image_id AND called <> class)"
    assert rows(store, f"{worst} FROM misclassified_images GROUP BY ALL ORDER BY ALL") == [
        (*pair, [1, 2, 3, 4, 5], True) for pair in (("ER", "nucleus"), ("cytoplasm", "ER"), ("cytoplasm", "nucleus"))
    ]


def test_screens_are_not_mixed(store: Store, fill: Fill) -> None:
    fill(THREE)
    another_screen(store)
    with pytest.raises(BadInput, match=r"of 2 screens: s \(150 crops\), t \(150 crops\); say which with --screen"):
        sweep(store)
    assert sweep(store, PairsOptions(drawing=Drawing(screen="t"))).rows_kept == 3
    assert rows(store, "SELECT count(*), bool_and(starts_with(image_id, 't')) FROM misclassified") == [(15, True)]
    with pytest.raises(BadInput, match="--screen u: none of its crops is embedded and usable; the store has crops of s, t"):
        sweep(store, PairsOptions(drawing=Drawing(screen="u")))


@pytest.mark.parametrize("table", ["pair_accuracy", "pair_condition_accuracy", "misclassified"])
def test_a_part_that_is_lost_is_made_anew_with_those_of_its_chunk(store: Store, fill: Fill, monkeypatch, table: str) -> None:
    monkeypatch.setattr("cellswap.evaluate.sample.tasks.CHUNK", 1)
    fill(THREE)
    sweep(store)
    tables = ("pair_accuracy", "pair_condition_accuracy", "misclassified")
    before = [rows(store, f"SELECT * EXCLUDE (run_id) FROM {name} ORDER BY ALL") for name in tables]
    lost = min(path for path in (store.tables / table).glob("part-*.parquet") if path.name != parts.EMPTY)
    lost.unlink()
    of_chunk = next(i for i in (1, 2, 3) if sweep(store, shard=f"{i}/3") and not lost.exists())  # a shard that it is not in
    assert f"tables/{table}/{lost.name}" in {damage.file for damage in integrity.damages(store)}, of_chunk
    again = sweep(store)
    assert [rows(store, f"SELECT * EXCLUDE (run_id) FROM {name} ORDER BY ALL") for name in tables] == before
    assert sum(again.written_now.values()) < sum(map(len, before))
    assert [damage for damage in integrity.damages(store) if "empty" not in damage.file] == []


def test_shards_are_one_run(store: Store, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellswap.evaluate.sample.tasks.CHUNK", 1)
    fill(THREE)
    first = sweep(store, shard="1/2")
    assert first.notes == ["1 of 3 parts of this sweep are left to other shards"]
    second = sweep(store, shard="2/2")
    assert (second.run_id, second.rows_kept, second.notes) == (first.run_id, 3, [])


def test_overlap_share_is_counted_for_each_fold(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 40, "B": 40}, in_field=2))  # each crop overlaps exactly one other, 24 columns wide
    sweep(store, PairsOptions(Wanted(), Drawing("condition")))
    shares = [row[0] for row in rows(store, "SELECT overlap_share FROM pair_accuracy ORDER BY fold")]
    assert 0.5 < np.mean(shares) < 1
    fill_fields = sweep(store, PairsOptions(Wanted(), Drawing("condition", "field")))
    found = rows(store, f"SELECT DISTINCT overlap_share, grouped_by FROM pair_accuracy WHERE run_id = '{fill_fields.run_id}'")
    assert found == [(0.0, "field")]


def test_at_most_so_many_images_a_class(store: Store, fill: Fill) -> None:
    fill(THREE)
    sweep(store, PairsOptions(Wanted(classes=("ER", "nucleus")), Drawing(images=45)))
    assert rows(store, "SELECT DISTINCT class_1, n_class_1, class_2, n_class_2 FROM pair_accuracy") == [("ER", 45, "nucleus", 40)]


def test_class_too_small_is_left_out_with_a_sentence(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 40, "B": 4, "C": 50}))
    run = sweep(store)
    assert run.rejects == [
        (
            "toy/last/avg/baseline/cytoplasm",
            "class too small",
            "class cytoplasm has 4 images, five folds need at least 5",
        )
    ]
    assert rows(store, "SELECT DISTINCT class_1, class_2 FROM pair_accuracy") == [("ER", "nucleus")]


def test_groups_that_give_no_folds_are_counted_not_skipped(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 20, "B": 20, "C": 50}))
    run = sweep(store, PairsOptions(drawing=Drawing(grouped_by="field")))
    assert run.summary() == "3 in, 2 kept, 1 dropped (1 no folds can be made)"
    [(_, _, why)] = run.rejects
    assert why == (
        "class cytoplasm has images of 2 fields, class nucleus has images of 2 fields;"
        " expected 5 fields or more in the two together, and each class in two folds or more"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (PairsOptions(Wanted(models=("tot",))), "unknown model of the embeddings 'tot'; did you mean toy"),
        (PairsOptions(Wanted(layers=("lst",))), "unknown layer of the embeddings 'lst'; did you mean last"),
        (PairsOptions(Wanted(classes=("ER", "nucleu"))), "unknown localization of the embedded crops 'nucleu'; did you"),
        (PairsOptions(Wanted(classes=("ER",))), "needs two classes by localization, found one: ER"),
        (
            PairsOptions(drawing=Drawing("condition", "condition")),
            "class A has images of 1 protein, folds that keep a protein on one",
        ),
        (PairsOptions(solver=Solver("svm")), "unknown scheme 'svm'"),
    ],
)
def test_bad_options_are_refused(store: Store, fill: Fill, options: PairsOptions, message: str) -> None:
    fill(THREE)
    with pytest.raises(BadInput, match=message):
        sweep(store, options)


def test_no_embeddings(store: Store) -> None:
    with pytest.raises(BadInput, match="no embeddings; make some with: cellswap extract"):
        sweep(store)


def test_vectors_that_are_not_numbers_are_refused_with_their_count(store: Store, fill: Fill) -> None:
    broken = vectors(THREE)
    broken[3, 2] = np.nan
    broken[77, 0] = np.inf
    fill(THREE, broken)
    with pytest.raises(BadInput, match=r"toy/last/avg/baseline: 2 vectors hold NaN or infinity \(the first is of s/1/p1/A/0/0003\)"):
        sweep(store)


def test_two_weights_under_one_name_are_refused(store: Store, fill: Fill) -> None:
    fill(THREE)
    with runs.record(store, "test", {}) as run:
        parts.write(store, "models", ("other",), whole("models", {"model": ["toy"], "weights_sha256": "1"}), run.run_id)
    with pytest.raises(BadInput, match="toy/last/avg/baseline: expected one weights file a model, found 2 under this name"):
        sweep(store)


def test_unknown_name_is_bad_input() -> None:
    assert issubclass(UnknownName, BadInput)


FLAT = np.full((150, 6), 0.1, "f4")


@pytest.mark.parametrize("solver", [Solver(), Solver("libsvm"), Solver(standardize=True)])
@pytest.mark.parametrize("jitter", [0.0, 1.5e-8])
def test_of_vectors_that_are_all_equal_every_accuracy_is_chance(store: Store, fill: Fill, solver: Solver, jitter: float) -> None:
    """Libsvm would call all images of the larger class, and of equal ones that of which the fold has more to train on."""
    fill(THREE, (FLAT + jitter * np.random.default_rng(1).integers(0, 2, FLAT.shape)).astype("f4"))
    run = sweep(store, PairsOptions(solver=solver))
    assert set(rows(store, "SELECT accuracy, route, duality_gap, converged FROM pair_accuracy")) == {(0.5, "constant", 0.0, True)}
    assert rows(store, "SELECT accuracy FROM accuracy_by_pair") == [(0.5,)] * 3
    assert rows(store, "SELECT * FROM misclassified") == []
    halves = "SELECT class, condition, n_tested, n_right FROM pair_condition_accuracy WHERE task_id LIKE '%cytoplasm or ER' ORDER BY 1"
    assert rows(store, halves) == [("ER", "C", 50, 25), ("cytoplasm", "B", 60, 30)]
    by_chance = "no feature of the training images varies in 15 of 15 fits (of up to 110 images): their accuracy is 0.5, chance"
    equal = "toy/last/avg/baseline: no feature varies: all 150 vectors are equal"
    assert run.notes == ([] if jitter else [equal]) + [f"toy/last/avg/baseline: {by_chance}"]
    with database.connect(store) as connection:
        assert [b for b in check(connection) if b.rule != "has_pixels says whether pixels has it"] == []


def test_a_class_without_any_variation_is_said_and_told_apart_as_ever(store: Store, fill: Fill) -> None:
    made = vectors(THREE)
    made[:40] = made[0]
    fill(THREE, made)
    run = sweep(store)
    assert run.notes == ["toy/last/avg/baseline: no feature varies within 1 of 3 classes: nucleus (40)"]
    found = rows(store, "SELECT task_id, fold, accuracy, n_train, n_test, converged FROM pair_accuracy ORDER BY ALL")
    assert found == sorted(row[:-1] for row in papers_loop(store))


def test_a_fold_whose_training_images_are_all_equal_is_by_chance_alone(store: Store, fill: Fill) -> None:
    fill(THREE, FLAT)
    [(first,)] = rows(store, "SELECT image_id FROM embeddings WHERE condition = 'A' ORDER BY md5('pairs/nucleus/' || image_id) LIMIT 1")
    [at] = [i for i, (name,) in enumerate(rows(store, "SELECT image_id FROM embeddings ORDER BY image_id")) if name == first]
    made = FLAT.copy()
    made[at] = 7
    fill(THREE, made)
    run = sweep(store, PairsOptions(Wanted(classes=("nucleus", "ER"))))
    # The one image that differs is tested by fold 0, and trains the others.
    by_chance = rows(store, "SELECT fold, route = 'constant' FROM pair_accuracy ORDER BY fold")
    assert by_chance == [(0, True), (1, False), (2, False), (3, False), (4, False)]
    assert rows(store, "SELECT accuracy FROM pair_accuracy WHERE fold = 0") == [(0.5,)]
    assert "in 1 of 5 fits" in run.notes[-1]
