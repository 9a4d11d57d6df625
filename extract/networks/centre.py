"""A weight on the middle of the crop, as a part of a network: what `cellswap train --robust center` adds.

The weight is a variable of the network, so a file of weights that has it makes a network that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from cellswap.extract.networks.facts import Network

NAME = "centre_weight"


def build(network: Network, variables: Mapping[str, Tensor]) -> nn.Module:
    """The network that these variables fit, with a weight on the middle where they have one."""
    module = network.build(variables)
    return weighted(module, variables[NAME]) if NAME in variables else module


def weighted(module: nn.Module, weight: Tensor) -> nn.Module:
    """The module, from now on multiplying the images that it is given (N, C, H, W) by the weight (H, W)."""
    module.register_buffer(NAME, weight.clone())
    module.register_forward_pre_hook(_weigh)
    return module


def _weigh(module: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    first, *others = given
    return (first * module.get_buffer(NAME).to(first.dtype), *others)
