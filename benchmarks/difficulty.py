"""How hard the simulated classes are: what empty places, lone cells and cells among neighbours tell a linear classifier.

    python benchmarks/difficulty.py [--quick] [--published FOLDER]

On a screen without plate skew and batch effects. Nothing may be told from windows without cells (chance is 1/15); lone
cells should be told well; cells among neighbours well but not all. Folds keep a protein on one side; intervals are
three standard errors over proteins. The 15 x 15 table of pairs is set beside the authors' raw results (FOLDER is their
`swap_results`; accuracies of `base`, mean over the three networks). Features are simple: light, grain, overlap.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cellswap.ingest.simulate import optics, render, truth
from cellswap.ingest.simulate.render import Field
from cellswap.ingest.simulate.screen import PRESETS, Screen, Well, wells
from cellswap.store.vocabulary import LOCALIZATIONS

PUBLISHED = Path(__file__).resolve().parents[2] / "shared/data/published/swap_results"
HALF = 32
HARDEST = 15
Crop = tuple[NDArray[np.float64], NDArray[np.bool_]]  # three channels, the centre cell's pixels


@dataclass(frozen=True)
class Sample:
    """Features (n, d) with the class and the protein of each row."""

    features: NDArray[np.float64]
    classes: NDArray[np.int64]
    proteins: NDArray[np.int64]


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "difficulty", "case": case, **facts}), flush=True)


def sample(screen: Screen, crops_of: Callable[[Screen, Well], Iterator[Crop]]) -> Sample:
    """The features of every crop of every well."""
    rows, classes, proteins = [], [], []
    for number, well in enumerate(w for w in wells(screen) if w.protein):
        for crop in crops_of(screen, well):
            rows.append(features(*crop))
            classes.append(LOCALIZATIONS.index(well.protein.mixture[0][0] if well.protein else ""))
            proteins.append(number)
    return Sample(np.array(rows), np.array(classes), np.array(proteins))


def empty_windows(screen: Screen, well: Well) -> Iterator[Crop]:
    """Windows of which no pixel lies within 8 px of any cell."""
    field = render.field(screen, well, 1, optics.Microscope())
    near = ndimage.maximum_filter(field.labels, 17) > 0
    for top in range(0, screen.field_size - 2 * HALF + 1, 2 * HALF):
        for left in range(0, screen.field_size - 2 * HALF + 1, 2 * HALF):
            window = (slice(top, top + 2 * HALF), slice(left, left + 2 * HALF))
            if not near[window].any():
                yield field.channels[:, *window].astype(float), np.ones((2 * HALF, 2 * HALF), bool)


def lone_cells(screen: Screen, well: Well) -> Iterator[Crop]:
    """Crops of single cells with nothing around them."""
    for number in range(screen.cells_per_protein):
        field = render.lone_cell(screen, well, number, 2 * HALF)
        if field.truths[0].shape.condition == "alive":
            yield field.channels.astype(float), field.labels > 0


def cells_among_others(screen: Screen, well: Well) -> Iterator[Crop]:
    """Crops of a field's cells that are alive, as the pipeline would cut them, with the true mask."""
    field = render.field(screen, well, 1, optics.Microscope())
    for row in truth.cell_rows("", "", field):
        y, x = round(row["centre_y"]), round(row["centre_x"])
        if row["condition"] == "alive" and min(y, x) >= HALF and max(y, x) <= screen.field_size - HALF:
            yield _crop(field, y, x, row["cell"])


def _crop(field: Field, y: int, x: int, cell: int) -> Crop:
    box = (slice(y - HALF, y + HALF), slice(x - HALF, x + HALF))
    return field.channels[:, *box].astype(float), field.labels[box] == cell


def features(crop: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Light, grain at four scales, overlap with nucleus and cytoplasm, and where in the cell the light lies."""
    protein = crop[0] - np.percentile(crop[0], 10)
    inside = protein[mask]
    light = np.percentile(inside, (5, 25, 50, 75, 95, 99))
    smooth = [ndimage.gaussian_filter(protein, scale) for scale in (0.7, 1.4, 2.8, 5.6, 11.2)]
    bands = [np.log(np.std((fine - coarse)[mask])) for fine, coarse in pairwise(smooth)]
    overlap = [np.corrcoef(inside, crop[c][mask])[0, 1] for c in (1, 2)]
    depth = np.digitize(np.asarray(ndimage.distance_transform_edt(mask)), (0.5, 2.5, 4.5, 7.5))
    rings = [protein[depth == ring].mean() if (depth == ring).any() else 0.0 for ring in (1, 2, 3, 4)]
    total = max(float(inside.mean()), 1.0)
    relative = np.concatenate([light, rings]) / total
    return np.nan_to_num(np.concatenate([[np.log(total), inside.std() / total], relative, bands, overlap]))


def accuracy(of: Sample) -> tuple[float, float]:
    """Share of rightly named rows, each protein counting once, and three standard errors over proteins."""
    right = predicted(of) == of.classes
    by_protein = np.array([right[of.proteins == p].mean() for p in np.unique(of.proteins)])
    return float(by_protein.mean()), float(3 * by_protein.std(ddof=1) / np.sqrt(len(by_protein)))


def predicted(of: Sample) -> NDArray[np.int64]:
    """The class of each row by a classifier that never saw its protein."""
    named = np.empty_like(of.classes)
    fewest = min(len(np.unique(of.proteins[of.classes == c])) for c in np.unique(of.classes))
    for train, test in StratifiedGroupKFold(min(5, fewest)).split(of.features, of.classes, of.proteins):
        classifier = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.05))
        named[test] = classifier.fit(of.features[train], of.classes[train]).predict(of.features[test])
    return named


def pairs(of: Sample) -> NDArray[np.float64]:
    """Accuracy (15, 15) of telling every two classes apart; NaN on the diagonal."""
    table = np.full((len(LOCALIZATIONS), len(LOCALIZATIONS)), np.nan)
    for a, b in combinations(range(len(LOCALIZATIONS)), 2):
        two = np.isin(of.classes, (a, b))
        table[a, b] = table[b, a] = accuracy(Sample(of.features[two], of.classes[two], of.proteins[two]))[0]
    return table


def published(folder: Path) -> NDArray[np.float64]:
    """The authors' accuracies (15, 15) on real crops, mean over their three networks."""
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for path in folder.glob("*/results_base.csv"):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            pair = sorted(LOCALIZATIONS.index(row[name]) for name in ("Location1", "Location2"))
            found[pair[0], pair[1]].append(float(row["Accuracy"]))
    table = np.full((len(LOCALIZATIONS), len(LOCALIZATIONS)), np.nan)
    for (a, b), values in found.items():
        table[a, b] = table[b, a] = np.mean(values)
    return table


def report(table: NDArray[np.float64], folder: Path) -> None:
    """The table on stderr, its hard pairs, and how they go with the published ones."""
    print(" " * 18 + " ".join(f"{name[:6]:>6}" for name in LOCALIZATIONS), file=sys.stderr)
    for name, row in zip(LOCALIZATIONS, table, strict=True):
        print(f"{name:<18}" + " ".join("     -" if np.isnan(v) else f"{v:6.2f}" for v in row), file=sys.stderr)
    upper = np.triu_indices(len(LOCALIZATIONS), 1)
    names = [f"{LOCALIZATIONS[a]} | {LOCALIZATIONS[b]}" for a, b in zip(*upper, strict=True)]
    values = table[upper]
    hard = _hardest(values)
    say("pairs told apart at 0.9 or better", ratio=round(float((values >= 0.9).mean()), 3), n=len(values))
    say("hardest pairs", pairs=[f"{names[i]}: {values[i]:.2f}" for i in hard])
    if not folder.is_dir():
        say("published pairs", skipped="give --published FOLDER")
        return
    theirs = published(folder)[upper]
    shared = len(set(hard) & set(_hardest(theirs)))
    say("published hardest pairs", pairs=[f"{names[i]}: {theirs[i]:.2f}" for i in _hardest(theirs)])
    correlation = float(np.corrcoef(rankdata(values), rankdata(theirs))[0, 1])
    facts = {"shared_hardest": shared, "by_chance": round(HARDEST**2 / len(values), 1)}
    say("rank correlation with the published pairs", ratio=round(correlation, 3), **facts)


def _hardest(values: NDArray[np.float64]) -> list[int]:
    return [int(i) for i in np.argsort(values, kind="stable")[:HARDEST]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--published", type=Path, default=PUBLISHED)
    given = options.parse_args()
    n_proteins, n_cells = (5, 30) if given.quick else (12, 90)
    even = replace(PRESETS["demo"], proteins_per_class=n_proteins, multiple=0, empty_wells=0, skew=False, batch=False)
    few, many = replace(even, cells_per_protein=n_cells // 3, field_size=448), replace(even, cells_per_protein=n_cells, field_size=448)
    for case, of in (("windows without cells", sample(few, empty_windows)), ("lone cells", sample(many, lone_cells))):
        share, interval = accuracy(of)
        say(f"{case}, 15 classes", ratio=round(share, 3), three_se=round(interval, 3), chance=round(1 / 15, 3), n=len(of.classes))
    among = sample(many, cells_among_others)
    share, interval = accuracy(among)
    say("cells among neighbours, 15 classes", ratio=round(share, 3), three_se=round(interval, 3), n=len(among.classes))
    report(pairs(among), given.published)


if __name__ == "__main__":
    main()
