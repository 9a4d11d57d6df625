"""plan: which centre goes on which background."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from cellswap.cli.options import DryRun, StorePath, finish
from cellswap.errors import BadInput

SHOWN_SHORT = 20


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(plan)


def plan(
    screen: Annotated[str | None, typer.Option(help="The data set; may be left out where the store has one.")] = None,
    settings: Annotated[str, typer.Option(help="Settings, with commas between; else all five.")] = "",
    classes: Annotated[list[str] | None, typer.Option("--class", help="Only this localization; two or more. Else all.")] = None,
    images: Annotated[int, typer.Option(min=1, help="Images of each set (paper: 1,000).")] = 1000,
    proteins: Annotated[
        Literal["image", "set"], typer.Option(help="Draw a pair of proteins for each image, or one for a whole set.")
    ] = "image",
    replacement: Annotated[
        Literal["none", "backgrounds", "both"], typer.Option(help="What may stand twice in a set.")
    ] = "backgrounds",
    split: Annotated[Literal["none", "protein", "plate"], typer.Option(help="Train and test from disjoint proteins or plates.")] = "none",
    replicate: Annotated[int, typer.Option(min=1, help="Replicate to draw from (paper: the first).")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    factorial: Annotated[str | None, typer.Option(help="CENTRESxBACKGROUNDS, such as 60x60: each centre on each background.")] = None,
    allow_short: Annotated[bool, typer.Option("--allow-short", help="Go on where a class has too few crops.")] = False,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Draw the images of the five settings as rows of the table swaps; extract composes them when it needs them."""
    from cellswap.extract import swaps
    from cellswap.store import database, folder, runs

    found = folder.find(store)
    with database.connect(found) as connection:
        options = swaps.Options(
            screen=screen or swaps.only_screen(connection),
            settings=tuple(s.strip() for s in settings.split(",") if s.strip()) or swaps.Options("").settings,
            classes=tuple(classes or ()),
            images=images,
            proteins=proteins,
            replacement=replacement,
            replicate=replicate,
            split=split,
            seed=seed,
            factorial=_factorial(factorial),
        )
        made = swaps.make(connection, options)
    for short in made.short[:SHOWN_SHORT]:
        typer.echo(f"  short: {short}", err=True)
    if len(made.short) > SHOWN_SHORT:
        typer.echo(f"  and {len(made.short) - SHOWN_SHORT} more sets are short", err=True)
    if dry_run:
        typer.echo(f"{made.plan_id}: {len(made.rows)} images, {len(made.short)} sets short")
        return
    if made.short and not allow_short:
        raise BadInput(f"{len(made.short)} sets have fewer than {images} images; add --allow-short to plan what there is, or --images N")
    with runs.record(found, "plan", asdict(options)) as run:
        swaps.write(found, made, run)
        if made.short:
            run.note(f"{len(made.short)} sets have fewer images than wanted: cellswap sql 'FROM plan_sets WHERE n < wanted'")
    finish(run, f"cellswap extract --model pifia --weights FILE --plan {made.plan_id}")


def _factorial(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    centres, _, backgrounds = text.partition("x")
    if not (centres.isdigit() and backgrounds.isdigit() and int(centres) > 0 and int(backgrounds) > 0):
        raise BadInput(f"--factorial {text}: expected CENTRESxBACKGROUNDS, such as 60x60")
    return int(centres), int(backgrounds)
