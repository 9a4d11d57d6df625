"""Weight files in the authors' formats, whole and damaged."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest
from safetensors import safe_open

from cellswap.errors import BadInput
from cellswap.extract import checkpoints, weights
from cellswap.extract.importing import import_file
from cellswap.extract.networks import NETWORKS

from .conftest import NOTE

tensorflow = pytest.mark.usefixtures("needs_tensorflow")


@pytest.fixture
def needs_tensorflow():
    pytest.importorskip("tensorflow")


@pytest.fixture
def copied(unpacked, tmp_path):
    """A copy of PIFiA's two-shard checkpoint that may be damaged."""
    return shutil.copytree(unpacked("pifia") / "two_shards", tmp_path / "two_shards") / "pifia_weights_golden"


@tensorflow
def test_one_and_two_shards_hold_the_same(unpacked):
    one, two = (
        weights.convert(NETWORKS["pifia"], checkpoints.read(unpacked("pifia") / folder / "pifia_weights_golden.index"))
        for folder in ("one_shard", "two_shards")
    )
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)


@tensorflow
def test_provenance_stands_in_the_file(imported, unpacked):
    with safe_open(imported("pifia"), "pt") as file:
        held = file.metadata()
    sources = json.loads(held.pop("source_sha256"))
    assert held == {
        "network": "pifia",
        "note": NOTE,
        "source": "pifia_weights_golden.index",
        "converter": f"cellswap {weights.__version__}",
    }
    folder = unpacked("pifia") / "two_shards"
    assert sources == {p.name: weights.sha256(p) for p in folder.iterdir() if p.name != "checkpoint"}


@tensorflow
def test_the_published_index_lists_its_variables_and_the_missing_shard(golden):
    index = golden / "pifia" / "genuine_pifia_weights_i0.index"
    listed = checkpoints.listing(index)
    genuine = json.loads((golden / "pifia" / "genuine_variables.json").read_text())["entries"]
    assert listed.shapes == {e["name"]: tuple(e["shape"]) for e in genuine if e["dtype"] == "DT_FLOAT"}
    assert listed.missing == ("genuine_pifia_weights_i0.data-00001-of-00002",)
    with pytest.raises(
        BadInput,
        match=r"data shard genuine_pifia_weights_i0\.data-00001-of-00002 is missing .* 54 variables of 2,732,689",
    ):
        checkpoints.read(index)


@tensorflow
@pytest.mark.parametrize("given", [".index", ".data-00001-of-00002", ""])
def test_any_file_of_a_checkpoint_names_it(copied, given):
    assert len(checkpoints.read(copied.with_name(copied.name + given))) == 54


@tensorflow
def test_damaged_checkpoints(copied):
    data = copied.with_name(copied.name + ".data-00001-of-00002")
    whole = data.read_bytes()
    data.write_bytes(whole[:5_000_000])
    with pytest.raises(BadInput, match=r"pifia_weights_golden: variable '.+' can't be read; is a data file cut off"):
        checkpoints.read(copied)
    data.write_bytes(whole[:100] + b"\xff" + whole[101:])
    with pytest.raises(BadInput, match=r"variable 'conv1/kernel/\.ATTRIBUTES/VARIABLE_VALUE' can't be read"):
        checkpoints.read(copied)
    data.unlink()
    with pytest.raises(BadInput, match=r"the data shard pifia_weights_golden\.data-00001-of-00002 is missing"):
        checkpoints.read(copied)
    index = copied.with_name(copied.name + ".index")
    index.write_bytes(index.read_bytes()[:1000])
    with pytest.raises(BadInput, match="not the index of a TensorFlow checkpoint, or cut off"):
        checkpoints.read(copied)
    index.unlink()
    with pytest.raises(BadInput, match="no such file"):
        checkpoints.read(copied)
    with pytest.raises(BadInput, match=r"index pifia_weights_golden\.index is not beside it"):
        checkpoints.read(copied.with_name(copied.name + ".data-00000-of-00002"))


@tensorflow
def test_weights_of_another_network_are_named(unpacked, tmp_path):
    file = unpacked("deeploc") / "tf1.7_eval_graph" / "model.ckpt-5000.index"
    with pytest.raises(BadInput, match="these are weights of deeploc: import them with --model deeploc"):
        import_file(file, "pifia", tmp_path / "out.safetensors", "")
    assert not list(tmp_path.iterdir())


@tensorflow
def test_a_wrong_shape_is_named(unpacked):
    held = checkpoints.read(unpacked("pifia") / "one_shard" / "pifia_weights_golden.index")
    name = "conv3/kernel/.ATTRIBUTES/VARIABLE_VALUE"
    turned = held | {name: held[name].transpose(2, 3, 0, 1)}
    with pytest.raises(BadInput, match=r"variable 'conv3/kernel.*': expected shape \(3, 3, 64, 128\), found \(64, 128, 3, 3\)"):
        weights.convert(NETWORKS["pifia"], turned)
    del held["bn2/beta/.ATTRIBUTES/VARIABLE_VALUE"]
    with pytest.raises(BadInput, match=r"expected the 54 variables of pifia, 1 are missing, first 'bn2/beta"):
        weights.convert(NETWORKS["pifia"], held)


def test_damaged_keras_files(unpacked, tmp_path):
    h5py = pytest.importorskip("h5py")
    whole = (unpacked("pci") / "pci_golden_weights.h5").read_bytes()
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole[:1_000_000])
    with pytest.raises(BadInput, match="not a whole HDF5 file"):
        checkpoints.read(cut)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(BadInput, match=r"expected Keras weights with the attribute layer_names, found \['numbers'\]"):
        checkpoints.read(tmp_path / "other.h5")


@pytest.mark.parametrize(
    ("module", "network", "file"),
    [("tensorflow", "pifia", "one_shard/pifia_weights_golden.index"), ("h5py", "pci", "pci_golden_weights.h5")],
)
def test_without_the_extra_the_message_says_what_to_install(unpacked, monkeypatch, module, network, file):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadInput, match=r"install it with: pip install 'cellswap\[weights\]'"):
        checkpoints.read(unpacked(network) / file)
