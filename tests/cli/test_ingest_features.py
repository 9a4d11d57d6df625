"""From the authors' feature files to the table beside Table 1, by commands alone and without a network."""

import json
import pickle
from itertools import product

import numpy as np

CLASSES = ("actin", "bud neck", "ER", "nuclear periphery")
N = 10


def put(folder, kind, names, drawn):
    """Vectors of one set: the first class moves the mean, a second one a little."""
    rows = drawn.normal(size=(N, 5)).astype(np.float32)
    for place, name in enumerate(names):
        rows[:, CLASSES.index(name)] += 2 / (1 + place)
    path = folder / "features" / "PIFiA" / kind / "conv8" / ("_".join(names).replace(" ", "_") + ".pkl")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(list(rows), 2))


def test_published_features_give_table_1(tmp_path, cellswap):
    drawn = np.random.default_rng(1)
    for name in CLASSES:
        put(tmp_path, "logs_base", (name,), drawn)
        put(tmp_path, "logs_mask", (name,), drawn)
    for pair in product(CLASSES, CLASSES):
        put(tmp_path, "logs", pair, drawn)
        put(tmp_path, "logs_batch", pair, drawn)
    (tmp_path / "features/PIFiA/logs_base/conv8/vacuole.pkl").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    cellswap("init", "store")
    cellswap("ingest", "published", CELLSWAP_STORE="store")
    done = cellswap("ingest", "features", "features", CELLSWAP_STORE="store")
    assert "ingest features: 41 in, 40 kept, 1 dropped (1 file not read)" in done.stderr
    assert "PIFiA/logs_base/conv8/vacuole.pkl: file not read (the pickle asks for 'os.system'" in done.stderr
    assert done.stderr.splitlines()[-1] == "next: cellswap evaluate pairs --plan published"
    assert not (tmp_path / "ran").exists()
    cellswap("evaluate", "pairs", "--plan", "published", "--jobs", "1", CELLSWAP_STORE="store")
    query = """
        SELECT model, layer, setting, n_classifiers, n_localizations, printed_accuracy FROM table1_compared
        WHERE source <> 'published' AND aggregation = 'as_described' ORDER BY setting
    """
    shown = cellswap("sql", query, "--format", "json", CELLSWAP_STORE="store").stdout
    pairs, triplets = 6, 12
    assert [tuple(row.values()) for row in json.loads(shown)] == [
        ("pifia", "conv8", "baseline", pairs, 4, 0.946),
        ("pifia", "conv8", "cell_free_swap", triplets, 4, 0.902),
        ("pifia", "conv8", "diff_class_swap", triplets, 4, 0.843),
        ("pifia", "conv8", "masked", pairs, 4, 0.883),
        ("pifia", "conv8", "same_class_swap", pairs, 4, 0.939),
    ]
    cellswap("check", CELLSWAP_STORE="store")
    refused = cellswap("extract", "--model", "pifia", "--plan", "published", CELLSWAP_STORE="store", check=False)
    assert refused.returncode == 2
