"""What somebody should see of fields before anything is written: the first as they would be read, sizes of pixels that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cellswap.errors import BadInput
from cellswap.ingest import field_inputs, image_sources
from cellswap.ingest.field_files import FieldFiles, Listing
from cellswap.ingest.field_plan import Plan
from cellswap.ingest.image_parts import PartOf, named
from cellswap.store.folder import Store

MOST = 3
SAME = 0.01  # sizes of pixels are rounded where people write them


def lines(store: Store, plan: Plan) -> Iterator[str]:
    """A line for each of the first fields and each of its channels."""
    fields = [files for of_well in plan.wells for files in of_well][:MOST]
    for files in fields:
        yield f"plate {files.plate}, well {files.well}, site {files.site}:"
        yield from (f"  {line}" for line in _channels(store, files))


def with_pixel_size(listing: Listing, store: Store) -> Listing:
    """The listing, with a note where its source says another size of a pixel than the store, or the store says none."""
    found, ours = listing.pixel_size_um, store.facts.pixel_size_um
    if found is None or (ours is not None and abs(found - ours) <= SAME * ours):
        return listing
    has = f"the store says {ours:g}: are these images of another magnification?" if ours else "the store says none (init --pixel-size-um)"
    return replace(listing, notes=[*listing.notes, f"a pixel of these images is {found:.4g} um across; {has}"])


def _channels(store: Store, files: FieldFiles) -> Iterator[str]:
    for role, source in field_inputs.in_order(files, store.channels):
        try:
            said = image_sources.described(source) if isinstance(source, PartOf) else "a file of its own"
            yield f"{role}: {named(source)}, {said}"
        except BadInput as error:
            yield f"{role}: {named(source)}, can't be read: {error}"
    if files.labels is not None:
        yield f"labels: {named(files.labels)}"
