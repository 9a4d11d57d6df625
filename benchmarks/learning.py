"""Whether training on real crops teaches anything: AAC1 against AAH1, whose fields were held out, from frozen features.

    python benchmarks/learning.py pci_toy_yeast.tar.xz [--epochs N] [--quick]

PIFiA's and PCI's recipes (networks at a quarter of their width) on the crops of three yeast conditions. Two classifiers learn from the
features of the fields that were trained on, and are tested on those that were not: the 11 nearest neighbours (the PCI paper's
measure) and a logistic regression. Both are near the ceiling with any weights, so a third is given one labelled cell of each condition
and calls the nearer one, mean over 500 draws. Balanced accuracy, with the trained network and with one of drawn weights; 0.5 is what
guessing gives. `ratio` is trained over untrained.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier
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
from cellswap.store import database, work
from cellswap.store.create import create
from cellswap.store.facts import Asked
from cellswap.store.folder import Store
from cellswap.store.runs import Run

AAC1, AAH1 = "YMR056C", "YNL141W"
Floats, Bools = NDArray[np.float64], NDArray[np.bool_]
CLASSIFIERS = {
    "11 nearest neighbours": KNeighborsClassifier(11),
    "logistic regression": LogisticRegression(max_iter=2000, class_weight="balanced"),
}
N_DRAWS = 500
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
        store = create(folder / "store", Asked(64, {"protein": "gfp", "cytoplasm": "rfp"}))
        run = Run("benchmark", "learning", {}, datetime.now(UTC))
        labels.write_conditions(store, None, run, replace=False)
        crops.write(store, crops.listed(asked.crops, pci.LAYOUT, "pci", run), run, 1)
        for network in ["pifia-narrow"] if asked.quick else EPOCHS:
            epochs = 5 if asked.quick else asked.epochs or EPOCHS[network]
            options = Options(network, folder / f"{network}.safetensors", Data(), (), epochs, 32, RATES[network])
            compare(store, options, run)


def compare(store: Store, options: Options, run: Run) -> None:
    """Train, and test features of both networks on fields that neither the network nor a classifier saw."""
    training.train(store, training.prepare(store, options), run, lambda _: None)
    untrained = options.out.with_name("untrained.safetensors")
    untrained.unlink(missing_ok=True)
    write_untrained(options.network, options.seed, untrained)
    with database.connect(store) as connection:
        rows = material.choose(connection, store, options).to_pylist()
    side = {row["crop_id"]: row["side"] == "train" for row in rows}
    found = [features(store, options.network, path, side, run) for path in (options.out, untrained)]
    measures = {"one labelled cell each": one_cell_each} | {name: partial(tested, c) for name, c in CLASSIFIERS.items()}
    for measure, of in measures.items():
        trained, before = (round(of(*rows), 3) for rows in found)
        n = {"n_train": int(found[0][2].sum()), "n": int((~found[0][2]).sum()), "epochs": options.epochs}
        case = f"{options.network} AAC1 against AAH1, {measure}"
        facts = {"ratio": round(trained / before, 3), "goal": 1.0, "trained": trained, "untrained": before, **n}
        print(json.dumps({"benchmark": "learning", "case": case, **facts}), flush=True)


def features(store: Store, network: str, weights: Path, side: dict[str, bool], run: Run) -> tuple[Floats, Bools, Bools]:
    """Vectors (n, width), which are of AAC1, and which of fields that were trained on."""
    name = f"{network}-{weights.stem}"
    request = extraction.Request(loading.Wanted(network, weights, name), settings=("baseline",), device="cpu")
    extraction.extract(store, request, extraction.prepare(store, request), run)
    query = "SELECT crop_id, condition, embedding FROM embeddings WHERE model = ? AND condition IN (?, ?) ORDER BY crop_id"
    with database.connect(store) as connection:
        rows = connection.execute(query, [name, AAC1, AAH1]).fetchall()
    return np.array([row[2] for row in rows]), np.array([row[1] == AAC1 for row in rows]), np.array([side[row[0]] for row in rows])


def tested(classifier: ClassifierMixin, vectors: Floats, is_aac1: Bools, train: Bools) -> float:
    """Balanced accuracy on the held-out fields."""
    fitted = make_pipeline(StandardScaler(), classifier).fit(vectors[train], is_aac1[train])
    return float(balanced_accuracy_score(is_aac1[~train], fitted.predict(vectors[~train])))


def one_cell_each(vectors: Floats, is_aac1: Bools, train: Bools) -> float:
    """Balanced accuracy on the held-out fields from one labelled cell of each condition, mean over the draws."""
    scaled = StandardScaler().fit(vectors[train]).transform(vectors)
    rng = np.random.default_rng(work.seed("one labelled cell each"))
    drawn = [rng.choice(np.flatnonzero(train & of), N_DRAWS) for of in (is_aac1, ~is_aac1)]
    aac1, aah1 = (np.linalg.norm(scaled[~train][None] - scaled[cells][:, None], axis=2) for cells in drawn)
    right = (aac1 < aah1) == is_aac1[~train]
    return float((right[:, is_aac1[~train]].mean() + right[:, ~is_aac1[~train]].mean()) / 2)


if __name__ == "__main__":
    main()
