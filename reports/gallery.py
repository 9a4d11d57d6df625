"""Galleries from rows: crops with the outline of their mask, and swaps with what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from cellswap.reports import sheet, tiles
from cellswap.reports.ask import Source
from cellswap.reports.items import Answer, GalleryBody, Tile

Row = dict[str, Any]
SCALE = (
    "Grey runs from the 0.5th to the 99.8th percentile of each group, channel by channel; where the signal's range in one crop is more "
    f"than {tiles.TOO_WIDE:.0f} times that in another, each crop's signal has a scale of its own, and the group says so. "
    "The outline is the mask of the centre cell."
)
SWAPS = (
    "From left to right: the centre cell's crop, the background, the mask, and the image that the network sees; channel below channel. "
    "Each side is in units of its own protein's spread (paper 3.2), on one scale for a group."
)


def crops(source: Source, answer: Answer, heading: Callable[[Row], str]) -> GalleryBody:
    """The crops of the rows (`crop_id` and what stands under them), in groups of one heading; those without pixels are left out."""
    rows = answer.rows.to_pylist()
    found = source.pixels([row["crop_id"] for row in rows])
    groups = groupby((row for row in rows if row["crop_id"] in found), key=heading)
    return GalleryBody(tuple(_group(title, list(members), found, source.store.signal) for title, members in groups))


def swaps(
    source: Source, answer: Answer, heading: Callable[[Row], str], lines: Callable[[Row], tuple[str, ...]] | None = None
) -> GalleryBody:
    """The images of the rows (the columns of a planned image), in groups of one heading; `lines` says other things than what each is.

    A setting with a variant, as `diff_class_swap+feather`, is composed by it. Empty where nobody can compose. A group
    says how many of its images could not be composed.
    """
    rows = answer.rows.to_pylist()
    made = source.compose(rows) if source.compose and rows else {}
    if lines:
        made = {_name(row): replace(made[_name(row)], lines=lines(row)) for row in rows if _name(row) in made}
    groups = ((title, list(members)) for title, members in groupby(rows, key=heading)) if made else ()
    return GalleryBody(tuple(_sheet(title, [made.get(_name(row)) for row in members]) for title, members in groups))


def _name(row: Row) -> tuple[str, str]:
    return row["setting"], row["image_id"]


def _group(title: str, rows: list[Row], found: dict[str, dict[str, Any]], signal: str) -> tuple[str, tuple[Tile, ...]]:
    pictures: list[tiles.Crop] = [found[row["crop_id"]] for row in rows]
    scales, ratio = tiles.scales_each(pictures, signal)
    said = f" (ranges differ {ratio:,.0f} times: each crop's {signal} on a scale of its own)" if ratio > tiles.TOO_WIDE else ""
    made = (
        tiles.tile(crop, scale, f"{title}, crop {row['crop_id']}", tuple(_lines(row)))
        for row, crop, scale in zip(rows, pictures, scales, strict=True)
    )
    return title + said, tuple(made)


def _sheet(title: str, made: list[sheet.Swap | None]) -> tuple[str, tuple[Tile, ...]]:
    there = [swap for swap in made if swap is not None]
    said = f" ({len(made) - len(there)} of {len(made)} can not be composed)" if len(there) < len(made) else ""
    scale = sheet.scale_of(there)
    return title + said, tuple(sheet.tile(swap, scale, f"{title}: {', '.join(swap.lines)}") for swap in there)


def _lines(row: Row) -> Iterable[str]:
    yield row["crop_id"]
    if row.get("mask_share") is not None:
        yield f"mask {row['mask_share']:.0%}" + (f", neighbours {row['neighbour_share']:.0%}" if row["neighbour_share"] is not None else "")
    if row.get("variance") is not None:
        yield f"variance {row['variance']:.4g} counts²"
    if row.get("distance_px") is not None:
        yield f"{row['distance_px']:.0f} px to the next cell"
