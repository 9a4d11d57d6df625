"""What was run, on what, and how it compares with the paper."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import funnel, robustness, settings
from cellswap.reports.items import Item, Page, TableBody

READ_CROPS = ("cellswap ingest fields PATH", "cellswap ingest crops PATH --layout pci")
READ_PUBLISHED = ("cellswap ingest published swap_results",)
EVALUATE = ("cellswap extract --model pifia --weights FILE", "cellswap evaluate pairs")
OF_PAPER = (
    " Classes, images and proteins of a store need not be those of the paper. Its figures are computed from its raw results, or are "
    "those of its printed Table 1 where the store has no raw results."
)
ROBUSTNESS = (*READ_PUBLISHED, *EVALUATE, "cellswap evaluate robustness")


def page(source: Source) -> Page:
    """The first page."""
    cells, headline = source.ask("funnel"), source.ask("headline")
    return Page(
        "overview",
        "Overview",
        "How much of a cell's feature vector describes the cell, and how much its neighbours: what was read into this store, "
        "which cells were used, and how well a linear classifier tells the localization of a cell when its neighbours change.",
        (
            Item(
                "What was read",
                "One row a data set. A crop is kept when it passes every filter of the paper's section 3.1.",
                source.ask("holdings"),
                TableBody(),
                READ_CROPS,
            ),
            Item(
                "From cells found to cells used",
                "Each bar is a part of the bar above it. Filters leave nothing out of the store: they are a column with a reason.",
                cells,
                funnel.chart(cells),
                READ_CROPS,
            ),
            Item(
                "This store's classifiers, run by run",
                "Mean over all pairs of classes of each run. Where unconverged is not 0 the figure is not certain; a high overlap share "
                "means that test crops show pixels of training crops. The page Accuracy has each pair.",
                source.ask("own_summary"),
                TableBody(),
                EVALUATE,
                weights_notes(source),
            ),
            Item(
                "Accuracy by setting" + source.papers(", beside the paper"),
                "Mean over localizations of the accuracy of linear classifiers between two classes, with three standard errors over "
                "localizations." + source.papers(OF_PAPER),
                headline,
                settings.chart(headline),
                READ_PUBLISHED + EVALUATE,
                weights_notes(source),
            ),
            Item(
                "The same as a table",
                "By the rule of the paper's text"
                + source.papers(", where the printed Table 1 follows another for baseline and masked")
                + "; n is the number of localizations, then of classifiers, averaged.",
                headline,
                TableBody(),
                READ_PUBLISHED + EVALUATE,
            ),
            *_robustness(source),
        ),
    )


def _robustness(source: Source) -> tuple[Item, ...]:
    lost = source.ask("robustness")
    return (
        Item(
            "What a change of the background costs",
            "Accuracy lost from one setting to another, over the pairs of classes that both have. Thick: bootstrap interval over proteins; "
            "thin: three standard errors over localizations, which take them for independent although pairs share classes and proteins. "
            "The first 12 networks are drawn.",
            lost,
            robustness.chart(lost),
            ROBUSTNESS,
            weights_notes(source),
        ),
        Item(
            "Robustness, network by network",
            "Accuracy of real crops and each drop, with both intervals"
            + source.papers(", beside the authors' raw results and the printed Table 1")
            + ". An interval that is missing says why.",
            lost,
            TableBody(),
            ROBUSTNESS,
        ),
    )


def weights_notes(source: Source) -> dict[str, str]:
    """For each network what stands beside its accuracies: what the weights are that they were computed with."""
    return {row["model"]: f"Weights of {row['model']}: {row['weights_note']}." for row in source.ask("models").rows.to_pylist()}
