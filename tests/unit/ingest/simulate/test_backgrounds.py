"""The simulator must not make the paper's finding true by construction: only the cells may tell the class."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cellswap.ingest.simulate import render
from cellswap.ingest.simulate.optics import Microscope
from cellswap.ingest.simulate.screen import PRESETS, wells

EVEN = replace(
    PRESETS["demo"],
    localizations=("cell periphery", "cytoplasm", "mitochondrion", "nucleus", "spindle pole", "vacuole"),
    proteins_per_class=8,
    multiple=0,
    empty_wells=0,
    skew=False,
    batch=False,
)
CHANCE = 1 / len(EVEN.localizations)


def features(crop):
    """Mean, spread, percentiles and grain of each channel, and how the channels go together."""
    made = []
    for channel in crop.astype(float):
        made += [channel.mean(), np.log(channel.std()), *np.percentile(channel, (1, 25, 75, 99, 99.9))]
        smooth = [ndimage.gaussian_filter(channel, s) for s in (0, 1, 2, 4, 8)]
        made += [np.log((a - b).std()) for a, b in pairwise(smooth)]
    return np.concatenate([made, np.corrcoef(crop.reshape(3, -1).astype(float))[np.triu_indices(3, 1)]])


def accuracy(rows):
    """Mean over proteins that the classifier never saw, and three standard errors over them."""
    x, y, protein = (np.array(column) for column in zip(*rows, strict=True))
    named = np.empty_like(y)
    for train, test in StratifiedGroupKFold(4).split(x, y, protein):
        classifier = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1))
        named[test] = classifier.fit(x[train], y[train]).predict(x[test])
    each = np.array([(named == y)[protein == p].mean() for p in np.unique(protein)])
    return each.mean(), 3 * each.std(ddof=1) / np.sqrt(len(each))


def windows(well):
    """Features of the 64 x 64 windows of a field that show no cell."""
    of = replace(EVEN, cells_per_protein=25, field_size=448)
    field = render.field(of, well, 1, Microscope())
    near = ndimage.maximum_filter(field.labels, 17) > 0
    boxes = [(slice(y, y + 64), slice(x, x + 64)) for y in range(0, 448, 64) for x in range(0, 448, 64)]
    return [features(field.channels[:, *box]) for box in boxes if not near[box].any()]


@pytest.mark.slow
def test_an_empty_place_does_not_tell_the_class():
    rows = [(f, w.protein.mixture[0][0], w.protein.orf) for w in wells(EVEN) for f in windows(w)]
    assert len(rows) > 600
    mean, interval = accuracy(rows)
    assert interval < 0.08
    assert abs(mean - CHANCE) < interval


@pytest.mark.slow
def test_a_cell_alone_tells_the_class():
    rows = [
        (features(render.lone_cell(EVEN, w, number, 64).channels), w.protein.mixture[0][0], w.protein.orf)
        for w in wells(EVEN)
        for number in range(12)
    ]
    mean, interval = accuracy(rows)
    assert mean - interval > 3 * CHANCE
