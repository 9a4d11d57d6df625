"""Which layer tells the classes apart best (paper A)."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.charts import layers
from cellswap.reports.items import Item, Page, TableBody
from cellswap.reports.pages.overview import weights_notes
from cellswap.store.wording import capital

READ_PRINTED = "cellswap ingest published"
EVALUATE = ("cellswap extract --model pifia --weights FILE --layers all", "cellswap evaluate layers")


def page(source: Source) -> Page:
    """The page of layers."""
    along, notes = source.ask("layers"), weights_notes(source)
    printed = source.papers("Supplementary Table 1 as printed, and ")
    names = source.papers(" DeepLoc's conv_3 is called conv3 and the last profile before the head final, as the paper does.")
    return Page(
        "layers",
        "Layers",
        "Which layer of a network tells the classes apart best, on three proteins for each class that are in this place alone (paper A).",
        (
            Item(
                "Accuracy along the layers",
                capital(f"{printed}this store's runs; each line's best layer has a ring and its name.{names}"),
                along,
                layers.chart(along),
                (READ_PRINTED, *EVALUATE),
                notes,
            ),
            *(_beside(source, notes) if source.shows_paper else ()),
            Item(
                "The proteins that stand for their class",
                "Three a class, those of the highest purity first; where no purity is known, by a hash of their names.",
                source.ask("layer_conditions"),
                TableBody(),
                EVALUATE,
            ),
        ),
    )


def _beside(source: Source, notes: dict[str, str]) -> tuple[Item, ...]:
    return (
        Item(
            "Beside Supplementary Table 1",
            "Layers that the printed table has too. Where unconverged is not 0, the figure is not certain.",
            source.ask("layer_compared"),
            TableBody(),
            (READ_PRINTED, *EVALUATE),
            notes,
        ),
    )
