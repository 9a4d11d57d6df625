"""`cellswap weights import`: an authors' file in, safetensors with provenance out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from cellswap.errors import at
from cellswap.extract import checkpoints, own, weights
from cellswap.extract.checkpoints import Array
from cellswap.extract.networks import network


def import_file(source: Path, model: str, out: Path | None, note: str) -> tuple[Path, int]:
    """Where the converted weights are, and how many numbers they have; BadInput for a file that does not fit the model."""
    held = checkpoints.read(source)
    with at(source):
        variables = _fitting(model, held)
    path = out or Path(f"{model.rpartition(':')[2]}.safetensors")
    weights.write(path, variables, weights.provenance(source, model, note))
    return path, sum(v.numel() for v in variables.values())


def _fitting(model: str, held: Mapping[str, Array]) -> dict[str, Tensor]:
    """The file's variables in the names of a network that we know, or as they are if a network of the user's takes them."""
    if not own.is_own(model):
        return weights.convert(network(model), held)
    variables = {name: torch.from_numpy(v.copy()) for name, v in held.items()}
    weights.fill(own.build(model, variables), variables)
    return variables
