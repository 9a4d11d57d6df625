"""PIFiA, from the authors' checkpoint and raw crops to the table of embeddings, against the authors' own code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cellswap.extract import preprocess
from cellswap.extract.networks import NETWORKS

from .conftest import NOTE, TOLERANCE, vectors, worst

LAYERS = NETWORKS["pifia"].facts.layer_names


@pytest.fixture
def embedded(filled, imported, cellswap):
    store = filled("pifia")
    cellswap(
        "extract",
        "--store",
        store.path,
        "--model",
        "pifia",
        "--weights",
        imported("pifia"),
        "--layers",
        "all",
        "--all-crops",
    )
    return store


def test_every_layer_agrees_end_to_end(embedded, golden, cellswap):
    features = golden / "pifia" / "features"
    found = {}
    made = vectors(embedded)
    for layer in LAYERS:
        pooling = "none" if layer in {"flatten", "d1", "d2", "d3"} else "avg"
        of_layer = made["pifia", layer, pooling, "baseline"]
        wanted = np.load(features / ("d3_first4.npy" if layer == "d3" else f"{layer}.npy"))
        assert of_layer.shape == (16, wanted.shape[1])
        found[layer] = worst(of_layer[: len(wanted)], wanted)
    for layer, pooling in (("conv8", "avg"), ("bn8", "avg"), ("relu8", "avg"), ("d2", "none")):
        of_layer = made["pifia", layer, pooling, "masked"]
        found[f"masked {layer}"] = worst(of_layer, np.load(features / f"masked_{layer}.npy"))
    assert len(found) == 31 + 4
    assert max(found.values()) < TOLERANCE, found
    noted = cellswap("sql", "--store", embedded.path, "--format", "csv", "SELECT model, weights_note, n_parameters FROM models")
    assert noted.stdout.splitlines()[1] == f'pifia,"{NOTE}",2732689'


def test_preprocessing_agrees(golden):
    folder = golden / "pifia"
    raw = torch.from_numpy(np.load(folder / "inputs.npy")).movedim(-1, 1)
    masks = torch.from_numpy(np.load(folder / "masks.npy") > 0)

    def gap(made, name):
        return np.abs(made.movedim(1, -1).numpy() - np.load(folder / name)).max()

    assert gap(preprocess.minmax_standardize(raw[:, :1], None), "preprocessed.npy") < 2e-5
    assert gap(preprocess.minmax_standardize(raw[:, :1], masks), "preprocessed_masked.npy") == 0
    assert gap(preprocess.minmax_standardize(raw[:4], None), "preprocessed_two_channel_first4.npy") < 2e-5
    edges = torch.from_numpy(np.load(folder / "edge_inputs.npy")).float()[:, None]
    wanted = np.load(folder / "edge_preprocessed.npy").reshape(4, 64, 64, 1)
    assert np.abs(preprocess.minmax_standardize(edges, None).movedim(1, -1).numpy() - wanted).max() < 2e-5
