"""The commands of evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import measures, outcome, proportions
from cellswap.cli.evaluate_options import (
    CLASSES_BY,
    GROUPS,
    By,
    Classes,
    Folds,
    Gap,
    Grouped,
    Images,
    Layers,
    LayersOrBest,
    Models,
    Penalty,
    Plan,
    Poolings,
    Screen,
    Settings,
    Shard,
    SolverName,
    Standardize,
)
from cellswap.cli.measuring import measure, wanted
from cellswap.cli.options import DryRun, Jobs, StorePath, refuse_idle

if TYPE_CHECKING:  # at run time it would load the solver for every --help
    from cellswap.evaluate.sample.embedded_images import Wanted
    from cellswap.evaluate.sample.tasks import Share
    from cellswap.evaluate.svm.fitting import Solver
    from cellswap.store.folder import Store

group = typer.Typer(help="Linear classifiers and other measures on stored embeddings.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (pairs, layers, heldout, proportions.proportions):
        group.command()(outcome.making(f"evaluate {command.__name__}", outcome.of_classes(command)))
    measures.add_to(group)
    app.add_typer(group, name="evaluate")


@group.callback()
def _evaluate() -> None:
    """Linear classifiers and other measures on stored embeddings."""


def pairs(
    store: StorePath = None,
    model: Models = None,
    layer: LayersOrBest = None,
    setting: Settings = None,
    pooling: Poolings = None,
    classes: Classes = None,
    by: By = "class",
    grouped: Grouped = "nothing",
    folds: Folds = None,
    images: Images = 1000,
    plan_id: Plan = None,
    screen: Screen = None,
    penalty: Penalty = 1.0,
    gap: Gap = None,
    solved_by: SolverName = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Tell every two classes apart by a linear SVM, five folds each; one row a fold in pair_accuracy.

    Images of a plan made with --split are trained on on its train side and tested on its test side. A sweep that was stopped goes on
    where it was: the same command again does what is left.
    """
    from cellswap.evaluate import pairs as stage
    from cellswap.evaluate.sample.embedded_images import Drawing
    from cellswap.store import folder, wording

    solver, found = _solver(solved_by, penalty, gap, standardize=standardize), folder.find(store)
    chosen = wording.kind("--by", by, CLASSES_BY), wording.kind("--group", grouped, GROUPS)
    drawing = Drawing(*chosen, images, plan_id, screen, folds)
    for each in _best_or_all(found, wanted(model, layer, pooling, setting, classes)):
        options = stage.PairsOptions(each, drawing, solver, _share(shard, jobs))
        measure(stage, found, options, "FROM accuracy_by_pair WHERE source = '{run_id}'", dry_run=dry_run)


def _solver(scheme: str, penalty: float, gap: float | None, *, standardize: bool) -> Solver:
    """How classifiers are fitted; BadInput for an option that changes nothing in the scheme."""
    from cellswap.evaluate.svm.fitting import Solver

    if scheme != "certified":
        refuse_idle({"--gap": gap}, f"--solver {scheme}")
    return Solver(scheme, penalty, Solver.gap if gap is None else gap, standardize)


def _share(shard: str, jobs: int | None) -> Share:
    from cellswap.evaluate.sample.tasks import Share
    from cellswap.store import work

    return Share(shard, work.processes(jobs))


def _best_or_all(found: Store, asked: Wanted) -> list[Wanted]:
    """What to evaluate, sweep by sweep: one sweep, but one for each model where the best layer of each is asked for."""
    from dataclasses import replace

    from cellswap.evaluate import layers as stage
    from cellswap.store import database

    if "best" not in asked.layers:
        return [asked]
    with database.connect(found) as connection:
        best = stage.best(connection, asked.models)
    for model, chosen, pooling, source in best:
        typer.echo(f"{model}: the best layer is {chosen} ({pooling}) by {source}", err=True)
    return [replace(asked, models=(model,), layers=(chosen,), poolings=(pooling,)) for model, chosen, pooling, _ in best]


def layers(
    store: StorePath = None,
    model: Models = None,
    layer: Layers = None,
    setting: Annotated[str, typer.Option("--setting", help="Compare layers on this setting.")] = "baseline",
    pooling: Poolings = None,
    classes: Classes = None,
    conditions: Annotated[int, typer.Option("--proteins", "--conditions", min=1, help="Conditions that stand for a class.")] = 3,
    crops: Annotated[int, typer.Option("--crops", min=1, help="Draw at most this many crops of a condition.")] = 1000,
    folds: Folds = None,
    images: Images = 1000,
    screen: Screen = None,
    penalty: Penalty = 1.0,
    gap: Gap = None,
    solved_by: SolverName = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Compare a network's layers: few pure conditions a class, every two classes, five folds; rows in layer_accuracy.

    The conditions are the purest where purity is known, else chosen by a hash of their names; who was chosen is in layer_conditions.
    """
    from cellswap.evaluate import layers as stage
    from cellswap.store import folder

    which, solver = wanted(model, layer, pooling, [setting], classes), _solver(solved_by, penalty, gap, standardize=standardize)
    parted = folds or stage.LayersOptions.folds
    options = stage.LayersOptions(which, conditions, crops, images, screen, parted, solver, _share(shard, jobs))
    measure(stage, folder.find(store), options, "FROM accuracy_by_layer WHERE source = '{run_id}'", dry_run=dry_run)


def heldout(
    store: StorePath = None,
    model: Models = None,
    layer: Layers = None,
    setting: Settings = None,
    pooling: Poolings = None,
    classes: Classes = None,
    by: Annotated[str, typer.Option("--by", metavar="condition|plate", help="What is on one side only.")] = "condition",
    images: Images = 1000,
    plan_id: Annotated[str | None, typer.Option("--plan", help="Take the images of this plan, made with --split.")] = None,
    screen: Screen = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the split, where no plan drew it.")] = 0,
    penalty: Penalty = 1.0,
    gap: Gap = None,
    solved_by: SolverName = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Test classifiers on conditions or plates that they never saw, beside five folds on the same images; rows in heldout_accuracy.

    Swaps come from a plan made with --split; of real crops the command parts the conditions of each class, or the plates, itself.
    Who is on which side is in heldout_split.
    """
    from cellswap.evaluate import heldout as stage
    from cellswap.evaluate.sample.heldout_split import HeldoutOptions
    from cellswap.store import folder, wording

    which, solver = wanted(model, layer, pooling, setting, classes), _solver(solved_by, penalty, gap, standardize=standardize)
    found = folder.find(store)
    chosen = wording.kind("--by", by, ("condition", "plate"))
    options = HeldoutOptions(which, chosen, images, plan_id, screen, seed, solver, _share(shard, jobs))
    measure(stage, found, options, "FROM heldout_by_setting WHERE source = '{run_id}'", dry_run=dry_run)
