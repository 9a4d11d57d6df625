"""The default segmenter on simulated fields, scored against whose pixel it truly is."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from cellswap.ingest.segment import Segmentation, segment
from cellswap.ingest.simulate import optics, render
from cellswap.ingest.simulate.screen import Screen, Well
from cellswap.ingest.simulate.truth import touching

LEAST_IOU = 0.5
SMALLEST_BUD_PX = 4.0
SMALLEST_PX = 40  # a cell of which the border leaves less is not counted


def score(of: list[Well], screen: Screen, buds: str) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and mean IoU of matched cells: for isolated cells, for clumped ones, for all.

    `buds` says what a bud is: `apart` (a cell of its own), `together` (part of its mother), or `either`: a bud that was
    found by itself is neither right nor wrong, and so is one that was not.

    A found piece counts where most of it lies: on an isolated cell, or on a clumped one. Cells that are out of focus or
    at the field's border count as the others do; a piece on no cell counts among the isolated.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    overlaps: dict[str, list[float]] = defaultdict(list)
    for well in of:
        field = render.field(screen, well, 1, optics.microscope(screen, well.replicate, well.plate))
        found = segment(field.channels[2], Segmentation())
        whole = field.labels.astype(np.int64), touching(field.labels)
        parted = _parted(whole[0], field, whole[1])
        if buds == "either":
            found = _without_buds(found, parted[0], len(field.truths))
        _count(parted if buds == "apart" else whole, found, counts, overlaps)
    return {where: _facts(counts[where], overlaps[where]) for where in ("isolated", "clumped", "all")}


def _parted(truth: NDArray[np.int64], field: render.Field, crowded: set[int]) -> tuple[NDArray[np.int64], set[int]]:
    """The labels with buds numbered anew; a bud and its mother touch, so neither is isolated."""
    parted, crowded, last = truth.copy(), set(crowded), len(field.truths)
    rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
    for number, drawn in enumerate(field.truths, 1):
        if drawn.shape.bud >= SMALLEST_BUD_PX:
            y, x = drawn.shape.bud_centre
            last += 1
            parted[(truth == number) & ((rows - y) ** 2 + (columns - x) ** 2 <= drawn.shape.bud**2)] = last
            crowded |= {last, number}
    return parted, crowded


def _without_buds(found: NDArray[np.int32], parted: NDArray[np.int64], n_cells: int) -> NDArray[np.int32]:
    """The pieces but those that are a bud; `n_cells` is the last number of a mother."""
    is_bud = _iou(parted, found)[n_cells + 1 :].max(axis=0, initial=0) >= LEAST_IOU
    kept = np.cumsum(~is_bud) - 1
    return np.where(is_bud, 0, kept).astype(np.int32)[found]


def _iou(truth: NDArray[np.int64], found: NDArray[np.int32]) -> NDArray[np.float64]:
    """Intersection over union of every cell with every piece; row and column 0 are 0."""
    shared = _shared(truth, found)
    iou = shared / np.maximum(1, shared.sum(axis=1)[:, None] + shared.sum(axis=0)[None, :] - shared)
    iou[0], iou[:, 0] = 0, 0
    return iou


def _shared(truth: NDArray[np.int64], found: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many pixels every cell and every piece have in common."""
    width = int(found.max()) + 1
    return np.bincount((truth * width + found).ravel(), minlength=(int(truth.max()) + 1) * width).reshape(-1, width)


def _count(
    of: tuple[NDArray[np.int64], set[int]],
    found: NDArray[np.int32],
    counts: dict[str, Counter[str]],
    overlaps: dict[str, list[float]],
) -> None:
    truth, crowded = of
    shared, iou = _shared(truth, found), _iou(truth, found)
    area = shared.sum(axis=1)
    for cell in range(1, len(area)):
        if area[cell] >= SMALLEST_PX:
            best = float(iou[cell].max())
            for where in ("clumped" if cell in crowded else "isolated", "all"):
                counts[where]["cells"] += 1
                counts[where]["hit"] += best >= LEAST_IOU
                overlaps[where] += [best] if best >= LEAST_IOU else []
    for piece in range(1, iou.shape[1]):
        lies_on = int(shared[1:, piece].argmax()) + 1
        for where in ("clumped" if lies_on in crowded and shared[lies_on, piece] else "isolated", "all"):
            counts[where]["pieces"] += 1
            counts[where]["right"] += bool(iou[:, piece].max() >= LEAST_IOU)


def _facts(counts: Counter[str], overlaps: list[float]) -> dict[str, float]:
    precision, recall = counts["right"] / counts["pieces"], counts["hit"] / counts["cells"]
    f1 = 2 * precision * recall / (precision + recall)
    rounded = {name: round(value, 3) for name, value in (("f1", f1), ("precision", precision), ("recall", recall))}
    return {**rounded, "mean_iou": round(float(np.mean(overlaps)), 3), "n": counts["cells"]}
