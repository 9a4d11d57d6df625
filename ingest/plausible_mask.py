"""May these labels be cells? The one place where a label image made elsewhere is doubted.

What can't be cells is refused: a mask of in and out or of classes, whose labels lie in many places, or a label for the
background. What may be is noted: a cell in two places, an 8-bit image that is full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label as parts_of

from cellswap.errors import BadInput
from cellswap.ingest import cut
from cellswap.ingest.cut import Ints

# Two parts are far from each other where more than this lies between the circles of their areas.
FAR_PX = 5.0
MOST_PARTS = 3.0
MOST_SHARE = 0.5
LEAST_PART = 0.6
NARROW_BITS = 16
# Fewer labels say nothing; of more, so many may be dim. Of the 5,349 labels of two real and 68 simulated fields none was, in any channel;
# mirrored, turned or of another field, 0.46 to 0.78 of the real ones were and 0.11 to 0.5 of the simulated.
LEAST_LABELS = 4
MOST_DIM = 0.2


@dataclass(frozen=True)
class Doubts:
    """What speaks against a mask that is taken.

    How many labels it has; how many of them lie in parts far from each other, and one of these with the number of its parts;
    the labels of which no part is the most, so that they are several cells; and a dtype that is full.
    """

    n_labels: int = 0
    n_scattered: int = 0
    example: tuple[int, int] | None = None
    several: frozenset[int] = frozenset()
    full: str | None = None


def look(labels: NDArray[np.int64], kind: np.dtype[np.generic]) -> Doubts:
    """What is to be said of a label image (h, w) that had the dtype `kind` in its file.

    Raises BadInput where one label covers most of the field, or where labels lie in so many places that they are no cells.
    """
    found, numbered = cut.number(labels)
    if len(found) == 1:
        return Doubts()
    area = np.bincount(numbered.ravel(), minlength=len(found))[1:]
    if area.max() > MOST_SHARE * labels.size:
        raise BadInput(
            f"the label {found[1:][area.argmax()]} covers {area.max() / labels.size:.0%} of the field:"
            " a background, not a cell; it must be 0"
        )
    n_parts, n_far, largest = _parts(numbered, len(found))
    _refuse_classes(found[1:], n_far)
    scattered = np.flatnonzero(n_far > 1)
    most = max(scattered, key=lambda i: n_parts[i], default=None)
    example = None if most is None else (int(found[1:][most]), int(n_parts[most]))
    several = frozenset(found[1:][(n_far > 1) & (largest < LEAST_PART * area)].tolist())
    return Doubts(len(found) - 1, len(scattered), example, several, _full(int(found[-1]), kind))


def _refuse_classes(found: NDArray[np.integer], n_far: Ints) -> None:
    n, total = len(found), int(n_far.sum())
    if total >= MOST_PARTS * n or (n == 1 and total > 1):
        whose = f"the label {found[0]} lies" if n == 1 else f"{n} labels lie"
        raise BadInput(
            f"{whose} in {total} separate places: a mask of in and out or of classes, or one that ran out of numbers, not of cells;"
            " number each cell (skimage.measure.label does) and save 16 bits"
        )


def _full(most: int, kind: np.dtype[np.generic]) -> str | None:
    """The dtype, where the greatest label is the last that it can hold."""
    narrow = kind.kind in "iu" and kind.itemsize * 8 <= NARROW_BITS
    return kind.name if narrow and most == np.iinfo(kind.str).max else None


def _parts(numbered: NDArray[np.int32], n_labels: int) -> tuple[Ints, Ints, Ints]:
    """For each label from 1 how many parts it has, how many of these are its largest one or lie far from that, and its area."""
    parts = np.asarray(parts_of(numbered, connectivity=2, background=0), np.int32)
    inside = np.flatnonzero(parts)
    part = parts.ravel()[inside] - 1
    area = np.bincount(part)
    y, x = (np.bincount(part, at) / area for at in np.divmod(inside, numbered.shape[1]))
    owner = np.zeros(len(area), np.int64)
    owner[part] = numbered.ravel()[inside]
    largest = np.zeros(n_labels, np.int64)
    order = np.lexsort((area, owner))
    largest[owner[order]] = order
    first, radius = largest[owner], np.sqrt(area / np.pi)
    gap = np.hypot(y - y[first], x - x[first]) - radius - radius[first]
    far = (gap > FAR_PX) | (first == np.arange(len(area)))
    n_parts, n_far = (np.bincount(which, minlength=n_labels)[1:] for which in (owner, owner[far]))
    return n_parts, n_far, area[largest[1:]]


def elsewhere(labels: NDArray[np.integer], shown: NDArray[np.generic]) -> str | None:
    """What speaks for a label image of another field: most labels are no brighter than what lies outside; None where nothing does.

    `shown` (h, w) is the channel that shows the cells. Labels of the field itself are brighter nearly all, those of another, or of
    this one mirrored, about half of them in a field full of cells and hardly any in an empty one.
    """
    found, numbered = cut.number(labels)
    if len(found) <= LEAST_LABELS:
        return None
    flat = numbered.ravel()
    area = np.bincount(flat, minlength=len(found))
    mean = np.bincount(flat, shown.ravel().astype(np.float64), len(found)) / np.maximum(area, 1)
    dim = int(np.count_nonzero(mean[1:] <= mean[0])) if area[0] else 0
    return f"{dim} of {len(found) - 1} labels" if dim > MOST_DIM * (len(found) - 1) else None
