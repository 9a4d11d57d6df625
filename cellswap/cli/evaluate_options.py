"""Options that the measures share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Names = list[str] | None
Models = Annotated[Names, typer.Option("--model", help="Only this model; may be repeated. Else all there are.")]
Layers = Annotated[Names, typer.Option("--layer", help="Only this layer; may be repeated.")]
LayersOrBest = Annotated[
    Names, typer.Option("--layer", help="Only this layer; may be repeated. best: of each model the one that evaluate layers found best.")
]
Settings = Annotated[Names, typer.Option("--setting", help="Only this setting: baseline, masked, ...; may be repeated.")]
Poolings = Annotated[Names, typer.Option("--pooling", help="Only this pooling: avg, max or none; may be repeated.")]
Classes = Annotated[Names, typer.Option("--class", help="Only this class; two or more. Else all there are.")]
By = Annotated[
    str, typer.Option("--by", metavar="class|condition", help="What a class is; class and condition by the store's own words as well.")
]
# Of options, the choices in which a store's own words may stand; `wording.kind` reads them.
CLASSES_BY = ("class", "condition")
GROUPS = ("nothing", "field", "condition", "plate")
Grouped = Annotated[str, typer.Option("--group", metavar="nothing|field|condition|plate", help="Keep these on one side of a fold.")]
Folds = Annotated[
    str | None,
    typer.Option(
        "--folds",
        show_default="5",
        help="How images are parted: a number of folds, or plate or field, each of which is left out once. A plan's split goes before.",
    ),
]
Images = Annotated[int, typer.Option("--images", min=5, help="Draw at most this many images a class.")]
Penalty = Annotated[float, typer.Option("--C", min=1e-12, help="The SVM's penalty.")]
Gap = Annotated[
    float | None,
    typer.Option("--gap", min=1e-12, max=0.1, show_default="1e-06", help="Relative duality gap to reach; for --solver certified alone."),
]
SolverName = Annotated[
    Literal["certified", "libsvm", "libsvm-capped"],
    typer.Option(
        "--solver",
        help="Our certified solver; scikit-learn's; or the authors' procedure, stopped at 100,000 iterations.",
    ),
]
Standardize = Annotated[
    bool,
    typer.Option("--standardize", help="Scale features by the training images' mean and deviation; the paper does not."),
]
Plan = Annotated[
    str | None, typer.Option("--plan", help="Take the images that this plan drew, in its order; needed where several are embedded.")
]
Screen = Annotated[str | None, typer.Option("--screen", help="Only crops of this data set; needed where several are embedded.")]
Shard = Annotated[str, typer.Option("--shard", help="Do the i-th of n shares of the work: i/n.")]
