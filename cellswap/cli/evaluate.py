"""The commands of evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cellswap.cli import measures, outcome, proportions
from cellswap.cli.evaluate_options import (
    By,
    Classes,
    Gap,
    Grouped,
    Images,
    Layers,
    LayersOrBest,
    Models,
    Names,
    Penalty,
    Plan,
    Poolings,
    Scheme,
    Screen,
    Settings,
    Shard,
    Standardize,
)
from cellswap.cli.options import DryRun, Jobs, StorePath, finish, refuse_idle

if TYPE_CHECKING:  # at run time it would load the solver for every --help
    from cellswap.evaluate.sample.embedded_images import Wanted
    from cellswap.evaluate.svm.fitting import Solver
    from cellswap.evaluate.sweep import Options
    from cellswap.store.folder import Store

group = typer.Typer(help="Linear classifiers and other measures on stored embeddings.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (pairs, layers, heldout, proportions.proportions):
        group.command()(outcome.making(f"evaluate {command.__name__}", command))
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
    by: By = "localization",
    grouped: Grouped = "nothing",
    images: Images = 1000,
    plan_id: Plan = None,
    screen: Screen = None,
    penalty: Penalty = 1.0,
    gap: Gap = None,
    scheme: Scheme = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Tell every two classes apart by a linear SVM, five folds each; one row a fold in pair_accuracy.

    A sweep that was stopped goes on where it was: the same command again does what is left.
    """
    from cellswap.evaluate.sample.embedded_images import Drawing
    from cellswap.evaluate.sweep import Options
    from cellswap.store import folder

    drawing, solver = Drawing(by, grouped, images, plan_id, screen), _solver(scheme, penalty, gap, standardize=standardize)
    found = folder.find(store)
    for wanted in _wanted(found, (model, layer, pooling, setting, classes)):
        _sweep(found, Options(wanted, drawing, solver), shard, jobs, dry_run=dry_run)


def _solver(scheme: str, penalty: float, gap: float | None, *, standardize: bool) -> Solver:
    """How classifiers are fitted; BadInput for an option that changes nothing in the scheme."""
    from cellswap.evaluate.svm.fitting import Solver

    if scheme != "certified":
        refuse_idle({"--gap": gap}, f"--scheme {scheme}")
    return Solver(scheme, penalty, Solver.gap if gap is None else gap, standardize)


def _sweep(found: Store, options: Options, shard: str, jobs: int | None, *, dry_run: bool) -> None:
    """One sweep, from its plan to its last line."""
    from cellswap.evaluate import pairs as stage
    from cellswap.evaluate.sweep import plan
    from cellswap.store import database, runs, work

    with database.connect(found) as connection:
        sweep = plan(connection, options)
        chunks = work.shard(sweep.chunks, shard)
        if dry_run:
            typer.echo(stage.describe(found, sweep, chunks))
            return
        with runs.record(found, "evaluate pairs", stage.arguments(sweep, shard), sweep.run_id) as run:
            stage.run_sweep(found, connection, sweep, chunks, run, work.processes(jobs))
            stage.count(found, sweep, chunks, run)
    finish(run, outcome.query(f"FROM accuracy_by_pair WHERE source = '{run.run_id}'"))


def _wanted(found: Store, names: tuple[Names, ...]) -> list[Wanted]:
    """What to evaluate, sweep by sweep: one sweep, but one for each model where the best layer of each is asked for."""
    from cellswap.evaluate import layers as stage
    from cellswap.evaluate.sample.embedded_images import Wanted
    from cellswap.store import database

    models, layer, poolings, settings, classes = (tuple(sorted(set(some or ()))) for some in names)
    if "best" not in layer:
        return [Wanted(models, layer, poolings, settings, classes)]
    with database.connect(found) as connection:
        best = stage.best(connection, models)
    for model, chosen, pooling, source in best:
        typer.echo(f"{model}: the best layer is {chosen} ({pooling}) by {source}", err=True)
    return [Wanted((model,), (chosen,), (pooling,), settings, classes) for model, chosen, pooling, _ in best]


def layers(
    store: StorePath = None,
    model: Models = None,
    layer: Layers = None,
    setting: Annotated[str, typer.Option("--setting", help="Compare layers on this setting.")] = "baseline",
    pooling: Poolings = None,
    classes: Classes = None,
    proteins: Annotated[int, typer.Option("--proteins", min=1, help="Proteins that stand for a class.")] = 3,
    crops: Annotated[int, typer.Option("--crops", min=1, help="Draw at most this many crops a protein.")] = 1000,
    images: Images = 1000,
    screen: Screen = None,
    penalty: Penalty = 1.0,
    gap: Gap = None,
    scheme: Scheme = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Compare a network's layers: few pure proteins a class, every two classes, five folds; rows in layer_accuracy.

    The proteins are the purest where purity is known, else chosen by a hash of their names; who was chosen is in layer_proteins.
    """
    from cellswap.evaluate import chunked
    from cellswap.evaluate import layers as stage
    from cellswap.evaluate.sample.embedded_images import Wanted
    from cellswap.store import database, folder, runs, work

    wanted = Wanted(*(tuple(sorted(set(names or ()))) for names in (model, layer, pooling, [setting], classes)))
    options = stage.Options(wanted, proteins, crops, images, screen, _solver(scheme, penalty, gap, standardize=standardize))
    found = folder.find(store)
    with database.connect(found) as connection:
        compared = stage.plan(connection, options)
        mine = stage.job(compared, shard)
        if dry_run:
            typer.echo(chunked.describe(found, compared, mine, "five folds each"))
            return
        with runs.record(found, "evaluate layers", stage.arguments(options, shard), compared.run_id) as run:
            stage.run((found, connection), compared, mine, run, work.processes(jobs))
    finish(run, outcome.query(f"FROM accuracy_by_layer WHERE source = '{run.run_id}'"))


def heldout(
    store: StorePath = None,
    model: Models = None,
    layer: Layers = None,
    setting: Settings = None,
    pooling: Poolings = None,
    classes: Classes = None,
    by: Annotated[Literal["protein", "plate"], typer.Option("--by", help="What is on one side only.")] = "protein",
    images: Images = 1000,
    plan_id: Annotated[str | None, typer.Option("--plan", help="Take the images of this plan, made with --split.")] = None,
    screen: Screen = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the split, where no plan drew it.")] = 0,
    penalty: Penalty = 1.0,
    gap: Gap = None,
    scheme: Scheme = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Test classifiers on proteins or plates that they never saw, beside five folds on the same images; rows in heldout_accuracy.

    Swaps come from a plan made with --split; of real crops the command parts the proteins of each class, or the plates, itself.
    Who is on which side is in heldout_split.
    """
    from cellswap.evaluate import chunked
    from cellswap.evaluate import heldout as stage
    from cellswap.evaluate.sample.embedded_images import Wanted
    from cellswap.store import database, folder, runs, work

    wanted = Wanted(*(tuple(sorted(set(names or ()))) for names in (model, layer, pooling, setting, classes)))
    asked = stage.Options(wanted, by, images, plan_id, screen, seed, _solver(scheme, penalty, gap, standardize=standardize))
    found = folder.find(store)
    with database.connect(found) as connection:
        what, options = stage.plan(connection, asked)
        mine = stage.job(what, shard)
        if dry_run:
            typer.echo(chunked.describe(found, what, mine, "held out once and in five folds each"))
            return
        with runs.record(found, "evaluate heldout", stage.arguments(options, shard), what.run_id) as run:
            stage.run((found, connection), (what, options), mine, run, work.processes(jobs))
    finish(run, outcome.query(f"FROM heldout_by_setting WHERE source = '{run.run_id}'"))
