"""Weights in torch's and our own format; the authors' formats are tested beside the golden fixtures."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from cellswap.errors import BadInput
from cellswap.extract import loading, weights
from cellswap.extract.importing import import_file
from cellswap.extract.networks.pifia import pifia


@pytest.fixture
def state():
    torch.manual_seed(4)
    return pifia(7).state_dict()


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": {f"module.{k}": v for k, v in s.items()}, "epoch": 3}])
def test_a_state_dict_is_imported_with_any_number_of_classes(state, tmp_path, wrap):
    torch.save(wrap(state), tmp_path / "mine.pth")
    made = import_file(tmp_path / "mine.pth", "pifia", tmp_path / "mine.safetensors", "drawn at random")
    path, n = made.path, made.n_numbers
    held = weights.read(path)
    assert (held.network, held.note, held.n_parameters) == ("pifia", "drawn at random", n)
    model = loading.load(loading.Wanted("pifia", path), "protein")
    assert model.module(torch.zeros(1, 1, 64, 64)).shape == (1, 7)
    assert all(torch.equal(held.variables[k], v) for k, v in state.items() if not k.endswith("num_batches_tracked"))


def test_a_users_network_is_imported_as_it_is(own, tmp_path):
    made = __import__(own).Three()
    torch.save(made.state_dict(), tmp_path / "three.pt")
    path = import_file(tmp_path / "three.pt", f"{own}:Three", None, "").path
    assert path.name == "Three.safetensors"
    model = loading.load(loading.Wanted(f"{own}:Three", path), "protein")
    assert (model.name, model.weights.note) == ("Three", weights.NO_NOTE)
    with pytest.raises(BadInput, match=r"variable '0\.weight': expected shape"):
        loading.load(loading.Wanted(f"{own}:Small", _foreign(path, tmp_path)), "protein")
    with pytest.raises(BadInput, match="weights of own_networks:Three, expected those of own_networks:Small"):
        loading.load(loading.Wanted(f"{own}:Small", path), "protein")


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
    first, second = (loading.load(loading.Wanted(f"{own}:Small"), "protein").weights for _ in range(2))
    other = loading.load(loading.Wanted(f"{own}:Three"), "protein").weights
    assert first.sha256 == second.sha256 != other.sha256
    assert first.note == "as own_networks:Small makes them itself"


def test_weights_are_read_from_safetensors_alone(state, tmp_path):
    with pytest.raises(BadInput, match=r"expected a \.safetensors file; make one with: cellswap weights import .*model\.pt"):
        weights.read(tmp_path / "model.pt")
    with pytest.raises(BadInput, match=r"cellswap weights import '.*/my model\.pt' --model NAME$"):
        weights.read(tmp_path / "my model.pt")
    with pytest.raises(BadInput, match="no such file"):
        weights.read(tmp_path / "model.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10")
    with pytest.raises(BadInput, match="not a whole safetensors file"):
        weights.read(tmp_path / "cut.safetensors")
    weights.write(tmp_path / "model.safetensors", state, {"network": "deeploc"})
    with pytest.raises(BadInput, match=r"model\.safetensors: weights of deeploc, expected those of pifia"):
        loading.load(loading.Wanted("pifia", tmp_path / "model.safetensors"), "protein")
    with pytest.raises(BadInput, match="exists already"):
        weights.write(tmp_path / "model.safetensors", state, {})


def test_weights_that_are_there_already_are_not_written_again(state, tmp_path):
    path = tmp_path / "model.safetensors"
    weights.write(path, state, {"network": "pifia"})
    before = path.stat()
    weights.write(path, dict(reversed(state.items())), {"network": "pifia"})  # a command that was killed at its very end
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    for other, said in ((state, {"network": "pci"}), ({"conv1.bias": torch.zeros(64)}, {"network": "pifia"})):
        with pytest.raises(BadInput, match=r"model\.safetensors: exists already and is another file"):
            weights.write(path, other, said)


def test_other_variables_are_named(state, tmp_path):
    path = tmp_path / "lacking.safetensors"
    save_file({k: v for k, v in state.items() if k != "conv2.bias"}, path)
    with pytest.raises(BadInput, match=r"expected the variables of pifia, 1 are missing, first 'conv2\.bias'"):
        loading.load(loading.Wanted("pifia", path), "protein")
    save_file(state | {"conv9.bias": torch.zeros(3)}, path)
    with pytest.raises(BadInput, match=r"variable 'conv9\.bias': the network has none of that name"):
        loading.load(loading.Wanted("pifia", path), "protein")
    save_file(state | {"conv1.bias": torch.zeros(3)}, path)
    with pytest.raises(BadInput, match=r"lacking\.safetensors: variable 'conv1\.bias': expected shape \(64,\), found \(3,\)"):
        loading.load(loading.Wanted("pifia", path), "protein")


def test_the_first_of_several_faults_is_named_and_the_others_counted(state, tmp_path):
    path = tmp_path / "mine.pth"

    def says(variables, message):
        torch.save(variables, path)
        with pytest.raises(BadInput, match=message):
            import_file(path, "pifia", tmp_path / "out.safetensors", "")

    shapes = {"conv1.bias": torch.zeros(3), "conv2.bias": torch.zeros(4), "d3.bias": torch.zeros(7)}
    says(state | shapes, r"mine\.pth: variable 'conv1\.bias': expected shape \(64,\), found \(3,\) \(and 1 other\)$")
    nan = torch.full((64,), float("nan"))
    says(state | {"conv1.bias": nan}, r"variable 'conv1\.bias': 64 of 64 numbers are NaN or infinite: ")
    two = {"conv1.bias": nan, "conv2.bias": torch.tensor([float("inf")] + 63 * [0.0])}
    says(state | two, r"variable 'conv1\.bias': 64 of 64 numbers are NaN or infinite \(and 1 other\): .* an earlier step")
    assert not (tmp_path / "out.safetensors").exists()


def test_weights_that_are_not_finite_are_refused_where_they_are_given(state, tmp_path):
    path = tmp_path / "made_elsewhere.safetensors"
    save_file(state | {"conv1.bias": torch.full((64,), float("-inf"))}, path)
    with pytest.raises(BadInput, match=r"made_elsewhere\.safetensors: variable 'conv1\.bias': 64 of 64 numbers are NaN or infinite"):
        loading.load(loading.Wanted("pifia", path), "protein")


def test_a_mask_that_the_network_makes_of_infinity_is_no_fault(tmp_path, monkeypatch):
    (tmp_path / "masking.py").write_text(
        "import torch\n"
        "class Masking(torch.nn.Linear):\n"
        "    def __init__(self):\n"
        "        super().__init__(2, 2)\n"
        "        self.register_buffer('mask', torch.tensor([0.0, -torch.inf]))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    held = __import__("masking").Masking().state_dict()
    torch.save(held, tmp_path / "good.pt")
    assert import_file(tmp_path / "good.pt", "masking:Masking", None, "").n_numbers == 8
    torch.save(held | {"mask": torch.tensor([-torch.inf, 0.0])}, tmp_path / "bad.pt")
    with pytest.raises(BadInput, match="variable 'mask': 1 of 2 numbers"):
        import_file(tmp_path / "bad.pt", "masking:Masking", tmp_path / "out.safetensors", "")


def test_what_was_imported_is_not_imported_again(state, tmp_path):
    torch.save(state, tmp_path / "mine.pth")
    made = import_file(tmp_path / "mine.pth", "pifia", tmp_path / "mine.safetensors", "").path
    with pytest.raises(BadInput, match=r"mine\.safetensors: imported already, or trained here"):
        import_file(made, "pifia", tmp_path / "again.safetensors", "")
    bare = tmp_path / "bare.safetensors"
    save_file(state, bare)
    assert import_file(bare, "pifia", tmp_path / "again.safetensors", "").notes == ()


def test_a_weight_on_the_middle_is_imported_with_the_others(state, tmp_path):
    torch.save(state | {"centre_weight": torch.full((64, 64), 0.5)}, tmp_path / "robust.pth")
    path = import_file(tmp_path / "robust.pth", "pifia", tmp_path / "robust.safetensors", "").path
    assert loading.load(loading.Wanted("pifia", path), "protein").module.get_buffer("centre_weight").unique().tolist() == [0.5]
