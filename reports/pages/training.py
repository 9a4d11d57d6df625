"""How networks were trained on this store, and whether training otherwise undoes what the background does."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import training
from cellswap.reports.items import Item, Page, TableBody

TRAIN = ("cellswap train pifia-narrow", "cellswap train pifia-narrow --robust swap")
EVALUATE = (
    *TRAIN,
    "cellswap plan",
    "cellswap extract --model pifia-narrow --weights FILE --as NAME --plan PLAN",
    "cellswap evaluate pairs --plan PLAN",
)


def page(source: Source) -> Page:
    """The page of training."""
    curves = source.ask("training")
    return Page(
        "training",
        "Training",
        "Fields are of one strain each, so a cell's neighbours give away what it is: ordinary training has every reason to look at them. "
        "Here are the networks that were trained on this store, and ordinary and robust ones side by side.",
        (
            Item(
                "Ordinary and robust networks side by side",
                "Mean over localizations of the accuracy of linear classifiers between two classes. The drop is what it costs when the "
                "neighbours have another localization instead of the same.",
                source.ask("drop_by_model"),
                TableBody(),
                EVALUATE,
            ),
            Item(
                "Curves",
                "Loss by epoch. Training images are augmented and, in a robust training, shown on other backgrounds; held-out images "
                "are not. So the two lines are not of the same task.",
                curves,
                training.chart(curves),
                TRAIN,
            ),
            Item(
                "Trainings",
                "The test is measured once, with the weights that were kept; its images share no field, protein or plate with the others, "
                "as split_by says.",
                source.ask("trainings"),
                TableBody(),
                TRAIN,
            ),
        ),
    )
