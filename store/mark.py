"""store.json: what all crops of a store have in common, read with care, for anyone may have written it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import facts
from cellswap.store.facts import Facts, is_whole, shown
from cellswap.store.schema import FORMAT

MARK = "store.json"
MOST_BYTES = 1 << 20


def read(mark: Path) -> Facts:
    """What a store's file says; BrokenStore, in one line, where anything is not as it should be."""
    found = _object(mark)
    try:
        _check_format(found.get("format"))
        _check_whole(found)
        return facts.check(found)
    except BadInput as error:
        raise BrokenStore(f"{mark}: {error}") from error


def text(of: Facts) -> str:
    """The file of these facts."""
    return json.dumps({"format": FORMAT, **asdict(of)}, indent=2) + "\n"


def _object(mark: Path) -> dict[str, object]:
    try:
        found = json.loads(_text(mark))
    except (ValueError, OSError, RecursionError) as error:
        raise BrokenStore(f"{mark}: expected a store's facts as JSON, found something else ({shown(error, 120)})") from error
    if not isinstance(found, dict):
        raise BrokenStore(f"{mark}: expected a store's facts as JSON, found something else ({shown(found)})")
    return found


def _text(mark: Path) -> str:
    with mark.open("rb") as file:
        read_ = file.read(MOST_BYTES + 1)
    if len(read_) > MOST_BYTES:
        raise ValueError(f"over {MOST_BYTES:,} bytes")
    return read_.decode("utf-8")


def _check_format(found: object) -> None:
    if not is_whole(found):
        raise BadInput(f"format: expected {FORMAT}, found {shown(found)}")
    if found != FORMAT:
        age = "newer: update cellswap" if found > FORMAT else "older: read it with the version that wrote it, or make it anew"
        raise BadInput(f"format {shown(found)}, this version reads {FORMAT}; the store is {age}")


def _check_whole(found: Mapping[str, object]) -> None:
    wanted = [f.name for f in fields(Facts)]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise BadInput(f"expected {', '.join(wanted[:-1])} and {wanted[-1]}, found no {', '.join(missing)}")
