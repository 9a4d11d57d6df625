"""What a multinomial classifier makes of images: figures on held-out ones, and shares of each condition's cells (paper 3.6, E.1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.multinomial import labelled_images, softmax
from cellswap.evaluate.multinomial.labelled_images import LabelledClass
from cellswap.evaluate.multinomial.softmax import Classifier
from cellswap.evaluate.sample.tasks import EmbeddingSet

FORMS = ("argmax", "mean", "first")
Counts = NDArray[np.int64]
Columns = dict[str, list[object]]


@dataclass(frozen=True)
class Shares:
    """For each form the shares (conditions, classes), and how many images each condition has."""

    of_form: dict[str, NDArray[np.float64]]
    n: Counts


@dataclass(frozen=True)
class Tested:
    """Held-out images counted by class: how many there are, were called so, and were rightly called so; each (k,)."""

    there: Counts
    called: Counts
    right: Counts


def test(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, fitted: Classifier) -> Tested:
    """The held-out images, counted by class."""
    k = len(fitted.classes)
    number = {name: i for i, name in enumerate(fitted.classes)}
    table = np.zeros((k, k), np.int64)
    for batch in labelled_images.stream(connection, of, "test"):
        used = np.isin(batch.class_name, fitted.classes)
        y = np.array([number[name] for name in batch.class_name[used]], np.int64)
        np.add.at(table, (y, softmax.probabilities(fitted, batch.x[used]).argmax(axis=1)), 1)
    return Tested(table.sum(axis=1), table.sum(axis=0), table.diagonal())


def metric_rows(fitted: Classifier, tested: Tested, sizes: tuple[LabelledClass, ...], trained_on: tuple[LabelledClass, ...]) -> Columns:
    """Columns of classifier_metrics, one row a class: precision, recall, F1; None with a reason where there is none."""
    n_conditions, n_train = {size.name: size.n_conditions for size in sizes}, {size.name: size.n_train for size in trained_on}
    rows = []
    for name, there, called, right in zip(fitted.classes, *(c.tolist() for c in asdict(tested).values()), strict=True):
        lacking = "the class has no held-out image" if not there else "no held-out image was called this class" if not called else None
        rows.append({
            "class": name, "precision": right / called if called else None, "recall": right / there if there else None,
            "f1": 2 * right / (there + called) if there else None, "reason": lacking,
            "n_train": n_train.get(name, 0), "n_test": there, "n_predicted": called, "n_conditions": n_conditions.get(name, 0),
            "steps": fitted.steps, "loss": fitted.loss, "converged": fitted.converged,
        })  # fmt: skip
    return {name: [row[name] for row in rows] for name in rows[0]}


def shares(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, fitted: Classifier, conditions: tuple[str, ...]) -> Shares:
    """The shares of each condition of several classes in all three forms; nothing is held but sums."""
    number = {condition: i for i, condition in enumerate(conditions)}
    sums = {form: np.zeros((len(conditions), len(fitted.classes))) for form in FORMS}
    n = np.zeros(len(conditions), np.int64)
    for batch in labelled_images.stream(connection, of, "multiple"):
        who = np.array([number[condition] for condition in batch.condition])
        p = softmax.probabilities(fitted, batch.x)
        np.add.at(sums["argmax"], (who, p.argmax(axis=1)), 1)
        np.add.at(sums["mean"], who, p)
        sums["first"][who[batch.first]] = p[batch.first]
        np.add.at(n, who, 1)
    for form in ("argmax", "mean"):
        sums[form] /= np.maximum(n, 1)[:, None]
    return Shares(sums, n)


def share_rows(classes: tuple[str, ...], conditions: tuple[str, ...], found: Shares) -> Columns:
    """Columns of proportions: one row a form, condition and class."""
    k = len(classes)
    return {
        "form": [form for form in FORMS for _ in range(len(conditions) * k)],
        "condition": [condition for condition in conditions for _ in classes] * len(FORMS),
        "class": [*classes] * (len(conditions) * len(FORMS)),
        "share": [value for form in FORMS for value in np.minimum(found.of_form[form], 1.0).ravel().tolist()],
        "n_crops": [1 if form == "first" else n for form in FORMS for n in found.n.tolist() for _ in classes],
    }
