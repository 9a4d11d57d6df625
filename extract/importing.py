"""`cellswap weights import`: an authors' file in, safetensors with provenance out."""

from __future__ import annotations

import shlex
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cellswap.errors import BadInput, at
from cellswap.extract import backbones, checkpoints, choosing, own, weights
from cellswap.extract.checkpoints import States
from cellswap.extract.choosing import Choice, Wanted
from cellswap.extract.networks import network
from cellswap.extract.networks.facts import Network


@dataclass(frozen=True)
class Imported:
    """Where converted weights are, how many numbers they have, and what a user must know of how they were chosen."""

    path: Path
    n_numbers: int
    notes: tuple[str, ...]


def import_file(source: Path, model: str, out: Path | None, note: str, state: str | None = None) -> Imported:
    """Convert a file that fits the model; of several state dicts the one asked for. BadInput for one that does not fit."""
    held = checkpoints.states(source)
    _refuse_ours(source)
    with at(source):
        choice, variables = _fitting(model, held, state)
    path = out or Path(f"{model.rpartition(':')[2]}.safetensors")
    weights.write(path, variables, weights.provenance(source, model, note) | ({"taken": str(choice)} if str(choice) else {}))
    unused = "" if own.is_own(model) else _unused(choice, variables)
    return Imported(path, sum(v.numel() for v in variables.values()), tuple(filter(None, (str(choice), unused))))


def _refuse_ours(source: Path) -> None:
    if weights.is_ours(source):
        raise BadInput(
            f"{source}: imported already, or trained here; give it as it is: cellswap extract --weights {shlex.quote(str(source))}"
        )


def _fitting(model: str, held: States, state: str | None) -> tuple[Choice, dict[str, Tensor]]:
    """What was chosen, and its variables: in the names of a network that we know, or as a network of the user's has them."""
    if not own.is_own(model):
        known = network(model)
        choice = choosing.chosen(held, _wanted_by(known), state)
        with weights.said_of(str(choice)):
            return choice, weights.convert(known, choice.variables)
    module = own.build(model, {})
    names = weights.required(module).keys()
    choice = choosing.chosen(held, Wanted(frozenset(names), lambda some: [n for n in names if n not in some]), state)
    variables = {name: torch.from_numpy(v.copy()) for name, v in choice.variables.items()}
    with weights.said_of(str(choice)):
        # A backbone of timm has as many inputs and classes as the variables.
        weights.fill(own.build(model, variables) if backbones.is_backbone(model) else module, variables)
    return choice, {name: v for name, v in variables.items() if name in names or backbones.is_backbone(model)}


def _wanted_by(known: Network) -> Wanted:
    """The names of a network that we know, ours or its authors'."""
    spelled = frozenset(name for names in known.spellings.values() for name in names)

    def missing(names: Container[str]) -> list[str]:
        ours = [key for key in known.spellings if key not in names]
        theirs = [spellings[0] for spellings in known.spellings.values() if not any(name in names for name in spellings)]
        return min(ours, theirs, key=len)

    return Wanted(spelled | known.spellings.keys(), missing)


def _unused(choice: Choice, variables: Mapping[str, Tensor]) -> str:
    """How many variables of the file a network that we know has no use for: an optimizer's, mostly."""
    n = len(choice.variables) - len(variables)
    return f"{n} of the {len(choice.variables)} variables are not the network's, and left out" if n > 0 else ""
