"""What a file of vectors is, whatever its format, and the columns of files that a store was exported to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class Exported:
    """What an export of a store says of its vectors: model, layer and pooling, '' for what it does not say."""

    model: str = ""
    layer: str = ""
    pooling: str = ""


@dataclass(frozen=True)
class VectorFile:
    """N vectors of a width, of which `blocks` gives rows in the file's order, about so many at a time.

    `files` are what was read; `metadata` the columns of text beside the vectors, where there are any, a row each; `exported` says that
    `cellswap export` wrote it.
    """

    n: int
    width: int
    blocks: Callable[[int], Iterator[NDArray[Any]]]
    files: tuple[Path, ...]
    metadata: pl.DataFrame | None = None
    notes: tuple[str, ...] = ()
    exported: Exported | None = None


def of_export(source: Mapping[str, Any]) -> Exported:
    """What an export's own words say; its layer only where it has one."""
    network, layers = (json.loads(source.get(name) or "null") for name in ("network", "layers"))
    layer, _, pooling = (layers[0] if layers and len(layers) == 1 else "").rpartition("/")
    return Exported((network or {}).get("model", ""), layer, pooling)


def regrouped(found: Iterator[NDArray[Any]], rows: int) -> Iterator[NDArray[Any]]:
    """The same rows in blocks of exactly `rows`, but for the last; a block that has them already is not copied."""
    waiting: list[NDArray[Any]] = []
    n = 0
    for block in found:
        waiting.append(block)
        n += len(block)
        while n >= rows:
            whole = np.concatenate(waiting) if len(waiting) > 1 else waiting[0]
            yield whole[:rows]
            waiting, n = [whole[rows:]], n - rows
    if n:
        yield np.concatenate(waiting) if len(waiting) > 1 else waiting[0]
