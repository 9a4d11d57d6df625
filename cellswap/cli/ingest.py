"""ingest fields, crops, vectors, labels, published, features."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.crops import crops, filtered
from cellswap.cli.labels import labels
from cellswap.cli.options import DryRun, Jobs, StorePath, finish
from cellswap.cli.vectors import vectors

if TYPE_CHECKING:
    from cellswap.ingest.field_plan import Plan
    from cellswap.ingest.metadata import Asked
    from cellswap.ingest.recipe import Recipe
    from cellswap.store.folder import Store


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(help="Read images, labels and published results into the store.", no_args_is_help=True)
    for command in (fields, crops, vectors, labels, published, features):
        group.command()(outcome.making(f"ingest {command.__name__}", command))
    app.add_typer(group, name="ingest")


def fields(
    path: Annotated[Path, typer.Argument(help="phenix, ome-zarr: a plate's folder; stack: files; csv: the list.")],
    layout: Annotated[
        str,
        typer.Option(
            help="phenix: r01c01f01p01-ch1sk1fk1fl1.tiff; csv: a list of files; stack: OME-TIFF, or TIFF of several pages; ome-zarr."
        ),
    ] = "phenix",
    plate: Annotated[
        str | None,
        typer.Option(
            callback=places.name,
            help="phenix, stack, ome-zarr: the plate's name; else the one that Index.xml or the plate says, or the folder's.",
        ),
    ] = None,
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
    well: Annotated[str | None, typer.Option(help="stack: the well of files whose names hold none, such as A01.")] = None,
    masks_in: Annotated[str | None, typer.Option(help="ome-zarr: the name of label images inside, labels/NAME.")] = None,
    segment_from: Annotated[str | None, typer.Option(help="Role of the channel to find nuclei in, by --cell-diameter.")] = None,
    cell_diameter: Annotated[float | None, typer.Option(help="How many pixels across a typical nucleus is.")] = None,
    masks: Annotated[Path | None, typer.Option(help="Folder of label images to take instead of segmenting.")] = None,
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

    from cellswap.errors import BadInput
    from cellswap.ingest import field_plan, field_shown, names, recipe, well_names, well_rows
    from cellswap.ingest import fields as stage
    from cellswap.ingest.label_images import Masks
    from cellswap.ingest.layouts.fields import OF_PARTS, Parts, Source, list_fields
    from cellswap.ingest.layouts.phenix_names import Pick
    from cellswap.ingest.metadata import applied
    from cellswap.ingest.regular_files import said
    from cellswap.store import folder, runs, work
    from cellswap.store.files import other_kind

    found = folder.find(store)
    if masks and not masks.is_dir():
        raise BadInput(f"--masks {said(masks)}: expected a folder of label images, found {other_kind(masks) or 'a file'}")
    if masks and masks_in:
        raise BadInput("--masks and --masks-in both say where label images are; give one of them")
    method = recipe.segmentation(segment_in, segment_from, cell_diameter, given=bool(masks or masks_in))
    given = Masks(masks, mask_ending) if masks else None
    empty = recipe.wells_of(empty_wells)
    how = recipe.Recipe(screen, method, windows_per_field, given, segment_from or segment_in, empty, masks_in)
    seen_in, unsaid = _seen_in(found, how, later=dry_run and layout in OF_PARTS)
    of_wells = _of_wells(plate_map, metadata, {"--condition": condition, "--plate-column": plate_column, "--well-column": well_column})
    parts = Parts(project, pages, well, masks_in, mapped=metadata is not None)
    listing = list_fields(Source(path, layout, plate, plate_map, replicate, Pick(plane, time), parts), found.channels)
    if of_wells:
        listing = applied(listing, of_wells)
    listing = well_names.settled(listing, names.known(found))
    listing = field_shown.with_pixel_size(listing, found)
    plan = field_plan.plan(found, listing, how, shard, again=again)
    processes = work.processes(jobs)
    if dry_run:
        for line in field_shown.lines(found, plan, listing) if layout in OF_PARTS else ():
            typer.echo(line)
        _say_plan(plan, len(listing.rejects), None if unsaid else stage.seconds_a_field(found, plan, how), processes)
        if unsaid:
            typer.echo(f"before it can run: {unsaid}")
        return
    arguments = {"path": path, "plate_map": plate_map, "masks": masks}
    arguments |= {"layout": layout, "plate": plate, "plane": plane, "time": time, "screen": screen, "replicate": replicate}
    arguments |= {"windows_per_field": windows_per_field, "shard": shard, "mask_ending": mask_ending, "again": again}
    arguments |= {"empty_wells": sorted(how.empty_wells), "segment_in": None if how.given else seen_in}
    arguments |= {"segmentation": None if how.given else asdict(how.segmentation)}
    asked = {"project": project, "pages": pages, "well": well, "masks_in": masks_in, "segment_from": segment_from}
    arguments |= {name: value for name, value in asked.items() if value is not None}
    arguments |= of_wells.facts if of_wells else {}
    with runs.record(found, "ingest fields", arguments) as run:
        for file in filter(None, (plate_map, metadata, path if layout == "csv" else None)):
            run.read(file, said(file.name))
        stage.reject_all(run, listing.rejects)
        well_rows.write(found, listing, screen, run, again=again)
        stage.write(found, plan, how, run, processes)
    finish(run, filtered(screen))


def _seen_in(store: Store, how: Recipe, *, later: bool) -> tuple[str | None, str | None]:
    """The channel that shows the cells; with `later`, where nobody says how to find cells, why there is none yet."""
    from cellswap.errors import BadInput
    from cellswap.ingest.recipe import seen_in

    try:
        return seen_in(store, how), None
    except BadInput as error:
        if later and how.segment_in is None:
            return None, str(error)
        raise


def _of_wells(plate_map: Path | None, table: Path | None, columns: dict[str, str | None]) -> Asked | None:
    """Which table says what wells hold, and in which columns; BadInput for options that say nothing without others."""
    from cellswap.errors import BadInput
    from cellswap.ingest.metadata import Asked
    from cellswap.ingest.text_table import listed

    if table is None:
        if idle := [name for name, value in columns.items() if value is not None]:
            raise BadInput(f"{', '.join(idle)}: no effect without --metadata TABLE, which has the columns")
        return None
    if plate_map:
        raise BadInput("--metadata and --plate-map both say what wells hold; give one of them")
    if not (condition := listed(columns["--condition"])):
        raise BadInput("--metadata: say with --condition which of its columns names the condition, such as --condition Metadata_compound")
    return Asked(table, condition, columns["--plate-column"], columns["--well-column"])


def _say_plan(plan: Plan, n_rejects: int, seconds: float | None, processes: int) -> None:
    """What a run would do, on stdout."""
    n_wells = len(plan.wells) + len(plan.redo)
    typer.echo(f"{plan.n_fields} fields of {n_wells} wells to read, {plan.n_there} are in the store")
    if plan.changed:
        typer.echo(f"{len(plan.changed)} of these were read from files that are others now, such as {next(iter(plan.changed))}: --again")
    if n_rejects:
        typer.echo(f"{n_rejects} files or rows would be dropped; a run without --dry-run says which")
    if seconds is not None:
        busy = min(processes, max(1, n_wells))
        typer.echo(f"about {plan.n_fields * seconds / busy:.0f} s on {busy} processes ({seconds:.2f} s for the first field)")


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
