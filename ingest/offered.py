"""Layouts that installed packages offer, beside those of Cellswap: entry points called KIND.NAME, such as `crops.ours`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from cellswap.errors import BadInput, UnknownName, first_line, shown

ENTRY_POINTS = "cellswap.layouts"
FIELDS, CROPS, LABELS, VECTORS = KINDS = ("fields", "crops", "labels", "vectors")
T = TypeVar("T")


def layout(kind: str, name: str, known: Mapping[str, T]) -> T | Any:  # noqa: ANN401 - what a package offers
    """The layout of that kind and name, of `known` or of a package.

    UnknownName, with all that there are, for no such layout. BadInput where several are called so, or a package's can't be loaded.
    """
    offered = [point for point in entry_points(group=ENTRY_POINTS) if point.name.startswith(f"{kind}.")]
    called = [point for point in offered if point.name == f"{kind}.{name}"]
    if name in known and not called:
        return known[name]
    if not called:
        there = sorted({*known, *(point.name.partition(".")[2] for point in offered)})
        raise BadInput(f"{UnknownName('layout', name, there)}; all layouts of {kind}: {', '.join(map(shown, there)) or 'none'}")
    if name in known or len(called) > 1:
        owners = [*(["Cellswap itself"] if name in known else []), *map(_owner, called)]
        raise BadInput(f"--layout {shown(name)}: offered by {' and by '.join(owners)}; uninstall one, or let its authors rename it")
    return _loaded(called[0])


def _loaded(point: EntryPoint) -> Any:  # noqa: ANN401 - what a package offers
    try:
        found = point.load()
    except Exception as error:  # code of others may raise anything
        raise BadInput(
            f"{_said(point)} can't be loaded ({type(error).__name__}: {shown(first_line(error))}); mend or uninstall it"
        ) from error
    return found


def made(name: str, layout: Any, kind: type[T], *given: object) -> T:  # noqa: ANN401 - as above
    """What a package's layout makes of what it is given; BadInput where it is no function, or makes something else than a `kind`."""
    if not callable(layout):
        raise expected(name, "a function", layout)
    found = layout(*given)
    if not isinstance(found, kind):
        raise expected(name, f"a function that gives a {kind.__name__}", found)
    return found


def expected(point: str, what: str, found: object) -> BadInput:
    """The error for a layout that is, or gives, something else than it should."""
    return BadInput(f"--layout {shown(point)}: expected {what} of the package that offers it, found {type(found).__name__}")


def _said(point: EntryPoint) -> str:
    return f"the layout {shown(point.name)} ({shown(point.value)}) of {_owner(point)}"


def _owner(point: EntryPoint) -> str:
    return f"the package {shown(point.dist.name)}" if point.dist else "a package without a name"
