"""ingest crops: crops that somebody else cut."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellswap.cli import listed_crops, outcome, places
from cellswap.cli.listed_crops import Asked
from cellswap.cli.options import DryRun, Jobs, StorePath, finish, refuse_idle


def filtered(screen: str) -> str:
    """The query that counts a screen's crops by why they are not used."""
    return outcome.query(f"SELECT reason, count(*) FROM crop_filter WHERE screen = {outcome.text(screen)} GROUP BY ALL")


def crops(
    path: Annotated[
        Path,
        typer.Argument(help="A folder of crops, or an archive of one (.tar.xz, .tar.gz, .zip); table: the table; arrays: a file of them."),
    ],
    layout: Annotated[
        str,
        typer.Option(
            help="pci: GENE/GENE_<field>_rfp_<cell>_{gfp,rfp}.tif; "
            "pifia: PROTEIN/CONDITION_ch{1,2,3}_<cell>.tiff and CONDITION_mask_<cell>.tiff; "
            "table: CSV or Parquet, a row a crop, with paths (--path) or rows of an array (--array, --row); "
            "arrays: .npy, .npz, .h5 or .zarr of (n, channels, h, w), with --metadata; or one of an installed package."
        ),
    ],
    screen: Annotated[str | None, typer.Option(callback=places.name, help="Name of the data set in the store; else the layout's.")] = None,
    paths: Annotated[
        list[str] | None,
        typer.Option("--path", help="table: COL, paths of PNG, TIFF or NPY files of all channels; or CHANNEL=COL, once for each channel."),
    ] = None,
    mask: Annotated[str, typer.Option(help="table: column of paths of masks.")] = "",
    array: Annotated[Path | None, typer.Option(help="table: the file of arrays that has the crops.")] = None,
    row: Annotated[str, typer.Option(help="table, arrays: column of the crop's row in the array, from 0.")] = "",
    metadata: Annotated[Path | None, typer.Option(help="arrays: CSV or Parquet, a row a crop in the same order.")] = None,
    masks: Annotated[str | None, typer.Option(help="arrays: masks or labels (n, h, w): an array of that file, or a file.")] = None,
    images: Annotated[
        str | None,
        typer.Option("--images", help="arrays: which array has the crops; else images. table: folder that paths start from; else its own."),
    ] = None,
    axes: Annotated[str, typer.Option(help="arrays, table: NCHW, or NHWC where channels come last.")] = "NCHW",
    channels: Annotated[str, typer.Option(help="arrays, table: the store's names of its channels in order; else all of them.")] = "",
    resize: Annotated[int, typer.Option(min=0, help="arrays, table: bring crops of another size to the store's, this many px.")] = 0,
    condition: Annotated[str, typer.Option(help="Column of what was done to the cell; of several, COL,COL, joined with @.")] = "",
    classes: Annotated[str, typer.Option("--class", help="Column of the condition's class; with --as.")] = "",
    scheme: Annotated[str | None, typer.Option("--as", callback=places.name, help="Name of the set of these classes.")] = None,
    plate: Annotated[str, typer.Option(help="Column of plates.")] = "",
    well: Annotated[str, typer.Option(help="Column of wells.")] = "",
    site: Annotated[str, typer.Option("--site", "--field", help="Column of fields within the well.")] = "",
    cell: Annotated[str, typer.Option(help="Column of the cells' names; else their rows, from 0.")] = "",
    y: Annotated[str, typer.Option(help="Column of the centre's row in its field, px.")] = "",
    x: Annotated[str, typer.Option(help="Column of the centre's column.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Read crops anew whose files have changed since they were read.")] = False,
    jobs: Jobs = None,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Read crops that someone else cut, each of one cell."""
    from cellswap.ingest import crops as stage
    from cellswap.ingest import text_table
    from cellswap.ingest.cell_table import Columns
    from cellswap.ingest.crop_layout import CropLayout
    from cellswap.ingest.listed_crops import How
    from cellswap.store import folder, runs, work

    found = folder.find(store)
    name = stage.screen_named(screen or layout)
    kind = stage.layout_named(layout)
    given = {"--path": paths, "--mask": mask or None, "--array": array, "--row": row or None, "--metadata": metadata, "--masks": masks}
    given |= {"--images": images, "--axes": None if axes == "NCHW" else axes, "--channels": channels or None, "--resize": resize or None}
    given |= {
        "--condition": condition or None,
        "--class": classes or None,
        "--as": scheme,
        "--plate": plate or None,
        "--well": well or None,
    }
    given |= {"--site": site or None, "--cell": cell or None, "--y": y or None, "--x": x or None, "--dry-run": dry_run or None}
    is_named = isinstance(kind, CropLayout)
    beside = "table --array" if layout == "table" and array else layout
    taken = () if is_named else listed_crops.TAKEN.get(beside, listed_crops.OF_PACKAGE)
    refuse_idle({option: value for option, value in given.items() if option not in taken}, f"--layout {beside}")
    if not is_named:
        columns = Columns(text_table.listed(condition), plate, well, site, cell, y, x, classes)
        how = How(axes, channels, resize, masks, images, row, tuple(paths or ()), mask)
        asked = Asked(layout, path, metadata or array, columns, how, name, scheme, again)
        listed_crops.run(found, asked, kind, filtered(name), jobs=work.processes(jobs), dry_run=dry_run)
        return
    with runs.record(found, "ingest crops", {"path": path, "layout": layout, "screen": name, "again": again}) as run:
        intake = stage.listed(path, kind, name, run)
        if path.is_file():
            run.read(path)
        stage.write(found, intake, run, work.processes(jobs), again=again)
    finish(run, filtered(name))
