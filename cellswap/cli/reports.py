"""report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import StorePath
from cellswap.cli.plain import say
from cellswap.cli.swaps import as_swap, swap_lines

if TYPE_CHECKING:  # at run time they would load the stages for every --help
    from cellswap.reports.sheet import Swap
    from cellswap.store.folder import Store


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(outcome.making("report", outcome.of_classes(report)))


def report(
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", callback=places.out_place, help="A new folder, or a former report; with --single-file, a file NAME.html."
        ),
    ],
    single_file: Annotated[bool, typer.Option("--single-file", help="Write one page that needs no other file.")] = False,
    compare: Annotated[
        str | None,
        typer.Option(metavar="STORE_OR_RUN", help="Set another store, or a run of this one, side by side: what changed, by how much."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="What stands on top; else the store's name.")] = None,
    store: StorePath = None,
) -> None:
    """Write static pages with every table and chart, its SQL and its rows; they need no network."""
    from cellswap.reports import run
    from cellswap.store import folder

    found = folder.find(store)
    made = run.report(found, out, title, single_file=single_file, compose=partial(_composed, found), beside=compare)
    empty = [f"{page.title}: {item.title}" for page in made.pages for item in page.items if item.is_empty and item.todo]
    say(f"{out}: {len(made.pages)} pages, {len(made.answers())} tables", err=True)
    if empty:
        say(f"  without rows yet, {len(empty)}: {'; '.join(empty[:4])}{' ...' if len(empty) > 4 else ''}", err=True)
    first = out if single_file else out / "index.html"
    outcome.made(report=first, pages=len(made.pages), tables=len(made.answers()), without_rows=empty)
    outcome.hint(f"open {outcome.words(first)} in a browser")


def _composed(store: Store, rows: list[dict[str, Any]]) -> dict[tuple[str, str], Swap]:
    """The images of planned swaps by setting and name; extract composes them, so that torch is loaded for them alone."""
    from cellswap.extract.swaps.examples import Image, examples

    of_variant: dict[str, list[Image]] = {}
    for row in rows:
        image = Image(**{name: row["class" if name == "class_name" else name] for name in Image.__annotations__})
        of_variant.setdefault(image.setting.partition("+")[2], []).append(image)
    made = (example for variant, images in of_variant.items() for example in examples(store, images, variant)[0])
    return {(e.image.setting, e.image.image_id): as_swap(e, swap_lines(e.image)) for e in made}
