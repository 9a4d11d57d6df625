"""How much of a feature vector describes the background, without labels and without a classifier."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import sensitivity
from cellswap.reports.items import Item, Page, TableBody
from cellswap.reports.pages.overview import weights_notes

EVALUATE = (
    "cellswap plan --factorial 60x60",
    "cellswap extract --model pifia --weights FILE --plan PLAN",
    "cellswap evaluate sensitivity",
)


def page(source: Source) -> Page:
    """The page of sensitivity to the background."""
    parts, notes = source.ask("sensitivity"), weights_notes(source)
    return Page(
        "sensitivity",
        "Sensitivity",
        "Each centre cell is put on each background. So the variance of the vectors divides into a part of the centre cell, a part of the "
        "background, and a part that neither explains alone. No labels and no classifier are needed.",
        (
            Item(
                "What the variance comes from",
                "Shares of each layer, from the input to the output, with bootstrap intervals over proteins.",
                parts,
                sensitivity.chart(parts),
                EVALUATE,
                notes,
            ),
            Item("What the variance comes from, as a table", "An interval that is missing says why.", parts, TableBody(), EVALUATE),
            Item(
                "Proteins that backgrounds move most",
                "How far backgrounds move the vector of a cell, in units of the spread between cells: mean over the protein's cells.",
                source.ask("moved"),
                TableBody(),
                EVALUATE,
                notes,
            ),
        ),
    )
