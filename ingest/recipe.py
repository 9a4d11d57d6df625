"""How the fields of a run are read: what is the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from cellswap.errors import BadInput, at
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.label_images import Masks
from cellswap.ingest.plate_map import BLANK
from cellswap.ingest.segment import Segmentation
from cellswap.ingest.wells import well
from cellswap.store.folder import Store


@dataclass(frozen=True)
class Recipe:
    """What is the same for all fields of a run.

    `segment_in` is the channel to segment cells in, where one is named; `empty_wells` are said to be empty; `placed` says that a
    table gives the cells' places.
    """

    screen: str
    segmentation: Segmentation
    most_windows: int
    masks: Masks | None
    segment_in: str | None = None
    empty_wells: frozenset[str] = frozenset()
    placed: bool = False

    def says_empty(self, files: FieldFiles) -> bool:
        """Whether somebody says that a field is of an empty well: the run's options, or the plate map."""
        return files.well in self.empty_wells or files.holds.content == BLANK


def seen_in(store: Store, recipe: Recipe) -> str:
    """The channel that shows the cells; BadInput where nobody says which, or the store has none such.

    Conditions differ in how bright the signal is, so that cells are looked for in it only where that is asked for.
    """
    name = recipe.segment_in or store.facts.marker
    if name in store.channels:
        return name
    if recipe.segment_in is None and (recipe.masks is not None or recipe.placed):
        return store.signal
    here = ", ".join(store.channels)
    if recipe.segment_in:
        raise BadInput(f"--segment-in {name}: the store's channels are {here}")
    raise BadInput(
        f"the store has no marker channel to segment cells in (it has {here}); give label images with --masks DIR, or places of cells with"
        " --objects TABLE, name a channel that shows whole cells with --segment-in"
        f" (in {store.signal}, dim cells are lost), or make a store with --marker"
    )


def wells_of(text: str | None) -> frozenset[str]:
    """The wells of a list `A01,B02`; BadInput where one is no well."""
    with at("--empty-wells"):
        return frozenset(well(name) for name in (text or "").split(",") if name.strip())
