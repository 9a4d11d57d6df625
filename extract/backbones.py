"""Backbones of timm, `timm:NAME`, filled from a local file: nothing is ever fetched.

timm is an optional extra, imported only when a model's name asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cellswap.errors import BadInput, UnknownName, first_line, lacking
from cellswap.extract.channels import Feeding

PREFIX = "timm:"
N_INPUTS = 3


def in_all(signal: str) -> Feeding:
    """What a backbone sees where nothing else is asked for: the signal channel in all inputs."""
    return Feeding((signal,), (0,), N_INPUTS, replicate=True)


def is_backbone(name: str) -> bool:
    """Whether a model's name asks for timm."""
    return name.startswith(PREFIX)


def build(name: str, variables: Mapping[str, Tensor]) -> nn.Module:
    """The backbone that these variables fit, with weights as timm draws them: as many inputs and classes as the variables have.

    Vision transformers take crops of any size, their positions stretched to it. BadInput where timm is not installed or can't
    make it, UnknownName for a name that timm does not know.
    """
    timm = _timm(name)
    wanted = name.removeprefix(PREFIX)
    # A name with ':' or '/' is an address (hf-hub:owner/name), which timm would look up in the network.
    if ":" in wanted or "/" in wanted or not timm.is_model(wanted):
        raise UnknownName("timm model", wanted, timm.list_models())
    facts = timm.get_pretrained_cfg(wanted)
    sizes = {
        "in_chans": _size(variables, facts and facts.first_conv, 1, N_INPUTS),
        "num_classes": _size(variables, facts and facts.classifier, 0, 0),
    }
    try:
        try:
            return timm.create_model(wanted, pretrained=False, dynamic_img_size=True, **sizes)
        except TypeError:  # convolutions take any size and know no such option
            return timm.create_model(wanted, pretrained=False, **sizes)
    except Exception as error:  # each of a thousand models may raise its own
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise BadInput(f"--model {name}: timm can't make it ({first})") from error


def _timm(name: str) -> Any:  # noqa: ANN401 - timm is optional
    try:
        import timm  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "torchvision":
            raise BadInput(f"--model {name}: it needs timm, which needs torchvision, which is not installed; {_torchvision()}") from error
        raise BadInput(f"--model {name}: it needs {lacking(error, 'timm', 'timm')}") from error
    except Exception as error:
        # Of two kinds torch and torchvision don't load together, and each says so in its own way.
        why = f"it needs timm, which can't be imported ({first_line(error)})"
        raise BadInput(f"--model {name}: {why}; where torchvision is the cause, {_torchvision()}") from error
    return timm


def _torchvision() -> str:
    """How to install the torchvision that goes with the torch that is there: of another kind it would bring its own torch, or fail."""
    release, _, kind = torch.__version__.partition("+")
    index = f" --index-url https://download.pytorch.org/whl/{kind}" if kind else ""
    return f"install the one made for torch {release}: pip install torchvision{index}"


def _size(variables: Mapping[str, Tensor], modules: str | tuple[str, ...] | None, axis: int, otherwise: int) -> int:
    """That side of the weight of the first of these modules that the variables have."""
    names = (modules,) if isinstance(modules, str) else modules or ()
    found = (variables[f"{name}.weight"].shape[axis] for name in names if f"{name}.weight" in variables)
    return next(found, otherwise)
