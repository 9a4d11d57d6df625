"""How a condition of several classes is divided among the classes, with the background and without it (paper 3.6, 4.5)."""

from __future__ import annotations

from cellswap.reports import gallery
from cellswap.reports.ask import Source
from cellswap.reports.charts import kl, shares
from cellswap.reports.gallery import Row
from cellswap.reports.items import Item, Page, TableBody
from cellswap.reports.pages.overview import weights_notes

EVALUATE = (
    "cellswap extract --model pifia --weights FILE",
    "cellswap extract --model pifia --weights FILE --setting masked",
    "cellswap evaluate proportions",
)


def page(source: Source) -> Page:
    """The page of proportions."""
    return Page(
        "proportions",
        "Proportions",
        "A multinomial classifier is trained once on original and once on masked crops of singly localized proteins, and then "
        "asked about the "
        "cells of multiply localized ones: does what it says of a protein depend on the neighbours of its cells?",
        (*_classifiers(source), *_divergence(source), *_conditions(source)),
    )


def _classifiers(source: Source) -> tuple[Item, ...]:
    return (
        Item(
            "Original and masked crops",
            "On the fifth of the images held out; the class that loses most F1 first."
            + source.papers(" Supplementary Table 4 stands beside each class, and in rows of its own, printed.")
            + " adam: trained as the paper does; exact: to the optimum.",
            source.ask("metrics"),
            TableBody(),
            ("cellswap ingest published", *EVALUATE),
            weights_notes(source),
        ),
    )


def _divergence(source: Source) -> tuple[Item, ...]:
    bins = source.ask("kl_histogram")
    return (
        Item(
            "How far predictions move",
            "KL(original || masked) over multiply localized proteins, in nats, probabilities clipped at 1e-10"
            + source.papers("; the last row is the paper's")
            + ". A protein's distribution is formed in three ways: argmax, the share of its cells called so; mean of the "
            "probabilities; first, one cell's.",
            source.ask("kl"),
            TableBody(),
            ("cellswap ingest published", *EVALUATE),
        ),
        Item(
            "The same as a histogram",
            "Figure 3A of the paper: one panel for each way of forming a protein's distribution, dashed lines at the quartiles "
            "(q25, median, q75).",
            bins,
            kl.chart(bins),
            EVALUATE,
        ),
    )


def _conditions(source: Source) -> tuple[Item, ...]:
    divided, seen = source.ask("divergent_shares"), source.ask("divergent_crops")
    return (
        Item(
            "The most divergent proteins",
            "Figure 3B of the paper: what the two classifiers say of the proteins that they differ most on, classes under 1% left out"
            + source.papers("; and what was drawn, where the screen is simulated")
            + ".",
            divided,
            shares.chart(divided),
            EVALUATE,
            weights_notes(source),
        ),
        Item("The same proteins as a table", "The ten of the greatest KL.", source.ask("divergent"), TableBody(), EVALUATE),
        Item("Their cells", gallery.SCALE, seen, gallery.crops(source, seen, _condition), EVALUATE),
        Item(
            "Against the truth",
            "On simulated screens the true shares are known: how wrong the predicted ones are, not only how much two classifiers differ.",
            source.ask("truth_missed"),
            TableBody(),
            ("cellswap simulate FOLDER --truth-into STORE", *EVALUATE),
        ),
    )


def _condition(row: Row) -> str:
    moved = f"{row['top_original']} on original, {row['top_masked']} on masked crops"
    return f"{row['named']}. Largest share: {moved}; KL {row['kl']:.2f} nats by {row['model']}, {row['layer']}"
