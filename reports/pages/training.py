"""How networks were trained on this store, and whether training otherwise undoes what the background does."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import seen, training, truth
from cellswap.reports.items import Item, Page, TableBody

TRAIN = ("cellswap train pifia-narrow", "cellswap train pifia-narrow --robust swap")
EVALUATE = (
    *TRAIN,
    "cellswap plan",
    "cellswap extract --model pifia-narrow --weights FILE --as NAME --plan PLAN",
    "cellswap evaluate pairs --plan PLAN",
)
PROPORTIONS = (
    *TRAIN,
    "cellswap extract --model pifia-narrow --weights FILE --as NAME --layers d2",
    "cellswap evaluate proportions --layer d2",
)


def page(source: Source) -> Page:
    """The page of training."""
    return Page(
        "training",
        "Training",
        "Fields are of one strain each, so a cell's neighbours give away what it is: ordinary training has every reason to look at them. "
        "Here are the networks that were trained on this store, and ordinary and robust ones side by side.",
        (*_compared(source), *_trainings(source)),
    )


def _compared(source: Source) -> tuple[Item, ...]:
    """Ordinary and robust networks beside each other: on all, on what training never saw, and against the truth."""
    known, true = source.ask("seen"), source.ask("truth_by_model")
    return (
        Item(
            "Ordinary and robust networks side by side",
            "Mean over localizations of the accuracy of linear classifiers between two classes. The drop is what it costs when the "
            "neighbours have another localization instead of the same; low and high are the ends of its bootstrap interval over proteins.",
            source.ask("drop_by_model"),
            TableBody(),
            EVALUATE,
        ),
        Item(
            "Proteins and localizations that training never saw",
            "The drop over the proteins that a network was trained on, and over those that it was not; and over localizations. "
            "A protein is known by its name: on another simulated screen the same name is another look.",
            known,
            seen.chart(known),
            EVALUATE,
        ),
        Item("What training never saw, as a table", "With accuracies and n.", known, TableBody(), EVALUATE),
        Item(
            "Which prediction is closest to the truth?",
            "Shares of multiply localized proteins, as classifiers of whole and of masked crops predict them from each network's vectors, "
            "against those that were drawn; 0 is right. There are three ways to form a protein's shares: argmax, the share of its cells "
            "called so; mean of the probabilities; first, one cell's. The dashed line is what equal shares of all classes give.",
            true,
            truth.chart(true),
            PROPORTIONS,
        ),
        Item("Predictions and the truth, as a table", "The closest first.", true, TableBody(), PROPORTIONS),
    )


def _trainings(source: Source) -> tuple[Item, ...]:
    """How the trainings of this store went."""
    curves = source.ask("training")
    return (
        Item(
            "Curves",
            "Loss by epoch, of training images (train), of images held out to choose the epoch (val) and of those looked at once, at the "
            "end (test). Training images are augmented and, in a robust training, shown on other backgrounds; held-out images are not. So "
            "the lines are not of the same task.",
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
    )
