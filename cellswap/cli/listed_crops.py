"""ingest crops of a table, of arrays, or by the layout of an installed package: what was asked, and its run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cellswap.cli.options import finish
from cellswap.errors import BadInput

if TYPE_CHECKING:
    from cellswap.ingest.cell_table import Columns
    from cellswap.ingest.listed_crops import Given, How
    from cellswap.store.folder import Store

COLUMNS = ("--condition", "--class", "--plate", "--well", "--site", "--cell", "--y", "--x")
# What each of them reads of the command's options.
IN_ARRAYS = (*COLUMNS, "--as", "--row", "--masks", "--images", "--axes", "--channels", "--resize", "--dry-run")
TAKEN = {
    "arrays": ("--metadata", *IN_ARRAYS),
    "table": ("--path", "--mask", "--images", "--axes", "--channels", "--resize", *COLUMNS, "--as", "--dry-run"),
    "table --array": ("--array", *IN_ARRAYS),
}
OF_PACKAGE = ("--as", "--resize", "--dry-run")


@dataclass(frozen=True)
class Asked:
    """What somebody asks of crops that a table lists; `beside` is the other file: the table of arrays, or the arrays of a table."""

    layout: str
    path: Path
    beside: Path | None
    columns: Columns
    how: How
    screen: str
    scheme: str | None
    again: bool

    @property
    def arguments(self) -> dict[str, Any]:
        """What the run is called after: of the later options only those that were given."""
        how = asdict(self.how)
        later = {name: how.pop(name) for name in ("row", "paths", "mask")}
        made = {"path": self.path, "layout": self.layout, "metadata": self.beside, **asdict(self.columns), **how}
        made |= {name: value for name, value in later.items() if value}
        return made | {"screen": self.screen, "scheme": self.scheme, "again": self.again}


def run(store: Store, asked: Asked, layout: Callable[..., Any], hint: str, *, jobs: int, dry_run: bool) -> None:
    """Read the crops, or say what would be done."""
    from cellswap.ingest import crop_preview, listed_crops
    from cellswap.store import runs

    with _given(store, asked, layout) as given:
        if bool(given.label) != bool(asked.scheme):
            raise BadInput("--class and --as: expected both, the column of classes and what their set is called, or neither")
        if dry_run:
            for line in crop_preview.lines(store, given.source, given.cells, again=asked.again, jobs=jobs):
                typer.echo(line)
            return
        with runs.record(store, "ingest crops", asked.arguments) as record:
            listed_crops.write(store, given, record, scheme=asked.scheme, again=asked.again, jobs=jobs)
    finish(record, hint)


def _given(store: Store, asked: Asked, layout: Callable[..., Any]) -> AbstractContextManager[Given]:
    from cellswap.ingest import listed_crops

    if asked.layout == "arrays":
        if asked.beside is None:
            raise BadInput("--metadata: expected a table with a row for each crop")
        return listed_crops.in_array(store, asked.path, asked.beside, asked.columns, asked.how, asked.screen)
    if asked.layout != "table":
        return nullcontext(listed_crops.by(store, asked.layout, layout, asked.path, asked.how.resize, asked.screen))
    if asked.beside is None:
        return nullcontext(listed_crops.in_files(store, asked.path, asked.columns, asked.how, asked.screen))
    if not asked.how.row:
        raise BadInput("--array: expected --row COL too, the column that says which row of the array a crop is, from 0")
    return listed_crops.in_array(store, asked.beside, asked.path, asked.columns, asked.how, asked.screen)
