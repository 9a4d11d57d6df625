"""What is left of the accuracy on conditions or plates that no training image shows (paper D.3)."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import heldout
from cellswap.reports.items import Item, Page, TableBody
from cellswap.reports.pages.overview import weights_notes

READ_PRINTED = "cellswap ingest published"
EVALUATE = ("cellswap extract --model pifia --weights FILE", "cellswap evaluate heldout")


def page(source: Source) -> Page:
    """The page of held-out conditions and plates."""
    by_class, notes = source.ask("heldout_classes"), weights_notes(source)
    return Page(
        "heldout",
        "Held-out proteins",
        "Five folds mix the images of a protein: a classifier may learn the protein, or its plate, instead of the class. Here "
        "no protein or "
        "plate of a test image is in the training images (paper D.3).",
        (
            Item(
                "What holding out costs",
                "Mean over localizations, beside five folds on the same images; the difference is paired over localizations.",
                source.ask("heldout"),
                TableBody(),
                (READ_PRINTED, *EVALUATE),
                notes,
            ),
            Item(
                "Held out, by localization",
                "From five folds to held out"
                + source.papers(", and Supplementary Table 3 as printed beside the networks that it has")
                + ".",
                by_class,
                heldout.chart(by_class),
                (READ_PRINTED, *EVALUATE),
                notes,
            ),
            Item("Held out, as a table", "n is the number of classifiers.", by_class, TableBody(), (READ_PRINTED, *EVALUATE)),
            Item(
                "Who is on which side",
                "Drawn from the names of classes and proteins. The overlap share says how many images show pixels of the other side: "
                "cells that "
                "lie side by side in one field are on two sides only where their proteins share a field.",
                source.ask("heldout_split"),
                TableBody(),
                EVALUATE,
            ),
        ),
    )
