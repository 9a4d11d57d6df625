"""evaluate proportions: two multinomial classifiers, and what they say of conditions of several classes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cellswap.cli.evaluate_options import Layers, Models, Names, Poolings, Screen
from cellswap.cli.measuring import measure, wanted
from cellswap.cli.options import DryRun, StorePath, refuse_idle

Both = Annotated[
    Names, typer.Option("--setting", help="Given twice: the first classifier's images, then the second's. Else baseline, masked.")
]
Scheme = Annotated[
    Literal["adam", "exact", "published"],
    typer.Option("--fit", help="The paper's five epochs of Adam; the optimum of the penalised problem; or the authors' own weights."),
]
Weights = Annotated[
    Path | None,
    typer.Option("--weights", help="For --fit published: the folder of original_crops_model.pth and masked_crops_model.pth."),
]
AtLeast = Annotated[
    int | None,
    typer.Option("--min-proteins", "--min-conditions", min=1, show_default="5", help="Drop classes with fewer conditions than this."),
]
Epochs = Annotated[int | None, typer.Option("--epochs", min=1, show_default="5", help="Passes of Adam over the training images.")]
Batch = Annotated[int | None, typer.Option("--batch-size", min=1, show_default="128", help="Images in one step of Adam.")]
Rate = Annotated[float | None, typer.Option("--rate", min=1e-9, show_default="0.001", help="Adam's step size.")]
HeldBy = Annotated[
    str, typer.Option("--held-out", metavar="image|condition", help="Test on a fifth of the images, as the paper, or of the conditions.")
]


def proportions(
    store: StorePath = None,
    model: Models = None,
    layer: Layers = None,
    pooling: Poolings = None,
    setting: Both = None,
    screen: Screen = None,
    scheme: Scheme = "adam",
    weights: Weights = None,
    at_least: AtLeast = None,
    held_by: HeldBy = "image",
    epochs: Epochs = None,
    batch: Batch = None,
    rate: Rate = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the split and of the training.")] = 0,
    dry_run: DryRun = False,
) -> None:
    """Train two classifiers of all classes, on whole and on masked crops, and apply both to conditions of several classes.

    Learns from conditions of one class; figures on held-out images are in classifier_metrics, predicted shares in proportions.
    No scheme holds all vectors: those to train on lie in a temporary file while it runs, and memory hardly grows with their number.
    """
    from cellswap.evaluate import proportions as stage
    from cellswap.evaluate.multinomial import labelled_images
    from cellswap.evaluate.multinomial.labelled_images import Drawing
    from cellswap.evaluate.multinomial.softmax import Training
    from cellswap.store import database, folder, wording

    first, *others = setting or ["baseline", "masked"]
    if len(others) != 1 or first == others[0]:
        raise typer.BadParameter(f"expected two different settings, found {', '.join([first, *others])}", param_hint="--setting")
    if scheme != "adam":
        refuse_idle({"--epochs": epochs, "--batch-size": batch, "--rate": rate}, f"--fit {scheme}")
    refuse_idle({"--min-proteins": at_least} if scheme == "published" else {"--weights": weights}, f"--fit {scheme}")
    found = folder.find(store)
    drawing = Drawing(at_least or Drawing.at_least, wording.kind("--held-out", held_by, ("image", "condition")), seed, screen)
    training = Training(epochs or Training.epochs, batch or Training.batch, rate or Training.rate, seed)
    with database.connect(found) as connection:
        cases = labelled_images.cases(connection, wanted(model, layer, pooling), (first, others[0]))
    for case in cases:
        options = stage.ProportionsOptions(case, scheme, drawing, training, weights)
        measure(stage, found, options, "FROM kl_summary WHERE source = '{run_id}'", dry_run=dry_run)
