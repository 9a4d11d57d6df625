"""What is known of a network, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Layer:
    """One place where features can be taken.

    `width` is the number of channels, `stride` how many input pixels one step of the map is (0 for a vector), `kind` one
    of conv, norm, relu, pool, flatten, dense, softmax.
    """

    name: str
    width: int
    stride: int
    kind: str


@dataclass(frozen=True)
class NetworkFacts:
    """What is known of a published network. `channels` are roles in the order in which the network takes them."""

    name: str
    title: str
    crop_size: int
    input_size: int
    channels: tuple[str, ...]
    preprocessing: str
    layers: tuple[Layer, ...]
    default_layer: str
    paper: str
    licence: str
    weight_source: str

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of all layers, in the order in which a forward pass reaches them."""
        return tuple(layer.name for layer in self.layers)


@dataclass(frozen=True)
class Network:
    """A network that we can run: its facts, its module, and how its authors' files spell each variable.

    `build` makes a module that the given variables fit. `spellings` gives for each of our variables the names it may
    have in the authors' files, where kernels are HWIO and dense weights (in, out).
    """

    facts: NetworkFacts
    build: Callable[[Mapping[str, Tensor]], nn.Module]
    spellings: Mapping[str, tuple[str, ...]]
