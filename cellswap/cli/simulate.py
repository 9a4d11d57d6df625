"""simulate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import DryRun, Jobs, finish
from cellswap.cli.plain import say

if TYPE_CHECKING:
    from cellswap.ingest.simulate.screen import Screen

Count = int | None
WORKED_OUT_IN = "The preset's, unless given."


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(outcome.making("simulate", simulate))


def simulate(
    out: Annotated[Path, typer.Argument(callback=places.out_place, help="A new or empty folder, or one that was begun: then it goes on.")],
    preset: Annotated[str, typer.Option(help="tiny (seconds), demo, or screen (15 classes, hundreds of proteins).")] = "demo",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another screen.")] = 0,
    plates: Annotated[Count, typer.Option(min=1, max=99, help=f"Plates. {WORKED_OUT_IN}")] = None,
    proteins_per_class: Annotated[Count, typer.Option(min=1, help="Singly localized proteins of each class, or all there are.")] = None,
    multiple: Annotated[Count, typer.Option(min=0, help="Multiply localized proteins.")] = None,
    cells_per_protein: Annotated[Count, typer.Option(min=1, help="Mean number of cells of a protein in a replicate.")] = None,
    fields_per_well: Annotated[Count, typer.Option(min=1, max=99, help="Fields of view of a well.")] = None,
    field_size: Annotated[Count, typer.Option(help="Height and width of a field, in pixels.")] = None,
    replicates: Annotated[Count, typer.Option(min=1, max=9, help="Replicates of the whole screen.")] = None,
    no_skew: Annotated[bool, typer.Option("--no-skew", help="Spread each localization evenly over the plates.")] = False,
    no_batch: Annotated[bool, typer.Option("--no-batch", help="Image every plate alike.")] = False,
    truth_into: Annotated[Path | None, typer.Option(help="Also put the truth into this store.")] = None,
    screen: Annotated[str, typer.Option(callback=places.name, help="With --truth-into: the screen's name in that store.")] = "screen",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Draw a screen as a microscope would give it, with the truth about each cell beside it.

    Run again, it goes on where it stopped; a screen that is drawn is not drawn again.
    """
    from dataclasses import replace

    from cellswap.ingest.simulate import run as stage
    from cellswap.ingest.simulate.screen import preset as preset_of
    from cellswap.store import work

    given = {"plates": plates, "proteins_per_class": proteins_per_class, "multiple": multiple}
    given |= {"cells_per_protein": cells_per_protein, "fields_per_well": fields_per_well, "field_size": field_size}
    given |= {"replicates": replicates, "seed": seed, "skew": not no_skew, "batch": not no_batch}
    wanted = replace(preset_of(preset), **{name: value for name, value in given.items() if value is not None})
    plan = stage.plan(out, wanted)
    processes = work.processes(jobs)
    if dry_run:
        typer.echo(stage.describe(plan, processes))
        return
    n_cells = stage.draw(plan, processes)
    outcome.made(screen=out, wells=len(plan.wells), wells_drawn=len(plan.left), cells=n_cells)
    say(f"simulate: {len(plan.left)} of {len(plan.wells)} wells drawn, {n_cells:,} cells; the rest was there", err=True)
    if truth_into:
        outcome.on(truth_into)
        _write_truth(out, truth_into, screen, wanted)
    else:
        first, plate_map = out / plan.wells[0].plate, out / "plate_map.csv"
        outcome.hint(outcome.words("cellswap", "ingest", "fields", first, "--plate-map", plate_map, *outcome.store_wanted()))


def _write_truth(out: Path, into: Path, screen: str, drawn: Screen) -> None:
    from dataclasses import asdict

    from cellswap.ingest.simulate import truth
    from cellswap.store import folder, runs

    store = folder.find(into)
    with runs.record(store, "simulate", {"screen": screen, **asdict(drawn)}) as run:
        truth.into_store(out, store, screen, run)
    finish(run, outcome.query("FROM truth_conditions"))
