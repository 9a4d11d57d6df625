"""Networks that Cellswap does not know: a class or function of the user's, an entry point of an installed package, a backbone of timm."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from cellswap.errors import BadInput, UnknownName
from cellswap.extract import backbones
from cellswap.extract.networks import NETWORKS

ENTRY_POINTS = "cellswap.networks"


def is_own(name: str) -> bool:
    """Whether a model's name is not one of NETWORKS but says where a network comes from."""
    return name not in NETWORKS and (":" in name or name in _entry_points())


def build(name: str, variables: Mapping[str, Tensor]) -> nn.Module:
    """The network that `module:Class` (from the working directory too), an entry point or timm makes; nothing is fetched.

    Of `variables` only a backbone of timm reads anything: how many inputs and classes it is to have.
    """
    if backbones.is_backbone(name):
        return backbones.build(name, variables)
    make = _found(name) if ":" in name else _entry_points()[name].load()
    try:
        made = make()
    except TypeError as error:
        raise BadInput(f"--model {name}: expected a class or function that takes no arguments ({error})") from error
    if not isinstance(made, nn.Module):
        raise BadInput(f"--model {name}: expected a torch.nn.Module, found {type(made).__name__}")
    return made


def _found(name: str) -> Any:  # noqa: ANN401 - whatever the user's module holds
    module_name, _, attribute = name.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise BadInput(f"--model {name}: module '{module_name}' can't be imported ({error})") from error
    if not hasattr(module, attribute):
        raise UnknownName(f"class of {module_name}", attribute, (n for n in vars(module) if not n.startswith("_")))
    return getattr(module, attribute)


def _entry_points() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
