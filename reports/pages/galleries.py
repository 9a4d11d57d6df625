"""Pictures: crops with the outline of their mask, fields with what was segmented, windows without cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from cellswap.reports import likeness, sheet, tiles
from cellswap.reports.ask import Source
from cellswap.reports.items import Answer, GalleryBody, Item, Page, Tile
from cellswap.reports.pages.overview import READ_CROPS

Row = dict[str, Any]
SCALE = "Grey runs from the 0.5th to the 99.8th percentile of each group, channel by channel. The outline is the mask of the centre cell."
SWAPS = (
    "From left to right: the centre cell's crop, the background, the mask, and the image that the network sees; channel below channel. "
    "Each side is in units of its own protein's spread (paper 3.2), on one scale for a group."
)
READ_FIELDS = ("cellswap ingest fields PATH",)


def page(source: Source) -> Page:
    """The page of pictures."""
    crops, dropped, windows, fields, swaps = (
        source.ask(name) for name in ("crops", "crops_dropped", "cell_free", "field_previews", "swaps")
    )
    channels = (
        "Channels from left to right: " + ", ".join(source.store.channels) + ", as far as the data set has them. "
    )
    return Page(
        "galleries",
        "Galleries",
        "What the networks see. Look here first when a number surprises.",
        (
            Item("Crops by class and protein", channels + SCALE, crops, _crops(source, crops, _protein), READ_CROPS),
            Item("Crops that are not used", channels + SCALE, dropped, _crops(source, dropped, _reason), READ_CROPS),
            Item(
                "Segmentation",
                "The field's cytoplasm channel with the outlines of all cells that were found.",
                fields,
                _fields(source, fields),
                READ_FIELDS,
            ),
            Item(
                "Windows without cells",
                channels + "At least 50 px from every cell's centre and of low variance (paper D.1).",
                windows,
                _crops(source, windows, lambda row: str(row["screen"])),
                READ_FIELDS,
            ),
            Item("Swaps", SWAPS, swaps, _swaps(source, swaps), ("cellswap plan",)),
            *likeness.items(source),
        ),
    )


def _protein(row: Row) -> str:
    name = row["gene"] or row["orf"] or "unknown protein"
    orf = f" ({row['orf']})" if row["orf"] and row["orf"] != name else ""
    return f"{row['localization'] or 'no single localization'}: {name}{orf}, {row['screen']}"


def _reason(row: Row) -> str:
    return f"{row['reason']}, {row['screen']}"


def _crops(source: Source, answer: Answer, heading: Callable[[Row], str]) -> GalleryBody:
    rows = answer.rows.to_pylist()
    crops = source.pixels([row["crop_id"] for row in rows])
    groups = ((title, list(found)) for title, found in groupby((r for r in rows if r["crop_id"] in crops), key=heading))
    return GalleryBody(tuple((title, _group(title, found, crops)) for title, found in groups))


def _group(title: str, rows: list[Row], crops: dict[str, dict[str, Any]]) -> tuple[Tile, ...]:
    scale = tiles.scales([crops[row["crop_id"]] for row in rows])
    return tuple(
        tiles.tile(crops[row["crop_id"]], scale, f"{title}, crop {row['crop_id']}", tuple(_lines(row))) for row in rows
    )


def _swaps(source: Source, answer: Answer) -> GalleryBody:
    rows = answer.rows.to_pylist()
    made = source.compose(rows) if source.compose and rows else {}
    there = [row for row in rows if row["image_id"] in made]
    groups = [(setting, list(found)) for setting, found in groupby(there, key=lambda row: f"{row['setting']}, {row['plan_id']}")]
    return GalleryBody(tuple((title, _sheet(title, [made[row["image_id"]] for row in found])) for title, found in groups))


def _sheet(title: str, swaps: list[sheet.Swap]) -> tuple[Tile, ...]:
    scale = sheet.scale_of(swaps)
    return tuple(sheet.tile(swap, scale, f"{title}: {', '.join(swap.lines)}") for swap in swaps)


def _lines(row: Row) -> Iterable[str]:
    yield row["crop_id"]
    if row.get("mask_share") is not None:
        yield f"mask {row['mask_share']:.0%}" + (
            f", neighbours {row['neighbour_share']:.0%}" if row["neighbour_share"] is not None else ""
        )
    if row.get("variance") is not None:
        yield f"variance {row['variance']:.4g} counts²"
    if row.get("distance_px") is not None:
        yield f"{row['distance_px']:.0f} px to the next cell"


def _fields(source: Source, answer: Answer) -> GalleryBody:
    rows = answer.rows.to_pylist()
    drawn = source.previews([row["field_id"] for row in rows])
    return GalleryBody((("Fields", tuple(_field(row, drawn[row["field_id"]]) for row in rows)),) if rows else ())


def _field(row: Row, png: bytes) -> Tile:
    lines = (row["field_id"], f"{row['n_cells']} cells, {row['n_crops']} crops, masks {row['masks']}")
    return tiles.from_png(png, f"Field {row['field_id']} with the outlines of {row['n_cells']} cells", lines)
