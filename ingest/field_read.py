"""One field read from its files: channels and labels, each looked at, and what is in doubt about them."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, at
from cellswap.ingest import field_inputs, image_sources, label_images, nuclei, plausible_mask, segment
from cellswap.ingest.doubts import Doubt, summed
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.field_inputs import Inputs
from cellswap.ingest.field_rows import FieldImages
from cellswap.ingest.image_parts import named
from cellswap.ingest.nuclei import Nuclei
from cellswap.ingest.plausible_mask import Doubts
from cellswap.ingest.recipe import Recipe, seen_in
from cellswap.store.folder import Store


def read(files: FieldFiles, store: Store, recipe: Recipe) -> FieldImages:
    """A field's channels and labels; BadInput naming the file that is not as it should be."""
    channels: dict[str, NDArray[np.generic]] = {}
    digest = hashlib.sha256()
    of_all = field_inputs.sources(files, store.channels, recipe.masks)
    stamp = field_inputs.stamp(of_all, files.beside)  # first: a file that changes while it is read is found changed later
    first = next(iter(store.channels))
    said_of: list[Doubt] = []
    for name, source in field_inputs.in_order(files, store.channels):
        with at(named(source)):
            channels[name], content = image_sources.read(source)
            if channels[name].shape != channels[first].shape:
                raise BadInput(f"shape {channels[name].shape}, but the {first} channel has {channels[first].shape}")
            for block in content:
                digest.update(block)
            said_of += image_sources.doubts(source)
    shown = seen_in(store, recipe)
    doubts = Doubts()
    if files.places is not None:
        labels, whence = np.zeros(channels[first].shape, np.int32), "none"
    elif recipe.given:
        with at(named(of_all[-1])):
            labels, kind, content = label_images.taken(of_all[-1], channels[first].shape, files.dataset)
            doubts = plausible_mask.look(labels, kind)
        for block in content:
            digest.update(block)
        said_of += _doubts(doubts, named(of_all[-1]), plausible_mask.elsewhere(labels, channels[shown]))
        whence = "given"
    else:
        (labels, odd), whence = _found(channels[shown], recipe), "segmented"
        said_of += odd
    digest.update(files.beside)
    inputs = Inputs(tuple(named(source) for source in of_all), digest.hexdigest(), stamp)
    return FieldImages(channels, labels, shown, whence, inputs, doubts.several, summed(said_of))


def _found(image: NDArray[np.generic], recipe: Recipe) -> tuple[NDArray[np.int32], list[Doubt]]:
    """The cells that are found in an image, and what is said of what was left out."""
    if not isinstance(recipe.segmentation, Nuclei):
        return segment.segment(image, recipe.segmentation), []
    found = nuclei.find(image, recipe.segmentation)
    return found.labels, [Doubt("odd size", found.example, found.n_odd)] if found.n_odd else []


def _doubts(found: Doubts, name: str, dim: str | None) -> tuple[Doubt, ...]:
    """What is said of a label image that is taken."""
    made = list[Doubt]()
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
