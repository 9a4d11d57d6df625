"""What the options of `ingest fields` mean together, and what a run of it would do."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cellswap.cli.formats import write_table
from cellswap.errors import BadInput

if TYPE_CHECKING:
    from cellswap.ingest.field_files import FieldFiles, Listing
    from cellswap.ingest.field_plan import Plan
    from cellswap.ingest.label_images import Masks
    from cellswap.ingest.metadata import Asked
    from cellswap.ingest.object_tables import Asked as Objects
    from cellswap.ingest.recipe import Recipe
    from cellswap.store.folder import Store

SHOWN_FIELDS = 5


def label_images_of(masks: Path | None, inside: str | None, ending: str) -> Masks | None:
    """The label images that --masks and --mask-ending mean; BadInput for what is neither folder nor template, and for --masks-in too."""
    from cellswap.ingest import mask_template
    from cellswap.ingest.label_images import Masks
    from cellswap.ingest.regular_files import said
    from cellswap.store.files import other_kind

    if masks and inside:
        raise BadInput("--masks and --masks-in both say where label images are; give one of them")
    if masks is None or masks.is_dir():
        return Masks(masks, ending) if masks else None
    if not mask_template.is_one(str(masks)):
        found = other_kind(masks) or "a file"
        raise BadInput(
            f"--masks {said(masks)}: expected a folder of label images, or a template such as 'masks/{{plate}}_{{well}}_{{site}}.tif',"
            f" found {found}"
        )
    if ending:
        raise BadInput("--mask-ending: no effect beside a template, which says the whole name; leave it out")
    return Masks(masks.parent, "", str(masks))


def of_cells(table: Path | None, masks: tuple[Path | str | None, ...], columns: tuple[str | None, ...]) -> Objects | None:
    """The table of cells' places with its columns of plate, well, site, y and x; BadInput for options that say nothing without others."""
    from cellswap.ingest.object_tables import Asked

    if table is None:
        if idle := [name for name, value in zip(("--y", "--x"), columns[3:], strict=True) if value]:
            raise BadInput(f"{', '.join(idle)}: no effect without --objects TABLE, which has the columns")
        return None
    if any(masks):
        raise BadInput("--objects and label images both say where cells are; the images say more, so leave out --objects")
    return Asked(table, *columns)


def seen_in(store: Store, how: Recipe, *, later: bool) -> tuple[str | None, str | None]:
    """The channel that shows the cells; with `later`, where nobody says how to find cells, why there is none yet."""
    from cellswap.ingest import recipe

    try:
        return recipe.seen_in(store, how), None
    except BadInput as error:
        if later and how.segment_in is None:
            return None, str(error)
        raise


def of_wells(plate_map: Path | None, table: Path | None, columns: dict[str, str | None]) -> Asked | None:
    """Which table says what wells hold, and in which columns; BadInput for options that say nothing without others."""
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


def say_plan(plan: Plan, listing: Listing, seconds: float | None, processes: int) -> None:
    """What a run would do, on stdout: how much, what is dropped by reason with its first example, and what there is to know."""
    n_wells = len(plan.wells) + len(plan.redo)
    typer.echo(f"{plan.n_fields} fields of {n_wells} wells to read, {plan.n_there} are in the store")
    if plan.changed:
        typer.echo(f"{len(plan.changed)} of these were read from files that are others now, such as {next(iter(plan.changed))}: --again")
    first: dict[str, tuple[str, str]] = {}
    for place, reason, detail in listing.rejects:
        first.setdefault(reason, (place, detail))
    for reason, n in Counter(reason for _, reason, _ in listing.rejects).most_common():
        typer.echo(f"{n} files or rows would be dropped: {reason}, such as {first[reason][0]} ({first[reason][1]})")
    if seconds is not None:
        busy = min(processes, max(1, n_wells))
        typer.echo(f"about {plan.n_fields * seconds / busy:.0f} s on {busy} processes ({seconds:.2f} s for the first field)")
    for note in plan.notes:
        typer.echo(f"note: {note}")


def say_fields(plan: Plan, how: Recipe, store: Store) -> None:
    """The first fields as they would be read, on stdout, and how many lack a label image."""
    todo = [of for of_well in (*plan.wells, *(redo.fields for redo in plan.redo)) for of in of_well]
    if how.masks and (lacking := [(of, why) for of in todo if (why := _no_label_image(of, how.masks))]):
        of, why = lacking[0]
        typer.echo(f"{len(lacking)} of {len(todo)} fields have no label image, such as {of.field_id(how.screen)}: {why}")
    if not todo:
        return
    cells = "masks" if how.masks else "cells"
    names = ["plate", "well", "site", store.facts.condition_word, *store.channels, *([cells] if how.masks or how.placed else [])]
    rows = (_shown(of, store, how) for of in islice(todo, SHOWN_FIELDS))
    write_table(names, rows, sys.stdout)


def _shown(of: FieldFiles, store: Store, how: Recipe) -> tuple[object, ...]:
    files = (of.channels[name].name for name in store.channels)
    masks = ", ".join(path.name for path in of.masks) + (f":{of.dataset}" if of.dataset else "")
    cells = (masks,) if how.masks else (len(of.places.names),) if of.places else ()
    return (of.plate, of.well, of.site, of.holds.condition, *files, *cells)


def _no_label_image(of: FieldFiles, masks: Masks) -> str | None:
    """Why a field has no label image; None where it has one."""
    from cellswap.ingest import label_images

    try:
        path = label_images.choose(masks, of)
    except BadInput as error:
        return str(error)
    return None if path.exists() else f"no file {path}"
