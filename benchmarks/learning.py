"""Whether training on real crops teaches anything: AAC1 against AAH1, whose fields were held out, from frozen features.

    python benchmarks/learning.py pci_toy_yeast.tar.xz [--epochs N] [--quick]

PIFiA's and PCI's recipes (networks at a quarter of their width) on the crops of three yeast proteins. A logistic regression on the
features of the fields that were trained on is tested on those that were not: balanced accuracy, with the trained network and with
the same network before training. 0.5 is what guessing gives; `ratio` is trained over untrained.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cellswap.extract import loading
from cellswap.extract import run as extraction
from cellswap.extract.training import material
from cellswap.extract.training import run as training
from cellswap.extract.training.options import Data, Options
from cellswap.extract.untrained import write_untrained
from cellswap.ingest import crops, labels
from cellswap.ingest.layouts import pci
from cellswap.store import database
from cellswap.store.create import create
from cellswap.store.folder import Store
from cellswap.store.runs import Run

AAC1, AAH1 = "YMR056C", "YNL141W"
EPOCHS = {"pifia-narrow": 30, "pci-narrow": 10}
RATES = {"pifia-narrow": 1e-3, "pci-narrow": 1e-3}  # narrow networks and few steps: higher than the papers'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("crops", type=Path, help="the authors' toy crops: a folder or an archive")
    parser.add_argument("--epochs", type=int, help="else 30 for PIFiA and 10 for PCI")
    parser.add_argument("--quick", action="store_true", help="PIFiA alone, 5 epochs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = create(folder / "store", 64, {"protein": "gfp", "cytoplasm": "rfp"}, None)
        run = Run("benchmark", "learning", {}, datetime.now(UTC))
        labels.write_proteins(store, None, run, replace=False)
        crops.write(store, crops.listed(asked.crops, pci.LAYOUT, "pci", run), run, 1)
        for network in ["pifia-narrow"] if asked.quick else EPOCHS:
            epochs = 5 if asked.quick else asked.epochs or EPOCHS[network]
            options = Options(network, folder / f"{network}.safetensors", Data(), (), epochs, 32, RATES[network])
            compare(store, options, run)


def compare(store: Store, options: Options, run: Run) -> None:
    """Train, and test features of both networks on fields that neither the network nor the classifier saw."""
    training.train(store, training.prepare(store, options), run, lambda _: None)
    untrained = options.out.with_name("untrained.safetensors")
    untrained.unlink(missing_ok=True)
    write_untrained(options.network, options.seed, untrained)
    with database.connect(store) as connection:
        rows = material.choose(connection, store, options).to_pylist()
    side = {row["crop_id"]: row["side"] == "train" for row in rows}
    found = {name: tested(store, options.network, path, side, run) for name, path in (("untrained", untrained), ("trained", options.out))}
    n = {"n_train": found["trained"][1], "n": found["trained"][2], "epochs": options.epochs}
    accuracy = {name: round(figures[0], 3) for name, figures in found.items()}
    ratio = round(accuracy["trained"] / accuracy["untrained"], 3)
    case = f"{options.network} AAC1 against AAH1"
    print(json.dumps({"benchmark": "learning", "case": case, "ratio": ratio, "goal": 1.0, **accuracy, **n}), flush=True)


def tested(store: Store, network: str, weights: Path, side: dict[str, bool], run: Run) -> tuple[float, int, int]:
    """Balanced accuracy on the held-out fields, with the numbers of crops trained and tested on."""
    name = f"{network}-{weights.stem}"
    request = extraction.Request(loading.Wanted(network, weights, name), settings=("baseline",), device="cpu")
    extraction.extract(store, request, extraction.prepare(store, request), run)
    query = "SELECT crop_id, orf, embedding FROM embeddings WHERE model = ? AND orf IN (?, ?) ORDER BY crop_id"
    with database.connect(store) as connection:
        rows = connection.execute(query, [name, AAC1, AAH1]).fetchall()
    vectors: NDArray[np.float64] = np.array([row[2] for row in rows])
    is_aac1, train = np.array([row[1] == AAC1 for row in rows]), np.array([side[row[0]] for row in rows])
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, class_weight="balanced"))
    classifier.fit(vectors[train], is_aac1[train])
    accuracy = balanced_accuracy_score(is_aac1[~train], classifier.predict(vectors[~train]))
    return float(accuracy), int(train.sum()), int((~train).sum())


if __name__ == "__main__":
    main()
