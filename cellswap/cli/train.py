"""train."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import DryRun, StorePath, finish
from cellswap.cli.plain import say

Names = list[str] | None


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(outcome.making("train", outcome.of_classes(train)))


def train(
    network: Annotated[
        str, typer.Argument(help="pifia, deeploc or pci; pifia-narrow, deeploc-narrow, pci-narrow at a quarter of the width.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", callback=places.out_file, help="The weights to write; else NETWORK[-ROBUST].safetensors."),
    ] = None,
    robust: Annotated[
        Names,
        typer.Option(help="swap, mask or center: look away from the background; may be repeated, they add up."),
    ] = None,
    split: Annotated[str, typer.Option(help="What training, validation and test do not share: field, condition or plate.")] = "field",
    classes: Annotated[Names, typer.Option("--class", help="Only conditions of this class; may be repeated.")] = None,
    left_out: Annotated[Names, typer.Option("--leave-out", help="No condition of this class; may be repeated.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="At most so many; else the recipe's.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="Crops a step; else the recipe's.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At its highest; else the recipe's.")] = None,
    patience: Annotated[int, typer.Option(min=1, help="Stop when validation got no better for so many epochs.")] = 10,
    swapped: Annotated[float, typer.Option(min=0.0, max=1.0, help="With --robust swap: share of cells on another background.")] = 0.75,
    least: Annotated[int, typer.Option("--min-crops", min=1, help="Leave out a class or condition with fewer to train on.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of variables, order and augmentation.")] = 0,
    precision: Annotated[str, typer.Option(help="float32, bfloat16 or float16 (mixed with float32 where needed).")] = "float32",
    device: Annotated[str, typer.Option(help="cpu, cuda, mps, or auto: the best that is there.")] = "auto",
    memory_limit: Annotated[float, typer.Option(min=0, help="GB of crops to hold in memory; more go into a file.")] = 4.0,
    screen: Annotated[str | None, typer.Option(help="The data set; may be left out where the store has one.")] = None,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Train a network on the store's crops by its paper's recipe, or so that it looks away from the background.

    Stopped in any way, the same command goes on where it was, and gives the same weights as without the stop.
    """
    from cellswap.extract.training import run as training
    from cellswap.extract.training.options import SPLITS, Data, Options
    from cellswap.store import classes as labels
    from cellswap.store import database, folder, records, runs, wording

    ways = tuple(sorted(set(robust or ())))
    path = out or Path("-".join((network, *ways)) + ".safetensors")
    found = folder.find(store)
    data = Data(
        screen, wording.kind("--split", split, tuple(SPLITS)), tuple(classes or ()), tuple(left_out or ()), least, int(memory_limit * 10**9)
    )
    options = Options(
        network, path, data, ways, epochs, batch_size, learning_rate, patience, swapped, seed, precision, device
    )  # fmt: skip
    ready = training.prepare(found, options)
    next_command = outcome.words("cellswap", "extract", "--model", network, "--weights", path, "--as", path.stem)
    outcome.made(weights=path)
    if dry_run:
        for line in training.dry_run(ready):
            typer.echo(line)
        return
    run_id = f"train-{ready.training_id}"
    if ready.done and records.is_done(found, run_id):  # else it was killed between its weights and the end of its record
        runs.clear_up(found)
        say(f"{path}: trained before, nothing to do", err=True)
        outcome.hint(next_command)
        return
    with runs.record(found, "train", asdict(options), run_id) as run:
        if options.recipe.label == "class":
            with database.connect(found) as connection:
                run.note_if(labels.left_out(connection, ready.training.material.screen))
        training.train(found, ready, run, lambda line: typer.echo(line, err=True))
    finish(run, next_command)
