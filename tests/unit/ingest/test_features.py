"""The authors' feature files become embeddings and a plan; a bad one costs itself alone; Table 1's sweep runs from them."""

import os
import pickle
import re
from itertools import product

import numpy as np
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest import features
from cellswap.store import database, runs
from cellswap.store.check import check
from cellswap.store.vocabulary import LOCALIZATIONS

from .conftest import ask

SMALL = ("ER", "bud neck", "nuclear periphery")
N, WIDTH = 12, 4


@pytest.fixture(autouse=True)
def _no_catalog(monkeypatch):
    """The catalog file has its own tests; here it would be most of the time."""
    monkeypatch.setattr(database, "build_catalog", lambda store: store.catalog)


def vectors(seed, n=N, width=WIDTH):
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def put(folder, name, held):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(held if isinstance(held, bytes) else pickle.dumps(held, 2))
    return path


@pytest.fixture
def archive(tmp_path):
    """Three classes in the five settings, in the authors' layout, for PIFiA."""
    folder = tmp_path / "archive"
    for i, (a, b) in enumerate(product(SMALL, SMALL)):
        name = f"{a}_{b}".replace(" ", "_")
        put(folder, f"features/PIFiA/logs/conv8/{name}.pkl", list(vectors(i)))
        if a != b:
            put(folder, f"features/PIFiA/logs_batch/conv8/{a}_{b}.pkl", vectors(20 + i))
    for i, a in enumerate(SMALL):
        put(folder, f"features/PIFiA/logs_base/conv8/{a}.pkl", vectors(40 + i))
        put(folder, f"features/PIFiA/logs_mask/conv8/{a}.pkl", vectors(60 + i))
    return folder


def ingest(store, folder, name="published"):
    with runs.record(store, "ingest features", {}) as run:
        features.write(store, features.listed(folder, run), name, run)
    return run


@pytest.mark.parametrize("gap", ["_", " ", "-"])
def test_every_pair_of_names_is_read_in_every_spelling(gap):
    for pair in product(LOCALIZATIONS, LOCALIZATIONS):
        assert features.in_name("_".join(pair).replace(" ", gap)) == pair
        assert features.in_name("_".join(pair).replace(" ", gap).lower()) == pair
    for name in LOCALIZATIONS:
        assert features.in_name(name.replace(" ", gap)) == (name,)


def test_no_name_begins_with_another():
    words = [tuple(name.split()) for name in LOCALIZATIONS]
    assert not [(a, b) for a in words for b in words if a != b and b[: len(a)] == a]


def test_vectors_arrive_in_drawing_order_under_their_sets(store, archive):
    run = ingest(store, archive)
    assert run.summary() == "21 in, 21 kept, 0 dropped"
    query = "SELECT model, layer, pooling, setting, count(*), count(crop_id) FROM embeddings GROUP BY ALL ORDER BY ALL"
    assert ask(store, query) == [
        ("pifia", "conv8", "avg", "baseline", 3 * N, 0),
        ("pifia", "conv8", "avg", "cell_free_swap", 6 * N, 0),
        ("pifia", "conv8", "avg", "diff_class_swap", 6 * N, 0),
        ("pifia", "conv8", "avg", "masked", 3 * N, 0),
        ("pifia", "conv8", "avg", "same_class_swap", 3 * N, 0),
    ]
    query = """
        SELECT class, background_class, list(embedding ORDER BY draw), list(draw ORDER BY draw)
        FROM swaps JOIN embeddings USING (setting, image_id) WHERE setting = 'diff_class_swap' GROUP BY ALL ORDER BY ALL
    """
    found = {(a, b): (rows, draws) for a, b, rows, draws in ask(store, query)}
    assert set(found) == {(a, b) for a, b in product(SMALL, SMALL) if a != b}
    rows, draws = found["ER", "nuclear periphery"]
    assert draws == list(range(N))
    np.testing.assert_array_equal(np.array(rows, np.float32), vectors(2))


def test_the_plan_says_what_is_not_known(store, archive):
    ingest(store, archive)
    query = "SELECT kind, screen, seed, images, conditions, replacement, split, n_images, n_short, fingerprint FROM plans"
    assert ask(store, query) == [("published", "published", None, N, None, None, "none", 21 * N, 0, None)]
    assert ask(store, "SELECT DISTINCT n, wanted FROM plan_sets") == [(N, N)]


def test_the_store_keeps_its_rules(store, archive):
    ingest(store, archive)
    with database.connect(store) as connection:
        assert list(check(connection)) == []


def test_again_changes_nothing_but_another_file_makes_another_model(store, archive):
    ingest(store, archive)
    rows = "SELECT * EXCLUDE (run_id) FROM {} ORDER BY ALL"
    before = [ask(store, rows.format(name)) for name in ("embeddings", "swaps", "plans", "models")]
    ingest(store, archive)
    assert [ask(store, rows.format(name)) for name in ("embeddings", "swaps", "plans", "models")] == before
    put(archive, "features/PIFiA/logs_base/conv8/ER.pkl", vectors(99, N - 2))
    run = ingest(store, archive)
    assert ask(store, "SELECT count(*) FROM embeddings WHERE setting = 'baseline'") == [(3 * N - 2,)]
    assert ask(store, "SELECT count(*) FROM swaps WHERE setting = 'baseline'") == [(3 * N - 2,)]
    assert ask(store, rows.format("models")) != before[3]
    assert run.notes[0].startswith(f"1 sets have fewer than {N} images")


def test_files_that_changed_under_their_names_are_named(store, archive):
    assert not any("other vectors" in note for note in ingest(store, archive).notes)
    assert not any("other vectors" in note for note in ingest(store, archive).notes)
    put(archive, "features/PIFiA/logs_base/conv8/ER.pkl", vectors(99))
    [note] = [note for note in ingest(store, archive).notes if "other vectors" in note]
    assert note.startswith("1 files hold other vectors than the store had read under these names, such as PIFiA/logs_base/conv8/ER.pkl:")
    assert not any("other vectors" in note for note in ingest(store, archive).notes)


def test_only_regular_files_are_read_and_what_is_none_of_the_authors_is_counted(store, archive, tmp_path):
    base = archive / "features/PIFiA/logs_base/conv8"
    os.mkfifo(base / "actin.pkl")
    (base / "vacuole.pkl").symlink_to("/dev/zero")
    (archive / "features/Linked").symlink_to(archive / "features/PIFiA")
    for name in ("._ER.pkl", ".DS_Store", "notes.txt", "ER.npy"):
        (base / name).write_bytes(b"x")
    run = ingest(store, archive)
    assert run.rows_kept == 21
    assert {(place, reason) for place, reason, _ in run.rejects} == {
        ("PIFiA/logs_base/conv8/actin.pkl", "refused"),
        ("PIFiA/logs_base/conv8/vacuole.pkl", "refused"),
        ("Linked", "refused"),
    }
    assert "2 files of the operating system were passed over, such as PIFiA/logs_base/conv8/.DS_Store" in run.notes
    assert "2 files that are no .pkl were left alone, such as PIFiA/logs_base/conv8/ER.npy" in run.notes


def test_a_layer_of_a_known_network_is_known_whatever_its_capitals(store, tmp_path):
    put(tmp_path / "f", "pifia/logs_base/Conv8/ER.pkl", vectors(1))
    put(tmp_path / "f", "Other/logs_base/Conv8/ER.pkl", vectors(1))
    ingest(store, tmp_path / "f")
    assert ask(store, "SELECT DISTINCT model, layer FROM embeddings ORDER BY ALL") == [("Other", "Conv8"), ("pifia", "conv8")]


BAD = {
    "PIFiA/logs_base/conv8/actin.pkl": (vectors(1)[:, :3], f"expected vectors of {WIDTH} numbers, as in .*, found 3"),
    "PIFiA/logs_base/conv8/vacuole.pkl": (np.full((3, WIDTH), np.nan), "3 of 3 vectors hold NaN or infinity, first row 0"),
    "PIFiA/logs_base/conv8/golgi.pkl": (pickle.dumps(vectors(1))[:-9], "cut off"),
    "PIFiA/logs_base/conv8/nucleus.pkl": (np.zeros((2, 3, 4)), r"shape \(2, 3, 4\)"),
    "PIFiA/logs_base/conv8/peroxisome.pkl": ([np.zeros(3), np.zeros(2)], "one width, found 2 to 3"),
    "PIFiA/logs_mask/conv8/actin.pkl": (b"cos\nsystem\n(S'touch ran'\ntR.", "asks for 'os.system'"),
    "PIFiA/logs_mask/conv8/moon.pkl": (vectors(1), "unknown localization 'moon'"),
    "PIFiA/logs_mask/conv8/actin_ER.pkl": (vectors(1), "expected one localization in the name, found actin, ER"),
    "PIFiA/logs/conv8/actin.pkl": (vectors(1), "expected two localizations, centre and background in the name, found actin"),
    "PIFiA/logs_else/conv8/actin.pkl": (vectors(1), "expected MODEL/"),
    "PIFiA/actin.pkl": (vectors(1), "expected MODEL/"),
    "PIFiA/logs/conv8/er_bud neck.pkl": (vectors(1), "the same set as PIFiA/logs/conv8/ER_bud_neck.pkl"),
    "PIFiA/logs_mask/conv 8/actin.pkl": (vectors(1), "expected MODEL/"),
}


def test_each_bad_file_costs_itself_and_says_why(store, archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, (held, _) in BAD.items():
        put(archive, f"features/{name}", held)
    run = ingest(store, archive)
    assert run.rows_kept == 21
    said = {place: detail for place, _, detail in run.rejects}
    assert set(said) == set(BAD)
    for name, (_, why) in BAD.items():
        assert re.search(why, said[name]), said[name]
        assert "\n" not in said[name]
    assert not os.path.exists("ran")  # noqa: PTH110
    with database.connect(store) as connection:
        assert list(check(connection)) == []


def test_what_a_bad_file_gave_before_stays(store, archive):
    ingest(store, archive)
    put(archive, "features/PIFiA/logs_base/conv8/ER.pkl", b"broken")
    ingest(store, archive)
    assert ask(store, "SELECT count(*) FROM embeddings WHERE setting = 'baseline'") == [(3 * N,)]


def test_pci_layers_have_our_names_and_networks_of_others_their_own(store, tmp_path):
    put(tmp_path / "f", "PCI/logs_base/conv4/ER.pkl", vectors(1))
    put(tmp_path / "f", "Other/logs_base/conv4/ER.pkl", vectors(1, width=9))
    ingest(store, tmp_path / "f")
    assert ask(store, "SELECT DISTINCT model, layer FROM embeddings ORDER BY ALL") == [("Other", "conv4"), ("pci", "conv4_1")]


def test_no_model_that_was_run_is_mixed_with_published_features(store, archive):
    with runs.record(store, "test", {}) as run:
        row = {"model": "pifia", "network": "pifia", "weights_file": "w", "weights_sha256": "0", "weights_note": "own"}
        row |= {"n_parameters": 1, "channels": "protein", "preprocessing": "minmax", "precision": "float32"}
        features.parts.write(store, "models", ("pifia",), {k: [v] for k, v in row.items()}, run.run_id)
    done = ingest(store, archive)
    assert done.dropped == {"name of a model that was run": 21}
    assert ask(store, "SELECT count(*) FROM embeddings") == [(0,)]


@pytest.mark.parametrize("make", [lambda p: p / "nowhere", lambda p: p])
def test_a_folder_without_features_is_refused(store, tmp_path, make):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="expected"):
        ingest(store, make(tmp_path / "empty"))


def test_a_plan_name_is_a_name(store, archive):
    with pytest.raises(BadInput, match="--as"):
        ingest(store, archive, "a/b")


def test_an_unknown_word_is_named():
    with pytest.raises(UnknownName, match="'neck'"):
        features.in_name("bud_neck_neck")


def test_no_view_is_called_otherwise_by_features_of_another_model(store, tmp_path):
    put(tmp_path / "f", "my-net/logs_base/conv4/ER.pkl", vectors(1))
    ingest(store, tmp_path / "f")
    put(tmp_path / "g", "my_net/logs_base/conv4/ER.pkl", vectors(1))
    done = ingest(store, tmp_path / "g")
    assert done.dropped == {"a view of another model is called so": 1}
    ((_, _, detail),) = done.rejects
    assert detail == "model 'my_net': views differ in letters and digits alone, and model 'my-net' has that name; rename the folder"
    assert ask(store, "SELECT DISTINCT model FROM embeddings") == [("my-net",)]
