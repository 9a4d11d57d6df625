"""Which of a file's variables a network takes: one state dict of several, without the prefix that a wrapper put before its names.

Lightning saves `model.conv.weight`, torch.compile `_orig_mod.conv.weight`, DINO a student and a teacher with a backbone and a head.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

from cellswap.errors import BadInput
from cellswap.extract.checkpoints import Array, States

SHOWN = 4


@dataclass(frozen=True)
class Wanted:
    """What a network takes: all names that its variables may have, and which of its variables some names lack."""

    names: frozenset[str]
    missing: Callable[[Container[str]], list[str]]


@dataclass(frozen=True)
class Choice:
    """Variables of one state dict whose names have a prefix, without it; `left_out` are its others."""

    state: str
    prefix: str
    variables: Mapping[str, Array]
    left_out: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """What a user calls it: the state dict, and the prefix in it."""
        return ".".join(filter(None, (self.state, self.prefix.rstrip("./")))) or "the names as they are"

    def __str__(self) -> str:
        """What was taken, and what not; empty where it is the whole file as it is."""
        said = [f"state dict '{self.state}'"] if self.state else []
        said += [f"prefix '{self.prefix}' taken off {len(self.variables)} names"] if self.prefix else []
        said += [f"{len(self.left_out)} variables without it left out, first '{self.left_out[0]}'"] if self.left_out else []
        return ", ".join(said)


def chosen(held: States, wanted: Wanted, asked: str | None) -> Choice:
    """The variables of that state dict and prefix under which a network finds all of its own; else those that lack fewest.

    BadInput where several have all and none is asked for, where none of several state dicts has, or none is called as asked.
    """
    choices = [choice for state, variables in held.items() for choice in _choices(state, variables, wanted)]
    if asked is not None:
        choices = _called(choices, asked)
    fitting = [choice for choice in choices if not wanted.missing(choice.variables)]
    if len(fitting) > 1:
        names = _shown(choice.name for choice in fitting)
        raise BadInput(f"{len(fitting)} sets of variables fit the network: {names}; say which with --state NAME")
    nearest = min(choices, key=lambda choice: (len(wanted.missing(choice.variables)), len(choice.prefix)))
    if not fitting and len({choice.state for choice in choices}) > 1:
        lacks = wanted.missing(nearest.variables)
        counts = _shown(f"{state or 'the file itself'} ({len(variables)} variables)" for state, variables in held.items())
        raise BadInput(
            f"it holds {len(held)} state dicts, and none fits: {counts}; nearest is {nearest.name}, which lacks {len(lacks)} "
            f"of the network's variables, first '{lacks[0]}'"
        )
    return nearest


def _choices(state: str, variables: Mapping[str, Array], wanted: Wanted) -> list[Choice]:
    """A state dict as it is, and below each prefix under which it has a wanted name."""
    prefixes = {name[:end] for name in variables for end in _ends(name) if name[end:] in wanted.names} | {""}
    return [_below(state, prefix, variables) for prefix in sorted(prefixes)]


def _ends(name: str) -> list[int]:
    """Where a prefix of a name may end."""
    return [i + 1 for i, letter in enumerate(name) if letter in "./"]


def _below(state: str, prefix: str, variables: Mapping[str, Array]) -> Choice:
    inside = {name[len(prefix) :]: v for name, v in variables.items() if name.startswith(prefix)}
    return Choice(state, prefix, inside, tuple(sorted(name for name in variables if not name.startswith(prefix))))


def _called(choices: list[Choice], asked: str) -> list[Choice]:
    """The choices of that state dict, of that prefix, or of both."""
    found = [c for c in choices if asked in {c.state, c.prefix, c.prefix.rstrip("./"), c.name}]
    if not found:
        raise BadInput(f"--state {asked}: the file has {_shown(dict.fromkeys(choice.name for choice in choices))}")
    return found


def _shown(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:SHOWN]) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
