"""Weights in torch's and our own format; the authors' formats are tested beside the golden fixtures."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file

from cellswap.errors import BadInput
from cellswap.extract import checkpoints, loading, weights
from cellswap.extract.importing import import_file
from cellswap.extract.networks.pifia import pifia


@pytest.fixture
def state():
    torch.manual_seed(4)
    return pifia(7).state_dict()


@pytest.mark.parametrize(
    "wrap", [lambda s: s, lambda s: {"state_dict": {f"module.{k}": v for k, v in s.items()}, "epoch": 3}]
)
def test_a_state_dict_is_imported_with_any_number_of_classes(state, tmp_path, wrap):
    torch.save(wrap(state), tmp_path / "mine.pth")
    path, n = import_file(tmp_path / "mine.pth", "pifia", tmp_path / "mine.safetensors", "drawn at random")
    held = weights.read(path)
    assert (held.network, held.note, held.n_parameters) == ("pifia", "drawn at random", n)
    model = loading.load(loading.Wanted("pifia", path))
    assert model.module(torch.zeros(1, 1, 64, 64)).shape == (1, 7)
    assert all(torch.equal(held.variables[k], v) for k, v in state.items() if not k.endswith("num_batches_tracked"))


def test_a_users_network_is_imported_as_it_is(own, tmp_path):
    made = __import__(own).Three()
    torch.save(made.state_dict(), tmp_path / "three.pt")
    path, _ = import_file(tmp_path / "three.pt", f"{own}:Three", None, "")
    assert path.name == "Three.safetensors"
    model = loading.load(loading.Wanted(f"{own}:Three", path))
    assert (model.name, model.weights.note) == ("Three", weights.NO_NOTE)
    with pytest.raises(BadInput, match=r"variable '0\.weight': expected shape"):
        loading.load(loading.Wanted(f"{own}:Small", _foreign(path, tmp_path)))
    with pytest.raises(BadInput, match="weights of own_networks:Three, expected those of own_networks:Small"):
        loading.load(loading.Wanted(f"{own}:Small", path))


def _foreign(path, folder):
    """The same variables without a word on whose they are, and those that Small has besides."""
    from safetensors.torch import load_file

    more = {
        "2.weight": torch.zeros(6, 4, 3, 3),
        "2.bias": torch.zeros(6),
        "4.weight": torch.zeros(5, 1350),
        "4.bias": torch.zeros(5),
    }
    save_file(load_file(path) | more, folder / "bare.safetensors")
    return folder / "bare.safetensors"


def test_weights_made_by_the_class_are_hashed_by_their_numbers(own):
    first, second = (loading.load(loading.Wanted(f"{own}:Small")).weights for _ in range(2))
    other = loading.load(loading.Wanted(f"{own}:Three")).weights
    assert first.sha256 == second.sha256 != other.sha256
    assert first.note == "as own_networks:Small makes them itself"


def test_files_that_are_no_weights(state, tmp_path):
    def fails(name, content, message):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match=message):
            import_file(path, "pifia", tmp_path / "out.safetensors", "")
        assert not (tmp_path / "out.safetensors").exists()

    torch.save(state, tmp_path / "whole.pt")
    fails("cut.pt", (tmp_path / "whole.pt").read_bytes()[:1_000_000], "not a torch file of tensors alone, or cut off")
    fails("evil.pt", pickle.dumps(SimpleNamespace(a=1), 2), "not a torch file of tensors alone")
    fails("weights.tar.xz", b"x", "an archive; unpack it first")
    fails("notes.txt", b"hello", r"expected a TensorFlow checkpoint \(\.index\), Keras HDF5")
    fails("cut.safetensors", b"\x00" * 20, "not a whole safetensors file")
    torch.save([1, 2], tmp_path / "list.pt")
    fails("list.pt", (tmp_path / "list.pt").read_bytes(), "expected a state dict of tensors, found list")
    with pytest.raises(BadInput, match="no such file"):
        checkpoints.read(tmp_path / "nothing.index")


def test_weights_are_read_from_safetensors_alone(state, tmp_path):
    with pytest.raises(
        BadInput, match=r"expected a \.safetensors file; make one with: cellswap weights import .*model\.pt"
    ):
        weights.read(tmp_path / "model.pt")
    with pytest.raises(BadInput, match="no such file"):
        weights.read(tmp_path / "model.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10")
    with pytest.raises(BadInput, match="not a whole safetensors file"):
        weights.read(tmp_path / "cut.safetensors")
    weights.write(tmp_path / "model.safetensors", state, {"network": "deeploc"})
    with pytest.raises(BadInput, match=r"model\.safetensors: weights of deeploc, expected those of pifia"):
        loading.load(loading.Wanted("pifia", tmp_path / "model.safetensors"))
    with pytest.raises(BadInput, match="exists already"):
        weights.write(tmp_path / "model.safetensors", state, {})


def test_other_variables_are_named(state, tmp_path):
    path = tmp_path / "lacking.safetensors"
    save_file({k: v for k, v in state.items() if k != "conv2.bias"}, path)
    with pytest.raises(BadInput, match=r"expected the variables of pifia, 1 are missing, first 'conv2\.bias'"):
        loading.load(loading.Wanted("pifia", path))
    save_file(state | {"conv9.bias": torch.zeros(3)}, path)
    with pytest.raises(BadInput, match=r"variable 'conv9\.bias': the network has none of that name"):
        loading.load(loading.Wanted("pifia", path))
    save_file(state | {"conv1.bias": torch.zeros(3)}, path)
    with pytest.raises(
        BadInput, match=r"lacking\.safetensors: variable 'conv1\.bias': expected shape \(64,\), found \(3,\)"
    ):
        loading.load(loading.Wanted("pifia", path))
