"""store.json: what all crops of a store have in common, read with care, for anyone may have written it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeGuard

from cellswap.errors import BadInput, BrokenStore, at
from cellswap.store.schema import FORMAT
from cellswap.store.vocabulary import ROLES

MARK = "store.json"
MOST_BYTES = 1 << 20
CROP_SIZES = range(8, 4097, 8)
MOST_UM = 1e6
SHOWN = 40


def read(mark: Path) -> tuple[int, dict[str, str], float | None]:
    """Crop size in pixels, {role: channel} and pixel size in um; BrokenStore, in one line, where anything is not as it should be."""
    facts = _object(mark)
    try:
        _check_format(facts.get("format"))
        _check_whole(facts)
        with at("crop_size"):
            size = crop_size(facts["crop_size"])
        with at("channels"):
            names = channels(facts["channels"])
        with at("pixel_size_um"):
            return size, names, pixel_size(facts["pixel_size_um"])
    except BadInput as error:
        raise BrokenStore(f"{mark}: {error}") from error


def crop_size(found: object) -> int:
    """Height and width of a crop, in pixels; BadInput for anything else."""
    if not _is_whole(found) or found not in CROP_SIZES:
        wanted = f"a multiple of 8 (masks are packed bits) from 8 to {CROP_SIZES[-1]}, the paper has 64"
        raise BadInput(f"expected {wanted}; found {_shown(found)}")
    return found


def channels(found: object) -> dict[str, str]:
    """The channel in the files by role; BadInput for an unknown role, a name that is no text, or no protein."""
    if not isinstance(found, dict):
        raise BadInput(f"expected a channel's name by role, found {_shown(found)}")
    for role, name in found.items():
        if role not in ROLES:
            raise BadInput(f"expected roles of {', '.join(ROLES)}, found {_shown(role)}")
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise BadInput(f"expected a name for {role}, found {_shown(name)}")
    if "protein" not in found:
        raise BadInput(f"expected a protein channel, found {_shown(found)}")
    return dict(found)


def pixel_size(found: object) -> float | None:
    """The size of a pixel in um, or None; BadInput for what is no positive number."""
    if found is None:
        return None
    if not (_is_whole(found) or isinstance(found, float)) or not 0 < found < MOST_UM:
        raise BadInput(f"expected a number of micrometres over 0, found {_shown(found)}")
    return float(found)


def _object(mark: Path) -> dict[str, object]:
    try:
        facts = json.loads(_text(mark))
    except (ValueError, OSError, RecursionError) as error:
        raise BrokenStore(f"{mark}: expected a store's facts as JSON, found something else ({_shown(error, 120)})") from error
    if not isinstance(facts, dict):
        raise BrokenStore(f"{mark}: expected a store's facts as JSON, found something else ({_shown(facts)})")
    return facts


def _text(mark: Path) -> str:
    with mark.open("rb") as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ValueError(f"over {MOST_BYTES:,} bytes")
    return text.decode("utf-8")


def _check_format(found: object) -> None:
    if not _is_whole(found):
        raise BadInput(f"format: expected {FORMAT}, found {_shown(found)}")
    if found != FORMAT:
        age = "newer: update cellswap" if found > FORMAT else "older: read it with the version that wrote it, or make it anew"
        raise BadInput(f"format {_shown(found)}, this version reads {FORMAT}; the store is {age}")


def _check_whole(facts: dict[str, object]) -> None:
    missing = [name for name in ("crop_size", "channels", "pixel_size_um") if name not in facts]
    if missing:
        raise BadInput(f"expected crop_size, channels and pixel_size_um, found no {', '.join(missing)}")


def _is_whole(found: object) -> TypeGuard[int]:
    return isinstance(found, int) and not isinstance(found, bool)


def _shown(found: object, most: int = SHOWN) -> str:
    """A value in one line of bounded length, whatever it holds."""
    try:
        text = str(found) if isinstance(found, Exception) else json.dumps(found, default=str)
    except (ValueError, RecursionError):  # a number of thousands of digits has no text, and what is too deep none either
        text = f"a {type(found).__name__}"
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
