"""A backbone of timm is filled from a local file, by module names, and says what it lacks; nothing is downloaded.

timm needs torchvision, of which there is no build for a CPU's torch everywhere. Where torchvision is absent, a stand-in of
empty names takes its place for these tests: timm's own networks are what runs, and they use nothing of torchvision's but the
name of one class to compare with.
"""

from __future__ import annotations

import socket
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest
import torch

from cellswap.errors import BadInput, UnknownName
from cellswap.extract import backbones, importing, loading
from cellswap.extract.channels import parse

from .conftest import rows

STOOD_IN = ("", ".transforms", ".transforms.functional", ".datasets", ".ops", ".ops.misc", ".utils")


class _Names(type):
    """A class of which every attribute is its own name."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name


class _StandIn(ModuleType):
    """A module in which every name is an empty class."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Names(name, (), {})


@pytest.fixture(scope="module")
def timm():
    if find_spec("timm") is None:
        pytest.skip("timm is not installed: pip install --no-deps timm")
    patch = pytest.MonkeyPatch()
    if find_spec("torchvision") is None:
        for ending in STOOD_IN:
            name = f"torchvision{ending}"
            module = _StandIn(name)
            module.__spec__ = ModuleSpec(name, None)
            patch.setitem(sys.modules, name, module)
            above, _, last = name.rpartition(".")
            if above:
                setattr(sys.modules[above], last, module)
    import timm

    yield timm
    patch.undo()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def weights_of(tmp_path):
    """A safetensors file of a backbone's variables, imported from a .pth as timm would save it."""

    def make(name, module):
        torch.save(module.state_dict(), tmp_path / f"{name}.pth")
        return importing.import_file(tmp_path / f"{name}.pth", f"timm:{name}", tmp_path / f"{name}.safetensors", "test").path

    return make


def drawn(timm, name, **options):
    torch.manual_seed(4)
    return timm.create_model(name, pretrained=False, **options).eval()


def test_vectors_are_the_backbones_own(timm, weights_of, noisy, noise, embed):
    module = drawn(timm, "resnet18", num_classes=0)
    embed(noisy, model={"network": "timm:resnet18", "weights": weights_of("resnet18", module)}, layers=("layer2.1", "global_pool"))
    crops = torch.from_numpy(noise[0][..., 0].astype(np.float32))[:, None]
    low, high = crops.amin((2, 3), keepdim=True), crops.amax((2, 3), keepdim=True)
    with torch.inference_mode():
        wanted = module(((crops - low) / (high - low)).expand(-1, 3, -1, -1)).numpy()
    query = "SELECT embedding FROM embeddings WHERE layer = 'global_pool' AND setting = 'baseline' ORDER BY crop_id"
    np.testing.assert_allclose(np.array([v for (v,) in rows(noisy, query)]), wanted, atol=1e-3)
    query = "SELECT DISTINCT model, layer, pooling, len(embedding) FROM embeddings ORDER BY layer"
    assert rows(noisy, query) == [("resnet18", "global_pool", "none", 512), ("resnet18", "layer2.1", "avg", 128)]
    assert rows(noisy, "SELECT channels, weights_note FROM models") == [("protein in turn in all 3 inputs", "test")]


def test_two_channels_by_replication_and_by_place(timm, weights_of, noisy, embed):
    path = weights_of("resnet18", drawn(timm, "resnet18"))
    for name, words, replicate in (("twice", "protein,cytoplasm", True), ("placed", "protein=1,cytoplasm=0", False)):
        model = {"network": "timm:resnet18", "weights": path, "name": name, "feeding": parse(words, 3, replicate=replicate)}
        embed(noisy, model=model, layers=("global_pool",), settings=("baseline",))
    query = "SELECT model, len(embedding), count(*) FROM embeddings GROUP BY ALL ORDER BY ALL"
    assert rows(noisy, query) == [("placed", 512, 12), ("twice", 1024, 12)]


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("resnet18", {"num_classes": 7, "in_chans": 2}, (2, 7)),
        ("resnet18", {"num_classes": 0, "in_chans": 5}, (5, 0)),
        ("vit_tiny_patch16_224", {}, (3, 1000)),
        ("vit_small_patch16_224.dino", {"num_classes": 0}, (3, 0)),
    ],
)
def test_inputs_and_classes_are_the_files(timm, weights_of, name, options, shape):
    path = weights_of(name, drawn(timm, name, **options))
    made = loading.load(loading.Wanted(f"timm:{name}", path, feeding=parse("protein", shape[0], replicate=True)), "protein")
    assert made.module.num_classes == shape[1]
    # A transformer made for 224 px sees crops of 64.
    given = made.module(torch.zeros(2, shape[0], 64, 64))
    assert given.shape == (2, shape[1] or made.module.num_features)


def test_weights_of_another_backbone_are_refused_by_name(timm, weights_of):
    path = weights_of("resnet18", drawn(timm, "resnet18"))
    with pytest.raises(BadInput, match="weights of timm:resnet18, expected those of timm:resnet34"):
        loading.load(loading.Wanted("timm:resnet34", path), "protein")


def test_a_shape_that_does_not_fit_is_named(timm, weights_of):
    module = drawn(timm, "resnet18")
    module.layer1[0].conv1 = torch.nn.Conv2d(64, 9, 3, bias=False)
    with pytest.raises(BadInput, match=r"resnet18\.pth: variable 'layer1\.0\.conv1\.weight': expected shape .* found"):
        weights_of("resnet18", module)


@pytest.mark.parametrize("name", ["resnet81", "hf-hub:timm/resnet18.a1_in1k", "timm/resnet18"])
def test_a_name_that_timm_has_not_is_refused_without_asking_anyone(timm, name):
    with pytest.raises(UnknownName, match="unknown timm model"):
        backbones.build(f"timm:{name}", {})


def test_no_weights_no_download():
    with pytest.raises(BadInput, match=r"timm:resnet18: expected --weights FILE\.safetensors, a local file: nothing is downloaded"):
        loading.load(loading.Wanted("timm:resnet18"), "protein")


class _Failing:
    """An importer for which one package can't be imported, as `error` says."""

    def __init__(self, package, error):
        self.package, self.error = package, error

    def find_spec(self, name, *_):
        if name == self.package:
            raise self.error


@pytest.mark.parametrize(
    ("package", "error", "message"),
    [
        ("timm", ModuleNotFoundError("No module named 'timm'", name="timm"),
         r"it needs timm, which is not installed; install it with: pip install 'cellswap\[timm\]'"),
        ("timm", ModuleNotFoundError("No module named 'torchvision'", name="torchvision"),
         r"needs timm, which needs torchvision, which is not installed; install the one made for torch \d[\d.]*: pip install torchvision"),
        ("timm", ModuleNotFoundError("No module named 'yaml'", name="yaml"), "timm, which is installed but needs yaml, which is not"),
        ("timm", RuntimeError("operator torchvision::nms does not exist\nmore"),
         r"timm, which can't be imported \(operator torchvision::nms does not exist\); where torchvision is the cause, install the one"),
    ],
)  # fmt: skip
def test_what_really_lacks_is_named(monkeypatch, package, error, message):
    for name in [name for name in sys.modules if name.partition(".")[0] == "timm"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Failing(package, error), *sys.meta_path])
    with pytest.raises(BadInput, match=message):
        backbones.build("timm:resnet18", {})
