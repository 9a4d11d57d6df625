"""ingest crops: crops that somebody else cut."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import Jobs, StorePath, finish, refuse_idle
from cellswap.errors import BadInput

if TYPE_CHECKING:
    from cellswap.ingest.cell_table import Columns
    from cellswap.store.folder import Store


def filtered(screen: str) -> str:
    """The query that counts a screen's crops by why they are not used."""
    return outcome.query(f"SELECT reason, count(*) FROM crop_filter WHERE screen = {outcome.text(screen)} GROUP BY ALL")


def crops(
    path: Annotated[Path, typer.Argument(help="A folder of crops, or an archive of one (.tar.xz, .tar.gz, .zip); arrays: a file of them.")],
    layout: Annotated[
        str,
        typer.Option(
            help="pci: GENE/GENE_<field>_rfp_<cell>_{gfp,rfp}.tif; "
            "pifia: PROTEIN/CONDITION_ch{1,2,3}_<cell>.tiff and CONDITION_mask_<cell>.tiff; "
            "arrays: .npy, .npz, .h5 or .zarr of (n, channels, h, w), with --metadata."
        ),
    ],
    screen: Annotated[str | None, typer.Option(callback=places.name, help="Name of the data set in the store; else the layout's.")] = None,
    metadata: Annotated[Path | None, typer.Option(help="arrays: CSV or Parquet, a row a crop in the same order.")] = None,
    masks: Annotated[str | None, typer.Option(help="arrays: masks or labels (n, h, w): an array of that file, or a file.")] = None,
    array: Annotated[str | None, typer.Option("--images", help="arrays: which array has the crops; else images.")] = None,
    axes: Annotated[str, typer.Option(help="arrays: NCHW, or NHWC where channels come last.")] = "NCHW",
    channels: Annotated[str, typer.Option(help="arrays: the store's names of its channels in order; else all of the store's.")] = "",
    resize: Annotated[int, typer.Option(min=0, help="arrays: bring crops of another size to the store's, this many px.")] = 0,
    condition: Annotated[str, typer.Option(help="arrays: column of what was done to the cell; of several, COL,COL, joined with @.")] = "",
    classes: Annotated[str, typer.Option("--class", help="arrays: column of the condition's class; with --as.")] = "",
    scheme: Annotated[str | None, typer.Option("--as", callback=places.name, help="arrays: name of the set of these classes.")] = None,
    plate: Annotated[str, typer.Option(help="arrays: column of plates.")] = "",
    well: Annotated[str, typer.Option(help="arrays: column of wells.")] = "",
    site: Annotated[str, typer.Option("--site", "--field", help="arrays: column of fields within the well.")] = "",
    cell: Annotated[str, typer.Option(help="arrays: column of the cells' names; else their rows, from 0.")] = "",
    y: Annotated[str, typer.Option(help="arrays: column of the centre's row in its field, px.")] = "",
    x: Annotated[str, typer.Option(help="arrays: column of the centre's column.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Read crops anew whose files have changed since they were read.")] = False,
    jobs: Jobs = None,
    store: StorePath = None,
) -> None:
    """Read crops that someone else cut, each of one cell."""
    from cellswap.ingest import crops as stage
    from cellswap.store import folder, runs, work

    found = folder.find(store)
    own = {"--metadata": metadata, "--masks": masks, "--images": array, "--channels": channels or None, "--resize": resize or None}
    own |= {"--condition": condition or None, "--class": classes or None, "--as": scheme, "--plate": plate or None, "--well": well or None}
    own |= {"--site": site or None, "--cell": cell or None, "--y": y or None, "--x": x or None}
    name = stage.screen_named(screen or layout)
    if layout == "arrays":
        from cellswap.ingest.cell_table import Columns

        named = tuple(filter(None, (one.strip() for one in condition.split(","))))
        columns = Columns(named, plate, well, site, cell, y, x, classes)
        how = {"axes": axes, "channels": channels, "resize": resize, "masks": masks, "images": array}
        _arrays(found, path, metadata, (columns, how), {"screen": name, "scheme": scheme, "again": again, "jobs": work.processes(jobs)})
        return
    refuse_idle(own, f"--layout {layout}")
    naming = stage.layout_named(layout)
    with runs.record(found, "ingest crops", {"path": path, "layout": layout, "screen": name, "again": again}) as run:
        intake = stage.listed(path, naming, name, run)
        if path.is_file():
            run.read(path)
        stage.write(found, intake, run, work.processes(jobs), again=again)
    finish(run, filtered(name))


def _arrays(store: Store, path: Path, metadata: Path | None, what: tuple[Columns, dict[str, Any]], names: dict[str, Any]) -> None:
    """Read crops in arrays, with their table."""
    from cellswap.errors import at
    from cellswap.ingest import array_crops, bare_cells, cell_labels, cell_table
    from cellswap.ingest.layouts import arrays
    from cellswap.store import runs, scratch

    columns, how = what
    if metadata is None:
        raise BadInput("--metadata: expected a table with a row for each crop")
    if bool(columns.label) != bool(names["scheme"]):
        raise BadInput("--class and --as: expected both, the column of classes and what their set is called, or neither")
    with at(metadata):
        cells = cell_table.cells(cell_table.read(metadata), columns, names["screen"], store.crop_size)
    arguments = {"path": path, "layout": "arrays", "metadata": metadata, **asdict(columns), **how}
    arguments |= {name: value for name, value in names.items() if name != "jobs"}
    with scratch.folder("arrays") as room:
        images, masks = arrays.located(path, how["masks"], how["images"], room)
        names_of = arrays.called(how["channels"], store.facts.names)
        layout = arrays.Layout(images, masks, how["axes"], names_of, how["resize"], arrays.files_of(path, how["masks"]))
        with runs.record(store, "ingest crops", arguments) as run:
            run.read(metadata)
            scheme = cell_labels.ready(store, cells, names["scheme"])
            array_crops.write(store, layout, cells, run, again=names["again"], jobs=names["jobs"])
            cell_labels.write(store, scheme, metadata.name, run)
            bare_cells.write_wells(store, cell_table.of_wells(cells), run)
    finish(run, filtered(names["screen"]))
