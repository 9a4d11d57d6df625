"""One batch of fields, from files to parts: what a worker process does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, at
from cellswap.ingest import label_images, segment, tiff
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.field_rows import FieldImages, FieldRows, rows
from cellswap.ingest.label_images import Masks
from cellswap.ingest.segment import Segmentation
from cellswap.store import parts, runs
from cellswap.store.folder import Store
from cellswap.store.parts import Part, PartWriter
from cellswap.store.runs import Reject

# In the order in which a batch's parts appear: pixels before the crops that need them, fields when all else is there.
TABLES = ("intensity_histograms", "pixels", "crops", "backgrounds", "field_previews", "fields")


@dataclass(frozen=True)
class Recipe:
    """What is the same for all fields of a run."""

    screen: str
    segmentation: Segmentation
    most_windows: int
    masks: Masks | None


@dataclass(frozen=True)
class Batch:
    """The fields of one well that are not in the store."""

    store: Store
    recipe: Recipe
    fields: tuple[FieldFiles, ...]
    run_id: str

    @property
    def keys(self) -> tuple[str, ...]:
        """What names the batch's parts."""
        return ("fields", *(f.field_id(self.recipe.screen) for f in self.fields))


@dataclass
class Outcome:
    """What became of a batch; a reject is (place, reason, detail, cells or 1 for a field).

    `rejects` are of fields that could not be read: the next run tries them again. `lost` are cells of fields that are done.
    """

    n_fields: int = 0
    n_cells: int = 0
    n_crops: int = 0
    n_windows: int = 0
    n_windows_found: int = 0
    rejects: list[Reject] = field(default_factory=list)
    lost: list[Reject] = field(default_factory=list)
    written: list[Part] = field(default_factory=list)


def do(batch: Batch) -> Outcome:
    """Write the batch's parts, one field in memory at a time; fields that cannot be read are left out, and said."""
    outcome = Outcome()
    kinds: dict[str, np.dtype[np.generic]] = {}
    with ExitStack() as stack:
        writers: dict[str, PartWriter] = {}
        for files in batch.fields:
            try:
                images = read(files, batch.store, batch.recipe)
                _same_kinds(kinds, images.channels)
            except BadInput as error:
                outcome.rejects.append((files.field_id(batch.recipe.screen), "field is not readable", str(error), 1))
                continue
            made = rows(files, images, batch.recipe.screen, batch.store.crop_size, batch.recipe.most_windows)
            writers = writers or _open(stack, batch)
            for name in TABLES:
                if name != "pixels" or made.tables[name]["crop_id"]:
                    writers[name].write(made.tables[name])
            _count(outcome, files.field_id(batch.recipe.screen), made)
        if outcome.lost:  # before the stack closes, and `fields` says that the batch is done
            columns = runs.reject_columns(outcome.lost)
            outcome.written.append(parts.write(batch.store, runs.REJECTS, batch.keys, columns, batch.run_id))
    outcome.written += [writer.part for writer in writers.values()]
    return outcome


def read(files: FieldFiles, store: Store, recipe: Recipe) -> FieldImages:
    """A field's channels and labels; BadInput naming the file that is not as it should be."""
    channels: dict[str, NDArray[np.generic]] = {}
    digest = hashlib.sha256()
    for role, path in _in_order(files.channels, store):
        with at(path.name):
            channels[role], content = tiff.read_channel(path)
            if channels[role].shape != channels["protein"].shape:
                raise BadInput(f"shape {channels[role].shape}, but the protein channel has {channels['protein'].shape}")
        digest.update(content)
    seen_in = "cytoplasm" if "cytoplasm" in channels else "protein"
    if recipe.masks is None:
        labels = segment.segment(channels[seen_in], recipe.segmentation)
    else:
        path = label_images.find(recipe.masks, files.names)
        with at(path.name):
            labels = label_images.read(path, channels["protein"].shape)
    return FieldImages(channels, labels, seen_in, "given" if recipe.masks else "segmented", digest.hexdigest())


def _in_order(channels: dict[str, Path], store: Store) -> Iterator[tuple[str, Path]]:
    """Protein first: the others are compared with it."""
    yield "protein", channels["protein"]
    yield from ((role, channels[role]) for role in store.channels if role != "protein")


def _same_kinds(kinds: dict[str, np.dtype[np.generic]], channels: dict[str, NDArray[np.generic]]) -> None:
    """Refuse a field whose pixels are of another dtype than those of the batch's first: a part holds one."""
    for role, image in channels.items():
        if kinds.setdefault(role, image.dtype) != image.dtype:
            raise BadInput(
                f"the {role} channel is {image.dtype}, in the well's other fields {kinds[role]}; convert the file"
            )


def _open(stack: ExitStack, batch: Batch) -> dict[str, PartWriter]:
    """A writer for each table; the parts appear in the order of TABLES, since the stack closes the last one first."""
    return {
        name: stack.enter_context(parts.open_part(batch.store, name, batch.keys, batch.run_id))
        for name in reversed(TABLES)
    }


def _count(outcome: Outcome, field_id: str, made: FieldRows) -> None:
    outcome.n_fields += 1
    outcome.n_cells += made.n_cells
    outcome.n_crops += made.n_crops
    outcome.n_windows += made.n_windows
    outcome.n_windows_found += made.n_windows_found
    if lost := made.n_cells - made.n_crops:
        outcome.lost.append((field_id, "crop would leave the field", f"{lost} of {made.n_cells} cells", lost))
