"""Weight files as their authors publish them, read into plain arrays by the library that wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.extract import keras_file, tensorflow_file, torch_file
from cellswap.extract.containers import kind_of

Array = NDArray[Any]
States = Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True)
class Listing:
    """What a weights file holds: the shape of each variable, the files it is made of, and those that are not there."""

    kind: str
    shapes: dict[str, tuple[int, ...]]
    files: tuple[Path, ...]
    missing: tuple[str, ...] = field(default=())


def listing(path: Path) -> Listing:
    """The variables of a weights file (of several state dicts: `state: variable`); BadInput where it is none that we know."""
    kind = kind_of(path)
    if kind == "tensorflow":
        return Listing(kind, *tensorflow_file.listed(path))
    held = states(path)
    shapes = {(f"{state}: {name}" if len(held) > 1 else name): v.shape for state, of in held.items() for name, v in of.items()}
    return Listing(kind, shapes, (path,))


def files(path: Path) -> tuple[Path, ...]:
    """The files that a weights file is made of."""
    return tensorflow_file.listed(path)[1] if kind_of(path) == "tensorflow" else (path,)


def states(path: Path) -> States:
    """Each state dict of a file by its name, '' for a file that is one: its float variables in its own names and layout.

    BadInput where the file is cut off, has a part missing, or holds no variable.
    """
    held = _READERS[kind_of(path)](path)
    if not any(held.values()):
        raise BadInput(f"{path}: expected variables of floats, found none")
    return held


def read(path: Path) -> Mapping[str, Array]:
    """The variables of a file of one state dict; BadInput where it has several."""
    held = states(path)
    if len(held) > 1:
        raise BadInput(f"{path}: expected one state dict, found {len(held)}: {', '.join(held)}")
    return next(iter(held.values()))


_READERS = {
    "tensorflow": lambda path: {"": tensorflow_file.read(path)},
    "keras": lambda path: {"": keras_file.read(path)},
    "torch": torch_file.read,
    "safetensors": torch_file.read_safetensors,
}
