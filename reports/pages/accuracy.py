"""Table 1 and Supplementary Table 2 beside the printed ones, and this store's own classifiers."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import pairs, scatter
from cellswap.reports.items import HeatBody, Item, Page, TableBody
from cellswap.reports.pages.overview import EVALUATE, READ_PUBLISHED, weights_notes


def page(source: Source) -> Page:
    """The page of accuracies."""
    return Page(
        "accuracy",
        "Accuracy",
        "A linear classifier is trained for each pair of classes; accuracy is the share of test images that it tells apart rightly, "
        "averaged over five folds, where nothing else is said: plate or field, each of which was left out once, or the split of a plan. "
        "0.5 is what guessing gives.",
        (*(_published(source) if source.shows_paper else ()), *_own(source)),
    )


def _published(source: Source) -> tuple[Item, ...]:
    figure2, s2 = source.ask("figure2"), source.ask("table_s2")
    return (
        Item(
            "Table 1 by both rules",
            "The printed table follows the authors' notebook (as published): in baseline and masked only the first class of a pair counts, "
            "and in the swaps only the first background of each pair. The paper's text describes another rule (as described): every pair "
            "and background of which the class is a part.",
            source.ask("table1"),
            TableBody(),
            READ_PUBLISHED,
        ),
        Item(
            "Figure 2",
            "One point a localization. Below the dashed diagonal, neighbours of another class cost accuracy that the "
            "setting on the x axis does not lose.",
            figure2,
            scatter.chart(figure2),
            READ_PUBLISHED,
        ),
        Item(
            "Supplementary Table 2",
            "Accuracy by localization, n = 14 classifiers for pairs and 182 for triplets, from the authors' raw results.",
            s2,
            HeatBody("class", ("model", "setting"), "accuracy"),
            READ_PUBLISHED,
        ),
        Item(
            "Supplementary Table 2 against the printed one",
            "Cells in which both the accuracy and its error agree at two decimals.",
            source.ask("table_s2_agreement"),
            TableBody(),
            READ_PUBLISHED,
        ),
    )


def _own(source: Source) -> tuple[Item, ...]:
    notes = weights_notes(source)
    folds = source.ask("own_folds")
    return (
        Item(
            "This store's classifiers, fold by fold",
            "One point a fold, one tick the mean of a classifier's folds; the last layer of the last network that a run looked at, "
            "its first 40 pairs of classes; the table below has all.",
            folds,
            pairs.chart(folds),
            EVALUATE,
            notes,
        ),
        Item(
            "This store's classifiers",
            "Where unconverged is not 0, the accuracy is no certain figure. A high overlap share means that test crops show pixels "
            "of training crops; --group field keeps each field on one side.",
            source.ask("own_pairs"),
            TableBody(),
            EVALUATE,
            notes,
        ),
        Item(
            "This store by localization",
            "Mean over the classifiers of each localization, as the paper's text describes it.",
            source.ask("own_classes"),
            HeatBody("class", ("network", "setting"), "accuracy", "three_se", 3),
            (*EVALUATE[:1], "cellswap evaluate pairs --by localization"),
            notes,
        ),
    )
