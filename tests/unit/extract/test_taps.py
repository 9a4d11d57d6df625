import pytest
import torch
from torch import nn

from cellswap.errors import UnknownName
from cellswap.extract.taps import Taps, pool, shapes


class Explodes(nn.Module):
    def forward(self, _x):
        raise AssertionError("the pass went on after the last wanted layer")


def test_the_pass_ends_after_the_last_wanted_layer_and_pools_before_it_is_overwritten():
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), Explodes())
    x = torch.randn(2, 1, 8, 8)
    convolved = nn.functional.conv2d(x, network[0].weight, network[0].bias)
    made = Taps(network, {"1": "avg", "0": "avg"})(x)
    assert torch.allclose(made["0"], convolved.mean((2, 3)), atol=1e-6)
    assert torch.allclose(made["1"], convolved.relu().mean((2, 3)), atol=1e-6)


def test_poolings():
    maps = torch.arange(24.0).reshape(1, 2, 3, 4)
    assert pool(maps, "avg").tolist() == [[5.5, 17.5]]
    assert pool(maps, "max").tolist() == [[11.0, 23.0]]
    assert pool(maps, "none").tolist() == maps.permute(0, 2, 3, 1).reshape(1, 24).tolist()
    tokens = torch.arange(6.0).reshape(1, 3, 2)
    assert pool(tokens, "avg").tolist() == [[2.0, 3.0]]
    vector = torch.ones(1, 4)
    copied = pool(vector, "avg")
    vector.zero_()
    assert copied.tolist() == [[1.0] * 4]


def test_half_precision_is_averaged_in_float32():
    maps = torch.full((1, 1, 64, 64), 17.0, dtype=torch.float16)
    assert pool(maps, "avg").tolist() == [[17.0]]


def test_an_unknown_layer_names_the_nearest():
    with pytest.raises(UnknownName, match="unknown layer 'conv9'; did you mean conv1"):
        Taps(nn.ModuleDict({"conv1": nn.Identity()}), {"conv9": "avg"})


def test_only_modules_that_run_once_are_offered():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu, self.linear, self.idle = nn.ReLU(), nn.Linear(4, 3), nn.Linear(4, 3)

        def forward(self, x):
            return self.relu(self.linear(self.relu(x)))

    assert shapes(Twice(), torch.zeros(2, 4)) == {"linear": (3,)}
