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
    path: Annotated[Path, typer.Argument(help="phenix: a plate's folder; csv, table: the table that lists the files.")],
    layout: Annotated[
        str,
        typer.Option(
            help="phenix: r01c01f01p01-ch1sk1fk1fl1.tiff; csv: a list of files; "
            "table: any CSV or Parquet that lists files, CellProfiler's load_data.csv and Image.csv among them."
        ),
    ] = "phenix",
    plate: Annotated[
        str | None,
        typer.Option(
            callback=places.name,
            help="phenix: the plate's name; else the folder's. table: the column of plates; else Metadata_Plate or plate.",
        ),
    ] = None,
    well: Annotated[str | None, typer.Option(help="table: column of wells; else Metadata_Well or well.")] = None,
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
    time: Annotated[int | None, typer.Option(help="phenix: the time point to read; else the first.")] = None,
    masks: Annotated[
        Path | None,
        typer.Option(
            help="Label images to take instead of segmenting: their folder, or a template, 'masks/{plate}_{well}_{site}.tif'"
            " or 'masks/{plate}.h5:{well}'; braces take the table's columns too."
        ),
    ] = None,
    mask_ending: Annotated[str, typer.Option(help="How their names end, such as _labeled.")] = "",
    segment_in: Annotated[str | None, typer.Option(help="Role of the channel to segment cells in; else cytoplasm.")] = None,
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
    from cellswap.ingest import field_plan, names, object_tables, recipe, well_names, well_rows
    from cellswap.ingest import fields as stage
    from cellswap.ingest.layouts.field_table import Columns
    from cellswap.ingest.layouts.fields import Source, list_fields
    from cellswap.ingest.layouts.phenix_names import Pick
    from cellswap.ingest.metadata import applied
    from cellswap.ingest.regular_files import said
    from cellswap.ingest.segment import Segmentation
    from cellswap.store import folder, runs, work

    found = folder.find(store)
    of_table = {"--well": well, "--site": site, "--path": columns, "--channel": channel, "--images": images}
    of_cells = field_options.of_cells(objects, masks, (plate if layout == "table" else None, well, site, y, x))
    if layout != "table":
        refuse_idle(of_table, f"--layout {layout}")
    how = recipe.Recipe(
        screen,
        Segmentation(),
        windows_per_field,
        field_options.label_images_of(masks, mask_ending),
        segment_in,
        recipe.wells_of(empty_wells),
        placed=of_cells is not None,
    )
    seen_in = recipe.seen_in(found, how)
    of_wells = field_options.of_wells(
        plate_map, metadata, {"--condition": condition, "--plate-column": plate_column, "--well-column": well_column}
    )
    named = Columns(tuple(columns or ()), channel, None, well, site)
    listing = list_fields(Source(path, layout, plate, plate_map, replicate, Pick(plane, time), named, images), found.channels)
    if of_cells:
        listing = object_tables.placed(listing, of_cells)
    if of_wells:
        listing = applied(listing, of_wells)
    listing = well_names.settled(listing, names.known(found))
    plan = field_plan.plan(found, listing, how, shard, again=again)
    processes = work.processes(jobs)
    if dry_run:
        field_options.say_plan(plan, listing, stage.seconds_a_field(found, plan, how), processes)
        field_options.say_fields(plan, how, found)
        return
    arguments = {"path": path, "plate_map": plate_map, "masks": masks}
    arguments |= {"layout": layout, "plate": plate, "plane": plane, "time": time, "screen": screen, "replicate": replicate}
    arguments |= {"windows_per_field": windows_per_field, "shard": shard, "mask_ending": mask_ending, "again": again}
    arguments |= {"empty_wells": sorted(how.empty_wells), "segment_in": None if masks or of_cells else seen_in}
    arguments |= {"segmentation": None if masks or of_cells else asdict(how.segmentation)}
    arguments |= {name.replace("--", "table_"): value for name, value in of_table.items() if value}
    arguments |= of_wells.facts if of_wells else {}
    arguments |= of_cells.facts if of_cells else {}
    with runs.record(found, "ingest fields", arguments) as run:
        for file in filter(None, (plate_map, metadata, objects, None if layout == "phenix" else path)):
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
