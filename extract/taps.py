"""One forward pass that gives the pooled output of every wanted layer and ends after the last of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

import torch
from torch import Tensor, nn

from cellswap.errors import BadInput, UnknownName

POOLINGS = ("avg", "max", "none")


class _Enough(Exception):  # noqa: N818 - a way out of a forward pass, not an error
    """Every wanted layer has been seen."""


class Taps:
    """Layers of a network, each with its pooling, as one function of a batch.

    Outputs are pooled the moment they exist: a later step may write over them (ReLU in place), and maps of many layers
    would not fit in memory together.
    """

    def __init__(self, network: nn.Module, poolings: Mapping[str, str]) -> None:
        self.network = network
        self._poolings = dict(poolings)
        modules = dict(network.named_modules())
        for name in self._poolings:
            if name not in modules:
                raise UnknownName("layer", name, (n for n in modules if n))
        self._tapped = {name: modules[name] for name in self._poolings}

    @torch.inference_mode()
    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """For each layer its vectors (N, width) in float32, on the device of `x`."""
        taken: dict[str, Tensor] = {}
        # Hooks live for one pass: a second set of taps on the same network must not end this one's.
        handles = [module.register_forward_hook(self._hook(name, taken)) for name, module in self._tapped.items()]
        try:
            with suppress(_Enough):
                self.network(x)
        finally:
            for handle in handles:
                handle.remove()
        return taken

    def _hook(self, name: str, taken: dict[str, Tensor]) -> Callable[[nn.Module, object, object], None]:
        def take(_module: nn.Module, _given: object, output: object) -> None:
            taken[name] = pool(tensor_of(name, output), self._poolings[name])
            if len(taken) == len(self._poolings):
                raise _Enough

        return take


def pool(output: Tensor, how: str) -> Tensor:
    """Vectors (N, width) in float32 from maps (N, C, H, W), tokens (N, T, C) or vectors (N, C).

    `none` lays a map out row, column, channel, as TensorFlow's flatten does. The result never shares memory with `output`.
    """
    last = output.movedim(1, -1) if output.ndim > 3 else output
    inner = tuple(range(1, last.ndim - 1))
    if how == "avg" and inner:
        return last.mean(inner, dtype=torch.float32)
    if how == "max" and inner:
        return last.amax(inner).float()
    return last.flatten(1).to(torch.float32, copy=True)


def tensor_of(name: str, output: object) -> Tensor:
    """The module's output, or the first of several; BadInput where that is no tensor."""
    first = output[0] if isinstance(output, (tuple, list)) and output else output
    if not isinstance(first, Tensor) or first.ndim < 2:
        raise BadInput(f"layer '{name}': expected it to give a tensor (N, ...), found {type(first).__name__}")
    return first


@torch.inference_mode()
def shapes(network: nn.Module, x: Tensor) -> dict[str, tuple[int, ...]]:
    """The output shape, without the batch, of every module that runs exactly once in a pass over `x`, in order of running."""
    found: dict[str, tuple[int, ...]] = {}
    calls: Counter[str] = Counter()

    def see(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _given: object, output: object) -> None:
            calls[name] += 1
            first = output[0] if isinstance(output, (tuple, list)) and output else output
            if isinstance(first, Tensor) and first.ndim >= 2:
                found[name] = tuple(first.shape[1:])

        return hook

    handles = [module.register_forward_hook(see(name)) for name, module in network.named_modules() if name]
    try:
        network(x)
    finally:
        for handle in handles:
            handle.remove()
    return {name: shape for name, shape in found.items() if calls[name] == 1}
