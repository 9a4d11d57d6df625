"""TensorFlow checkpoints, read by TensorFlow, which is imported only when a file asks for it."""

from __future__ import annotations

import glob
import os
import shlex
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, first_line, needed
from cellswap.extract.containers import SHARD
from cellswap.store.files import other_kind

Shapes = dict[str, tuple[int, ...]]
Files = tuple[Path, ...]


def listed(path: Path) -> tuple[Shapes, Files, tuple[str, ...]]:
    """The shapes of all float variables, the files that the checkpoint is made of, and the names of those that are missing."""
    prefix = _prefix(path)
    for shard in prefix.parent.glob(f"{glob.escape(prefix.name)}.data-*"):
        if other := other_kind(shard):  # a pipe would be waited for
            raise BadInput(f"{shard}: expected a data shard of the checkpoint, found {other}")
    reader = _reader(prefix)
    types = reader.get_variable_to_dtype_map()
    shapes = {n: tuple(s) for n, s in sorted(reader.get_variable_to_shape_map().items()) if types[n].is_floating}
    there = sorted(p for p in prefix.parent.glob(f"{prefix.name}.data-*") if SHARD.search(p.name))
    n_shards = max((int(m[2]) for p in there if (m := SHARD.search(p.name))), default=1)
    wanted = [f"{prefix.name}.data-{i:05d}-of-{n_shards:05d}" for i in range(n_shards)]
    names = {p.name for p in there}
    return shapes, (prefix.with_name(prefix.name + ".index"), *there), tuple(name for name in wanted if name not in names)


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """All float variables in the checkpoint's names and layout; BadInput where a shard is missing or cut off."""
    prefix = _prefix(path)
    shapes, files, missing = listed(path)
    n = sum(int(np.prod(s)) for s in shapes.values())
    if missing:
        raise BadInput(
            f"{prefix.name}.index: the data shard {', '.join(missing)} is missing beside it (the index lists "
            f"{len(shapes)} variables of {n:,} numbers: cellswap weights show {shlex.quote(str(path))})"
        )
    n_bytes = sum(file.stat().st_size for file in files)
    if n > n_bytes:  # no kind of number is smaller than a byte
        raise BadInput(f"{prefix.name}.index: it claims {n:,} numbers, more than its shards of {n_bytes:,} bytes can hold")
    reader = _reader(prefix)
    return {name: _tensor(reader, prefix, name) for name in shapes}


def _prefix(path: Path) -> Path:
    """A checkpoint's name without `.index` or `.data-00000-of-00001`."""
    name = SHARD.sub("", path.name).removesuffix(".index")
    prefix = path.with_name(name)
    if not prefix.with_name(name + ".index").is_file():
        raise BadInput(f"{path}: the checkpoint's index {name}.index is not beside it")
    return prefix


def _reader(prefix: Path) -> Any:  # noqa: ANN401 - TensorFlow is not typed
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    with needed(f"{prefix}: reading it", "tensorflow", "weights"):
        import tensorflow as tf  # pyright: ignore[reportMissingImports]
    try:
        return tf.train.load_checkpoint(str(prefix))
    except Exception as error:  # the reader raises bare ValueError, RuntimeError or its own classes
        raise BadInput(f"{prefix.name}.index: not the index of a TensorFlow checkpoint, or cut off ({first_line(error)})") from error


def _tensor(reader: Any, prefix: Path, name: str) -> NDArray[np.float32]:  # noqa: ANN401
    try:
        return np.asarray(reader.get_tensor(name)).astype(np.float32)
    except Exception as error:
        raise BadInput(f"{prefix.name}: variable '{name}' can't be read; is a data file cut off? ({first_line(error)})") from error
