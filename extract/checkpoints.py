"""Weight files as their authors publish them, read into plain arrays by the library that wrote them.

TensorFlow and h5py are needed here only, and imported only when a file asks for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput

Array = NDArray[Any]
_SHARD = re.compile(r"\.data-(\d{5})-of-(\d{5})$")
_HDF5_MARK = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Listing:
    """What a weights file holds: the shape of each variable, the files it is made of, and those that are not there."""

    kind: str
    shapes: dict[str, tuple[int, ...]]
    files: tuple[Path, ...]
    missing: tuple[str, ...] = field(default=())


def listing(path: Path) -> Listing:
    """The variables of a weights file, without reading them; BadInput where it is none that we know."""
    kind = kind_of(path)
    if kind == "tensorflow":
        return _list_tensorflow(_prefix(path))
    variables = _READERS[kind](path)
    return Listing(kind, {name: tuple(v.shape) for name, v in variables.items()}, (path,))


def read(path: Path) -> dict[str, Array]:
    """All float variables of a weights file in its own names and layout; BadInput where it is cut off or has a part missing."""
    return _READERS[kind_of(path)](path)


def kind_of(path: Path) -> str:
    """One of tensorflow, keras, torch, safetensors."""
    if path.name.endswith((".tar", ".tar.xz", ".tar.gz", ".tgz", ".zip")):
        raise BadInput(f"{path}: an archive; unpack it first and give the file inside")
    if path.suffix == ".index" and not path.is_file():
        raise BadInput(f"{path}: no such file")
    if _SHARD.search(path.name) or path.suffix == ".index" or path.with_name(path.name + ".index").is_file():
        return "tensorflow"
    if not path.is_file():
        raise BadInput(f"{path}: no such file (for a TensorFlow checkpoint, give its .index file)")
    with path.open("rb") as file:
        start = file.read(8)
    if start == _HDF5_MARK:
        return "keras"
    if path.suffix == ".safetensors":
        return "safetensors"
    if path.suffix in {".pt", ".pth", ".bin", ".ckpt"} or start[:2] == b"PK":
        return "torch"
    raise BadInput(
        f"{path}: expected a TensorFlow checkpoint (.index), Keras HDF5, .pt, .pth or .safetensors, found none of them"
    )


def _prefix(path: Path) -> Path:
    """A checkpoint's name without `.index` or `.data-00000-of-00001`."""
    name = _SHARD.sub("", path.name).removesuffix(".index")
    prefix = path.with_name(name)
    if not prefix.with_name(name + ".index").is_file():
        raise BadInput(f"{path}: the checkpoint's index {name}.index is not beside it")
    return prefix


@contextmanager
def _needs(extra: str, file: Path) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise BadInput(f"{file}: reading it needs {extra}; install it with: pip install 'cellswap[weights]'") from error


def _tensorflow_reader(prefix: Path) -> Any:  # noqa: ANN401 - TensorFlow is not typed
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    with _needs("TensorFlow", prefix):
        import tensorflow as tf  # pyright: ignore[reportMissingImports]
    try:
        return tf.train.load_checkpoint(str(prefix))
    except Exception as error:  # the reader raises bare ValueError, RuntimeError or its own classes
        raise BadInput(
            f"{prefix.name}.index: not the index of a TensorFlow checkpoint, or cut off ({_first_line(error)})"
        ) from error


def _list_tensorflow(prefix: Path) -> Listing:
    reader = _tensorflow_reader(prefix)
    types = reader.get_variable_to_dtype_map()
    shapes = {n: tuple(s) for n, s in sorted(reader.get_variable_to_shape_map().items()) if types[n].is_floating}
    there = sorted(p for p in prefix.parent.glob(f"{prefix.name}.data-*") if _SHARD.search(p.name))
    n_shards = max((int(m[2]) for p in there if (m := _SHARD.search(p.name))), default=1)
    wanted = [f"{prefix.name}.data-{i:05d}-of-{n_shards:05d}" for i in range(n_shards)]
    names = {p.name for p in there}
    missing = tuple(name for name in wanted if name not in names)
    return Listing("tensorflow", shapes, (prefix.with_name(prefix.name + ".index"), *there), missing)


def _read_tensorflow(path: Path) -> dict[str, Array]:
    prefix = _prefix(path)
    found = _list_tensorflow(prefix)
    if found.missing:
        n = sum(int(np.prod(s)) for s in found.shapes.values())
        raise BadInput(
            f"{prefix.name}.index: the data shard {', '.join(found.missing)} is missing beside it (the index lists "
            f"{len(found.shapes)} variables of {n:,} numbers: cellswap weights show {path})"
        )
    reader = _tensorflow_reader(prefix)
    return {name: _tensor(reader, prefix, name) for name in found.shapes}


def _tensor(reader: Any, prefix: Path, name: str) -> Array:  # noqa: ANN401
    try:
        return np.asarray(reader.get_tensor(name))
    except Exception as error:
        raise BadInput(
            f"{prefix.name}: variable '{name}' can't be read; is a data file cut off? ({_first_line(error)})"
        ) from error


def _read_keras(path: Path) -> dict[str, Array]:
    """`layer/variable` -> array, read by name: versions of Keras differ in the order of a layer's variables.

    Batch norms without a name of their own are called `batch_normalization#K` by rank: Keras counts them in the order of
    their making, from whatever number the session had reached.
    """
    with _needs("h5py", path):
        import h5py
    try:
        with h5py.File(path, "r") as file:
            return _keras_variables(path, file)
    except (OSError, KeyError, RuntimeError) as error:
        raise BadInput(f"{path}: not a whole HDF5 file ({_first_line(error)})") from error


def _keras_variables(path: Path, file: Any) -> dict[str, Array]:  # noqa: ANN401 - h5py is not typed
    root = file.get("model_weights", file)
    if "layer_names" not in root.attrs:
        raise BadInput(f"{path}: expected Keras weights with the attribute layer_names, found {sorted(root)[:5]}")
    layers = [_text(name) for name in root.attrs["layer_names"]]
    names = _by_rank(layers)
    return {
        f"{names[layer]}/{_text(weight).rpartition('/')[2].removesuffix(':0')}": np.asarray(root[layer][_text(weight)])
        for layer in layers
        for weight in root[layer].attrs["weight_names"]
    }


def _by_rank(layers: list[str]) -> dict[str, str]:
    unnamed = re.compile(r"^batch_normalization(?:_(\d+))?$")
    numbered = sorted((int(m[1] or 0), layer) for layer in layers if (m := unnamed.match(layer)))
    return {layer: layer for layer in layers} | {
        layer: f"batch_normalization#{k}" for k, (_, layer) in enumerate(numbered, 1)
    }


def _read_torch(path: Path) -> dict[str, Array]:
    import torch

    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and torch each raise their own
        raise BadInput(f"{path}: not a torch file of tensors alone, or cut off ({_first_line(error)})") from error
    for key in ("state_dict", "model", "model_state_dict"):
        held = held[key] if isinstance(held, Mapping) and isinstance(held.get(key), Mapping) else held
    tensors = (
        {k.removeprefix("module."): v for k, v in held.items() if isinstance(v, torch.Tensor)}
        if isinstance(held, Mapping)
        else {}
    )
    if not tensors:
        raise BadInput(
            f"{path}: expected a state dict of tensors, found {type(held).__name__}; save model.state_dict()"
        )
    return {k: v.float().numpy() for k, v in tensors.items() if v.is_floating_point()}


def _read_safetensors(path: Path) -> dict[str, Array]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return {k: v.float().numpy() for k, v in load_file(path).items() if v.is_floating_point()}
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{path}: not a whole safetensors file ({_first_line(error)})") from error


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:160]


_READERS = {
    "tensorflow": _read_tensorflow,
    "keras": _read_keras,
    "torch": _read_torch,
    "safetensors": _read_safetensors,
}
