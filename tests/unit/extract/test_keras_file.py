"""Keras weights in HDF5, of the kinds that Keras 2 and 3 write."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.extract import checkpoints, keras_file

h5py = pytest.importorskip("h5py")


def named(path, layers, **options):
    """A file as Keras writes it by name: layer -> variable -> array."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for layer, variables in layers.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/{name}:0".encode() for name in variables]
            for name, value in variables.items():
                group.create_dataset(f"{layer}/{name}:0", data=value, **options)


def test_variables_are_read_by_name_and_half_precision_in_full(tmp_path):
    named(tmp_path / "a.h5", {"conv": {"kernel": np.eye(3, dtype=np.float16), "n": np.arange(2)}, "empty": {}})
    held = checkpoints.read(tmp_path / "a.h5")
    assert {name: (v.dtype.name, v.tolist()) for name, v in held.items()} == {"conv/kernel": ("float32", np.eye(3).tolist())}


def test_weights_of_keras_3_are_called_so(tmp_path):
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 3, 1, 4))
    with pytest.raises(BadInput, match=r"weights of Keras 3 \(\.weights\.h5\), .* save the model by name: model\.save\('weights\.h5'\)"):
        checkpoints.read(tmp_path / "model.weights.h5")


@pytest.mark.slow
def test_what_the_message_says_makes_a_file_that_is_read(tmp_path):
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="conv"), keras.layers.BatchNormalization()])
    for name in ("model.keras", "weights.h5"):
        model.save(tmp_path / name)
    model.save_weights(tmp_path / "model.weights.h5")
    for name in ("model.keras", "model.weights.h5"):
        with pytest.raises(BadInput, match="Keras 3"):
            checkpoints.read(tmp_path / name)
    held = checkpoints.read(tmp_path / "weights.h5")
    assert sorted(held) == [
        "batch_normalization#1/beta", "batch_normalization#1/gamma", "batch_normalization#1/moving_mean",
        "batch_normalization#1/moving_variance", "conv/bias", "conv/kernel",
    ]  # fmt: skip
    assert np.array_equal(held["conv/kernel"], model.get_layer("conv").get_weights()[0])


def test_files_that_are_empty_or_damaged(tmp_path):
    named(tmp_path / "none.h5", {"conv": {}})
    with pytest.raises(BadInput, match="expected variables of floats, found none"):
        checkpoints.read(tmp_path / "none.h5")
    named(tmp_path / "lost.h5", {"conv": {"kernel": np.eye(3)}})
    with h5py.File(tmp_path / "lost.h5", "a") as file:
        del file["conv"]["conv/kernel:0"]
        file["conv"].create_group("conv/kernel:0")
    with pytest.raises(BadInput, match="not a whole HDF5 file of Keras"):
        checkpoints.read(tmp_path / "lost.h5")


def test_a_dataset_that_claims_100_gb_is_refused_unread(tmp_path):
    with h5py.File(tmp_path / "claims.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv"]
        group = file.create_group("conv")
        group.attrs["weight_names"] = [b"conv/kernel:0"]
        group.create_dataset("conv/kernel:0", (25_000_000_000,), "f4", chunks=(1_000_000,), compression="gzip")
    with pytest.raises(BadInput, match="it claims variables of 100,000,000,000 bytes in a file of"):
        checkpoints.read(tmp_path / "claims.h5")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (ModuleNotFoundError("No module named 'h5py'", name="h5py"), r"needs h5py, which is not installed; .*'cellswap\[weights\]'"),
        (ModuleNotFoundError("No module named 'x'", name="x.y"), r"needs h5py, which is installed but needs x\.y, .*: pip install x$"),
        (ImportError("libhdf5.so: not found\nmore"), r"h5py, which is installed but can't be imported \(libhdf5\.so: not found\)"),
    ],
)
def test_what_is_really_missing_is_named(tmp_path, monkeypatch, fault, message):
    named(tmp_path / "a.h5", {"conv": {"kernel": np.eye(3)}})

    class Finder:
        def find_spec(self, name, *_):
            if name == "h5py":
                raise fault

    monkeypatch.delitem(sys.modules, "h5py")
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(BadInput, match=message):
        keras_file.read(tmp_path / "a.h5")
