"""The commands of evaluate that read accuracies and vectors without fitting classifiers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cellswap.cli.evaluate import group
from cellswap.cli.options import StorePath, finish

Resamples = Annotated[int, typer.Option("--resamples", min=50, max=100_000, help="Bootstrap resamples of the proteins.")]
Level = Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Share of the resamples inside an interval.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the resamples.")]


@group.command()
def robustness(
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this sweep, or published; may be repeated. Else all.")] = None,
    resamples: Resamples = 1000,
    level: Level = 0.95,
    seed: Seed = 0,
    store: StorePath = None,
) -> None:
    """Give each drop of accuracy between settings its bootstrap interval over proteins; one line a network in robustness_line."""
    from cellswap.evaluate import robustness as stage
    from cellswap.store import database, folder, runs

    found = folder.find(store)
    options = stage.Options(tuple(source or ()), resamples, level, seed)
    with database.connect(found) as connection:
        networks = stage.networks(connection, options)
        with runs.record(found, "evaluate robustness", asdict(options)) as run:
            for name in dict.fromkeys(network.source for network in networks):
                rows = [row for network in networks if network.source == name for row in stage.rows(connection, network, options)]
                stage.write(found, name, rows, run)
    finish(run, 'cellswap sql "FROM robustness_line"')
