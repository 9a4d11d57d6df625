"""How well an image's nearest neighbours call its class."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import neighbours
from cellswap.reports.items import HeatBody, Item, Page, TableBody
from cellswap.reports.pages.overview import weights_notes

EVALUATE = ("cellswap extract --model pifia --weights FILE", "cellswap evaluate neighbours")


def page(source: Source) -> Page:
    """The page of nearest neighbours."""
    called, notes = source.ask("neighbours"), weights_notes(source)
    return Page(
        "neighbours",
        "Neighbours",
        "Without any training: which class have the images whose vectors are nearest? Where leaving out images of the same "
        "protein, field or "
        "plate costs much, nearness says less of the class than of these.",
        (
            Item(
                "Called by nearest neighbours",
                "Balanced accuracy, the image itself left out; dashed: what guessing gives. pci is the rule of Lu et al. 2019, dino "
                "that of "
                "Isselmann et al. 2025.",
                called,
                neighbours.chart(called),
                EVALUATE,
                notes,
            ),
            Item(
                "Called by nearest neighbours, as a table",
                "Lu et al. give balanced accuracy, Isselmann et al. macro F1; both stand here for both.",
                called,
                TableBody(),
                EVALUATE,
            ),
            Item(
                "How close a class is",
                "Mean distance between two images of a class beside that between any two images: under 1 where the class is closer "
                "together.",
                source.ask("label_distances"),
                HeatBody("class", ("network", "setting"), "normalized"),
                EVALUATE,
                notes,
            ),
        ),
    )
