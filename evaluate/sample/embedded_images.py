"""The drawn images of a sweep: which they are, their vectors, and which of them show the same pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate.sample import draw_tables, folds
from cellswap.evaluate.sample.tasks import Chunk, EmbeddingSet
from cellswap.store.vectors import stacked

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Wanted:
    """Names to evaluate; an empty tuple is all there are."""

    models: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    poolings: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """How images are drawn: what a class is, what folds keep together, how many images a class, which plan drew them, of what screen.

    `folds` says how they are parted (`folds.of`); None leaves it to the plan. Runs are named after it on its own (`run_ids.run_id`).
    """

    class_by: str = "class"
    grouped_by: str = "nothing"
    images: int = 1000
    plan_id: str | None = None
    screen: str | None = None
    folds: str | None = field(default=None, repr=False)

    @property
    def how(self) -> str:
        """How images are parted; where nobody said, as the paper does."""
        return self.folds or folds.PAPERS


@dataclass(frozen=True)
class ClassSize:
    """How many images of a class were drawn, how many groups they fall into, and how many it could have (`expected.sql`).

    `placed` says whether it is known for all of them which other crops show the same pixels.
    """

    set_number: int
    background: str | None
    name: str
    n_images: int
    n_groups: int
    n_without_group: int
    placed: bool
    n_expected: int

    @property
    def key(self) -> tuple[int, str | None, str]:
        """Embedding set, background and class."""
        return (self.set_number, self.background, self.name)


@dataclass(frozen=True)
class Block:
    """The vectors (n, d) float32 of one class in drawing order; of each the name of its group, its image and its condition.

    `condition` is a place in `condition_names`, -1 where the condition is not known.
    """

    vectors: NDArray[np.float32]
    groups: NDArray[np.str_]
    image_ids: list[str]
    condition: NDArray[np.int64]
    condition_names: list[str]


def embedding_sets(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> list[EmbeddingSet]:
    """The embedding sets with the wanted names, in order of name; UnknownName for a name that is not there."""
    rows = connection.execute("SELECT DISTINCT model, layer, pooling, setting FROM embeddings ORDER BY ALL").fetchall()
    if not rows:
        raise BadInput("the store has no embeddings; make some with: cellswap extract")
    for place, (kind, names) in enumerate(
        (("model", wanted.models), ("layer", wanted.layers), ("pooling", wanted.poolings), ("setting", wanted.settings))
    ):
        for name in names:
            if not any(row[place] == name for row in rows):
                raise UnknownName(f"{kind} of the embeddings", name, {row[place] for row in rows})
        rows = [row for row in rows if not names or row[place] in names]
    if not rows:
        query = "SELECT DISTINCT model, layer, pooling, setting FROM embeddings"
        raise BadInput(f'no embeddings have all of these names together; list them with: cellswap sql "{query}"')
    return [EmbeddingSet(number, *row) for number, row in enumerate(rows)]


def draw(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], drawing: Drawing) -> None:
    """Fill the temporary tables of `drawn.fill`."""
    sided = folds.split_by(drawing.how) is not None
    who = {"plan_id": drawing.plan_id, "sided": sided} if drawing.plan_id else {"class_by": drawing.class_by, "screen": drawing.screen}
    query = "pair_draw_planned" if drawing.plan_id else "pair_draw"
    draw_tables.fill(connection, sets, query, {**who, "grouped_by": drawing.grouped_by, "images": drawing.images})


def screen_of(connection: duckdb.DuckDBPyConnection, screen: str | None, plan_id: str | None = None) -> str | None:
    """The one screen that the drawn images are of, as `one_screen`."""
    query = """
        SELECT c.screen, count(DISTINCT c.crop_id)
        FROM crops AS c WHERE c.crop_id IN (SELECT crop_id FROM drawn) GROUP BY 1 ORDER BY 1
    """
    return one_screen(connection, connection.execute(query).fetchall(), screen, plan_id)


def one_screen(
    connection: duckdb.DuckDBPyConnection, found: list[tuple[str, int]], wanted: str | None, plan_id: str | None = None
) -> str | None:
    """The only screen of these, each with its number of crops; None where no image has a crop.

    Raises BadInput where there are several, or another than the wanted one: classes of two screens in one classifier would be told
    apart by the screen.
    """
    if len(found) > 1:
        crops = ", ".join(f"{name} ({n} crops)" for name, n in found)
        raise BadInput(f"the drawn crops are of {len(found)} screens: {crops}; say which with --screen")
    if wanted and [name for name, _ in found] != [wanted]:
        raise BadInput(f"--screen {wanted}: {_other_screen(connection, plan_id, found)}")
    return found[0][0] if found else None


def _other_screen(connection: duckdb.DuckDBPyConnection, plan_id: str | None, found: list[tuple[str, int]]) -> str:
    if found:
        return f"the images of {plan_id} are of {found[0][0]}"
    known = [row[0] for row in connection.execute("SELECT DISTINCT screen FROM crops ORDER BY 1").fetchall()]
    return f"none of its crops is embedded and usable; the store has crops of {', '.join(known) or 'no screen'}"


def class_sizes(connection: duckdb.DuckDBPyConnection) -> list[ClassSize]:
    """How many images each class has on each background of each set; 0 for a class that could have some."""
    return [ClassSize(*row) for row in connection.execute(sql.query("pair_classes")).fetchall()]


def fingerprint(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet]) -> str:
    """A hash over which image was drawn in which place, and over the weights that made its vector."""
    models = sorted({images.model for images in sets})
    return connection.execute(sql.query("pair_fingerprint"), {"models": models}).fetchall()[0][0]


class Vectors:
    """Reads each class's vectors once for as long as neighbouring chunks need them; memory is that of 32 classes at most."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._source: tuple[EmbeddingSet, str | None] | None = None
        self._blocks: dict[str, Block] = {}

    def of(self, chunk: Chunk) -> dict[str, Block]:
        """The vectors of all classes of a chunk."""
        source = (chunk.images, chunk.background)
        needed = chunk.classes
        if source != self._source:
            self._source, self._blocks = source, {}
        elif len(self._blocks) > len(needed):
            self._blocks = {name: block for name, block in self._blocks.items() if name in needed}
        missing = [name for name in needed if name not in self._blocks]
        if missing:
            self._blocks |= _read(self._connection, chunk, missing)
        return {name: self._blocks[name] for name in needed}


def _parameters(chunk: Chunk, classes: list[str]) -> dict[str, object]:
    return {"set_number": chunk.images.number, "background": chunk.background, "classes": classes}


def _read(connection: duckdb.DuckDBPyConnection, chunk: Chunk, classes: list[str]) -> dict[str, Block]:
    found = connection.sql(sql.query("pair_vectors"), params={**_parameters(chunk, classes), **chunk.images.names}).to_arrow_table()
    names = found.column("class").to_numpy(zero_copy_only=False)
    return {name: _block(found.filter(pa.array(names == name))) for name in classes}


def _block(rows: pa.Table) -> Block:
    conditions = rows.column("condition").combine_chunks().dictionary_encode()
    return Block(
        np.ascontiguousarray(stacked(rows.column("embedding")), np.float32),
        rows.column("kept_together").fill_null("").to_numpy(zero_copy_only=False).astype(str),
        rows.column("image_id").to_pylist(),
        conditions.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64),
        conditions.dictionary.to_pylist(),
    )


def overlaps(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> dict[tuple[str, str], Pairs]:
    """For two classes, the places in each of images that show the same pixels."""
    rows = connection.execute(sql.query("pair_overlaps"), _parameters(chunk, chunk.classes)).fetchall()
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for class_a, place_a, class_b, place_b in rows:
        found.setdefault((class_a, class_b), []).append((place_a, place_b))
    return {classes: _columns(places) for classes, places in found.items()}


def _columns(places: list[tuple[int, int]]) -> Pairs:
    table = np.array(places, np.int64)
    return table[:, 0], table[:, 1]
