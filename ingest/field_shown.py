"""The first fields of a plan as they would be read, for somebody who looks before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from cellswap.errors import BadInput
from cellswap.ingest import field_inputs, image_sources
from cellswap.ingest.field_files import FieldFiles, Listing
from cellswap.ingest.field_plan import Plan
from cellswap.ingest.image_parts import PartOf, named
from cellswap.store.folder import Store

MOST = 3


def lines(store: Store, plan: Plan, listing: Listing) -> Iterator[str]:
    """A line for each of the first fields and each of its channels, then the first of what would be dropped, and the notes."""
    fields = [files for of_well in plan.wells for files in of_well][:MOST]
    for files in fields:
        yield f"plate {files.plate}, well {files.well}, site {files.site}:"
        yield from (f"  {line}" for line in _channels(store, files))
    for place, reason, detail in listing.rejects[:MOST]:
        yield f"not read: {place}: {reason} ({detail})"
    yield from (f"note: {note}" for note in plan.notes)


def _channels(store: Store, files: FieldFiles) -> Iterator[str]:
    for role, source in field_inputs.in_order(files, store.channels):
        try:
            said = image_sources.described(source) if isinstance(source, PartOf) else "a file of its own"
            yield f"{role}: {named(source)}, {said}"
        except BadInput as error:
            yield f"{role}: {named(source)}, can't be read: {error}"
    if files.labels is not None:
        yield f"labels: {named(files.labels)}"
