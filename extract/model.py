"""A network with its weights, ready to run, and its row in the table `models`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from cellswap.errors import BadInput, at
from cellswap.extract import weights
from cellswap.extract.networks import network
from cellswap.store import database, parts
from cellswap.store.folder import Store

FIVE_CROPS = "five-crops"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


@dataclass(frozen=True)
class Wanted:
    """Which model to run, as the user asked for it; None means the network's own way."""

    network: str
    weights: Path | None = None
    name: str | None = None
    note: str | None = None
    channels: tuple[str, ...] | None = None
    preprocessing: str | None = None
    five_crops: bool = False
    precision: str = "float32"


@dataclass(frozen=True)
class Model:
    """A module ready for inference, what it wants to be fed, and where its weights come from.

    `channels` are the roles that it takes, in order; `input_size` is what is cut from the middle of a crop of
    `crop_size`, either None where any size will do. `layers` are those that are offered; none means every module.
    """

    name: str
    network: str
    module: nn.Module
    channels: tuple[str, ...]
    preprocessing: str
    crop_size: int | None
    input_size: int | None
    layers: tuple[str, ...]
    default_layer: str | None
    five_crops: bool
    precision: str
    weights: weights.Weights


def load(wanted: Wanted) -> Model:
    """The model that was asked for; BadInput or UnknownName where network and weights don't fit."""
    known = network(wanted.network)
    facts = known.facts
    if wanted.weights is None:
        raise BadInput(
            f"--model {facts.name}: expected --weights FILE.safetensors; its authors': {facts.weight_source}; "
            "make one with: cellswap weights import FILE --model " + facts.name
        )
    if wanted.channels or wanted.preprocessing:
        raise BadInput(
            f"--model {facts.name}: --channels and --preprocessing are for networks of your own; this one's are known"
        )
    if wanted.five_crops and facts.input_size == facts.crop_size:
        raise BadInput(f"--five-crops: {facts.name} takes the whole crop; only deeploc takes five of 60 px")
    held = weights.read(wanted.weights)
    with at(wanted.weights):
        if held.network not in {"", facts.name}:
            raise BadInput(f"weights of {held.network}, expected those of {facts.name}")
        if "".join(known.spellings) and not known.spellings.keys() <= held.variables.keys():
            missing = sorted(known.spellings.keys() - held.variables.keys())
            raise BadInput(f"expected the variables of {facts.name}, {len(missing)} are missing, first '{missing[0]}'")
        module = weights.fill(known.build(held.variables), held.variables)
    name = wanted.name or "-".join(
        filter(None, (facts.name, FIVE_CROPS if wanted.five_crops else "", _precision(wanted)))
    )
    return Model(
        _checked(name),
        facts.name,
        module,
        facts.channels,
        facts.preprocessing,
        facts.crop_size,
        facts.input_size,
        facts.layer_names,
        facts.default_layer,
        wanted.five_crops,
        wanted.precision,
        held,
    )


def row(model: Model, note: str | None) -> dict[str, list[object]]:
    """The model's row in the table `models`."""
    shown = f"{model.preprocessing}, mean over five crops" if model.five_crops else model.preprocessing
    return {
        "model": [model.name],
        "network": [model.network],
        "weights_file": [model.weights.file],
        "weights_sha256": [model.weights.sha256],
        "weights_note": [note or model.weights.note],
        "n_parameters": [model.weights.n_parameters],
        "channels": [",".join(model.channels)],
        "preprocessing": [shown],
        "precision": [model.precision],
    }


def register(store: Store, made: Mapping[str, list[object]], run_id: str) -> None:
    """Write the model's row if the store lacks it; BadInput where the name stands for another network, weights or way of running."""
    name = str(made["model"][0])
    fixed = ("network", "weights_sha256", "channels", "preprocessing", "precision")
    with database.connect(store) as connection:
        found = connection.execute(f"SELECT {', '.join(fixed)} FROM models WHERE model = ?", [name]).fetchone()
    if found is None:
        parts.write(store, "models", (name,), made, run_id)
        return
    for column, there in zip(fixed, found, strict=True):
        if there != made[column][0]:
            raise BadInput(
                f"model '{name}' stands in this store for {column} {str(there)[:40]}, this run has {str(made[column][0])[:40]}: "
                "give this one a name of its own with --as NAME"
            )


def _precision(wanted: Wanted) -> str:
    return "" if wanted.precision == "float32" else wanted.precision


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise BadInput(f"--as {name}: expected letters, digits, dot, dash and underscore: the name becomes a folder's")
    return name
