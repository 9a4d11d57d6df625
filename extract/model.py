"""A network with its weights, ready to run, and its row in the table `models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from cellswap.errors import BadInput
from cellswap.extract.channels import Feeding
from cellswap.extract.weights import Weights
from cellswap.store import database, parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part

# What a name stands for in a store: rows of different makes must never meet under one name.
FIXED = ("network", "weights_sha256", "channels", "preprocessing", "precision")


@dataclass(frozen=True)
class Model:
    """A module ready for inference, what it wants to be fed, and where its weights come from.

    `input_size` is what is cut from the middle of a crop of `crop_size`, either None where any size will do. `layers`
    are those that are offered; none means every module.
    """

    name: str
    network: str
    module: nn.Module
    feeding: Feeding
    preprocessing: str
    weights: Weights
    precision: str = "float32"
    crop_size: int | None = None
    input_size: int | None = None
    five_crops: bool = False
    layers: tuple[str, ...] = ()
    default_layer: str | None = None


def row(model: Model, note: str | None) -> dict[str, list[object]]:
    """The model's row in the table `models`."""
    more = (("mean over five crops", model.five_crops), ("the centre cell alone", model.weights.masked))
    shown = ", ".join((model.preprocessing, *(words for words, so in more if so)))
    return {
        "model": [model.name],
        "network": [model.network],
        "weights_file": [model.weights.file],
        "weights_sha256": [model.weights.sha256],
        "weights_note": [note or model.weights.note],
        "n_parameters": [model.weights.n_parameters],
        "channels": [str(model.feeding)],
        "preprocessing": [shown],
        "precision": [model.precision],
    }


def register(store: Store, made: Mapping[str, list[object]], conditions: tuple[str, ...], run_id: str) -> list[Part]:
    """The parts that say what the model is and on which conditions it was trained: written if the store lacks the model.

    BadInput where the name stands for something else, of which the store has vectors: one whose every vector was refused may be mended.
    """
    name = str(made["model"][0])
    with database.connect(store) as connection:
        found = connection.execute(f"SELECT {', '.join(FIXED)} FROM models WHERE model = ?", [name]).fetchone()
        unused = not connection.execute("SELECT 1 FROM embeddings WHERE model = ? LIMIT 1", [name]).fetchone()
    same = found == tuple(made[column][0] for column in FIXED)
    if found is None or (unused and not same):
        of = {"model": [name] * len(conditions), "condition": list(conditions)}
        written = [parts.write(store, "training_conditions", (name,), of, run_id)] if conditions or found else []
        return [*written, parts.write(store, "models", (name,), made, run_id)]
    for column, there in zip(FIXED, found, strict=True):
        if there != made[column][0]:
            raise BadInput(
                f"model '{name}' stands in this store for {column} {str(there)[:40]}, this run has "
                f"{str(made[column][0])[:40]}: give this one a name of its own with --as NAME"
            )
    return []
