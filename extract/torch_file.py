"""Files of torch, and of safetensors: every state dict in them. What is pickled beside the tensors is never run, and not read.

torch's own reader of tensors alone refuses a file for any other object in it: the options of a training run, a number of
numpy. These become empty stand-ins here, made of no code of theirs, so that the tensors can be had.
"""

from __future__ import annotations

import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellswap.errors import BadInput, first_line

States = dict[str, dict[str, NDArray[np.float32]]]
MOST_OBJECTS, DEEPEST = 200, 4
# A view may show its numbers again; weights do so at most for a tied layer or two.
MOST_TIMES = 4
_SAVE = "save its state dict, where you trust the file: torch.save(torch.load(FILE, weights_only=False){}, 'weights.pt')"


class _Empty:
    """What stands for a pickled object: an empty dict, which takes in what the file would put into it."""

    def __new__(cls, *_: object) -> OrderedDict[object, object]:  # type: ignore[misc]
        return OrderedDict()


class _Number:
    """What stands for a number of numpy, or its type."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


def read(path: Path) -> States:
    """Each state dict in the file by its name ('' for the file itself), its float variables as float32.

    BadInput where it has none, is cut off, holds the network itself, or claims more numbers than it has.
    """
    _refuse_packed(path)
    held = _loaded(path)
    found = {name: tensors for name, tensors in _state_dicts(held, "", 0) if tensors}
    if not found:
        raise BadInput(f"{path}: expected a state dict of tensors, found {_what(held)}; save model.state_dict()")
    _refuse_claims(path, found)
    return {name: {k: v.float().numpy() for k, v in tensors.items()} for name, tensors in found.items()}


def read_safetensors(path: Path) -> States:
    """The float variables of a safetensors file, as float32, under the name ''."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return {"": {k: v.float().numpy() for k, v in load_file(path).items() if v.is_floating_point()}}
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{path}: not a whole safetensors file ({first_line(error)})") from error


def _refuse_packed(path: Path) -> None:
    """BadInput for a zip file that unpacks to more than its size: torch packs nothing, so somebody else made it."""
    try:
        with zipfile.ZipFile(path) as file:
            claimed = sum(member.file_size for member in file.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # torch's own reader says what is wrong
    size = path.stat().st_size
    if claimed > size:
        raise BadInput(f"{path}: it claims to hold {claimed:,} bytes in a file of {size:,}; torch.save makes no such file")


def _loaded(path: Path) -> Any:  # noqa: ANN401 - whatever was saved
    try:
        others = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # noqa: BLE001 - an old file or none: torch.load says which
        others = []
    stand_ins: list[Any] = [(_Number if name.startswith("numpy") else _Empty, name) for name in others[:MOST_OBJECTS]]
    try:
        with torch.serialization.safe_globals(stand_ins), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and torch each raise their own
        raise BadInput(f"{path}: {_why_not_read(others, error)}") from error
    if not any(True for _ in _state_dicts(held, "", 0)) and any(name.startswith("torch.nn.modules.") for name in others):
        own = ", ".join(name for name in sorted(others) if not name.startswith("torch.")) or "torch's own"
        raise BadInput(f"{path}: a whole pickled network ({own}), which is not run; {_SAVE.format('.state_dict()')}")
    return held


def _why_not_read(others: list[str], error: Exception) -> str:
    """Why torch did not read a file, in one line of ours: its own says how to run whatever the file holds."""
    first = first_line(error)
    if others or "lobal" in first or "Weights only" in first or "weights_only" in first:
        what = f" ({', '.join(sorted(others)[:3])})" if others else ""
        return f"not a torch file of tensors alone: it holds pickled objects{what}, which are not run; {_SAVE.format('')}"
    return f"not a torch file of tensors alone, or cut off ({first})"


def _state_dicts(held: object, name: str, depth: int) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Every mapping in a mapping that names tensors, with its float tensors."""
    if not isinstance(held, Mapping) or depth > DEEPEST:
        return
    tensors = {key: v for key, v in held.items() if isinstance(key, str) and isinstance(v, Tensor) and v.is_floating_point()}
    if tensors:
        yield name, tensors
    for key, value in held.items():
        if isinstance(key, str):
            yield from _state_dicts(value, f"{name}.{key}" if name else key, depth + 1)


def _what(held: object) -> str:
    if isinstance(held, Mapping):
        keys = ", ".join(map(str, list(held)[:5]))
        return f"a dict of {keys} without any" if held else "an empty dict"
    return type(held).__name__


def _refuse_claims(path: Path, found: Mapping[str, Mapping[str, Tensor]]) -> None:
    """BadInput for a tensor that can't become plain numbers, or tensors that together show far more than the file holds."""
    size, shown = path.stat().st_size, 0
    for tensors in found.values():
        for name, v in tensors.items():
            if v.layout != torch.strided or v.device.type != "cpu" or v.is_quantized:
                raise BadInput(f"{path}: variable '{name}': expected a plain tensor, found {v.layout}, {v.device}, {v.dtype}")
            shown += v.numel() * v.element_size()
            if shown > MOST_TIMES * size:
                raise BadInput(f"{path}: variable '{name}' claims {v.numel():,} numbers ({tuple(v.shape)}); the file has {size:,} bytes")
