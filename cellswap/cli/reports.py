"""report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellswap.cli.options import StorePath


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(report)


def report(
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A new folder, or a former report; with --single-file, a file NAME.html."),
    ],
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Write one page that needs no other file.")
    ] = False,
    title: Annotated[str | None, typer.Option(help="What stands on top; else the store's name.")] = None,
    store: StorePath = None,
) -> None:
    """Write static pages with every table and chart, its SQL and its rows; they need no network."""
    from cellswap.reports import run
    from cellswap.store import folder

    made = run.report(folder.find(store), out, title, single_file=single_file)
    empty = [f"{page.title}: {item.title}" for page in made.pages for item in page.items if item.is_empty and item.todo]
    typer.echo(f"{out}: {len(made.pages)} pages, {len(made.answers())} tables", err=True)
    if empty:
        typer.echo(
            f"  without rows yet, {len(empty)}: {'; '.join(empty[:4])}{' ...' if len(empty) > 4 else ''}", err=True
        )
    typer.echo(f"next: open {out if single_file else out / 'index.html'}", err=True)
