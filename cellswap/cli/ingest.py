"""ingest fields, crops, labels, published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellswap.cli.options import StorePath, finish
from cellswap.errors import UnknownName


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(help="Read images, labels and published results into the store.", no_args_is_help=True)
    for command in (labels, published):
        group.command()(command)
    app.add_typer(group, name="ingest")


def labels(
    path: Annotated[
        Path | None, typer.Argument(help="The table; without it, the Huh table that ships with the package.")
    ] = None,
    layout: Annotated[str, typer.Option(help="huh: proteins (Huh et al. 2003); deepyeast: single cells.")] = "huh",
    replace: Annotated[bool, typer.Option("--replace", help="Put these labels in the place of others.")] = False,
    screen: Annotated[str, typer.Option(help="deepyeast: name of the data set in the store.")] = "deepyeast",
    store: StorePath = None,
) -> None:
    """Read where proteins, or single cells, were seen."""
    from cellswap.errors import BadInput
    from cellswap.ingest import labels as stage
    from cellswap.store import folder, runs

    if layout not in ("huh", "deepyeast"):
        raise UnknownName("layout", layout, ("huh", "deepyeast"))
    if layout == "deepyeast" and path is None:
        raise BadInput("--layout deepyeast: expected a PATH, the list cells.csv.gz or its folder")
    found = folder.find(store)
    arguments = {
        "path": path,
        "layout": layout,
        "replace": replace,
        "screen": screen if layout == "deepyeast" else None,
    }
    with runs.record(found, "ingest labels", arguments) as run:
        if layout == "huh":
            stage.write_proteins(found, path, run, replace=replace)
        elif path:
            stage.write_cells(found, path, screen, run, replace=replace)
    where = "" if layout == "huh" else f" WHERE screen = '{screen}'"
    finish(run, "cellswap ingest published" if layout == "huh" else f'cellswap sql "FROM plate_skew{where}"')


def published(
    path: Annotated[
        Path | None, typer.Argument(help="The authors' folder swap_results, for the raw results too.")
    ] = None,
    store: StorePath = None,
) -> None:
    """Read the paper's tables as printed and, from PATH, the authors' raw results."""
    from cellswap.ingest import published as stage
    from cellswap.store import folder, runs

    found = folder.find(store)
    with runs.record(found, "ingest published", {"path": path}) as run:
        stage.write_printed(found, run)
        if path:
            stage.write_raw(found, path, run)
    finish(
        run,
        'cellswap sql "FROM table1_compared"'
        if path
        else "cellswap ingest published PATH, with the authors' folder swap_results",
    )
