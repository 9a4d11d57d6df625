"""One field read from its files: channels and labels, each looked at, and what is in doubt about them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, at
from cellswap.ingest import field_inputs, label_images, plausible_mask, segment, tiff
from cellswap.ingest.doubts import Doubt
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.field_inputs import Inputs
from cellswap.ingest.field_rows import FieldImages
from cellswap.ingest.plausible_mask import Doubts
from cellswap.ingest.recipe import Recipe, seen_in
from cellswap.ingest.regular_files import said
from cellswap.store.folder import Store


def read(files: FieldFiles, store: Store, recipe: Recipe) -> FieldImages:
    """A field's channels and labels; BadInput naming the file that is not as it should be."""
    channels: dict[str, NDArray[np.generic]] = {}
    digest = hashlib.sha256()
    of_all = field_inputs.paths(files, store.channels, recipe.masks)
    stamp = field_inputs.stamp(of_all, files.beside)  # first: a file that changes while it is read is found changed later
    first = next(iter(store.channels))
    for name, path in field_inputs.in_order(files.channels, store.channels):
        with at(said(path.name)):
            channels[name], content = tiff.read_channel(path)
            if channels[name].shape != channels[first].shape:
                raise BadInput(f"shape {channels[name].shape}, but the {first} channel has {channels[first].shape}")
        digest.update(content)
    shown = seen_in(store, recipe)
    doubts = Doubts()
    if files.places is not None:
        labels = np.zeros(channels[first].shape, np.int32)
    elif recipe.masks is None:
        labels = segment.segment(channels[shown], recipe.segmentation)
    else:
        with at(said(of_all[-1].name)):
            labels, kind, content = label_images.read(of_all[-1], channels[first].shape, files.dataset)
            doubts = plausible_mask.look(labels, kind)
        digest.update(content)
    digest.update(files.beside)
    inputs = Inputs(tuple(said(path.name) for path in of_all), digest.hexdigest(), stamp)
    said_of = _doubts(doubts, of_all[-1], plausible_mask.elsewhere(labels, channels[shown])) if recipe.masks else ()
    whence = "none" if files.places is not None else "given" if recipe.masks else "segmented"
    return FieldImages(channels, labels, shown, whence, inputs, doubts.several, said_of)


def _doubts(found: Doubts, path: Path, dim: str | None) -> tuple[Doubt, ...]:
    """What is said of a label image that is taken."""
    name, made = said(path.name), list[Doubt]()
    if found.n_labels == 0:
        made.append(Doubt("no label", name))
    if found.example:
        label, n_parts = found.example
        made.append(Doubt("scattered", f"{name}: label {label} in {n_parts} parts", found.n_scattered))
    if dim:
        made.append(Doubt("elsewhere", f"{name}: {dim}"))
    if found.full:
        made.append(Doubt("full", f"{name}, {found.full}"))
    return tuple(made)
