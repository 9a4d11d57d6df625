"""From a model's name and a weights file to a model that runs: a published network, or one of the user's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from cellswap.errors import BadInput, UnknownName, at
from cellswap.extract import backbones, own, weights
from cellswap.extract.channels import Feeding, straight
from cellswap.extract.model import Model
from cellswap.extract.networks import centre, network
from cellswap.extract.networks.facts import Network, NetworkFacts
from cellswap.extract.preprocess import PREPROCESSING

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


@dataclass(frozen=True)
class Wanted:
    """Which model to run, as the user asked for it; None means the network's own way."""

    network: str
    weights: Path | None = None
    name: str | None = None
    note: str | None = None
    feeding: Feeding | None = None
    preprocessing: str | None = None
    five_crops: bool = False
    precision: str = "float32"


def load(wanted: Wanted, signal: str) -> Model:
    """The model that was asked for, one of the user's own on the signal channel; BadInput or UnknownName where something doesn't fit."""
    made = _own(wanted, signal) if own.is_own(wanted.network) else _published(wanted, network(wanted.network))
    if not _NAME.match(made.name):
        raise BadInput(f"--as {made.name}: expected letters, digits, dot, dash and underscore: it becomes a folder's name")
    return made


def _published(wanted: Wanted, known: Network) -> Model:
    facts = known.facts
    _check(wanted, facts)
    if wanted.weights is None:
        raise BadInput(
            f"--model {facts.name}: expected --weights FILE.safetensors (its authors publish them at {facts.weight_source}); "
            f"make one with: cellswap weights import FILE --model {facts.name}"
        )
    held = weights.read(wanted.weights)
    with at(wanted.weights):
        _check_owner(held, facts.name)
        missing = sorted(known.spellings.keys() - held.variables.keys())
        if missing:
            raise BadInput(f"expected the variables of {facts.name}, {len(missing)} are missing, first '{missing[0]}'")
        module = weights.fill(centre.build(known, held.variables), held.variables)
    return Model(
        wanted.name or _default_name(wanted, facts.name),
        facts.name,
        module,
        wanted.feeding or straight(*facts.channels),
        facts.preprocessing,
        held,
        wanted.precision,
        facts.crop_size,
        facts.input_size,
        wanted.five_crops,
        facts.layer_names,
        facts.default_layer,
    )


def _own(wanted: Wanted, signal: str) -> Model:
    if wanted.five_crops:
        raise BadInput("--five-crops: only deeploc takes five crops")
    preprocessing = wanted.preprocessing or "minmax"
    if preprocessing not in PREPROCESSING:
        raise UnknownName("preprocessing", preprocessing, PREPROCESSING)
    module, held = _own_module(wanted)
    name = wanted.name or _default_name(wanted, wanted.network.rpartition(":")[2])
    usual = backbones.in_all(signal) if backbones.is_backbone(wanted.network) else straight(signal)
    return Model(name, wanted.network, module, wanted.feeding or usual, preprocessing, held, wanted.precision)


def _own_module(wanted: Wanted) -> tuple[nn.Module, weights.Weights]:
    """The network with its weights: a file's, or those that it makes itself."""
    if wanted.weights is None:
        if backbones.is_backbone(wanted.network):
            raise BadInput(
                f"--model {wanted.network}: expected --weights FILE.safetensors, a local file: nothing is downloaded; from a .pth make "
                f"one with: cellswap weights import FILE --model {wanted.network}"
            )
        module = own.build(wanted.network, {}).eval().requires_grad_(requires_grad=False)
        return module, weights.of_module(module, f"as {wanted.network} makes them itself")
    held = weights.read(wanted.weights)
    with at(wanted.weights):
        _check_owner(held, wanted.network)
    module = own.build(wanted.network, held.variables)
    with at(wanted.weights):
        return weights.fill(module, held.variables), held


def _check(wanted: Wanted, facts: NetworkFacts) -> None:
    if wanted.preprocessing:
        raise BadInput(f"--model {facts.name}: --preprocessing is for networks of your own; this one's is known")
    if wanted.feeding and wanted.feeding != straight(*wanted.feeding.roles[: len(facts.channels)]):
        raise BadInput(
            f"--model {facts.name}: expected --channels with {len(facts.channels)} names, for {', '.join(facts.channels)} in turn"
        )
    if wanted.five_crops and facts.input_size == facts.crop_size:
        raise BadInput(f"--five-crops: {facts.name} takes the whole crop; only deeploc takes five of 60 px")


def _check_owner(held: weights.Weights, name: str) -> None:
    if held.network not in {"", name}:
        raise BadInput(f"weights of {held.network}, expected those of {name}")


def _default_name(wanted: Wanted, network_name: str) -> str:
    """The network's name, with what makes its vectors different from the usual ones."""
    precision = "" if wanted.precision == "float32" else wanted.precision
    return "-".join(filter(None, (network_name, "five-crops" if wanted.five_crops else "", precision)))
