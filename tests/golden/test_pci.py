"""Paired Cell Inpainting against the authors' own code, from their three kinds of Keras file."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cellswap.extract import checkpoints, preprocess, weights
from cellswap.extract.loading import Wanted
from cellswap.extract.networks.pci import DECODER, MARKER, PCI, SOURCE
from cellswap.extract.taps import Taps

from .conftest import TOLERANCE, embed, vectors, worst


def raw(golden):
    return torch.from_numpy(np.load(golden / "pci" / "inputs.npy")).movedim(-1, 1)


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_every_layer_agrees_end_to_end(pooling, filled, imported, golden):
    store = filled("pci")
    embed(store, Wanted("pci", imported("pci")), layers=("all",), pooling=pooling, settings=("baseline",))
    made = vectors(store)
    layers = PCI.facts.layer_names if pooling == "avg" else tuple(SOURCE)
    prefix = "max_" if pooling == "max" else ""
    found = {
        layer: worst(
            made["pci", layer, pooling, "baseline"],
            np.load(golden / "pci" / "features" / f"{prefix}{layer}.npy"),
        )
        for layer in layers
    }
    assert len(found) == (10 if pooling == "avg" else 5)
    assert max(found.values()) < TOLERANCE, found


@pytest.mark.parametrize("file", ["pci_golden_model.h5", "pci_golden_weights.h5", "pci_golden_weights_tf13.h5"])
def test_decoder_and_marker_branch_agree_from_every_file(file, unpacked, golden):
    pytest.importorskip("h5py")
    variables = weights.convert(PCI, checkpoints.read(unpacked("pci") / file))
    module = weights.fill(PCI.build(variables), variables)
    source = preprocess.minmax(raw(golden), None)
    names = [*MARKER, *(f"bn_{name}" for name in MARKER), *DECODER, "y_gfp"]
    taps = Taps(module, dict.fromkeys(names, "avg"))
    taps.network = lambda x: module(x, torch.roll(x[:, 1:], -1, 0))
    made = taps(source)
    found = {name: worst(made[name].numpy(), np.load(golden / "pci" / "features" / f"{name}.npy")) for name in names}
    assert max(found.values()) < TOLERANCE, found


def test_batch_norms_are_found_in_a_file_that_counts_from_elsewhere(unpacked, tmp_path):
    h5py = pytest.importorskip("h5py")
    source = unpacked("pci") / "pci_golden_weights.h5"
    shifted = tmp_path / "shifted.h5"
    names = {f"batch_normalization_{i}": f"batch_normalization_{i + 8}" for i in range(1, 9)}
    with h5py.File(source) as old, h5py.File(shifted, "w") as new:
        layers = [name.decode() for name in old.attrs["layer_names"]]
        new.attrs["layer_names"] = [names.get(name, name).encode() for name in layers]
        for name in layers:
            old.copy(name, new, names.get(name, name))
    wanted = weights.convert(PCI, checkpoints.read(source))
    found = weights.convert(PCI, checkpoints.read(shifted))
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


def test_preprocessing_agrees(golden):
    made = preprocess.minmax(raw(golden), None).movedim(1, -1).numpy()
    assert np.array_equal(made, np.load(golden / "pci" / "preprocessed.npy"))
