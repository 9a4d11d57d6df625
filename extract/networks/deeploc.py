"""DeepLoc: 19 localization classes from protein and marker (Kraus et al. 2017).

Unusual about it:
- every layer has batch norm, also the dense ones and the last, which has no activation before the softmax;
- `conv_5` is the value after batch norm and ReLU, as in the authors' code; `conv_5_preact` and `conv_5_bn` stand before it;
- the 15x15 map is pooled to 8x8: TensorFlow's SAME pads the bottom and right edge only;
- the map is flattened row, column, channel;
- a crop of 64 px is cut to its middle 60 px; the authors average the softmax of five such crops;
- batch norm at test time uses moving averages that are kept beside the variables, under names that changed with TensorFlow;
- batch norm's epsilon is 1e-3.

`deeploc-narrow` is ours, not the authors': every layer at a quarter of its width, to train on a processor.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from itertools import pairwise

from torch import nn

from cellswap.extract.networks.facts import Layer, Network, NetworkFacts
from cellswap.extract.networks.pifia import FlattenRowsFirst

WIDTHS = (64, 64, 128, 128, 256, 256, 256, 256)
POOL_AFTER = {2: 1, 4: 2, 8: 3}
DENSE = ("fc_1", "fc_2")
MAP = 8 * 8
N_CLASSES = 19
EPSILON = 1e-3
# The moments' names under TensorFlow 1.0 and from 1.1 on.
MEANS = ("moments_1/mean", "Squeeze")
VARIANCES = ("moments_1/variance", "Squeeze_1")


def deeploc(n_classes: int = N_CLASSES, widths: tuple[int, ...] = WIDTHS) -> nn.Sequential:
    """The network for crops (N, 2, 60, 60), its outputs probabilities (N, n_classes); weights as torch draws them."""
    steps: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (before, after) in enumerate(pairwise((2, *widths)), 1):
        steps[f"conv_{i}_preact"] = nn.Conv2d(before, after, 3, padding=1)
        steps[f"conv_{i}_bn"] = nn.BatchNorm2d(after, eps=EPSILON, momentum=0.5)
        steps[f"conv_{i}"] = nn.ReLU(inplace=True)
        if i in POOL_AFTER:
            steps[f"pool{POOL_AFTER[i]}"] = nn.MaxPool2d(2, ceil_mode=True)
    steps["flatten"] = FlattenRowsFirst()
    for name, (before, after) in _dense(widths).items():
        steps[f"{name}_preact"] = nn.Linear(before, after)
        steps[f"{name}_bn"] = nn.BatchNorm1d(after, eps=EPSILON, momentum=0.5)
        steps[name] = nn.ReLU(inplace=True)
    steps["final_layer_preact"] = nn.Linear(2 * widths[-1], n_classes)
    steps["final_layer_bn"] = nn.BatchNorm1d(n_classes, eps=EPSILON, momentum=0.5)
    steps["softmax"] = nn.Softmax(1)
    return nn.Sequential(steps)


def _dense(widths: tuple[int, ...]) -> dict[str, tuple[int, int]]:
    """For each dense layer its numbers of inputs and outputs."""
    wide = 2 * widths[-1]
    return dict(zip(DENSE, ((MAP * widths[-1], wide), (wide, wide)), strict=True))


def _layers(widths: tuple[int, ...]) -> tuple[Layer, ...]:
    found: list[Layer] = []
    stride = 1
    for i, width in enumerate(widths, 1):
        points = ((f"conv_{i}_preact", "conv"), (f"conv_{i}_bn", "norm"), (f"conv_{i}", "relu"))
        found += [Layer(name, width, stride, kind) for name, kind in points]
        if i in POOL_AFTER:
            stride *= 2
            found.append(Layer(f"pool{POOL_AFTER[i]}", width, stride, "pool"))
    found.append(Layer("flatten", MAP * widths[-1], 0, "flatten"))
    for name, (_, width) in _dense(widths).items():
        points = ((f"{name}_preact", "dense"), (f"{name}_bn", "norm"), (name, "relu"))
        found += [Layer(layer, width, 0, kind) for layer, kind in points]
    last = (("final_layer_preact", "dense"), ("final_layer_bn", "norm"), ("softmax", "softmax"))
    return (*found, *(Layer(name, N_CLASSES, 0, kind) for name, kind in last))


def _spellings() -> dict[str, tuple[str, ...]]:
    """Our variable -> its names in the authors' checkpoints."""
    found: dict[str, tuple[str, ...]] = {}
    for name in (*(f"conv_{i}" for i in range(1, len(WIDTHS) + 1)), *DENSE, "final_layer"):
        norm = f"{name}/batch_norm/{name}_batch_norm"
        found[f"{name}_preact.weight"] = (f"{name}/weights/Variable",)
        found[f"{name}_preact.bias"] = (f"{name}/biases/Variable",)
        found[f"{name}_bn.weight"] = (f"{norm}/gamma",)
        found[f"{name}_bn.bias"] = (f"{norm}/beta",)
        for ours, theirs in (("running_mean", MEANS), ("running_var", VARIANCES)):
            found[f"{name}_bn.{ours}"] = tuple(f"{name}_batch_norm/{norm}/moments/{word}/ExponentialMovingAverage" for word in theirs)
    return found


DEEPLOC = Network(
    NetworkFacts(
        name="deeploc",
        title="DeepLoc, 19 localization classes",
        crop_size=64,
        input_size=60,
        channels=("protein", "cytoplasm"),
        preprocessing="percentile_stretch",
        layers=_layers(WIDTHS),
        default_layer="conv_5",
        paper="Kraus et al., Automated analysis of high-content microscopy data with deep learning, Molecular Systems Biology 13, 2017",
        licence="BSD-3-Clause (the authors' code; none of it is here)",
        weight_source="github.com/okraus/DeepLoc: TensorFlow 1 checkpoint pretrained_models/model.ckpt-5000",
    ),
    build=lambda variables: deeploc(len(variables["final_layer_preact.bias"])),
    spellings=_spellings(),
)

NARROW = tuple(width // 4 for width in WIDTHS)
DEEPLOC_NARROW = Network(
    replace(
        DEEPLOC.facts,
        name="deeploc-narrow",
        title="DeepLoc at a quarter of its width",
        layers=_layers(NARROW),
        weight_source="nowhere: train them with cellswap train deeploc-narrow",
    ),
    build=lambda variables: deeploc(len(variables["final_layer_preact.bias"]), NARROW),
    spellings=_spellings(),
)
