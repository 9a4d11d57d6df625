"""Pictures: crops with the outline of their mask, fields with what was segmented, swaps, and what classifiers got wrong."""

from __future__ import annotations

from functools import partial

from cellswap.reports import gallery, likeness, tiles
from cellswap.reports.ask import Source
from cellswap.reports.gallery import SCALE, SWAPS, Row
from cellswap.reports.items import Answer, GalleryBody, Item, Page, Tile
from cellswap.reports.pages.overview import EVALUATE, READ_CROPS
from cellswap.store.wording import Words

READ_FIELDS = ("cellswap ingest fields PATH",)
WRONG = (
    "Supplementary Figure 2 of the paper: the images of the newest sweep that lie furthest on the wrong side, the worst "
    "first; at most 6 of each network and setting, variants of the composition among them. Under each stands its true class, "
    "what the classifier called it, and how far on the wrong side it lies (the margin is 1). "
)


def page(source: Source) -> Page:
    """The page of pictures."""
    channels = "Channels from left to right: " + ", ".join(source.store.channels) + ", as far as the data set has them. "
    return Page(
        "galleries",
        "Galleries",
        "What the networks see. Look here first when a number surprises.",
        (*_crops(source, channels), *_swaps(source), *likeness.items(source)),
    )


def _crops(source: Source, channels: str) -> tuple[Item, ...]:
    kept, dropped, windows, fields = (source.ask(name) for name in ("crops", "crops_dropped", "cell_free", "field_previews"))
    return (
        Item(
            "Crops by class and protein", channels + SCALE, kept, gallery.crops(source, kept, partial(_condition, source.words)), READ_CROPS
        ),
        Item("Crops that are not used", channels + SCALE, dropped, gallery.crops(source, dropped, _reason), READ_CROPS),
        Item(
            "Segmentation",
            f"The field's {source.store.facts.marker or source.store.signal} channel with the outlines of all cells that were found.",
            fields,
            _fields(source, fields),
            READ_FIELDS,
        ),
        Item(
            "Windows without cells",
            channels + "At least 50 px from every cell's centre and of low variance (paper D.1).",
            windows,
            gallery.crops(source, windows, lambda row: str(row["screen"])),
            READ_FIELDS,
        ),
    )


def _swaps(source: Source) -> tuple[Item, ...]:
    planned, wrong = source.ask("swaps"), source.ask("misclassified")
    return (
        Item("Swaps", SWAPS, planned, gallery.swaps(source, planned, _setting), ("cellswap plan",)),
        Item("Misclassified images", WRONG + SWAPS, wrong, gallery.swaps(source, wrong, _sweep, _called), EVALUATE),
    )


def _condition(words: Words, row: Row) -> str:
    name = row["gene"] or row["condition"] or words.said("unknown protein")
    condition = f" ({row['condition']})" if row["condition"] and row["condition"] != name else ""
    return f"{row['class'] or words.said('no single localization')}: {name}{condition}, {row['screen']}"


def _reason(row: Row) -> str:
    return f"{row['reason']}, {row['screen']}"


def _setting(row: Row) -> str:
    return f"{row['setting']}, {row['plan_id']}"


def _sweep(row: Row) -> str:
    return f"{row['model']} {row['layer']}, {row['setting']}"


def _called(row: Row) -> tuple[str, ...]:
    behind = f"on {row['background_class']}, {row['background_condition']}" if row["background_crop_id"] else "on its own background"
    return (
        f"true: {row['truth']} ({row['condition']})",
        f"called: {row['called']}, {abs(row['decision']):.2f} on that side",
        behind,
        f"classifier: {row['class_1']} / {row['class_2']}" + (f" on {row['background']}" if row["background"] else ""),
    )


def _fields(source: Source, answer: Answer) -> GalleryBody:
    rows = answer.rows.to_pylist()
    drawn = source.previews([row["field_id"] for row in rows])
    return GalleryBody((("Fields", tuple(_field(row, drawn[row["field_id"]]) for row in rows)),) if rows else ())


def _field(row: Row, png: bytes) -> Tile:
    lines = (row["field_id"], f"{row['n_cells']} cells, {row['n_crops']} crops, masks {row['masks']}")
    return tiles.from_png(png, f"Field {row['field_id']} with the outlines of {row['n_cells']} cells", lines)
