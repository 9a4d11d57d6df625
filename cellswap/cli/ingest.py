"""ingest fields, crops, vectors, labels, published, features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.crops import crops, filtered
from cellswap.cli.labels import labels
from cellswap.cli.options import DryRun, Jobs, StorePath, finish, refuse_idle
from cellswap.cli.vectors import vectors


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(help="Read images, labels and published results into the store.", no_args_is_help=True)
    for command in (fields, crops, vectors, labels, published, features):
        group.command()(outcome.making(f"ingest {command.__name__}", command))
    app.add_typer(group, name="ingest")


def fields(
    path: Annotated[Path, typer.Argument(help="phenix, ome-zarr: a plate's folder; stack: files; csv, table: the table that lists files.")],
    layout: Annotated[
        str,
        typer.Option(
            help="phenix: r01c01f01p01-ch1sk1fk1fl1.tiff; csv: a list of files; "
            "table: any CSV or Parquet that lists files, CellProfiler's load_data.csv and Image.csv among them; "
            "stack: OME-TIFF, or TIFF of several pages; ome-zarr."
        ),
    ] = "phenix",
    plate: Annotated[
        str | None,
        typer.Option(
            callback=places.name,
            help="phenix, stack, ome-zarr: the plate's name; else the one that Index.xml or the plate says, or the folder's."
            " table: the column of plates; else Metadata_Plate or plate.",
        ),
    ] = None,
    well: Annotated[
        str | None,
        typer.Option(help="table: column of wells; else Metadata_Well or well. stack: the well of files whose names hold none."),
    ] = None,
    site: Annotated[str | None, typer.Option(help="table: column of sites; else Metadata_Site, site, Metadata_Field or field.")] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--path", help="table: column of paths; or CHANNEL=COLUMN, once a channel; else FileName_* or path."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="table: column of channels, where a row is one file; else channel.")] = None,
    images: Annotated[
        Path | None, typer.Option(help="table: folder to look for the files in, where the table has paths of another machine.")
    ] = None,
    objects: Annotated[
        Path | None, typer.Option(help="Table of cells, such as CellProfiler's Cells.csv: crops around their centres, without masks.")
    ] = None,
    y: Annotated[str | None, typer.Option(help="Its column of rows, px from 0; else Location_Center_Y, AreaShape_Center_Y or y.")] = None,
    x: Annotated[str | None, typer.Option(help="Its column of columns.")] = None,
    plate_map: Annotated[Path | None, typer.Option(help="CSV of ORF, Gene, Plate, Row, Column, wellId.")] = None,
    metadata: Annotated[Path | None, typer.Option(help="Table (CSV, Parquet) that says by plate and well what wells hold.")] = None,
    condition: Annotated[
        str | None, typer.Option(help="The column of --metadata that names the condition; several, with commas between, are joined by @.")
    ] = None,
    plate_column: Annotated[str | None, typer.Option(help="Its column of plates; else Metadata_Plate or plate.")] = None,
    well_column: Annotated[str | None, typer.Option(help="Its column of wells; else Metadata_Well or well.")] = None,
    plane: Annotated[int | None, typer.Option(help="phenix: the plane to read; else the first.")] = None,
    time: Annotated[
        int | None, typer.Option(help="The time point to read; else phenix: the first, stack and ome-zarr: the only one.")
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="stack, ome-zarr: what to make of planes in depth: max, mean or a plane's number.")
    ] = None,
    pages: Annotated[
        str | None, typer.Option(help="stack: what plain pages are, channels or fields (then each file is a channel).")
    ] = None,
    masks_in: Annotated[str | None, typer.Option(help="ome-zarr: the name of label images inside, labels/NAME.")] = None,
    segment_from: Annotated[str | None, typer.Option(help="Role of the channel to find nuclei in, by --cell-diameter.")] = None,
    cell_diameter: Annotated[float | None, typer.Option(help="How many pixels across a typical nucleus is.")] = None,
    masks: Annotated[
        Path | None,
        typer.Option(
            help="Label images to take instead of segmenting: their folder, or a template, 'masks/{plate}_{well}_{site}.tif'"
            " or 'masks/{plate}.h5:{well}'; braces take the table's columns too."
        ),
    ] = None,
    mask_ending: Annotated[str, typer.Option(help="How their names end, such as _labeled.")] = "",
    segment_in: Annotated[
        str | None, typer.Option(help="Role of the channel to segment whole yeast cells in; else the store's marker.")
    ] = None,
    empty_wells: Annotated[str | None, typer.Option(help="Wells without cells, A01,B02; those that a plate map calls BLANK are.")] = None,
    screen: Annotated[str, typer.Option(callback=places.name, help="Name of the data set in the store.")] = "screen",
    replicate: Annotated[int, typer.Option(min=1, help="Replicate of the screen.")] = 1,
    windows_per_field: Annotated[int, typer.Option(min=0, help="Most cell-free windows kept of a field.")] = 64,
    again: Annotated[bool, typer.Option("--again", help="Read fields anew whose files have changed since they were read.")] = False,
    shard: Annotated[str | None, typer.Option(help="i/n: only every n-th well from the i-th.")] = None,
    jobs: Jobs = None,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Read full fields of view: segment cells, cut crops, find cell-free windows."""
    from dataclasses import asdict

    from cellswap.cli import field_options
    from cellswap.ingest import field_plan, field_shown, names, object_tables, recipe, well_names, well_rows
    from cellswap.ingest import fields as stage
    from cellswap.ingest.layouts.field_table import Columns
    from cellswap.ingest.layouts.fields import OF_PARTS, Parts, Source, list_fields
    from cellswap.ingest.layouts.phenix_names import Pick
    from cellswap.ingest.metadata import applied
    from cellswap.ingest.regular_files import said
    from cellswap.store import folder, runs, work

    found = folder.find(store)
    column_of_wells, the_well = (well, None) if layout == "table" else (None, well)
    of_table = {"--well": column_of_wells, "--site": site, "--path": columns, "--channel": channel, "--images": images}
    of_cells = field_options.of_cells(objects, (masks, masks_in), (plate if layout == "table" else None, column_of_wells, site, y, x))
    if layout != "table":
        refuse_idle(of_table | {"--well": None if layout in OF_PARTS else the_well}, f"--layout {layout}")
    how = recipe.Recipe(
        screen,
        recipe.segmentation(segment_in, segment_from, cell_diameter, given=bool(masks or masks_in or of_cells)),
        windows_per_field,
        field_options.label_images_of(masks, masks_in, mask_ending),
        segment_from or segment_in,
        recipe.wells_of(empty_wells),
        masks_in,
        placed=of_cells is not None,
    )
    seen_in, unsaid = field_options.seen_in(found, how, later=dry_run and layout in OF_PARTS)
    of_wells = field_options.of_wells(
        plate_map, metadata, {"--condition": condition, "--plate-column": plate_column, "--well-column": well_column}
    )
    named = Columns(tuple(columns or ()), channel, None, column_of_wells, site)
    parts = Parts(project, pages, the_well, masks_in, mapped=metadata is not None)
    listing = list_fields(Source(path, layout, plate, plate_map, replicate, Pick(plane, time), named, images, parts), found.channels)
    if of_cells:
        listing = object_tables.placed(listing, of_cells)
    if of_wells:
        listing = applied(listing, of_wells)
    listing = well_names.settled(listing, names.known(found))
    listing = field_shown.with_pixel_size(listing, found)
    plan = field_plan.plan(found, listing, how, shard, again=again)
    processes = work.processes(jobs)
    if dry_run:
        for line in field_shown.lines(found, plan) if layout in OF_PARTS else ():
            typer.echo(line)
        field_options.say_plan(plan, listing, None if unsaid else stage.seconds_a_field(found, plan, how), processes)
        if layout not in OF_PARTS:
            field_options.say_fields(plan, how, found)
        if unsaid:
            typer.echo(f"before it can run: {unsaid}")
        return
    found_by = {"segment_in": None, "segmentation": None} if how.told else {"segment_in": seen_in, "segmentation": asdict(how.segmentation)}
    asked = {"project": project, "pages": pages, "well": the_well, "masks_in": masks_in, "segment_from": segment_from}
    arguments = {
        "path": path,
        "plate_map": plate_map,
        "masks": masks,
        "layout": layout,
        "plate": plate,
        "plane": plane,
        "time": time,
        "screen": screen,
        "replicate": replicate,
        "windows_per_field": windows_per_field,
        "shard": shard,
        "mask_ending": mask_ending,
        "again": again,
        "empty_wells": sorted(how.empty_wells),
        **found_by,
        **{name.replace("--", "table_"): value for name, value in of_table.items() if value},
        **{name: value for name, value in asked.items() if value is not None},
        **(of_wells.facts if of_wells else {}),
        **(of_cells.facts if of_cells else {}),
    }
    with runs.record(found, "ingest fields", arguments) as run:
        for file in filter(None, (plate_map, metadata, objects, path if layout in ("csv", "table") else None)):
            run.read(file, said(file.name))
        stage.reject_all(run, listing.rejects)
        well_rows.write(found, listing, screen, run, again=again)
        stage.write(found, plan, how, run, processes)
    finish(run, filtered(screen))


def published(
    path: Annotated[Path | None, typer.Argument(help="The authors' folder swap_results, for the raw results too.")] = None,
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
    if path:
        finish(run, outcome.query("FROM table1_compared"))
    else:
        finish(run, "cellswap ingest fields PATH", "cellswap ingest published SWAP_RESULTS")


def features(
    path: Annotated[Path, typer.Argument(help="The folder features of the authors' archive, unpacked.")],
    name: Annotated[
        str, typer.Option("--as", callback=places.name, help="What to call the plan that says what each vector shows.")
    ] = "published",
    store: StorePath = None,
) -> None:
    """Read the authors' feature files, MODEL/{logs,logs_batch,logs_base,logs_mask}/LAYER/LOC[_LOC].pkl, as embeddings.

    Pickles are read without running what is in them; one that holds more than arrays is refused.
    """
    from cellswap.ingest import features as stage
    from cellswap.store import folder, runs

    found = folder.find(store)
    with runs.record(found, "ingest features", {"path": path, "plan_id": name}) as run:
        stage.write(found, stage.listed(path, run), name, run)
    finish(run, outcome.words("cellswap", "evaluate", "pairs", "--plan", name))
