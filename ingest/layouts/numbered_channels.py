"""Channels inside a file, which go by a name where the file has one and by their number, from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cellswap.errors import BadInput, shown
from cellswap.ingest.field_files import roles, some

# 1, ch1 and C01 alike
_NUMBER = re.compile(r"(?:ch|c)?0*([1-9][0-9]{0,3})", re.IGNORECASE)


def placed(names: Sequence[str], n: int, channels: Mapping[str, str]) -> dict[str, int]:
    """The place from 0 of each of the store's channels among n, of which some may have names.

    Raises BadInput where one is not there, or two have its name: it says which channels there are.
    """
    known, found = roles(channels), dict[str, list[int]]()
    for place, name in enumerate(names[:n]):
        if name and (role := known.of(name)):
            found.setdefault(role, []).append(place)
    for role, called in channels.items():
        number = _NUMBER.fullmatch(called.strip())
        if role not in found and number and int(number[1]) <= n:
            found[role] = [int(number[1]) - 1]
    if double := next((role for role, places in found.items() if len(places) > 1), None):
        raise BadInput(f"two channels are called {shown(channels[double])}; name one by its number, from 1 to {n}")
    if lacking := [f"{role} ({called})" for role, called in channels.items() if role not in found]:
        expected = ", ".join(f"{role}={called}" for role, called in channels.items())
        raise BadInput(
            f"no channel {', '.join(lacking)}; found {said(names, n)}; the store expects {expected}: make a store with the --channels of"
            f" these files, such as {next(iter(channels))}={shown(names[0]) if any(names[:1]) else 1}"
        )
    places = {role: found[role][0] for role in channels}
    if len(set(places.values())) < len(places):
        raise BadInput(f"two channels of the store are one of the file's: {', '.join(f'{role} {i + 1}' for role, i in places.items())}")
    return places


def said(names: Sequence[str], n: int) -> str:
    """The channels that there are, in a line."""
    of_each = [f"{place + 1} ({shown(name, 40)})" if name else str(place + 1) for place, name in enumerate((*names, *[""] * n)[:n])]
    without = "" if any(names[:n]) else " without names"
    return f"{n} channel{'s' if n > 1 else ''}{without}: {some(of_each)}"
