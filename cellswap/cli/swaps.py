"""plan and show: which centre goes on which background, and what that looks like."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import DryRun, StorePath, finish
from cellswap.cli.plain import say
from cellswap.errors import BadInput

if TYPE_CHECKING:  # at run time they would load the stages for every --help
    from cellswap.extract.swaps.examples import Example, Image
    from cellswap.reports.sheet import Swap

SHOWN_SHORT = 20


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(outcome.making("plan", outcome.of_classes(plan)))
    app.command()(outcome.making("show", show))


def plan(
    screen: Annotated[str | None, typer.Option(help="The data set; may be left out where the store has one.")] = None,
    settings: Annotated[str, typer.Option(help="Settings, with commas between; else all five.")] = "",
    classes: Annotated[list[str] | None, typer.Option("--class", help="Only this class; two or more. Else all.")] = None,
    images: Annotated[int, typer.Option(min=1, help="Images of each set (paper: 1,000).")] = 1000,
    conditions: Annotated[
        Literal["image", "set"],
        typer.Option("--proteins", "--conditions", help="Draw a pair of conditions for each image, or one for a whole set."),
    ] = "image",
    replacement: Annotated[Literal["none", "backgrounds", "both"], typer.Option(help="What may stand twice in a set.")] = "backgrounds",
    split: Annotated[str, typer.Option(metavar="none|condition|plate", help="Train and test from disjoint conditions or plates.")] = "none",
    replicate: Annotated[int, typer.Option(min=1, help="Replicate to draw from (paper: the first).")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    factorial: Annotated[str | None, typer.Option(help="CENTRESxBACKGROUNDS, such as 60x60: each centre on each background.")] = None,
    allow_short: Annotated[bool, typer.Option("--allow-short", help="Go on where a class has too few crops.")] = False,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Draw the images of the five settings as rows of the table swaps; extract composes them when it needs them."""
    from cellswap.cli import hints
    from cellswap.extract.swaps import plan
    from cellswap.store import classes as labels
    from cellswap.store import database, folder, runs, wording

    found = folder.find(store)
    with database.connect(found) as connection:
        options = plan.Options(
            screen=screen or plan.only_screen(connection),
            settings=tuple(s.strip() for s in settings.split(",") if s.strip()) or plan.Options("").settings,
            classes=tuple(classes or ()),
            images=images,
            conditions=conditions,
            replacement=replacement,
            replicate=replicate,
            split=wording.kind("--split", split, plan.SPLITS),
            seed=seed,
            factorial=_factorial(factorial),
        )
        made = plan.make(connection, options)
        not_shown = labels.left_out(connection, options.screen), plan.maskless(connection, options.screen)
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
        plan.write(found, made, run)
        for text in not_shown:
            run.note_if(text)
        if made.short:
            fewer = outcome.query(f"FROM plan_sets WHERE plan_id = '{made.plan_id}' AND n < wanted")
            run.note(f"{len(made.short)} sets have fewer images than wanted: {fewer}")
    outcome.made(plan_id=made.plan_id)
    typer.echo(made.plan_id)
    finish(run, outcome.words("cellswap", "show", "--plan", made.plan_id, "-o", "sheet.png"), hints.extract(found, made.plan_id))


def show(
    out: Annotated[Path, typer.Option("--out", "-o", callback=places.out_file, help="The PNG file to write.")],
    plan_id: Annotated[str, typer.Option("--plan", help="The plan.")],
    setting: Annotated[str | None, typer.Option(help="Only this setting of the plan.")] = None,
    class_name: Annotated[str | None, typer.Option("--class", help="Only centres of this class.")] = None,
    background: Annotated[str | None, typer.Option(help="Only backgrounds of this class.")] = None,
    where: Annotated[str | None, typer.Option(help="Only swaps for which this SQL condition over the table swaps holds.")] = None,
    n: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 8,
    variant: Annotated[str, typer.Option(help="Compose by this variant: feather, dilateN, shift, match or raw.")] = "",
    figure: Annotated[Literal["1a"] | None, typer.Option(help="One centre in all settings, as the paper's Figure 1A.")] = None,
    store: StorePath = None,
) -> None:
    """Write a contact sheet of swaps: centre with its outline, background, mask and the composed image."""
    from cellswap.cli import hints
    from cellswap.errors import UnknownName
    from cellswap.extract.swaps import examples
    from cellswap.extract.swaps.compose import parse_variant
    from cellswap.reports import sheet
    from cellswap.store import classes, database, files, folder
    from cellswap.store.vocabulary import SETTINGS

    if out.suffix.lower() != ".png":
        raise BadInput(f"--out {out}: expected a file name that ends in .png")
    if setting and setting not in SETTINGS:
        raise UnknownName("setting", setting, SETTINGS)
    parse_variant(variant)
    found = folder.find(store)
    with database.connect(found) as connection:
        of_plan = examples.classes_of(connection, plan_id)
    centre, behind = (classes.spelled(name, of_plan) if name else None for name in (class_name, background))
    wanted = examples.Selection(plan_id, setting, centre, behind, where, n)
    images = examples.one_centre(found, wanted) if figure else examples.chosen(found, wanted)
    if not images:
        there = outcome.query(f"FROM plan_sets WHERE plan_id = {outcome.text(plan_id)}")
        raise BadInput(f"{plan_id} has no such images; what it has: {there}")
    made, absent = examples.examples(found, images, variant)
    for image_id, reason in absent.items():
        say(f"  left out: {image_id}: {reason}", err=True)
    if not made:
        raise BadInput(f"none of {len(images)} images can be shown")
    draw, lines = (sheet.figure, _setting_lines) if figure else (sheet.sheet, swap_lines)
    png = draw([as_swap(example, lines(example.image)) for example in made], _title(plan_id, variant, made[0]))
    with files.whole_file(out) as partial:
        partial.write_bytes(png)
    outcome.made(image=out, images=len(made))
    say(f"{out}: {len(made)} images", err=True)
    outcome.hint(hints.extract(found, plan_id))


def _title(plan_id: str, variant: str, example: Example) -> str:
    return f"{plan_id}{f', {variant}' if variant else ''}; from top to bottom: {', '.join(example.centre)}"


def as_swap(example: Example, lines: tuple[str, ...]) -> Swap:
    """An example as the pages draw it."""
    from cellswap.reports.sheet import Swap

    return Swap(example.centre, example.background, example.mask, example.result, lines)


def swap_lines(image: Image) -> tuple[str, ...]:
    """What a swap is, in lines."""
    first = f"{image.setting}: {image.class_name}" + (f" on {image.background_class}" if image.background_crop_id else "")
    rows = (first, f"centre {image.condition}", f"  {image.crop_id}")
    return (*rows, f"background {image.background_condition}", f"  {image.background_crop_id}") if image.background_crop_id else rows


def _setting_lines(image: Image) -> tuple[str, ...]:
    behind = (f"on {image.background_class}", f"{image.background_condition}") if image.background_crop_id else ("its own crop",)
    return (image.setting, image.class_name, image.condition, *behind)


def _factorial(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    centres, _, backgrounds = text.partition("x")
    if not (centres.isdigit() and backgrounds.isdigit() and int(centres) > 0 and int(backgrounds) > 0):
        raise BadInput(f"--factorial {text}: expected CENTRESxBACKGROUNDS, such as 60x60")
    return int(centres), int(backgrounds)
