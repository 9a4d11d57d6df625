"""How the fields of a run are read: what is the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from cellswap.errors import BadInput, at
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.label_images import Masks
from cellswap.ingest.nuclei import Nuclei
from cellswap.ingest.plate_map import BLANK
from cellswap.ingest.segment import Segmentation
from cellswap.ingest.wells import well
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST


@dataclass(frozen=True)
class Recipe:
    """What is the same for all fields of a run.

    `segment_in` is the channel to segment cells in, where one is named; `empty_wells` are said to be empty; `labels_in` is the
    name of label images that lie among the channels; `placed` says that a table gives the cells' places.
    """

    screen: str
    segmentation: Segmentation | Nuclei
    most_windows: int
    masks: Masks | None
    segment_in: str | None = None
    empty_wells: frozenset[str] = frozenset()
    labels_in: str | None = None
    placed: bool = False

    @property
    def given(self) -> bool:
        """Whether cells are those of label images."""
        return self.masks is not None or self.labels_in is not None

    @property
    def told(self) -> bool:
        """Whether somebody says where cells are, by label images or by their places, so that none are looked for."""
        return self.given or self.placed

    def says_empty(self, files: FieldFiles) -> bool:
        """Whether somebody says that a field is of an empty well: the run's options, or the plate map."""
        return files.well in self.empty_wells or files.holds.content == BLANK


def seen_in(store: Store, recipe: Recipe) -> str:
    """The channel that shows the cells; BadInput where nobody says which, or the store has none such.

    Conditions differ in how bright the signal is, so that cells are looked for in it only where that is asked for. What looks for
    whole cells in a preset's marker was made for the paper's screen, and for other cells is asked for by name.
    """
    name = recipe.segment_in or store.facts.marker
    if name in store.channels and (recipe.segment_in or recipe.told or store.facts.preset in ("", YEAST.preset)):
        return name
    if recipe.segment_in is None and recipe.told:
        return store.signal
    here = ", ".join(store.channels)
    if recipe.segment_in:
        option = "--segment-from" if isinstance(recipe.segmentation, Nuclei) else "--segment-in"
        raise BadInput(f"{option} {name}: the store's channels are {here}")
    if name in store.channels:
        raise BadInput(
            f"a store of the preset {store.facts.preset}: say where its cells are, with label images (--masks DIR) or by their nuclei"
            f" (--segment-from CHANNEL --cell-diameter PX; it has {here})"
        )
    raise BadInput(
        f"the store has no marker channel to segment cells in (it has {here}); give label images with --masks DIR, or places of cells with"
        " --objects TABLE, find nuclei with --segment-from CHANNEL --cell-diameter PX, name a channel that shows whole cells with"
        f" --segment-in (in {store.signal}, dim cells are lost), or make a store with --marker"
    )


def segmentation(segment_in: str | None, segment_from: str | None, diameter: float | None, *, given: bool) -> Segmentation | Nuclei:
    """How cells are looked for; BadInput for options that say two things, or one that says nothing without the other."""
    if segment_from and (segment_in or given):
        raise BadInput("--segment-from finds nuclei itself: leave out --segment-in, --masks and --masks-in, or --segment-from")
    if segment_from and diameter is None:
        raise BadInput(f"--segment-from {segment_from}: say with --cell-diameter PX how many pixels across a typical nucleus is")
    if diameter is None:
        return Segmentation()
    if not segment_from:
        raise BadInput("--cell-diameter: no effect without --segment-from CHANNEL, in which nuclei are found")
    return Nuclei(diameter)


def wells_of(text: str | None) -> frozenset[str]:
    """The wells of a list `A01,B02`; BadInput where one is no well."""
    with at("--empty-wells"):
        return frozenset(well(name) for name in (text or "").split(",") if name.strip())
