"""Vectors to train linear classifiers on: of small networks on real crops, drawn ones like them, and hard ones."""

from __future__ import annotations

import io
import tarfile
from itertools import combinations
from pathlib import Path

import numpy as np
import tifffile
import torch
from numpy.typing import NDArray
from torch import nn

from cellswap.store import database, folder

Rows = NDArray[np.float32]
Task = tuple[str, Rows]
CONDITIONS = ("AAC1/", "AAC3/")


def real_tasks(archive: Path, d: int, n: int, seed: int) -> list[Task]:
    """Two conditions' crops as rows of d average-pooled ReLU features of a network drawn from `seed`, n/2 of each class.

    Taken as they are they are told apart in nine of ten cases; the paper's classes lie between six and nine. So two more
    tasks have a quarter and two fifths of the rows under the other class's label. The archive has fewer than 1,000 crops
    a condition, so each is also taken turned and mirrored.
    """
    images = crops_by_condition(archive, n // 2)
    network = drawn_network(d, seed, torch.cat([each[:60] for each in images.values()]))
    with torch.no_grad():
        rows = np.concatenate([network(part).mean((2, 3)).numpy() for each in images.values() for part in each.split(100)])
    return [(f"{share} under the other label", mislabelled(rows, share)) for share in (0.0, 0.25, 0.4)]


def mislabelled(rows: Rows, share: float) -> Rows:
    """The rows with a share of the first half and as many of the second half exchanged."""
    half = len(rows) // 2
    rng, order = np.random.default_rng(1), np.arange(len(rows))
    one, two = rng.permutation(half)[: round(share * half)], half + rng.permutation(half)[: round(share * half)]
    order[one], order[two] = order[two], order[one]
    return rows[order]


def crops_by_condition(archive: Path, n: int) -> dict[str, torch.Tensor]:
    """At most n crops (n, 1, 32, 32), binned 2 x 2, of the protein channel of AAC1 and AAC3, in a drawn order."""
    found: dict[str, list[NDArray[np.float32]]] = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            file = opened.extractfile(member) if member.name.startswith(CONDITIONS) and member.name.endswith("_gfp.tif") else None
            if file:
                image = tifffile.imread(io.BytesIO(file.read())).astype(np.float32)
                found.setdefault(member.name.split("/")[0], []).append(image.reshape(32, 2, 32, 2).mean((1, 3)))
    return {name: _turned(np.stack(images), n) for name, images in sorted(found.items())}


def _turned(images: NDArray[np.float32], n: int) -> torch.Tensor:
    turned = np.concatenate([np.rot90(side, k, (1, 2)) for k in range(4) for side in (images, images[:, :, ::-1])])
    chosen = turned[np.random.default_rng(0).permutation(len(turned))[:n]]
    return torch.from_numpy(np.ascontiguousarray((chosen - chosen.mean()) / chosen.std())[:, None])


def drawn_network(d: int, seed: int, sample: torch.Tensor) -> nn.Module:
    """Three convolutions with weights drawn from `seed`, normalized on a sample of images; maps of d channels."""
    torch.manual_seed(seed)
    sizes = [(1, 16), (16, 32), (32, d)]
    layers = [nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b, momentum=None), nn.ReLU()) for a, b in sizes]
    network = nn.Sequential(layers[0], nn.MaxPool2d(2), layers[1], nn.MaxPool2d(2), layers[2])
    with torch.no_grad():
        network.train()(sample)
    return network.eval()


def drawn_tasks(d: int, n: int, seed: int) -> list[Task]:
    """Three pairs of rectified, correlated, overlapping classes, where no real crops are at hand."""
    return [(f"drawn {k}", 0.05 * features(n, d, 0.5 + 0.5 * k, 10 * seed + k)) for k in range(3)]


def store_tasks(path: Path, most: int) -> dict[str, list[Task]]:
    """By model, layer, pooling and setting of a store: pairs of classes, at most `most`, with all vectors of both up to 1,000 each.

    Both classes have as many rows as the smaller one; classes of fewer than 20 are left out.
    """
    connection = database.connect(folder.read(path))
    rows = connection.execute(
        "SELECT concat_ws(' ', e.model, e.layer, e.pooling, e.setting) AS name, f.class, e.embedding"
        " FROM embeddings AS e JOIN crop_filter AS f USING (crop_id) WHERE f.kept AND f.class IS NOT NULL"
        " QUALIFY row_number() OVER (PARTITION BY name, f.class ORDER BY md5(e.image_id)) <= 1000 ORDER BY ALL"
    ).fetchall()
    classes: dict[str, dict[str, list[Rows]]] = {}
    for name, class_name, vector in rows:
        classes.setdefault(name, {}).setdefault(class_name, []).append(np.asarray(vector, np.float32))
    return {name: _pairs(of_class, most) for name, of_class in classes.items()}


def _pairs(of_class: dict[str, list[Rows]], most: int) -> list[Task]:
    large = {name: np.stack(rows) for name, rows in of_class.items() if len(rows) >= 20}
    some = list(combinations(large, 2))[:most]
    sizes = {(a, b): min(len(large[a]), len(large[b])) for a, b in some}
    return [(f"{a} or {b}", np.concatenate([large[a][: sizes[a, b]], large[b][: sizes[a, b]]])) for a, b in some]


def features(n: int, d: int, sep: float, seed: int) -> Rows:
    """Rectified mixtures of 24 hidden numbers, whose class means lie `sep` apart; n/2 rows of each of two classes."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 24))
    hidden[n // 2 :] += sep * rng.normal(size=24) / np.sqrt(24)
    first, second = rng.normal(size=(24, 96)) / np.sqrt(24), rng.normal(size=(96, d)) / np.sqrt(96)
    return np.maximum(np.maximum(hidden @ first, 0) @ second + 0.15 * rng.normal(size=(n, d)), 0).astype(np.float32)


def hard_tasks(d: int, n: int) -> list[Task]:
    """Noisy, large, badly scaled; and separable or well-separated data, on which libsvm is fast."""
    rng = np.random.default_rng(1)
    plain = features(n, d, 1.0, 0)
    huge, separable = plain.copy(), plain.copy()
    huge[:, 0] *= 1e4
    separable[n // 2 :, :3] += 5
    return [
        ("noise", rng.normal(size=(n, d)).astype(np.float32)),
        ("overlapping", plain),
        ("large", plain * 10),
        ("badly scaled", (plain * 10.0 ** rng.uniform(-3, 3, d)).astype(np.float32)),
        ("one huge column", huge),
        ("well apart", features(n, d, 3.0, 0)),
        ("separable", separable),
    ]
