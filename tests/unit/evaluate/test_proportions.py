"""The two classifiers of a screen: who is drawn, the shares in three forms, the divergences, and what is refused."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.evaluate import proportions
from cellswap.evaluate.multinomial import labelled_images, shares, softmax
from cellswap.evaluate.multinomial.labelled_images import Case, Drawing
from cellswap.evaluate.multinomial.softmax import Training
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.proportions import ProportionsOptions
from cellswap.evaluate.sample.embedded_images import Wanted
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.store import database, parts, runs
from cellswap.store.folder import Store
from tests import labelled
from tests.real import Real
from tests.unit.evaluate.conftest import SET, Fill, Screen, another_screen, measure, vectors, whole

Command = Callable[..., CompletedProcess[str]]
# Three nuclear and three cytoplasmic proteins, one of the ER alone, two of several places, one ambiguous.
PLACES = {
    "A": ["nucleus"], "B": ["cytoplasm"], "C": ["ER"], "D": ["nucleus"], "E": ["cytoplasm"], "F": ["nucleus", "cytoplasm"],
    "G": ["nucleus"], "H": ["cytoplasm"], "I": ["cytoplasm", "ER", "nucleus"], "J": ["nucleus", "ambiguous"],
}  # fmt: skip
SCREEN = Screen(dict.fromkeys(PLACES, 20), width=10)
CASE = Case(EmbeddingSet(0, **SET), EmbeddingSet(0, **SET | {"setting": "masked"}))
OPTIONS = ProportionsOptions(CASE, drawing=Drawing(at_least=3), training=Training(epochs=20, rate=0.02))


@pytest.fixture
def screen(store: Store, fill: Fill) -> Callable[..., None]:
    """The screen with whole and masked vectors; masked ones are noisier."""

    def make(original: NDArray[np.float32] | None = None) -> None:
        fill(SCREEN, vectors(SCREEN) if original is None else original)
        fill(SCREEN, masked(), setting="masked")
        single = [places[0] if len(places) == 1 else None for places in PLACES.values()]
        names = {"condition": list(PLACES), "class": single, "classes": list(PLACES.values())}
        with runs.record(store, "ingest labels", {}) as run:
            labelled.put(store, ("all",), names, run.run_id)

    return make


def masked() -> NDArray[np.float32]:
    noise = np.random.default_rng(8).normal(0, 0.5, (200, 10))
    return (vectors(SCREEN) + noise).astype(np.float32)


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def share_out(store: Store, options: ProportionsOptions = OPTIONS) -> runs.Run:
    with database.connect(store) as connection:
        assert labelled_images.cases(connection, Wanted(), ("baseline", "masked")) == [options.case]
    return measure(proportions, store, options)


def fitted(store: Store, crops: str, options: ProportionsOptions = OPTIONS) -> softmax.Classifier:
    with database.connect(store) as connection:
        run = runs.Run(f"test-{store.path.name}", "evaluate proportions", {}, datetime.now(UTC))
        return proportions.classifier(connection, proportions.ask(Opened(store, connection), options), crops, run)


def test_a_fifth_of_each_class_is_held_out_and_small_classes_and_ambiguous_conditions_are_not_used(store: Store, screen) -> None:
    screen()
    with database.connect(store) as connection:
        [case] = labelled_images.cases(connection, Wanted(), ("baseline", "masked"))
        sizes = labelled_images.draw(connection, case, Drawing(at_least=3))
        query = "SELECT class, label, count(*), count(DISTINCT condition) FROM drawn GROUP BY ALL ORDER BY ALL"
        found = connection.execute(query).fetchall()
        batches = list(labelled_images.stream(connection, case.masked, "multiple"))
    assert [(s.name, s.n_conditions, s.n_train, s.n_test, s.n_dropped) for s in sizes] == [
        ("ER", 1, 0, 0, 20), ("cytoplasm", 3, 48, 12, 0), ("nucleus", 3, 48, 12, 0),
    ]  # fmt: skip
    assert found == [
        ("multiple", "multiple", 40, 2), ("test", "cytoplasm", 12, 3), ("test", "nucleus", 12, 3), ("too few", "ER", 20, 1),
        ("train", "cytoplasm", 48, 3), ("train", "nucleus", 48, 3),
    ]  # fmt: skip
    pairs = [pair for batch in batches for pair in zip(batch.condition, batch.first, strict=True)]
    assert [(condition, bool(first)) for condition, first in pairs if first] == [
        ("F", True), ("I", True),
    ]  # fmt: skip
    ordered = np.concatenate([batch.x for batch in batches])[np.argsort(np.concatenate([batch.x[:, 0] for batch in batches]))]
    expected = np.concatenate([masked()[100:120], masked()[160:180]])
    assert np.array_equal(ordered, expected[np.argsort(expected[:, 0])])


def test_reading_some_conditions_at_a_time_changes_nothing(store: Store, screen, monkeypatch: pytest.MonkeyPatch) -> None:
    screen()
    whole_run, ordered = share_out(store), "FROM proportions ORDER BY ALL"
    before = rows(store, ordered)
    monkeypatch.setattr(labelled_images, "RUN_IMAGES", 35)
    with database.connect(store) as connection:
        [case] = labelled_images.cases(connection, Wanted(), ("baseline", "masked"))
        assert labelled_images.draw(connection, case, OPTIONS.drawing)
        query = "SELECT (SELECT count(*) FROM profile_runs), (SELECT sum(n) FROM profile_counts)"
        assert connection.execute(query).fetchall() == [(6, 180)]
    for table in ("proportions", "classifier_metrics"):
        for crops in ("original", "masked"):
            parts.part_path(store, table, (whole_run.run_id, crops)).unlink()
    share_out(store)
    without_run = [row[:-1] for row in rows(store, ordered)]
    assert without_run == [row[:-1] for row in before]


def test_a_class_without_vectors_or_on_one_side_alone_is_named(store: Store, screen) -> None:
    screen()
    run = share_out(store, replace(OPTIONS, drawing=Drawing(at_least=1, held_by="condition")))
    said = "class ER has 0 images to train on and 20 to test on, expected some of both"
    assert run.rejects == [("toy/last/avg: ER", "class is on one side alone", said)]
    used = rows(store, "SELECT sum(n_train), sum(n_test) FROM classifier_metrics WHERE crops = 'original'")
    assert run.notes[0].startswith("toy/last/avg: 2 classes, {} images for training, {} held out".format(*used[0]))
    for part in (store.tables / "embeddings" / "model=toy").rglob("setting=masked/part-*.parquet"):
        pq.write_table(pq.read_table(part, filters=[("condition", "!=", "C")], partitioning=None), part)
    run = share_out(store)
    said = "class ER: none of its 20 kept crops has a vector in both settings"
    assert run.rejects == [("toy/last/avg: ER", "class has no vectors", said)]


def test_held_out_conditions_are_on_one_side_alone(store: Store, screen) -> None:
    screen()
    with database.connect(store) as connection:
        [case] = labelled_images.cases(connection, Wanted(), ("baseline", "masked"))
        labelled_images.draw(connection, case, Drawing(at_least=3, held_by="condition"))
        query = """SELECT label, class, count(*), count(DISTINCT condition) FROM drawn
            WHERE class IN ('train', 'test') GROUP BY ALL ORDER BY ALL"""
        assert connection.execute(query).fetchall() == [
            ("cytoplasm", "test", 20, 1), ("cytoplasm", "train", 40, 2), ("nucleus", "test", 20, 1), ("nucleus", "train", 40, 2),
        ]  # fmt: skip


def test_the_three_forms_are_what_they_say(store: Store, screen) -> None:
    screen()
    share_out(store)
    for crops, x in (("original", vectors(SCREEN)), ("masked", masked())):
        one = fitted(store, crops)
        assert one.classes == ("cytoplasm", "nucleus")
        expected = {}
        for condition, start in (("F", 100), ("I", 160)):
            p = softmax.probabilities(one, x[start : start + 20])
            expected |= {
                ("argmax", condition): (p.argmax(axis=1) == 1).mean(),
                ("mean", condition): p[:, 1].mean(),
                ("first", condition): p[0, 1],
            }
        query = f"SELECT form, condition, share, n_crops FROM proportions WHERE crops = '{crops}' AND class = 'nucleus'"
        found = rows(store, query)
        assert {row[:2]: row[2] for row in found} == pytest.approx(expected, abs=1e-12)
        assert {row[0]: row[3] for row in found} == {"argmax": 20, "mean": 20, "first": 1}
    totals = "SELECT sum(share) AS total FROM proportions GROUP BY crops, form, condition"
    assert rows(store, f"SELECT max(abs(total - 1)) < 1e-9, count(*) FROM ({totals})") == [(True, 12)]


def test_divergences_are_the_formula_on_clipped_shares(store: Store, screen) -> None:
    screen()
    share_out(store)
    found = {row[:2]: row[2:] for row in rows(store, "SELECT form, condition, kl, kl_uniform, exceeds, n_crops FROM proportion_divergence")}
    taken: dict[tuple[str, str], dict[str, list[float]]] = {}
    for form, condition, crops, share in rows(store, "SELECT form, condition, crops, share FROM proportions ORDER BY class"):
        taken.setdefault((form, condition), {}).setdefault(crops, []).append(max(share, 1e-10))
    assert set(found) == set(taken)
    for key, sides in taken.items():
        p, q = np.array(sides["original"]), np.array(sides["masked"])
        kl, uniform = float(np.sum(p * np.log(p / q))), float(np.sum(p * np.log(p * 2)))
        assert found[key][:2] == pytest.approx((kl, uniform), rel=1e-9)
        assert found[key][2:] == (kl > uniform, 1 if key[0] == "first" else 20)
    kls = [found["mean", condition][0] for condition in "FI"]
    summary = rows(store, "SELECT n, min, median, mean, max, n_exceeding_uniform FROM kl_summary WHERE form = 'mean'")
    n_exceeding = sum(found["mean", condition][2] for condition in "FI")
    assert summary == [(2, min(kls), pytest.approx(np.median(kls)), pytest.approx(np.mean(kls)), max(kls), n_exceeding)]


def test_figures_on_held_out_images_are_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    y, called = rng.integers(0, 2, 50), rng.integers(0, 3, 50)  # the third class is called but never there, the fourth neither
    table = np.zeros((4, 4), np.int64)
    np.add.at(table, (y, called), 1)
    tested = shares.Tested(table.sum(axis=1), table.sum(axis=0), table.diagonal())
    one = softmax.Classifier(("a", "b", "c", "d"), np.zeros((4, 2)), np.zeros(4))
    found = shares.metric_rows(one, tested, (), ())
    expected: Any = precision_recall_fscore_support(y, called, labels=[0, 1, 2, 3], zero_division=0)  # pyright: ignore[reportArgumentType]
    precision, recall, f1, there = expected
    assert found["precision"] == [pytest.approx(precision[0]), pytest.approx(precision[1]), 0.0, None]
    assert found["recall"] == [pytest.approx(recall[0]), pytest.approx(recall[1]), None, None]
    assert found["f1"] == [pytest.approx(f1[0]), pytest.approx(f1[1]), None, None]
    assert found["reason"] == [None, None, "the class has no held-out image", "the class has no held-out image"]
    assert found["n_test"] == there.tolist()


def test_a_run_that_was_killed_does_what_is_left_and_gives_the_same(store: Store, screen) -> None:
    screen()
    first = share_out(store)
    before = rows(store, "FROM proportions ORDER BY ALL"), rows(store, "FROM classifier_metrics ORDER BY ALL")
    parts.part_path(store, "classifier_metrics", (first.run_id, "masked")).unlink()
    again = share_out(store)
    assert (again.run_id, dict(again.written_now)) == (first.run_id, {"proportions": 12, "classifier_metrics": 2})
    assert (rows(store, "FROM proportions ORDER BY ALL"), rows(store, "FROM classifier_metrics ORDER BY ALL")) == before
    assert again.remarks == [
        "2 parts that this run wrote are gone, or belong to one that is: they are made anew",
        "1 of 2 classifiers were done before; the rows counted above are new",
    ]
    assert dict(share_out(store).written_now) == {}


def test_the_run_says_what_it_dropped_and_that_adam_stops_at_no_optimum(store: Store, screen) -> None:
    screen()
    run = share_out(store)
    assert run.rejects == [("toy/last/avg: ER", "class has too few proteins", "class ER has too few proteins: 1, expected 3 or more")]
    assert run.notes[0] == "toy/last/avg: 2 classes, 96 images for training, 24 held out by image; 2 multiply localized proteins"
    assert all(note.endswith("nats, stopped as asked, at no optimum") for note in run.notes[1:])
    assert len(run.notes) == 3
    exact = share_out(store, replace(OPTIONS, scheme="exact"))
    assert all(note.endswith("nats, converged") for note in exact.notes[1:])


def test_on_a_simulated_screen_a_view_says_how_far_from_the_truth_it_is(store: Store, screen) -> None:
    screen()
    truth = {"screen": "s", "condition": ["F", "F", "F"], "class": ["nucleus", "cytoplasm", "ER"], "proportion": [0.5, 0.2, 0.3]}
    parts.write(store, "truth_conditions", ("all",), whole("truth_conditions", truth), "again")
    share_out(store)
    one = "WHERE crops = 'masked' AND form = 'mean' AND condition = 'F'"
    [(nucleus,)] = rows(store, f"SELECT share FROM proportions {one} AND class = 'nucleus'")
    columns = "condition, distance, distance_uniform, true_share_missed, n_crops, n_classes"
    found = rows(store, f"SELECT {columns} FROM proportions_against_truth {one}")
    distance = (abs(nucleus - 0.5) + abs(1 - nucleus - 0.2) + 0.3) / 2
    assert found == [("F", pytest.approx(distance), pytest.approx((0.0 + 0.3 + 0.3) / 2), 0.3, 20, 2)]


def test_screens_are_not_mixed_and_the_truth_is_that_of_the_own_screen(store: Store, screen) -> None:
    screen()
    another_screen(store)
    of_screens = {"screen": ["s", "s", "t"], "condition": ["F", "F", "F"], "class": ["nucleus", "cytoplasm", "nucleus"]}
    parts.write(store, "truth_conditions", ("all",), whole("truth_conditions", of_screens | {"proportion": [0.5, 0.5, 1.0]}), "again")
    with pytest.raises(BadInput, match=r"of 2 screens: s \(200 crops\), t \(200 crops\); say which with --screen"):
        share_out(store)
    share_out(store, replace(OPTIONS, drawing=replace(OPTIONS.drawing, screen="t")))
    assert rows(store, "SELECT DISTINCT screen, n_crops FROM proportions WHERE form = 'mean'") == [("t", 20)]
    assert rows(store, "SELECT DISTINCT screen FROM proportions_against_truth") == [("t",)]
    shown = sql.query("report/divergent_shares")
    assert rows(store, f"SELECT DISTINCT share FROM ({shown}) WHERE crops = 'truth'") == [(1.0,)]
    crops = sql.query("report/divergent_crops")
    assert rows(store, f"SELECT DISTINCT crop_id[1], model, layer FROM ({crops})") == [("t", "toy", "last")]
    with pytest.raises(BadInput, match="--screen u: none of its crops is embedded and usable; the store has crops of s, t"):
        share_out(store, replace(OPTIONS, drawing=replace(OPTIONS.drawing, screen="u")))


def test_too_few_conditions_and_vectors_that_are_no_numbers_are_one_line(store: Store, screen, cellswap: Command) -> None:
    screen()
    done = cellswap("evaluate", "proportions", "--store", store.path, check=False)
    said = (
        "error: toy/last/avg: expected two classes of 5 proteins or more, with images to train and to test on, found 0;"
        " the most is cytoplasm with 3; lower it with --min-proteins\n"
    )
    assert (done.returncode, done.stderr) == (2, said)
    bad = vectors(SCREEN)
    bad[[0, 1, 2], 0] = np.nan
    screen(bad)
    with pytest.raises(BadInput, match="toy/last/avg/baseline: 3 vectors hold NaN or infinity"):
        share_out(store)
    screen()
    parts.write(store, "models", ("again",), whole("models", {"model": ["toy"], "weights_sha256": "1"}), "test")
    with pytest.raises(BadInput, match="expected one weights file a model, found 2 under this name; extract each under its own"):
        share_out(store)


def test_one_setting_alone_or_weights_of_another_width_are_refused(store: Store, screen, shared: Real) -> None:
    screen()
    with database.connect(store) as connection, pytest.raises(BadInput, match="unknown setting of the embeddings 'same_class_swap'"):
        labelled_images.cases(connection, Wanted(), ("baseline", "same_class_swap"))
    with pytest.raises(BadInput, match="it takes vectors of 64 numbers, those of toy/last/avg/baseline have 10"):
        share_out(store, ProportionsOptions(CASE, "published", weights=shared / "data/published/logistic"))
    with pytest.raises(BadInput, match="needs the folder of the authors' weights"):
        share_out(store, ProportionsOptions(CASE, "published"))


def test_the_authors_weights_on_another_networks_layer_are_said_to_be_so(store: Store, screen, shared: Real) -> None:
    screen()
    wide = np.repeat(vectors(SCREEN), 7, axis=1)[:, :64]
    for setting in ("baseline", "masked"):
        for model, layer in (("toy", "wide"), ("own", "d2")):
            with runs.record(store, "extract", {}) as run:
                _embed(store, run.run_id, wide, SET | {"model": model, "layer": layer, "setting": setting})
    names = {"model": ["own"], "network": "pifia", "weights_sha256": "1", "weights_note": "the authors' own"}
    parts.write(store, "models", ("own",), whole("models", names), "test")
    paper = "network pifia, layer d2, baseline and masked, with the weights of PIFiA's authors"
    made = f"the authors' classifiers were made for {paper}; here for"
    end = "of other features they tell nothing"
    with database.connect(store) as connection:
        both = ("baseline", "masked")
        toy, own = (labelled_images.cases(connection, Wanted((m,), (n,)), both)[0] for m, n in (("toy", "wide"), ("own", "d2")))
        assert proportions.made_for(connection, own) == f"{made} the same, with the weights: the authors' own; {end}"
    run = measure(proportions, store, ProportionsOptions(toy, "published", weights=shared / "data/published/logistic"))
    assert run.notes[1] == f"{made} ANOTHER: network none, layer wide, baseline and masked, with the weights: none; {end}"


def _embed(store: Store, run_id: str, x: NDArray[np.float32], names: dict[str, str]) -> None:
    ids = [
        (row[0], row[1]) for row in rows(store, "SELECT image_id, condition FROM embeddings WHERE setting = 'baseline' AND layer = 'last'")
    ]
    columns = {"image_id": [i for i, _ in ids], "crop_id": [i for i, _ in ids], "condition": [condition for _, condition in ids]}
    columns["embedding"] = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), x.shape[1])  # pyright: ignore[reportArgumentType]
    parts.write(store, "embeddings", ("wide",), columns, run_id, names)


def test_options_that_change_nothing_are_refused() -> None:
    from cellswap.cli import proportions as command

    said = {
        "--rate: no effect with --fit exact; leave it out": {"scheme": "exact", "rate": 0.1},
        "--epochs, --batch-size: no effect with --fit published; leave them out": {"scheme": "published", "epochs": 1, "batch": 2},
        "--min-proteins: no effect with --fit published; leave it out": {"scheme": "published", "at_least": 5},
        "--weights: no effect with --fit adam; leave it out": {"weights": Path("here")},
    }
    for message, given in said.items():
        with pytest.raises(BadInput, match=f"^{message}$"):
            command.proportions(**given)


def test_command_ends_with_the_query_that_shows_it(store: Store, screen, cellswap: Command) -> None:
    screen()
    done = cellswap("evaluate", "proportions", "--min-proteins", 3, "--store", store.path)
    assert done.stderr.splitlines()[0] == "evaluate proportions: 3 in, 2 kept, 1 dropped (1 class has too few proteins)"
    query = shlex.split(done.stderr.splitlines()[-1])[3]  # next: cellswap sql QUERY
    assert len(cellswap("sql", query, "--store", store.path, "--format", "jsonl").stdout.splitlines()) == 3
    assert cellswap("check", "--store", store.path).stdout == "every rule holds\n"
    assert SET["model"] in cellswap("sql", "FROM table_s4_compared", "--store", store.path).stdout


@pytest.mark.parametrize("scheme", ["adam", "exact"])
def test_where_nothing_varies_it_is_said_and_the_shares_are_numbers(store: Store, screen, scheme: str) -> None:
    screen(np.full((200, 10), 0.1, "f4"))
    run = share_out(store, replace(OPTIONS, scheme=scheme))
    said = [note for note in run.notes if "varies" in note]
    assert [note.partition(" among the ")[0] for note in said] == ["toy/last/avg/baseline: no feature varies"]
    assert said[0].endswith(" images for training: the shares say nothing of the cells")
    assert rows(store, "SELECT count(*) FILTER (NOT isfinite(share)), count(*) > 0 FROM proportions") == [(0, True)]
