"""Multinomial logistic regression: probabilities, the paper's Adam, the exact optimum, and the authors' files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.evaluate.multinomial import softmax
from cellswap.evaluate.multinomial.softmax import Classifier, Training
from cellswap.store.vocabulary import LOCALIZATIONS
from tests.real import Real

CLASSES = ("ER", "Golgi", "nucleus")


def data(n: int = 300, d: int = 5, k: int = 3) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Overlapping classes."""
    rng = np.random.default_rng(2)
    y = rng.integers(k, size=n)
    return (rng.normal(size=(n, d)) + 1.2 * np.eye(k, d)[y]).astype(np.float32), y


def test_probabilities_are_those_of_the_formula_and_never_overflow() -> None:
    one = Classifier(("a", "b"), np.array([[2.0, 0.0], [0.0, 1000.0]]), np.array([0.5, -1.0]))
    x = np.array([[1, 0], [0, 3]], np.float32)
    expected = [[np.exp(2.5) / (np.exp(2.5) + np.exp(-1)), np.exp(-1) / (np.exp(2.5) + np.exp(-1))], [0.0, 1.0]]
    assert softmax.probabilities(one, x) == pytest.approx(np.array(expected), abs=1e-12)
    assert softmax.cross_entropy(one, x, np.array([1, 1])) == pytest.approx(-np.log(expected[0][1]) / 2)


def adam_in_numpy(x: NDArray[np.float64], y: NDArray[np.int64], training: Training) -> NDArray[np.float64]:
    """Kingma and Ba's Adam, written out: weights with the bias as last column."""
    rng, d = np.random.default_rng(training.seed), x.shape[1]
    start = [rng.uniform(-1 / np.sqrt(d), 1 / np.sqrt(d), shape) for shape in ((3, d), (3,))]
    w, with_one = np.column_stack([start[0], start[1]]), np.column_stack([x, np.ones(len(x))])
    m, v, t = np.zeros_like(w), np.zeros_like(w), 0
    for _ in range(training.epochs):
        order = rng.permutation(len(y))
        for first in range(0, len(y), training.batch):
            rows = order[first : first + training.batch]
            p = np.exp(with_one[rows] @ w.T)
            gradient = (p / p.sum(axis=1, keepdims=True) - np.eye(3)[y[rows]]).T @ with_one[rows] / len(rows)
            m, v, t = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2, t + 1
            w = w - training.rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def test_adam_does_the_steps_of_the_paper() -> None:
    x, y = data()
    training = Training(epochs=3, batch=64, rate=1e-2, seed=7)
    found = softmax.by_adam(x, y, CLASSES, training)
    expected = adam_in_numpy(x.astype(np.float64), y, training)
    assert np.column_stack([found.weight, found.bias]) == pytest.approx(expected, abs=1e-4)
    assert (found.steps, found.converged) == (15, None)
    assert found.loss == pytest.approx(softmax.cross_entropy(found, x, y))
    again = softmax.by_adam(x, y, CLASSES, training)
    assert np.array_equal(again.weight, found.weight)


def test_the_authors_classifiers_load_with_their_classes_in_sorted_order(shared: Real) -> None:
    found = softmax.published(shared / "data/published/logistic/original_crops_model.pth")
    assert found.weight.shape == (15, 64)
    assert found.classes == tuple(sorted(LOCALIZATIONS))
    largest = np.argsort(found.bias)[-2:]
    assert {found.classes[i] for i in largest} == {"cytoplasm", "nucleus"}  # the most frequent ones, as in Huh et al.


def test_files_that_are_no_such_classifier_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        softmax.published(tmp_path / "nowhere.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(BadInput, match="not a file of PyTorch weights"):
        softmax.published(tmp_path / "text.pth")
    torch.save({"linear.weight": torch.zeros(3, 64), "linear.bias": torch.zeros(3)}, tmp_path / "three.pth")
    with pytest.raises(BadInput, match=r"expected linear.weight \(15, d\) and linear.bias \(15,\), found"):
        softmax.published(tmp_path / "three.pth")


def test_the_defaults_are_the_papers() -> None:
    assert Training() == Training(epochs=5, batch=128, rate=1e-3)
