"""The images that the two multinomial classifiers learn from and are applied to, and their vectors as a stream in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.evaluate.sample import vector_faults
from cellswap.evaluate.sample.embedded_images import Wanted, embedding_sets, one_screen
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.sample.vector_faults import Faults
from cellswap.store import progress, scratch
from cellswap.store.vectors import stacked

RUN_IMAGES = 65_536
TABLES = {
    "profile_conditions": "condition VARCHAR, class VARCHAR, first_image VARCHAR",
    "profile_buckets": "class VARCHAR, bucket INTEGER, n BIGINT",
    "profile_counts": "first_condition VARCHAR, last_condition VARCHAR, class VARCHAR, side VARCHAR, n BIGINT, images VARCHAR",
    "profile_alone": "setting VARCHAR, n BIGINT",
}
# Kept until all images are read: else every run of conditions would read all histograms again.
ONCE = (
    "CREATE OR REPLACE TEMP TABLE thresholds_once AS FROM intensity_thresholds",
    "CREATE OR REPLACE TEMP VIEW intensity_thresholds AS FROM thresholds_once",
)


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
    """Who is drawn: classes of at least so many conditions of a screen, a fifth of images (or conditions) held out, the seed of that."""

    at_least: int = 5
    held_by: str = "image"
    seed: int = 0
    screen: str | None = None


@dataclass(frozen=True)
class LabelledClass:
    """Conditions and images of a class; `n_dropped` are the images of a class that has too few conditions.

    `n_expected` are its kept crops, with vectors in both settings or not.
    """

    name: str
    n_conditions: int
    n_train: int
    n_test: int
    n_dropped: int
    n_expected: int


@dataclass(frozen=True)
class LabelledBatch:
    """Some images: condition, class, whether each is its condition's first, and vectors (n, d)."""

    condition: NDArray[np.object_]
    class_name: NDArray[np.object_]
    first: NDArray[np.bool_]
    x: NDArray[np.float32]


class RowsOnDisk:
    """Vectors (n, d) in a file, read by places or slices; what was read is let go of again, so that memory does not grow with n."""

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._path, self._n_read = path, 0
        self._rows = self._open()

    def __getitem__(self, places: NDArray[np.integer] | slice) -> NDArray[np.float32]:  # noqa: D105 - as numpy has it
        found = np.array(self._rows[places])
        self._n_read += len(found)
        if self._n_read > RUN_IMAGES:
            self._rows, self._n_read = self._open(), 0
        return found

    def _open(self) -> NDArray[np.float32]:
        return np.memmap(self._path, np.float32, "r", shape=self.shape) if self.shape[0] else np.empty(self.shape, np.float32)


def cases(connection: duckdb.DuckDBPyConnection, wanted: Wanted, settings: tuple[str, str]) -> list[Case]:
    """Every network, layer and pooling that has vectors in both settings; BadInput where none has."""
    found: dict[tuple[str, str, str], dict[str, EmbeddingSet]] = {}
    names = Wanted(wanted.models, wanted.layers, wanted.poolings, settings)
    for one in embedding_sets(connection, names):
        same = EmbeddingSet(0, one.model, one.layer, one.pooling, one.setting)  # one draw serves both
        found.setdefault((one.model, one.layer, one.pooling), {})[one.setting] = same
    both = [Case(*(sets[name] for name in settings)) for sets in found.values() if len(sets) == 2]
    if not both:
        there = ", ".join(sorted({f"{one}" for sets in found.values() for one in sets.values()}))
        expected = f"expected vectors in {settings[0]} and in {settings[1]} of one layer"
        raise BadInput(f"{expected}, found {there}; make them with: cellswap extract")
    return both


def screen_of(connection: duckdb.DuckDBPyConnection, case: Case, wanted: str | None) -> str | None:
    """The one screen whose kept crops have vectors of a case, as `images.one_screen`; None where vectors came without crops."""
    query = """
        SELECT f.screen, count(*) FROM crop_filter AS f
        SEMI JOIN (
            SELECT crop_id FROM embeddings WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting = $setting
        ) AS e ON e.crop_id = f.crop_id
        WHERE f.kept AND f.screen = coalesce($screen, f.screen) AND f.condition IN (SELECT condition FROM condition_classes)
        GROUP BY 1 ORDER BY 1
    """
    found = connection.execute(query, {**case.original.names, "screen": wanted}).fetchall()
    return one_screen(connection, found, wanted)


def draw(connection: duckdb.DuckDBPyConnection, case: Case, drawing: Drawing) -> list[LabelledClass]:
    """The classes with their sizes; leaves the view `drawn` of one run of conditions at a time (see `runs`), its class the side.

    Raises BadInput for vectors that cannot be used, as `faults.refuse`. Memory does not grow with the number of images.
    """
    settings = {"original": case.original.setting, "masked": case.masked.setting}
    names = {"model": case.original.model, "layer": case.original.layer, "pooling": case.original.pooling, **settings}
    set_variables(connection, {**names, "screen": drawing.screen, "seed": drawing.seed, "first_condition": "", "last_condition": ""})
    for statement in (*ONCE, *(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})" for name, columns in TABLES.items())):
        connection.execute(statement)
    connection.execute(sql.query("profile_runs"), {**names, "images": RUN_IMAGES})
    connection.execute(sql.query("profile_images"))
    for _ in runs(connection):
        _cast_lots(connection)
    connection.execute(sql.query("profile_sides"), {"at_least": drawing.at_least, "held_by": drawing.held_by, "seed": drawing.seed})
    connection.execute(sql.query("profile_drawn"))
    _count(connection, case)
    return [LabelledClass(*row) for row in connection.execute(sql.query("profile_classes")).fetchall()]


def _cast_lots(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the present run of conditions to the tables from which sides are decided."""
    connection.execute("CREATE OR REPLACE TEMP TABLE profile_run AS FROM profile_images")
    connection.execute("INSERT INTO profile_conditions SELECT condition, class, min(image_id) FROM profile_run GROUP BY ALL")
    connection.execute(sql.query("profile_buckets"))
    connection.execute(sql.query("profile_alone"))


def _count(connection: duckdb.DuckDBPyConnection, case: Case) -> None:
    """Count each side's images, and refuse vectors that cannot be used."""
    sides = list(case.sides.values())
    seen: list[list[Faults]] = [[], []]
    for conditions in runs(connection):
        connection.execute(sql.query("profile_counts"))
        for found, of in zip(seen, sides, strict=True):
            found.append(vector_faults.faults(connection, of, conditions))
    for found, of in zip(seen, sides, strict=True):
        vector_faults.refuse(of, vector_faults.together(found))


def set_variables(connection: duckdb.DuckDBPyConnection, values: Mapping[str, object]) -> None:
    """Set variables that the views read."""
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])


def runs(connection: duckdb.DuckDBPyConnection, side: str | None = None) -> Iterator[tuple[str, str]]:
    """First and last condition of each run (that has images on a side), made the present one: `profile_images` and `drawn` show it."""
    table = "profile_counts WHERE side = $1" if side else "profile_runs"
    query = f"SELECT DISTINCT first_condition, last_condition FROM {table} ORDER BY 1"
    for first, last in connection.execute(query, [side] if side else None).fetchall():
        set_variables(connection, {"first_condition": first, "last_condition": last})
        yield first, last


def stream(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, side: str) -> Iterator[LabelledBatch]:
    """The images of one side, one run of conditions at a time, in order of condition and image."""
    set_variables(connection, {**of.names, "side": side})
    [(n,)] = connection.execute("SELECT coalesce(sum(n), 0)::BIGINT FROM profile_counts WHERE side = $1", [side]).fetchall()
    with progress.shown(str(of), n, f"images ({side})") as bar:
        for _ in runs(connection, side):
            batch = _batch(connection.sql(sql.query("profile_vectors")).to_arrow_table())
            yield batch
            bar.step(len(batch.x))


def _batch(rows: pa.Table) -> LabelledBatch:
    condition, class_name, first, vectors = (rows.column(name).combine_chunks() for name in rows.column_names)
    return LabelledBatch(
        condition.to_numpy(zero_copy_only=False),
        class_name.to_numpy(zero_copy_only=False),
        first.to_numpy(zero_copy_only=False).astype(bool),
        stacked(vectors).astype(np.float32, copy=False),
    )


def fingerprint(connection: duckdb.DuckDBPyConnection, model: str) -> str:
    """A hash over which image is on which side, and over the weights that made its vector."""
    return connection.execute(sql.query("profile_fingerprint"), {"model": model}).fetchall()[0][0]


@contextmanager
def training_rows(
    connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, classes: tuple[str, ...]
) -> Iterator[tuple[RowsOnDisk, NDArray[np.int16]]]:
    """Training vectors (n, d) in order of name, in a file that goes when the block ends, and classes as numbers (n,)."""
    number = {name: i for i, name in enumerate(classes)}
    labels, width = [np.empty(0, np.int16)], 0
    with scratch.folder("profiles") as folder:
        path = folder / "vectors"
        with path.open("wb") as file:
            for batch in stream(connection, of, "train"):
                used = np.isin(batch.class_name, classes)
                width = batch.x.shape[1]
                file.write(np.ascontiguousarray(batch.x[used]).data)
                labels.append(np.array([number[name] for name in batch.class_name[used]], np.int16))
        y = np.concatenate(labels)
        yield RowsOnDisk(path, (len(y), width)), y
