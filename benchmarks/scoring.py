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


def score(of: list[Well], screen: Screen, *, buds_apart: bool) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and mean IoU of matched cells: for isolated cells, for clumped ones, for all.

    A mother and her bud are one cell; with `buds_apart` a bud that can be seen is a cell of its own.

    A found piece counts where most of it lies: on an isolated cell, or on a clumped one. Cells that are out of focus or
    at the field's border count as the others do; a piece on no cell counts among the isolated.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    overlaps: dict[str, list[float]] = defaultdict(list)
    for well in of:
        field = render.field(screen, well, 1, optics.microscope(screen, well.replicate, well.plate))
        crowded = touching(field.labels)
        truth = field.labels.astype(np.int64)
        if buds_apart:
            truth, crowded = _parted(truth, field, crowded)
        _count((truth, crowded), segment(field.channels[2], Segmentation()), counts, overlaps)
    return {where: _facts(counts[where], overlaps[where]) for where in ("isolated", "clumped", "all")}


def _parted(truth: NDArray[np.int64], field: render.Field, crowded: set[int]) -> tuple[NDArray[np.int64], set[int]]:
    """The labels with buds numbered anew; a bud is clumped where its mother is."""
    parted, crowded, last = truth.copy(), set(crowded), len(field.truths)
    rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
    for number, drawn in enumerate(field.truths, 1):
        if drawn.shape.bud >= SMALLEST_BUD_PX:
            y, x = drawn.shape.bud_centre
            last += 1
            parted[(truth == number) & ((rows - y) ** 2 + (columns - x) ** 2 <= drawn.shape.bud**2)] = last
            crowded |= {last} if number in crowded else set()
    return parted, crowded


def _count(
    of: tuple[NDArray[np.int64], set[int]],
    found: NDArray[np.int32],
    counts: dict[str, Counter[str]],
    overlaps: dict[str, list[float]],
) -> None:
    truth, crowded = of
    shared = np.zeros((truth.max() + 1, found.max() + 1), np.int64)
    np.add.at(shared, (truth.ravel(), found.ravel()), 1)
    area, found_area = shared.sum(axis=1), shared.sum(axis=0)
    iou = shared / (area[:, None] + found_area[None, :] - shared)
    iou[0], iou[:, 0] = 0, 0
    for cell in range(1, len(area)):
        if area[cell] >= SMALLEST_PX:
            best = float(iou[cell].max())
            for where in ("clumped" if cell in crowded else "isolated", "all"):
                counts[where]["cells"] += 1
                counts[where]["hit"] += best >= LEAST_IOU
                overlaps[where] += [best] if best >= LEAST_IOU else []
    for piece in range(1, len(found_area)):
        lies_on = int(shared[1:, piece].argmax()) + 1
        for where in ("clumped" if lies_on in crowded and shared[lies_on, piece] else "isolated", "all"):
            counts[where]["pieces"] += 1
            counts[where]["right"] += bool(iou[:, piece].max() >= LEAST_IOU)


def _facts(counts: Counter[str], overlaps: list[float]) -> dict[str, float]:
    precision, recall = counts["right"] / counts["pieces"], counts["hit"] / counts["cells"]
    f1 = 2 * precision * recall / (precision + recall)
    rounded = {name: round(value, 3) for name, value in (("f1", f1), ("precision", precision), ("recall", recall))}
    return {**rounded, "mean_iou": round(float(np.mean(overlaps)), 3), "n": counts["cells"]}
