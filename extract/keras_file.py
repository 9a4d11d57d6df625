"""Keras weights in HDF5, read by h5py, which is imported only when a file asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, first_line, needed

# Trained weights hardly compress: what claims so many times its file is filled with nothing.
MOST_TIMES, FREE = 10, 1_000_000


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """`layer/variable` -> array, read by name: versions of Keras differ in the order of a layer's variables.

    Batch norms without a name of their own are called `batch_normalization#K` by rank: Keras counts them in the order of
    their making, from whatever number the session had reached.
    """
    with needed(f"{path}: reading it", "h5py", "weights"):
        import h5py
    try:
        with h5py.File(path, "r") as file:
            found = dict(_variables(path, file))
            _refuse_claims(path, found)
            return {name: np.asarray(v, np.float32) for name, v in found.items() if np.issubdtype(v.dtype, np.floating)}
    except (OSError, KeyError, RuntimeError, AttributeError) as error:  # AttributeError: a group where a dataset should be
        raise BadInput(f"{path}: not a whole HDF5 file of Keras ({first_line(error)})") from error


def _variables(path: Path, file: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - h5py is not typed
    root = file.get("model_weights", file)
    if "layer_names" not in root.attrs:
        raise BadInput(f"{path}: {_not_by_name(file)}")
    layers = [_text(name) for name in root.attrs["layer_names"]]
    names = _by_rank(layers)
    for layer in layers:
        for weight in map(_text, root[layer].attrs["weight_names"]):
            yield f"{names[layer]}/{weight.rpartition('/')[2].removesuffix(':0')}", root[layer][weight]


def _not_by_name(file: Any) -> str:  # noqa: ANN401
    if "layers" in file or "_layer_checkpoint_dependencies" in file:
        return (
            "weights of Keras 3 (.weights.h5), which numbers its variables instead of naming them; "
            "in Keras, save the model by name: model.save('weights.h5')"
        )
    return f"expected Keras weights with the attribute layer_names, found {sorted(file)[:5]}"


def _refuse_claims(path: Path, found: dict[str, Any]) -> None:
    n_bytes, size = sum(v.size * v.dtype.itemsize for v in found.values()), path.stat().st_size
    if n_bytes > MOST_TIMES * size + FREE:
        raise BadInput(f"{path}: it claims variables of {n_bytes:,} bytes in a file of {size:,}")


def _by_rank(layers: list[str]) -> dict[str, str]:
    unnamed = re.compile(r"^batch_normalization(?:_(\d+))?$")
    numbered = sorted((int(m[1] or 0), layer) for layer in layers if (m := unnamed.match(layer)))
    return {layer: layer for layer in layers} | {layer: f"batch_normalization#{k}" for k, (_, layer) in enumerate(numbered, 1)}


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
