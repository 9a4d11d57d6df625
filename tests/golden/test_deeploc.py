"""DeepLoc against the authors' own code, from checkpoints in both spellings."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cellswap.extract import checkpoints, preprocess, weights
from cellswap.extract import run as extraction
from cellswap.extract.loading import Wanted
from cellswap.extract.networks.deeploc import DEEPLOC

from .conftest import TOLERANCE, embed, vectors, worst

# The fixture has no golden values for the flattened map; pool3 and fc_1 stand on both sides of it.
LAYERS = tuple(name for name in DEEPLOC.facts.layer_names if name != "flatten")


def is_dense(layer):
    return layer.startswith(("fc_", "final_layer")) or layer == "softmax"


def test_every_layer_agrees_end_to_end(filled, imported, golden):
    store = filled("deeploc")
    run = embed(store, Wanted("deeploc", imported("deeploc")), layers=LAYERS, settings=("baseline",))
    assert extraction.SMALL_UNITS not in run.notes
    made = vectors(store)
    found = {
        layer: worst(
            made["deeploc", layer, "none" if is_dense(layer) else "avg", "baseline"],
            np.load(golden / "deeploc" / "features" / f"{layer}.npy"),
        )
        for layer in LAYERS
    }
    assert len(found) == 36
    assert max(found.values()) < TOLERANCE, found


def test_five_crops_are_averaged_and_named(filled, imported, golden):
    store = filled("deeploc")
    layers = ("conv_5", "fc_2", "softmax")
    embed(store, Wanted("deeploc", imported("deeploc"), five_crops=True), layers=layers, settings=("baseline",))
    made = vectors(store)
    features = golden / "deeploc" / "features"
    for layer, pooling, file in (
        ("conv_5", "avg", "conv_5_5crops"),
        ("fc_2", "none", "fc_2_5crops"),
        ("softmax", "none", "softmax_5crops"),
    ):
        wanted = np.load(features / f"{file}.npy").mean(1)
        assert worst(made["deeploc-five-crops", layer, pooling, "baseline"], wanted) < TOLERANCE
    assert np.allclose(np.load(features / "softmax_5crop_mean.npy"), np.load(features / "softmax_5crops.npy").mean(1))


def test_both_spellings_hold_the_same_and_no_optimizer_slot(unpacked):
    pytest.importorskip("tensorflow")
    old, new = (
        weights.convert(DEEPLOC, checkpoints.read(unpacked("deeploc") / folder / "model.ckpt-5000.index"))
        for folder in ("tf1.0.1_train_graph", "tf1.7_eval_graph")
    )
    assert old.keys() == new.keys()
    assert sum(v.numel() for v in old.values()) == 10_996_319
    assert all(torch.equal(old[name], new[name]) for name in old)


def test_preprocessing_agrees(golden):
    folder = golden / "deeploc"
    stretched = preprocess.percentile_stretch(torch.from_numpy(np.load(folder / "inputs.npy")).movedim(-1, 1), None)
    unit = preprocess.percentile_stretch(torch.from_numpy(np.load(folder / "inputs_unit_4.npy")).movedim(-1, 1), None)
    made = {
        "stretched_64": stretched,
        "preprocessed": preprocess.centre(stretched, 60),
        "preprocessed_unit_4": preprocess.centre(unit, 60),
        "preprocessed_5crops_first2": preprocess.five(stretched[:2], 60).unflatten(0, (2, 5)),
    }
    for name, tensor in made.items():
        wanted = np.load(folder / f"{name}.npy")
        assert np.abs(tensor.movedim(-3, -1).numpy() - wanted).max() < 1e-6, name


def test_layers_of_crops_in_small_units_agree(imported, golden):
    from cellswap.extract.taps import Taps

    held = weights.read(imported("deeploc"))
    module = weights.fill(DEEPLOC.build(held.variables), held.variables)
    crops = torch.from_numpy(np.load(golden / "deeploc" / "inputs_unit_4.npy")).movedim(-1, 1)
    made = Taps(module, {"conv_5": "avg", "fc_2": "none"})(preprocess.centre(preprocess.percentile_stretch(crops, None), 60))
    for layer, tensor in made.items():
        assert worst(tensor.numpy(), np.load(golden / "deeploc" / "features" / f"unit_{layer}.npy")) < TOLERANCE


def test_crops_in_small_units_are_said(filled, imported):
    run = embed(filled("pci"), Wanted("deeploc", imported("deeploc")), settings=("baseline",))
    assert extraction.SMALL_UNITS in run.notes
