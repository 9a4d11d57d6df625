"""Where given crops come from, whatever they lie in: what a layout says of them, and what is read of some."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cellswap.ingest.cell_table import Columns

Reject = tuple[str, str, str]


@dataclass(frozen=True)
class Block:
    """Some crops: each channel (n, size, size) by name, masks (n, size, size) or none, and pixels of any cell where masks were labels.

    Where some of the cells asked for can't be read, `kept` says for each of these whether it is here, and `rejects` (place, reason,
    detail) why others are not.
    """

    channels: dict[str, NDArray[Any]]
    mask: NDArray[np.bool_] | None
    cells: NDArray[np.bool_] | None
    n_neighbours: list[int] | None
    kept: NDArray[np.bool_] | None = None
    rejects: tuple[Reject, ...] = ()


class Reader(Protocol):
    """Crops that are open for reading; `n_bytes` are those of one as it lies there."""

    @property
    def n_bytes(self) -> int:
        """Bytes of one crop's pixels."""
        ...

    def read(self, cells: pl.DataFrame, size: int, *, masks: bool = True) -> Block:
        """The crops of these cells, `size` px high and wide, with or without their masks."""
        ...


class Source(Protocol):
    """What reads crops need to know of where they are."""

    @property
    def resize(self) -> int:
        """The size that crops are brought to, 0 for none."""
        ...

    @property
    def has_masks(self) -> bool:
        """Whether masks come with them."""
        ...

    def checked(self, cells: pl.DataFrame, size: int, jobs: int) -> Self:
        """The same, ready to be read; BadInput where it does not fit these cells, or crops of that size."""
        ...

    def stamps(self, cells: pl.DataFrame) -> pl.DataFrame:
        """For each field_id a stamp that tells whether its files or its rows of the table have changed."""
        ...

    def named(self, cells: pl.DataFrame) -> list[str]:
        """The names of the files that these cells are read from."""
        ...

    def facts(self, cells: pl.DataFrame) -> list[str]:
        """Of each cell in words its files, their shape and dtype."""
        ...

    def opened(self) -> AbstractContextManager[Reader]:
        """The crops, open for reading."""
        ...


@dataclass(frozen=True)
class Listed:
    """What a layout of crops says of a path: a table with a row a cell, its columns, and which of them name files below `folder`.

    `paths` has a column for each channel, or under '' the one of files that hold all `channels` (all of the store's where none are
    named) in their order; `axes` says whether they stand first (NCHW) or last (NHWC). `mask` is the column of masks, '' for none.
    """

    table: pl.DataFrame
    columns: Columns
    paths: dict[str, str]
    folder: Path
    mask: str = ""
    channels: tuple[str, ...] = ()
    axes: str = "NCHW"
