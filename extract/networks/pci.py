"""Paired Cell Inpainting, yeast model: paint a cell's protein from another cell's marker (Lu et al. 2019).

Unusual about it:
- the layer `convN_1` is the convolution with its ReLU; batch norm comes after the ReLU, not before;
- the authors' features are `convN_1`, before batch norm, by the maximum over space; Gupta et al. 2025 take conv4_1 by the average;
- it sees protein and cytoplasm marker, each scaled to 0-1 by its own minimum and maximum;
- features need the encoder of the source cell only; the marker branch of the target cell and the decoder are there for training;
- batch norm has Keras' epsilon, 1e-3.

`pci-narrow` is ours, not the authors': every layer at a quarter of its width, to train on a processor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from cellswap.extract.networks.facts import Layer, Network, NetworkFacts

SOURCE = {"conv1_1": (2, 96), "conv2_1": (96, 256), "conv3_1": (256, 384), "conv4_1": (384, 384), "conv5_1": (384, 256)}
MARKER = {"rfpconv1_1": (1, 16), "rfpconv2_1": (16, 32), "rfpconv3_1": (32, 32)}
DECODER = {
    "conv6_1": (288, 256),
    "conv7_1": (256, 384),
    "conv8_1": (384, 384),
    "conv9_1": (384, 256),
    "conv10_1": (256, 96),
}
POOLED = {"conv1_1", "conv2_1", "rfpconv1_1", "rfpconv2_1"}
UPSAMPLED = {"conv9_1", "conv10_1"}
# Keras numbers its unnamed batch norms in the order of their making.
NORM_ORDER = ("conv1_1", "conv2_1", "rfpconv1_1", "rfpconv2_1", "conv3_1", "conv4_1", "conv5_1", "rfpconv3_1")
EPSILON = 1e-3


class ConvReLU(nn.Conv2d):
    """A 3x3 convolution with its ReLU: what Keras calls a layer with an activation."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(before, after, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the parent's name
        """The convolution after ReLU."""
        return functional.relu_(super().forward(input))


class PairedCellInpainting(nn.Module):
    """Source cells (N, 2, 64, 64) and markers of target cells (N, 1, 64, 64) to the targets' protein (N, 1, 64, 64)."""

    def __init__(self, narrower: int = 1) -> None:
        super().__init__()
        for name, (before, after) in _widths(SOURCE | MARKER | DECODER, narrower).items():
            self.add_module(name, ConvReLU(before, after))
            if name not in DECODER:
                self.add_module(f"bn_{name}", nn.BatchNorm2d(after, eps=EPSILON, momentum=0.01))
        self.y_gfp = nn.Conv2d(DECODER["conv10_1"][1] // narrower, 1, 1)

    def forward(self, source: Tensor, marker: Tensor | None = None) -> Tensor:
        """The painted protein; without a marker the source's code (N, 256, 16, 16), which is all that features need."""
        code = self._encode(source, SOURCE)
        if marker is None:
            return code
        x = torch.cat((code, self._encode(marker, MARKER)), 1)
        for name in DECODER:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest") if name in UPSAMPLED else x
            x = self.get_submodule(name)(x)
        return self.y_gfp(x)

    def _encode(self, x: Tensor, names: Iterable[str]) -> Tensor:
        for name in names:
            x = self.get_submodule(f"bn_{name}")(self.get_submodule(name)(x))
            x = functional.max_pool2d(x, 2) if name in POOLED else x
        return x


def _widths(of: dict[str, tuple[int, int]], narrower: int) -> dict[str, tuple[int, int]]:
    """Channels before and after each layer of a network that is narrower by a factor; images keep their one or two channels."""
    return {name: (before // narrower if before > 2 else before, after // narrower) for name, (before, after) in of.items()}


def _layers(narrower: int) -> tuple[Layer, ...]:
    strides = {"conv1_1": 1, "conv2_1": 2}
    pairs = ((name, width, strides.get(name, 4)) for name, (_, width) in _widths(SOURCE, narrower).items())
    return tuple(
        Layer(layer, width, stride, kind) for name, width, stride in pairs for layer, kind in ((name, "relu"), (f"bn_{name}", "norm"))
    )


def _spellings() -> dict[str, tuple[str, ...]]:
    """Our variable -> layer and variable in a Keras file."""
    ours: dict[str, str] = {}
    for name in (*SOURCE, *MARKER, *DECODER, "y_gfp"):
        ours |= {f"{name}.weight": f"{name}/kernel", f"{name}.bias": f"{name}/bias"}
    for rank, name in enumerate(NORM_ORDER, 1):
        theirs = f"batch_normalization#{rank}"
        ours |= {f"bn_{name}.weight": f"{theirs}/gamma", f"bn_{name}.bias": f"{theirs}/beta"}
        ours |= {
            f"bn_{name}.running_mean": f"{theirs}/moving_mean",
            f"bn_{name}.running_var": f"{theirs}/moving_variance",
        }
    return {key: (name,) for key, name in ours.items()}


PCI = Network(
    NetworkFacts(
        name="pci",
        title="Paired Cell Inpainting, yeast",
        crop_size=64,
        input_size=64,
        channels=("protein", "cytoplasm"),
        preprocessing="minmax",
        layers=_layers(1),
        default_layer="conv4_1",
        paper="Lu, Kraus, Cooper, Moses, Learning unsupervised feature representations for single cell microscopy images with "
        "paired cell inpainting, PLOS Computational Biology 15, 2019",
        licence="GPL-2.0 (the authors' code; none of it is here)",
        weight_source="github.com/alexxijielu/paired_cell_inpainting: Keras HDF5",
    ),
    build=lambda _: PairedCellInpainting(),
    spellings=_spellings(),
)

NARROWER = 4
PCI_NARROW = Network(
    replace(
        PCI.facts,
        name="pci-narrow",
        title="Paired Cell Inpainting, yeast, at a quarter of its width",
        layers=_layers(NARROWER),
        weight_source="nowhere: train them with cellswap train pci-narrow",
    ),
    build=lambda _: PairedCellInpainting(NARROWER),
    spellings=_spellings(),
)
