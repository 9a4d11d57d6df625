"""What came in, what was kept, what was not and why."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import histogram
from cellswap.reports.items import Item, Page, TableBody
from cellswap.reports.pages.overview import READ_CROPS

KEPT = ("used", "not_used")


def page(source: Source) -> Page:
    """The page of data quality."""
    bright, masks, areas = source.ask("intensities"), source.ask("mask_shares"), source.ask("areas")
    return Page(
        "quality",
        "Data quality",
        "Nothing is deleted to filter: a crop that is not used keeps its row and says why.",
        (
            Item(
                "Crops used and not used",
                "By reason, data set by data set (paper 3.1).",
                source.ask("dropped"),
                TableBody(),
                READ_CROPS,
            ),
            Item(
                "Files and rows that were not read",
                "What the commands dropped on the way in.",
                source.ask("rejects"),
                TableBody(),
            ),
            Item(
                "Brightness of crops",
                "Mean of the protein channel over the whole crop.",
                bright,
                histogram.chart(bright, "mean intensity [counts]", KEPT),
                READ_CROPS,
            ),
            Item(
                "The intensity filter",
                "Crops whose mean protein intensity is under the 5th percentile of all pixels are not used.",
                source.ask("thresholds"),
                TableBody(),
                READ_CROPS,
            ),
            Item(
                "Share of the crop that is the cell",
                "Crops under 5% or over 95% are not used.",
                masks,
                histogram.chart(masks, "mask area / crop area [0-1]", KEPT),
                READ_CROPS,
            ),
            Item(
                "Area of the cells",
                "The whole cell in its field, or its mask where only the crop exists.",
                areas,
                histogram.chart(areas, "area [px²]", ("n",)),
                READ_CROPS,
            ),
            Item(
                "Crops that show the same pixels",
                "Neighbouring cells give crops that overlap; folds that ignore it train on what they test.",
                source.ask("overlaps"),
                TableBody(),
                READ_CROPS,
            ),
        ),
    )
