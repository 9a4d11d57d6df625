"""Data that linear SVM solvers find hard, and one that looks like the features of a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


def features(n: int, d: int, sep: float = 1.0, seed: int = 0) -> Rows:
    """Rectified, correlated, overlapping: n/2 rows of each of two classes, as average-pooled ReLU maps are."""
    drawn = np.random.default_rng(seed)
    hidden = drawn.normal(size=(n, 24))
    hidden[n // 2 :] += sep * drawn.normal(size=24) / np.sqrt(24)
    first, second = drawn.normal(size=(24, 96)) / np.sqrt(24), drawn.normal(size=(96, d)) / np.sqrt(96)
    mixed = np.maximum(hidden @ first, 0) @ second + 0.15 * drawn.normal(size=(n, d))
    return np.maximum(mixed, 0).astype(np.float32)


def cases(n: int, d: int) -> dict[str, Rows]:
    """Named data of n rows, the first half of one class, the second half of the other."""
    drawn = np.random.default_rng(1)
    plain = features(n, d)
    half = n // 2
    separable, huge, nearly_constant = plain.copy(), plain.copy(), np.ones_like(plain)
    separable[half:, :3] += 5
    huge[:, 0] *= 1e4
    nearly_constant[:, :3] = plain[:, :3]
    copies = [plain[: half // 4]] * 4 + [plain[half : half + half // 4]] * 4
    return {
        "features": plain,
        "features far apart": features(n, d, 3.0),
        "noise": drawn.normal(size=(n, d)).astype(np.float32),
        "times 10": plain * 10,
        "times 100": plain * 100,
        "badly scaled": (plain * 10.0 ** drawn.uniform(-3, 3, d)).astype(np.float32),
        "one huge column": huge,
        "large offset": plain + 1000,
        "separable": separable,
        "nearly constant": nearly_constant,
        "constant": np.ones_like(plain),
        "zero": np.zeros_like(plain),
        "duplicated": np.concatenate(copies),
        "rank 5": (plain[:, :5] @ drawn.normal(size=(5, d))).astype(np.float32),
        "tiny": plain * 1e-4,
    }
