"""Where classes and wells lie on plates."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import skew, wells
from cellswap.reports.items import Item, Page, TableBody

READ_PLATES = ("cellswap ingest labels PATH --layout deepyeast", "cellswap ingest fields PATH")


def page(source: Source) -> Page:
    """The page of plates."""
    skewed, places = source.ask("plates"), source.ask("wells")
    return Page(
        "plates",
        "Plates",
        "Where most of a class lies on one plate, a classifier can learn the plate instead of the class (paper D.2).",
        (
            Item(
                "Plate skew",
                "Share of each localization on each plate; rows sum to 1, figures are counts. Data sets of a single plate are left out.",
                skewed,
                skew.chart(skewed),
                READ_PLATES,
            ),
            Item(
                "The most skewed localizations",
                "The plate with the largest share of each localization, beside that plate's share of all of them.",
                source.ask("plates_skewed"),
                TableBody(),
                READ_PLATES,
            ),
            Item(
                "Wells",
                "Filled: crops were cut. Rings: a well without crops, or a place of the plate without a well. At most 16 plates.",
                places,
                wells.chart(places),
                READ_PLATES,
            ),
        ),
    )
