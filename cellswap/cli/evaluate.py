"""The commands of evaluate."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cellswap.cli.options import DryRun, Jobs, StorePath, finish

group = typer.Typer(help="Linear classifiers and other measures on stored embeddings.", no_args_is_help=True)

Names = list[str] | None
Models = Annotated[Names, typer.Option("--model", help="Only this model; may be repeated. Else all there are.")]
Layers = Annotated[Names, typer.Option("--layer", help="Only this layer; may be repeated.")]
Settings = Annotated[
    Names, typer.Option("--setting", help="Only this setting: baseline, masked, ...; may be repeated.")
]
Poolings = Annotated[Names, typer.Option("--pooling", help="Only this pooling: avg, max or none; may be repeated.")]
Classes = Annotated[Names, typer.Option("--class", help="Only this class; two or more. Else all there are.")]
By = Annotated[Literal["localization", "protein"], typer.Option("--by", help="What a class is.")]
Grouped = Annotated[
    Literal["nothing", "field", "protein", "plate"], typer.Option("--group", help="Keep these on one side of a fold.")
]
Images = Annotated[int, typer.Option("--images", min=5, help="Draw at most this many images a class.")]
Penalty = Annotated[float, typer.Option("--C", min=1e-12, help="The SVM's penalty.")]
Gap = Annotated[
    float, typer.Option("--gap", min=1e-12, max=0.1, help="Relative duality gap to reach (scheme certified).")
]
Scheme = Annotated[
    Literal["certified", "libsvm", "libsvm-capped"],
    typer.Option(
        "--scheme",
        help="Our certified solver; scikit-learn's; or the authors' procedure, stopped at 100,000 iterations.",
    ),
]
Standardize = Annotated[
    bool,
    typer.Option(
        "--standardize", help="Scale features by the training images' mean and deviation; the paper does not."
    ),
]
Plan = Annotated[
    str | None, typer.Option("--plan", help="Take the images that this plan drew, in its order; needed where several are embedded.")
]
Shard = Annotated[str, typer.Option("--shard", help="Do the i-th of n shares of the work: i/n.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(group, name="evaluate")


@group.callback()
def _evaluate() -> None:
    """Linear classifiers and other measures on stored embeddings."""


@group.command()
def pairs(
    store: StorePath = None,
    model: Models = None,
    layer: Layers = None,
    setting: Settings = None,
    pooling: Poolings = None,
    classes: Classes = None,
    by: By = "localization",
    grouped: Grouped = "nothing",
    images: Images = 1000,
    plan_id: Plan = None,
    penalty: Penalty = 1.0,
    gap: Gap = 1e-6,
    scheme: Scheme = "certified",
    standardize: Standardize = False,
    shard: Shard = "1/1",
    jobs: Jobs = None,
    dry_run: DryRun = False,
) -> None:
    """Tell every two classes apart by a linear SVM, five folds each; one row a fold in pair_accuracy.

    A sweep that was stopped goes on where it was: the same command again does what is left.
    """
    from cellswap.evaluate import pairs as stage
    from cellswap.evaluate.images import Drawing, Wanted
    from cellswap.evaluate.linear_svm import Solver
    from cellswap.evaluate.sweep import Options, plan
    from cellswap.store import database, folder, runs, work

    found = folder.find(store)
    wanted = Wanted(*(tuple(sorted(set(names or ()))) for names in (model, layer, pooling, setting, classes)))
    options = Options(wanted, Drawing(by, grouped, images, plan_id), Solver(scheme, penalty, gap, standardize))
    with database.connect(found) as connection:
        sweep = plan(connection, options)
        chunks = work.shard(sweep.chunks, shard)
        if dry_run:
            typer.echo(stage.describe(found, sweep, chunks))
            return
        with runs.record(found, "evaluate pairs", stage.arguments(sweep, shard), sweep.run_id) as run:
            stage.run_sweep(found, connection, sweep, chunks, run, work.processes(jobs))
            stage.count(found, sweep, chunks, run)
    finish(run, f"cellswap sql \"FROM accuracy_by_pair WHERE source = '{run.run_id}'\"")
