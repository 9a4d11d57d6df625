"""What all crops of a store have in common: their size, channels and filters, and the words that people read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeGuard, TypeVar

from cellswap.errors import BadInput, at

CROP_SIZES = range(16, 513)
MOST_CHANNELS = 16
MOST_UM = 1e6
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
# Columns of the table pixels that are no channels.
TAKEN = ("crop_id", "mask", "cells", "run_id")
MOST_LETTERS = 40
SHOWN = 40
T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """What store.json says.

    `channels` are the user's names, each with its name in the files; `signal` is the one that filters and windows look at, `marker`
    the one that shows whole cells, '' where none does. A crop whose signal's mean is under the quantile `intensity_quantile` of its
    screen's pixels (0: none), or whose mask covers less or more than these shares of it, is not used (paper 3.1). `condition_word`
    and `class_word` are what a report calls a condition and a class. `preset` says from which preset the store was made, '' for none.
    """

    crop_size: int
    channels: dict[str, str]
    signal: str
    marker: str = ""
    pixel_size_um: float | None = None
    preset: str = ""
    intensity_quantile: float = 0.05
    mask_share_min: float = 0.05
    mask_share_max: float = 0.95
    condition_word: str = "condition"
    class_word: str = "class"

    @property
    def names(self) -> tuple[str, ...]:
        """The channels in their order."""
        return tuple(self.channels)


@dataclass(frozen=True)
class Asked:
    """What somebody asks of a store; None where nothing was said of it."""

    crop_size: int | None = None
    channels: dict[str, str] | None = None
    pixel_size_um: float | None = None
    preset: str | None = None
    signal: str | None = None
    marker: str | None = None
    filters: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> Mapping[str, object]:
        """What was asked for, by the name of the fact."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("filters", "words")}
        return {name: value for name, value in own.items() if value is not None} | dict(self.filters) | dict(self.words)


def crop_size(found: object) -> int:
    """Height and width of a crop, in pixels; BadInput for anything else."""
    if not is_whole(found) or found not in CROP_SIZES:
        raise BadInput(f"expected a whole number from {CROP_SIZES[0]} to {CROP_SIZES[-1]}, the paper has 64; found {shown(found)}")
    return found


def channels(found: object) -> dict[str, str]:
    """Each channel's name in the files by the user's name of it; BadInput for names that can't be columns, none, or too many."""
    if not isinstance(found, dict):
        raise BadInput(f"expected a channel's name in the files by its own name, found {shown(found)}")
    if not 1 <= len(found) <= MOST_CHANNELS:
        raise BadInput(f"expected 1 to {MOST_CHANNELS} channels, found {len(found)}")
    for name, in_files in found.items():
        _check_name(name)
        if not isinstance(in_files, str) or not in_files.strip() or not in_files.isprintable():
            raise BadInput(f"expected a name in the files for {name}, found {shown(in_files)}")
    folded = [name.casefold() for name in found]
    if len({*folded}) < len(folded):
        raise BadInput(f"expected names that differ in more than their capitals, found {', '.join(found)}")
    return dict(found)


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        wanted = "a name of letters, digits and _, that begins with a letter and has at most 40"
        raise BadInput(f"expected {wanted}, for each channel is a column; found {shown(name)}")
    if name.casefold() in TAKEN:
        raise BadInput(f"{name}: the table pixels has a column of that name already; expected another than {', '.join(TAKEN)}")


def one_channel(found: object, names: Mapping[str, str]) -> str:
    """One of the channels; BadInput for anything else."""
    if not isinstance(found, str) or found not in names:
        raise BadInput(f"expected one of the channels {', '.join(names)}; found {shown(found)}")
    return found


def pixel_size(found: object) -> float | None:
    """The size of a pixel in um, or None; BadInput for what is no positive number."""
    if found is None:
        return None
    if not is_number(found) or not 0 < found < MOST_UM:
        raise BadInput(f"expected a number of micrometres over 0, found {shown(found)}")
    return float(found)


def share(found: object) -> float:
    """A share; BadInput for what is no number from 0 to 1."""
    if not is_number(found) or not 0 <= found <= 1:
        raise BadInput(f"expected a number from 0 to 1, found {shown(found)}")
    return float(found)


def word(found: object) -> str:
    """A word that people read; BadInput for none, one too long or one that can't be shown."""
    if not isinstance(found, str) or not found.strip() or not found.isprintable() or len(found) > MOST_LETTERS:
        raise BadInput(f"expected a word of 1 to {MOST_LETTERS} letters, found {shown(found)}")
    return found.strip()


def check(facts: Mapping[str, object], called: Callable[[str], str] = str) -> Facts:
    """The facts, each looked at by itself and with the others; BadInput for one that is not as it should be, named as `called` says."""

    def looked_at(name: str, look: Callable[[object], T]) -> T:
        with at(called(name)):
            return look(facts[name])

    names = looked_at("channels", channels)
    known = Facts(
        looked_at("crop_size", crop_size),
        names,
        looked_at("signal", lambda found: one_channel(found, names)),
        looked_at("marker", lambda found: one_channel(found, names) if found else ""),
        looked_at("pixel_size_um", pixel_size),
        looked_at("preset", lambda found: word(found) if found else ""),
        looked_at("intensity_quantile", share),
        looked_at("mask_share_min", share),
        looked_at("mask_share_max", share),
        looked_at("condition_word", word),
        looked_at("class_word", word),
    )
    if known.mask_share_min >= known.mask_share_max:
        found = f"{known.mask_share_min:g} and {known.mask_share_max:g}"
        raise BadInput(f"{called('mask_share_min')}: expected the least share under the most, found {found}")
    return known


def is_number(found: object) -> TypeGuard[float]:
    """Whether something is a finite number and no truth value."""
    return is_whole(found) or (isinstance(found, float) and math.isfinite(found))


def is_whole(found: object) -> TypeGuard[int]:
    """Whether something is a whole number and no truth value."""
    return isinstance(found, int) and not isinstance(found, bool)


def shown(found: object, most: int = SHOWN) -> str:
    """A value in one line of bounded length, whatever it holds."""
    try:
        text = str(found) if isinstance(found, Exception) else json.dumps(found, default=str)
    except (ValueError, RecursionError):  # a number of thousands of digits has no text, and what is too deep none either
        text = f"a {type(found).__name__}"
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
