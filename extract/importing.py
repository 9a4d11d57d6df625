"""`cellswap weights import`: an authors' file in, safetensors with provenance out."""

from __future__ import annotations

from pathlib import Path

from cellswap.errors import at
from cellswap.extract import checkpoints, weights
from cellswap.extract.networks import network


def import_file(source: Path, model: str, out: Path | None, note: str) -> tuple[Path, int]:
    """Where the converted weights are, and how many numbers they have; BadInput for a file that does not fit the model."""
    known = network(model)
    held = checkpoints.read(source)
    with at(source):
        variables = weights.convert(known, held)
    path = out or Path(f"{model}.safetensors")
    weights.write(path, variables, weights.provenance(source, model, note))
    return path, sum(v.numel() for v in variables.values())
