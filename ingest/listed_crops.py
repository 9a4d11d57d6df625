"""Crops that a table lists, however their pixels lie: in arrays, in files of their own, or where a layout of somebody's says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import array_crops, bare_cells, cell_labels, cell_table, crop_paths, folders, offered
from cellswap.ingest.cell_table import Columns
from cellswap.ingest.crop_source import Listed, Source
from cellswap.ingest.layouts import arrays, crop_table
from cellswap.store import scratch
from cellswap.store.folder import Store
from cellswap.store.runs import Run


@dataclass(frozen=True)
class How:
    """How pixels lie: order of axes and of channels, the size that they are brought to, masks, and which array or folder has the images.

    `row` is the column that says which row of an array a cell is, '' for the table's own order; `paths` are COL or CHANNEL=COL.
    """

    axes: str = "NCHW"
    channels: str = ""
    resize: int = 0
    masks: str | None = None
    images: str | None = None
    row: str = ""
    paths: tuple[str, ...] = ()
    mask: str = ""


@dataclass(frozen=True)
class Given:
    """Crops to read: where from, the cells that a table lists, that table's file, if it is one, and its column of classes."""

    source: Source
    cells: pl.DataFrame
    table: Path | None
    name: str
    label: str


@contextmanager
def in_array(store: Store, file: Path, metadata: Path, columns: Columns, how: How, screen: str) -> Iterator[Given]:
    """The crops of an array, with their table; what must be unpacked for it is there as long as the block."""
    with scratch.folder("arrays") as room:
        table, cells = _cells(store, metadata, columns, screen)
        if how.row:
            with at(metadata):
                cells = arrays.rows_of(cells, table, how.row)
        images, masks = arrays.located(file, how.masks, how.images, room)
        named = arrays.called(how.channels, store.facts.names)
        _need_signal(store, named)
        layout = arrays.Layout(images, masks, how.axes, named, how.resize, arrays.files_of(file, how.masks))
        yield Given(layout, cells, metadata, metadata.name, columns.label)


def in_files(store: Store, path: Path, columns: Columns, how: How, screen: str) -> Given:
    """The crops in files that a table names."""
    folder = Path(how.images) if how.images else path.parent
    if folders.kind(folder) != folders.FOLDER:
        raise BadInput(f"--images {shown(folder)}: expected the folder from which the table's paths start, found {folders.kind(folder)}")
    table, cells = _cells(store, path, columns, screen)
    with at(path):
        asked = crop_paths.asked(table, how.paths, how.channels, store.facts.names)
        return _in_files(store, Listed(table, columns, asked, folder, how.mask), cells, how, path)


def by(store: Store, name: str, layout: Callable[..., Any], path: Path, resize: int, screen: str) -> Given:
    """The crops that the layout of that name, of an installed package, finds at a path."""
    with at(path):
        found = offered.made(name, layout, Listed, path)
        table = cell_table.as_text(found.table)
        cells = _named(store, table, found.columns, screen)
        how = How(found.axes, ",".join(found.channels), resize)
        return _in_files(store, Listed(table, found.columns, found.paths, found.folder, found.mask), cells, how, path)


def write(store: Store, given: Given, run: Run, *, scheme: str | None, again: bool, jobs: int) -> None:
    """Write crops, conditions and their classes, and wells; BadInput where something does not fit."""
    if given.table:
        run.read(given.table)
    named = cell_labels.ready(store, given.cells, scheme)
    array_crops.write(store, given.source, given.cells, run, again=again, jobs=jobs)
    cell_labels.write(store, named, given.name, run)
    bare_cells.write_wells(store, cell_table.of_wells(given.cells), run)


def _cells(store: Store, path: Path, columns: Columns, screen: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    with at(path):
        table = cell_table.read(path)
        return table, _named(store, table, columns, screen)


def _named(store: Store, table: pl.DataFrame, columns: Columns, screen: str) -> pl.DataFrame:
    if table.is_empty():
        raise BadInput("expected a row for each crop, found none")
    return cell_table.cells(table, columns, screen, store.crop_size)


def _in_files(store: Store, listed: Listed, cells: pl.DataFrame, how: How, path: Path) -> Given:
    paths = crop_paths.of(listed.table, listed.paths, how.channels, store.facts.names, listed.folder, listed.mask)
    _need_signal(store, paths.channels)
    cell_table.refuse_doubled(cells)
    source, with_paths = crop_table.listed(cells, paths, how.axes, how.resize)
    return Given(source, with_paths, path if path.is_file() else None, path.name, listed.columns.label)


def _need_signal(store: Store, named: tuple[str, ...]) -> None:
    if store.signal not in named:
        raise BadInput(f"the channel {store.signal} is this store's signal, which every crop needs; found {', '.join(named)}")
