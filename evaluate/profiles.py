"""The images that the two multinomial classifiers learn from and are applied to, and their vectors as a stream in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.evaluate import images
from cellswap.evaluate.images import Wanted
from cellswap.evaluate.tasks import EmbeddingSet

BATCH = 65_536


@dataclass(frozen=True)
class Case:
    """One network's layer in two settings: what the two classifiers are trained on."""

    original: EmbeddingSet
    masked: EmbeddingSet

    @property
    def sides(self) -> dict[str, EmbeddingSet]:
        """Both, by the name of the classifier."""
        return {"original": self.original, "masked": self.masked}

    def __str__(self) -> str:
        """The network, layer and pooling."""
        return f"{self.original.model}/{self.original.layer}/{self.original.pooling}"


@dataclass(frozen=True)
class Drawing:
    """Who is drawn: classes of at least so many proteins, a fifth of images (or proteins) held out, and the seed of that."""

    at_least: int = 5
    held_by: str = "image"
    seed: int = 0


@dataclass(frozen=True)
class ClassSize:
    """Proteins and images of a class; `n_dropped` are the images of a class that has too few proteins."""

    name: str
    n_proteins: int
    n_train: int
    n_test: int
    n_dropped: int


@dataclass(frozen=True)
class Batch:
    """Some images: place on their side, protein, class, whether each is its protein's first, and vectors (n, d)."""

    position: NDArray[np.int64]
    orf: NDArray[np.object_]
    localization: NDArray[np.object_]
    first: NDArray[np.bool_]
    x: NDArray[np.float32]


def cases(connection: duckdb.DuckDBPyConnection, wanted: Wanted, settings: tuple[str, str]) -> list[Case]:
    """Every network, layer and pooling that has vectors in both settings; BadInput where none has."""
    found: dict[tuple[str, str, str], dict[str, EmbeddingSet]] = {}
    names = Wanted(wanted.models, wanted.layers, wanted.poolings, settings)
    for one in images.embedding_sets(connection, names):
        same = EmbeddingSet(0, one.model, one.layer, one.pooling, one.setting)  # one draw serves both
        found.setdefault((one.model, one.layer, one.pooling), {})[one.setting] = same
    both = [Case(*(sets[name] for name in settings)) for sets in found.values() if len(sets) == 2]
    if not both:
        there = ", ".join(sorted({f"{one}" for sets in found.values() for one in sets.values()}))
        expected = f"expected vectors in {settings[0]} and in {settings[1]} of one layer"
        raise BadInput(f"{expected}, found {there}; make them with: cellswap extract")
    return both


def draw(connection: duckdb.DuckDBPyConnection, case: Case, drawing: Drawing) -> list[ClassSize]:
    """Fill the temporary table `drawn` (its class is the side: train, test, multiple or too few); the classes with their sizes.

    Raises BadInput for vectors that cannot be used, as `images.refuse_faults`.
    """
    original = case.original
    names = {"model": original.model, "layer": original.layer, "pooling": original.pooling}
    settings = {"original": original.setting, "masked": case.masked.setting}
    options = {"at_least": drawing.at_least, "held_by": drawing.held_by, "seed": drawing.seed}
    connection.execute(sql.query("profile_draw"), {**names, **settings, **options})
    images.refuse_faults(connection, list(case.sides.values()))
    return [ClassSize(*row) for row in connection.execute(sql.query("profile_classes")).fetchall()]


def stream(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, side: str) -> Iterator[Batch]:
    """The images of one side, some 65,536 at a time, in no order."""
    for name, value in {**of.names, "side": side}.items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])
    relation = connection.sql(sql.query("profile_vectors"))
    # to_arrow_reader is what DuckDB 2 calls fetch_record_batch.
    reader = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
    for batch in reader(BATCH):
        n, (position, orf, localization, first, vectors) = batch.num_rows, batch.columns
        yield Batch(
            position.to_numpy(),
            orf.to_numpy(zero_copy_only=False),
            localization.to_numpy(zero_copy_only=False),
            first.to_numpy(zero_copy_only=False).astype(bool),
            vectors.flatten().to_numpy(zero_copy_only=False).reshape(n, -1).astype(np.float32, copy=False),
        )


@contextmanager
def training_rows(
    connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, classes: tuple[str, ...]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Training vectors (n, d) in drawing order, as a memory map over a file that goes when the block ends, and classes as numbers."""
    [(n, width)] = connection.execute(
        "SELECT count(*), (SELECT max(len(embedding)) FROM embeddings WHERE model = $1 AND layer = $2 AND pooling = $3 AND setting = $4)"
        " FROM drawn WHERE class = 'train'",
        [of.model, of.layer, of.pooling, of.setting],
    ).fetchall()
    number = {name: i for i, name in enumerate(classes)}
    y = np.empty(n, np.int64)
    with TemporaryDirectory() as folder:
        x = np.memmap(Path(folder) / "vectors", np.float32, "w+", shape=(n, width))
        for batch in stream(connection, of, "train"):
            x[batch.position] = batch.x
            y[batch.position] = [number[name] for name in batch.localization]
        yield x, y
