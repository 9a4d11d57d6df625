"""The commands of evaluate that read accuracies and vectors without fitting classifiers."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cellswap.cli import outcome
from cellswap.cli.evaluate_options import CLASSES_BY, GROUPS, By, Classes, Images, Layers, Models, Plan, Poolings, Screen, Settings
from cellswap.cli.measuring import measure, wanted
from cellswap.cli.options import DryRun, StorePath

Resamples = Annotated[int, typer.Option("--resamples", min=50, max=100_000, help="Bootstrap resamples of the conditions.")]
Level = Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Share of the resamples inside an interval.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the resamples.")]


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group evaluate."""
    for command in (robustness, sensitivity, neighbours):
        group.command()(outcome.making(f"evaluate {command.__name__}", outcome.of_classes(command)))


def robustness(
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this sweep, or published; may be repeated. Else all.")] = None,
    resamples: Resamples = 1000,
    level: Level = 0.95,
    seed: Seed = 0,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Give each drop of accuracy between settings its bootstrap interval over conditions; one line a network in robustness_line."""
    from cellswap.evaluate import robustness as stage
    from cellswap.store import folder

    options = stage.RobustnessOptions(tuple(source or ()), resamples, level, seed)
    measure(stage, folder.find(store), options, "FROM robustness_line", dry_run=dry_run)


def sensitivity(
    plan_id: Annotated[str | None, typer.Option("--plan", help="The factorial plan; may be left out where the store has one.")] = None,
    model: Models = None,
    layer: Layers = None,
    pooling: Poolings = None,
    resamples: Resamples = 1000,
    level: Level = 0.95,
    seed: Seed = 0,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Split each layer's variance into what centre cells, backgrounds, and both together explain, on a factorial plan's images."""
    from cellswap.evaluate import sensitivity as stage
    from cellswap.store import folder

    options = stage.SensitivityOptions(plan_id, wanted(model, layer, pooling), resamples, level, seed)
    measure(stage, folder.find(store), options, "FROM sensitivity_by_layer WHERE source = '{run_id}'", dry_run=dry_run)


def neighbours(
    model: Models = None,
    layer: Layers = None,
    setting: Settings = None,
    pooling: Poolings = None,
    classes: Classes = None,
    by: By = "class",
    left_out: Annotated[
        str,
        typer.Option(
            "--group",
            metavar="nothing|field|condition|plate",
            help="No neighbours from the same one. Always left out: images of the same centre cell.",
        ),
    ] = "nothing",
    images: Images = 1000,
    plan_id: Plan = None,
    screen: Screen = None,
    method: Annotated[
        Literal["pci", "dino", "both"],
        typer.Option("--method", help="pci: 11 nearest, Euclidean, standardized; dino: 1 to 20 nearest, cosine, weighted."),
    ] = "both",
    device: Annotated[Literal["cpu", "cuda"], typer.Option("--device", help="Where distances are computed.")] = "cpu",
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Call each image by its nearest neighbours, and measure how close together each class is."""
    from cellswap.evaluate import neighbours as stage
    from cellswap.evaluate.sample.embedded_images import Drawing
    from cellswap.store import folder, wording

    found, which = folder.find(store), wanted(model, layer, pooling, setting, classes)
    chosen = wording.kind("--by", by, CLASSES_BY), wording.kind("--group", left_out, GROUPS)
    drawing = Drawing(*chosen, images, plan_id, screen)
    options = stage.NeighboursOptions(which, drawing, ("pci", "dino") if method == "both" else (method,), device)
    measure(stage, found, options, "FROM neighbours_by_layer WHERE source = '{run_id}'", dry_run=dry_run)
