"""One batch of fields, from files to parts: what a worker process does."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.ingest import doubts, field_read
from cellswap.ingest.doubts import Doubt
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.field_rows import FieldImages, FieldRows, Wanted, rows
from cellswap.ingest.recipe import Recipe
from cellswap.store import parts, runs
from cellswap.store.folder import Store
from cellswap.store.parts import Part, PartWriter
from cellswap.store.runs import REJECTS, Reject

UNREADABLE = "field is not readable"
# In the order in which a batch's parts appear: pixels before the crops that need them, fields when all else is there.
TABLES = ("intensity_histograms", "pixels", "crops", "backgrounds", "field_previews", "fields")
# Those that a batch has only where there is something to say; they appear first.
SAID = (REJECTS, "field_doubts")


@dataclass(frozen=True)
class Batch:
    """The fields of one well that are not in the store, or those of the parts (by file name) that they are to replace."""

    store: Store
    recipe: Recipe
    fields: tuple[FieldFiles, ...]
    run_id: str
    replaces: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What names the batch's parts."""
        return ("fields", *(f.field_id(self.recipe.screen) for f in self.fields))


@dataclass
class Outcome:
    """What became of a batch.

    `rejects` are of fields that could not be read, which the next run tries again; `lost` are cells of fields that are done;
    a doubt is (field, what).
    """

    n_fields: int = 0
    n_cells: int = 0
    n_crops: int = 0
    n_windows: int = 0
    n_windows_found: int = 0
    rejects: list[Reject] = field(default_factory=list)
    lost: list[Reject] = field(default_factory=list)
    doubts: list[tuple[str, Doubt]] = field(default_factory=list)
    written: list[Part] = field(default_factory=list)


class _StaysAsItWas(Exception):  # noqa: N818 - what happens to the parts, not a fault
    """Raised where parts can't be replaced whole, so that nothing of the new ones is kept."""


def do(batch: Batch) -> Outcome:
    """Write the batch's parts, one field in memory at a time; fields that cannot be read are left out, and said.

    Parts that are replaced go when all that comes in their place is written, and stay where a field can't be read.
    """
    outcome = Outcome()
    try:
        with ExitStack() as stack:
            writers = _write(batch, stack, outcome)
            _take_their_place(batch, outcome)
            outcome.written += _say(batch, outcome)
    except _StaysAsItWas:
        why = "the fields stored with it stay as they were"
        return Outcome(rejects=[(place, reason, f"{detail}; {why}", n) for place, reason, detail, n in outcome.rejects])
    outcome.written += [writer.part for writer in writers.values()]
    return outcome


def _say(batch: Batch, outcome: Outcome) -> list[Part]:
    """The parts that say what a batch lost and what is in doubt about it."""
    said = {REJECTS: runs.reject_columns(outcome.lost), "field_doubts": doubts.columns(outcome.doubts)}
    return [parts.write(batch.store, name, batch.keys, columns, batch.run_id) for name, columns in said.items() if columns["n"]]


def _take_their_place(batch: Batch, outcome: Outcome) -> None:
    if batch.replaces and outcome.n_fields < len(batch.fields):
        raise _StaysAsItWas
    for name in batch.replaces:
        remove(batch.store, name)


def remove(store: Store, part: str) -> None:
    """Take a batch's parts away, that of `fields` first: what is left of it counts as unfinished then."""
    for name in (*reversed(TABLES), *SAID):
        (parts.folder(store, name) / part).unlink(missing_ok=True)


def _write(batch: Batch, stack: ExitStack, outcome: Outcome) -> dict[str, PartWriter]:
    """The writers, by table, of all fields that can be read; their parts appear when the stack is closed."""
    kinds: dict[str, np.dtype[np.generic]] = {}
    writers: dict[str, PartWriter] = {}
    for files in batch.fields:
        field_id = files.field_id(batch.recipe.screen)
        try:
            images = field_read.read(files, batch.store, batch.recipe)
            _same_kinds(kinds, images.channels)
        except BadInput as error:
            outcome.rejects.append((field_id, UNREADABLE, str(error), 1))
            continue
        made = rows(files, images, wanted(files, batch))
        writers = writers or _open(stack, batch)
        for name in TABLES:
            if name != "pixels" or made.tables[name]["crop_id"]:
                writers[name].write(made.tables[name])
        _count(outcome, field_id, made, _too_small(images, batch.store.crop_size))
    return writers


def wanted(files: FieldFiles, batch: Batch) -> Wanted:
    """What rows to make of a field."""
    recipe = batch.recipe
    return Wanted(recipe.screen, batch.store.signal, batch.store.crop_size, recipe.most_windows, recipe.says_empty(files))


def _same_kinds(kinds: dict[str, np.dtype[np.generic]], channels: dict[str, NDArray[np.generic]]) -> None:
    """Refuse a field whose pixels are of another dtype than those of the batch's first: a part holds one."""
    for role, image in channels.items():
        if kinds.setdefault(role, image.dtype) != image.dtype:
            raise BadInput(f"the {role} channel is {image.dtype}, in the well's other fields {kinds[role]}; convert the file")


def _open(stack: ExitStack, batch: Batch) -> dict[str, PartWriter]:
    """A writer for each table; the parts appear in the order of TABLES, since the stack closes the last one first."""
    return {name: stack.enter_context(parts.open_part(batch.store, name, batch.keys, batch.run_id)) for name in reversed(TABLES)}


def _too_small(images: FieldImages, size: int) -> str | None:
    """What to say of a field that no crop fits into."""
    height, width = images.labels.shape
    return f"the field ({height} x {width}) is smaller than a crop of {size}" if min(height, width) < size else None


def _count(outcome: Outcome, field_id: str, made: FieldRows, too_small: str | None) -> None:
    outcome.n_fields += 1
    outcome.n_cells += made.n_cells
    outcome.n_crops += made.n_crops
    outcome.n_windows += made.n_windows
    outcome.n_windows_found += made.n_windows_found
    outcome.doubts += [(field_id, doubt) for doubt in made.doubts]
    at_border = made.n_cells - made.n_crops - made.n_off
    counted = f"{at_border} of {made.n_cells} cells"
    if at_border and too_small:
        outcome.lost.append((field_id, "field is smaller than a crop", f"{too_small}: {counted}", at_border))
    elif at_border:
        outcome.lost.append((field_id, "crop would leave the field", counted, at_border))
    if made.n_off:
        detail = f"{made.n_off} of {made.n_cells} cells: that pixel is not the cell's own, or its label is of several cells"
        outcome.lost.append((field_id, "no single cell at the crop's centre", detail, made.n_off))
