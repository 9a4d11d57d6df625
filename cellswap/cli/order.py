"""The words of a command line: first the command, then its options, each of one value once."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from cellswap.cli.places import shown
from cellswap.errors import BadInput

OF_GROUPS = ("--help", "--version", "--install-completion", "--show-completion")


def check(program: Any, words: Sequence[str]) -> None:  # noqa: ANN401 - typer hides its class
    """BadInput where an option of a command stands before it, with the line as it should be, or has one value and then another."""
    names, group, rest = ["cellswap"], program, list(words)
    while rest and rest[0] in _commands(group):
        group = _commands(group)[rest[0]]
        names.append(rest.pop(0))
    if not _commands(group):
        _refuse_twice(group, rest)
    if not _commands(group) or not rest or not rest[0].startswith("-") or rest[0].startswith(OF_GROUPS):
        return
    before = next((i for i, word in enumerate(rest) if word in _commands(group)), None)
    if before is None:
        return
    held, rest = rest[:before], rest[before:]
    while rest and rest[0] in _commands(group):
        group = _commands(group)[rest[0]]
        names.append(rest.pop(0))
    raise BadInput(f"{shown(held[0])}: an option goes after its command: {shown(shlex.join([*names, *rest, *held]))}")


def _refuse_twice(command: Any, words: list[str]) -> None:  # noqa: ANN401 - typer hides its class
    """BadInput where an option of one value is given two: the last would be taken, and nobody told."""
    known = {name: option for option in command.params for name in option.opts if name.startswith("-")}
    given: dict[str, str] = {}
    left = iter(words)
    for word in left:
        if word == "--":
            return
        name, equals, value = word.partition("=")
        if name not in known and word[:2] in known:
            name, equals, value = word[:2], "=", word[2:]
        option = known.get(name)
        if option is None or option.is_flag or option.multiple:
            continue
        value = value if equals else next(left, "")
        before = given.setdefault(option.name, value)
        if before != value:
            raise BadInput(f"{name}: given twice, {shown(before)} and {shown(value)}; give it once (a list has commas between)")


def _commands(group: Any) -> Mapping[str, Any]:  # noqa: ANN401 - typer hides its class
    return getattr(group, "commands", {})
