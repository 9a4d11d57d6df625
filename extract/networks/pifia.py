"""PIFiA: protein-identity classification, eight convolutions and three dense layers (Razdaibiedina et al. 2024).

Unusual about it:
- it sees the protein channel alone, scaled by minimum and maximum, then standardized crop by crop;
- all convolutions are without padding, so a 64 px crop ends as a 5x5 map, of which the last pooling drops a row and column;
- `convN` is the convolution's own output, before batch norm and ReLU; Gupta et al. 2025 do not say which of the three
  they call conv8, so all are layers here;
- the map is flattened row, column, channel: dense weights stay in the authors' order;
- batch norm has TensorFlow's epsilon, 1e-3.

`pifia-narrow` is ours, not the authors': every layer but the 64-d profile at a quarter of its width, to train on a processor.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from itertools import pairwise

from torch import Tensor, nn

from cellswap.extract.networks.facts import Layer, Network, NetworkFacts

WIDTHS = (64, 64, 128, 128, 256, 256, 256, 256)
POOL_AFTER = {2: 1, 4: 2, 8: 3}
DENSE = (1024, 128, 64)
N_PROTEINS = 4049
EPSILON = 1e-3
DROPOUT = 0.02


class FlattenRowsFirst(nn.Module):
    """(N, C, H, W) -> (N, H*W*C), the order of TensorFlow's maps."""

    def forward(self, x: Tensor) -> Tensor:
        """The flattened maps."""
        return x.permute(0, 2, 3, 1).flatten(1)


def pifia(n_classes: int = N_PROTEINS, widths: tuple[int, ...] = WIDTHS) -> nn.Sequential:
    """The network for crops (N, 1, 64, 64), its outputs logits (N, n_classes); weights as torch draws them."""
    steps: OrderedDict[str, nn.Module] = OrderedDict()
    dense = _dense(widths)
    for i, (before, after) in enumerate(pairwise((1, *widths)), 1):
        steps[f"conv{i}"] = nn.Conv2d(before, after, 3)
        steps[f"bn{i}"] = nn.BatchNorm2d(after, eps=EPSILON, momentum=0.01)
        steps[f"relu{i}"] = nn.ReLU(inplace=True)
        if i in POOL_AFTER:
            steps[f"pool{POOL_AFTER[i]}"] = nn.MaxPool2d(2)
    steps["flatten"] = FlattenRowsFirst()
    for i, (before, after) in enumerate(pairwise(dense), 1):
        steps[f"d{i}_linear"] = nn.Linear(before, after)
        steps[f"d{i}"] = nn.ReLU(inplace=True)
    steps["dropout"] = nn.Dropout(DROPOUT)
    steps["d3"] = nn.Linear(dense[-1], n_classes)
    return nn.Sequential(steps)


def _dense(widths: tuple[int, ...]) -> tuple[int, ...]:
    """Widths of the flattened map and of the dense layers after it."""
    return (4 * widths[-1], *DENSE[1:])


def _layers(widths: tuple[int, ...]) -> tuple[Layer, ...]:
    found: list[Layer] = []
    stride = 1
    for i, width in enumerate(widths, 1):
        found += [Layer(f"{kind}{i}", width, stride, word) for kind, word in (("conv", "conv"), ("bn", "norm"), ("relu", "relu"))]
        if i in POOL_AFTER:
            stride *= 2
            found.append(Layer(f"pool{POOL_AFTER[i]}", width, stride, "pool"))
    dense = (("d1", DENSE[1]), ("d2", DENSE[2]), ("d3", N_PROTEINS))
    return (
        *found,
        Layer("flatten", _dense(widths)[0], 0, "flatten"),
        *(Layer(name, width, 0, "dense") for name, width in dense),
    )


def _spellings() -> dict[str, tuple[str, ...]]:
    """Our variable -> its key in the object graph of a TensorFlow 2 checkpoint."""
    ours: dict[str, str] = {}
    for i in range(1, len(WIDTHS) + 1):
        ours |= {f"conv{i}.weight": f"conv{i}/kernel", f"conv{i}.bias": f"conv{i}/bias"}
        ours |= {f"bn{i}.weight": f"bn{i}/gamma", f"bn{i}.bias": f"bn{i}/beta"}
        ours |= {f"bn{i}.running_mean": f"bn{i}/moving_mean", f"bn{i}.running_var": f"bn{i}/moving_variance"}
    for name, module in (("d1", "d1_linear"), ("d2", "d2_linear"), ("d3", "d3")):
        ours |= {f"{module}.weight": f"{name}/kernel", f"{module}.bias": f"{name}/bias"}
    return {key: (f"{name}/.ATTRIBUTES/VARIABLE_VALUE",) for key, name in ours.items()}


PIFIA = Network(
    NetworkFacts(
        name="pifia",
        title="PIFiA, 4,049 proteins, 64-d feature profile",
        crop_size=64,
        input_size=64,
        channels=("protein",),
        preprocessing="minmax_standardize",
        layers=_layers(WIDTHS),
        default_layer="conv8",
        paper="Razdaibiedina et al., PIFiA, Molecular Systems Biology 20, 2024",
        licence="MIT",
        weight_source="github.com/arazd/pifia: TensorFlow 2 checkpoint pifia_weights_i0 (.index and both .data shards)",
    ),
    build=lambda variables: pifia(len(variables["d3.bias"])),
    spellings=_spellings(),
)

NARROW = tuple(width // 4 for width in WIDTHS)
PIFIA_NARROW = Network(
    replace(
        PIFIA.facts,
        name="pifia-narrow",
        title="PIFiA's convolutions at a quarter of their width, 64-d feature profile",
        layers=_layers(NARROW),
        weight_source="nowhere: train them with cellswap train pifia-narrow",
    ),
    build=lambda variables: pifia(len(variables["d3.bias"]), NARROW),
    spellings=_spellings(),
)
