"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.plain import say
from cellswap.errors import BadInput

if TYPE_CHECKING:  # at run time it would load DuckDB and Arrow for every --help
    from collections.abc import Mapping

    from cellswap.store.runs import Run

StorePath = Annotated[
    Path | None,
    typer.Option(
        "--store", envvar="CELLSWAP_STORE", callback=places.store, help="The store; else the one at or above the working directory."
    ),
]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="Processes to use; else all that this one may run on.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and stop.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]


SHOWN_REJECTS = 20


def refuse_idle(given: Mapping[str, object], beside: str) -> None:
    """BadInput where one of these options was given (is not None): they change nothing beside that other one."""
    idle = [name for name, value in given.items() if value is not None]
    if idle:
        raise BadInput(f"{', '.join(idle)}: no effect with {beside}; leave {'it' if len(idle) == 1 else 'them'} out")


def finish(run: Run, *commands: str) -> None:
    """Say how a run ended, on stderr: its counts, its notes, and what may come next; exit code 2 where nothing was kept."""
    outcome.ran(run)
    say(f"{run.command}: {run.summary()}{_before(run)}", err=True)
    for table, n in run.written_now.items():
        say(f"  {table}: {n} rows", err=True)
    for remark in run.remarks:
        say(f"  {remark}", err=True)
    for note in run.notes:
        say(f"  note: {note}", err=True)
    if run.rejects:
        say(f"  what was dropped: {outcome.dropped(run)}", err=True)
        for place, reason, detail in run.rejects[:SHOWN_REJECTS]:
            say(f"    {place}: {reason}" + (f" ({detail})" if detail else ""), err=True)
        if len(run.rejects) > SHOWN_REJECTS:
            say(f"    and {len(run.rejects) - SHOWN_REJECTS} more", err=True)
    read_nothing = run.command.startswith("ingest") and run.dropped_now and not run.written_now
    if read_nothing or (run.rows_in and not run.rows_kept):
        raise typer.Exit(2)
    outcome.hint(*commands)


def _before(run: Run) -> str:
    """What to add to a run's counts where rows of theirs were not written in this try; empty where all were."""
    if not run.rows_kept or (run.written_now and not run.there_before):
        return ""
    if run.written_now:
        return "; a part of it was there already, this time was written:"
    return "; all of it was there already, nothing was written" if run.there_before or run.command.startswith("ingest") else ""
