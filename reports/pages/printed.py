"""The paper's other tables, as printed."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import layers
from cellswap.reports.items import HeatBody, Item, Page, TableBody

READ_PRINTED = ("cellswap ingest published",)


def page(source: Source) -> Page:
    """The page of tables that this store has no figures of its own for."""
    along = source.ask("printed_layers")
    return Page(
        "printed",
        "The paper's tables",
        "As printed by Gupta, Moses and Lu (PMLR 311:162-177, 2025); nothing on this page was computed here.",
        (
            Item(
                "Supplementary Table 1: layers",
                "Accuracy on three proteins for each class that localize only there; the best layer is named.",
                along,
                layers.chart(along),
                READ_PRINTED,
            ),
            Item(
                "Supplementary Table 3: held-out proteins",
                "Cell-free swaps, with proteins of the test images held out and with five folds.",
                source.ask("printed_heldout"),
                HeatBody("localization", ("model", "evaluation"), "accuracy", decimals=3),
                READ_PRINTED,
            ),
            Item(
                "Supplementary Table 4: original and masked crops",
                "Logistic regression on PIFiA features; the class that loses most F1 first.",
                source.ask("printed_metrics"),
                TableBody(),
                READ_PRINTED,
            ),
            Item(
                "How far predictions move when the background is masked",
                "KL(original || masked) over multiply localized proteins.",
                source.ask("printed_kl"),
                TableBody(),
                READ_PRINTED,
            ),
        ),
    )
