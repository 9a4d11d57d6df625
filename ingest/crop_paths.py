"""The columns of a table that name crops' files, and the files that they mean."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from cellswap.errors import BadInput, UnknownName, shown
from cellswap.ingest import cell_table, text_table
from cellswap.ingest.layouts import arrays, csv_paths

# Columns beside a cell: the path of each image, and of its mask.
FILE, MASK = "_file", "_mask"
MOST_FOLDERS = 1000


@dataclass(frozen=True)
class Paths:
    """A table whose `columns` hold paths below `folder`: one of files with all `channels`, or one for each, and `mask` those of masks.

    `named` says that somebody named the channels of a file in their order.
    """

    table: pl.DataFrame
    columns: tuple[str, ...]
    channels: tuple[str, ...]
    folder: Path
    mask: str = ""
    named: bool = False


def asked(table: pl.DataFrame, said: Sequence[str], channels: str, known: tuple[str, ...]) -> dict[str, str]:
    """Which column has which channel's paths, of COL or of CHANNEL=COL each; '' for all channels in one file.

    BadInput for a channel that the store lacks, or twice, or both ways at once; UnknownName for no column.
    """
    pairs = [_pair(text, table.columns, known) for text in said]
    named = [channel for channel, _ in pairs]
    text_table.need(table, [column for _, column in pairs], cell_table.OWN)
    if not pairs or len(set(named)) < len(named) or ("" in named and len(named) > 1):
        raise BadInput("--path: expected one column of paths, --path COL, or one for each channel, --path CHANNEL=COL --path CHANNEL=COL")
    if "" not in named and channels:
        raise BadInput("--channels: no effect where --path names the channel of each column; leave it out")
    return dict(pairs)


def _pair(text: str, columns: Iterable[str], known: tuple[str, ...]) -> tuple[str, str]:
    channel, sign, column = (piece.strip() for piece in text.partition("="))
    if not sign or text in columns:
        return "", text
    if channel not in known:
        raise UnknownName("channel of the store", channel, known)
    return channel, column


def of(table: pl.DataFrame, paths: dict[str, str], channels: str, known: tuple[str, ...], folder: Path, mask: str) -> Paths:
    """The table's columns of paths, with the channels of each file in their order."""
    named = arrays.called(channels, known) if "" in paths else tuple(paths)
    text_table.need(table, [mask] if mask else [], cell_table.OWN)
    return Paths(table, tuple(paths.values()), named, folder, mask, bool(channels))


def resolved(paths: Paths) -> list[pl.Series]:
    """For each column of paths those that they mean.

    BadInput for rows without one, for files that are not there, and for one that stands twice.
    """
    images = [_files(paths, column) for column in paths.columns]
    for column, found in zip(paths.columns, images, strict=True):
        if n := found.count(None):
            raise BadInput(f"{n:,} of {len(found):,} rows have no path in {column}, the first is row {found.index(None)} from 0")
    _refuse_twice([one for found in images for one in found if one], len(paths.table))
    made = [pl.Series(f"{FILE}{i}", found, pl.String) for i, found in enumerate(images)]
    return [*made, pl.Series(MASK, _files(paths, paths.mask), pl.String)] if paths.mask else made


def _files(paths: Paths, column: str) -> list[str | None]:
    texts = paths.table[column].to_list()
    found: list[str | None] = []
    missing: list[int] = []
    for row, text in enumerate(texts):
        path = None
        if text is not None:
            try:
                path = str(csv_paths.find(paths.folder, text))
            except (BadInput, ValueError) as error:
                raise BadInput(f"row {row} from 0: {error}") from error
            if not os.path.isfile(path):  # noqa: PTH113 - a name too long for the disk is not there; Path's raises
                missing.append(row)
        found.append(path)
    if missing:
        first = str(texts[missing[0]])
        raise BadInput(
            f"{len(missing):,} of {len(texts):,} files of {column} are not there, the first is row {missing[0]} from 0: {shown(first)},"
            f" looked for in {shown(paths.folder)}; {_hint(paths.folder, first)}"
        )
    return found


def _hint(folder: Path, text: str) -> str:
    """Whether --images would help: the folder from which the rest of this path, or all of it, leads to a file."""
    pieces = PurePosixPath(text.replace("\\", "/")).parts
    below = [one for i, one in enumerate(sorted(folder.iterdir())) if i < MOST_FOLDERS and one.is_dir()] if folder.is_dir() else []
    for place in (folder, folder.parent, *below):
        if os.path.isfile(place.joinpath(*pieces)):  # noqa: PTH113 - as above
            return f"it is there from {shown(place)}: --images {shown(place)}"
    for i in range(1, len(pieces)):
        for place in (folder, folder.parent, *below):
            if os.path.isfile(place.joinpath(*pieces[i:])):  # noqa: PTH113 - as above
                return f"{shown(place.joinpath(*pieces[i:]))} is there: write paths in the table from {shown('/'.join(pieces[i:]))} on" + (
                    "" if place == folder else f", and say --images {shown(place)}"
                )
    return "--images DIR says where paths start"


def _refuse_twice(found: list[str], n_rows: int) -> None:
    counted = pl.Series("path", found).value_counts().filter(pl.col("count") > 1)
    if len(counted):
        first = min(counted["path"], key=found.index)
        rows = [i % n_rows for i, path in enumerate(found) if path == first]
        raise BadInput(
            f"{len(counted):,} files stand more than once in the table, such as {shown(first)} in rows {rows[0]} and {rows[1]} (from 0);"
            " expected an image of its own for each cell and channel"
        )
