"""What a pair sweep will do: its classifiers, the classes that are too small for it, and the run id that follows from both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import duckdb

from cellswap.errors import BadInput
from cellswap.evaluate import run_ids
from cellswap.evaluate.sample import (
    constant_vectors,
    draw_tables,
    embedded_images,
    folds,
    swap_plan,
    tasks,
    vector_faults,
)
from cellswap.evaluate.sample.embedded_images import ClassSize, Drawing, Wanted
from cellswap.evaluate.sample.swap_plan import Gaps
from cellswap.evaluate.sample.tasks import Chunk, EmbeddingSet
from cellswap.evaluate.svm import fitting
from cellswap.evaluate.svm.fitting import Solver

NOT_PLANNED, TOO_SMALL = "images not planned", "class too small"
Refused = tuple[str, str, str]  # place, reason, detail


@dataclass(frozen=True)
class Options:
    """Everything that a sweep's figures depend on, besides the store."""

    wanted: Wanted = field(default_factory=Wanted)
    drawing: Drawing = field(default_factory=Drawing)
    solver: Solver = field(default_factory=Solver)


@dataclass(frozen=True)
class Sweep:
    """Classifiers in chunks; `refused` are rows of rejects; `unplaced` are the classes whose overlaps nobody knows.

    `notes` say which sets lack some of their plan's images; `n_groups` counts the groups of a class by (set, background, class).
    """

    run_id: str
    options: Options
    chunks: tuple[Chunk, ...]
    refused: tuple[Refused, ...]
    unplaced: frozenset[tuple[int, str | None, str]]
    notes: tuple[str, ...] = ()
    n_groups: dict[tuple[int, str | None, str], int] = field(default_factory=dict)

    @property
    def n_tasks(self) -> int:
        """How many classifiers there are."""
        return sum(len(chunk.tasks) for chunk in self.chunks)


def plan(connection: duckdb.DuckDBPyConnection, options: Options) -> Sweep:
    """The sweep over all pairs and triplets that the embeddings allow; draws its images into the connection's `drawn`.

    Raises BadInput where nothing can be compared: no embeddings, fewer than two classes, vectors that are not finite.
    """
    fitting.check(options.solver)
    sets = embedded_images.embedding_sets(connection, options.wanted)
    options = replace(options, drawing=replace(options.drawing, plan_id=swap_plan.for_folds(connection, sets, options.drawing)))
    embedded_images.draw(connection, sets, options.drawing)
    screen = embedded_images.screen_of(connection, options.drawing.screen, options.drawing.plan_id)
    options = replace(options, drawing=replace(options.drawing, screen=screen))
    vector_faults.refuse_any(connection, sets)
    gaps = swap_plan.gaps(connection, sets, options.drawing.plan_id, options.drawing.images)
    sizes = sizes_of(connection, sets, gaps, options)
    reasons = {size: reason for size in sizes if (reason := too_small(size, options.drawing))}
    refused = refusals(sets, gaps, reasons)
    usable = [size for size in sizes if size not in reasons]
    chunks = tuple(tasks.chunks(list(_tasks(sets, usable))))
    if not chunks:
        raise BadInput(_nothing_left(usable, [detail for _, _, detail in refused], options.drawing))
    unplaced = frozenset(size.key for size in sizes if not size.placed)
    n_groups = {size.key: size.n_groups for size in sizes}
    notes = (*gaps.notes, *constant_vectors.equal(connection, sets))
    name = run_ids.run_id("pairs", embedded_images.fingerprint(connection, sets), run_ids.figures_of(options))
    return Sweep(name, options, chunks, refused, unplaced, notes, n_groups)


def sizes_of(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], gaps: Gaps, options: Options) -> list[ClassSize]:
    """How many images each wanted class has, in the sets that have any of the plan."""
    what = f"{options.drawing.class_by} of the embedded crops"
    sizes = draw_tables.chosen(embedded_images.class_sizes(connection), options.wanted.classes, what)
    return [size for size in sizes if sets[size.set_number] not in gaps.absent]


def refusals(sets: list[EmbeddingSet], gaps: Gaps, reasons: dict[ClassSize, str]) -> tuple[Refused, ...]:
    """The classes and the whole sets that are not used, as rows of rejects."""
    small = tuple((_place(sets[size.set_number], size.name, size.background), TOO_SMALL, why) for size, why in reasons.items())
    return small + tuple((str(chosen), NOT_PLANNED, why) for chosen, why in gaps.absent.items())


def too_small(size: ClassSize, drawing: Drawing) -> str | None:
    """Why a class can't be used; None where it can."""
    if not size.n_images:
        return draw_tables.nothing_of(size.name, size.n_expected, f"{'planned images' if drawing.plan_id else 'kept crops'} has a vector")
    if drawing.grouped_by != "nothing" and size.n_without_group:
        return f"class {size.name} has {size.n_without_group} images of no known {drawing.grouped_by}, expected one for each"
    return folds.too_few(size.name, size.n_images, size.n_groups, drawing.grouped_by)


def _place(images: EmbeddingSet, name: str, background: str | None) -> str:
    return f"{images}/{name}" + (f" on {background}" if background else "")


def _tasks(sets: list[EmbeddingSet], sizes: list[ClassSize]) -> Iterator[tasks.Task]:
    for chosen in sets:
        classes: dict[str | None, list[str]] = {}
        for size in sizes:
            if size.set_number == chosen.number:
                classes.setdefault(size.background, []).append(size.name)
        yield from tasks.tasks(chosen, classes)


def _nothing_left(usable: list[ClassSize], reasons: Iterable[str], drawing: Drawing) -> str:
    names = sorted({size.name for size in usable})
    hint = (
        ""
        if drawing.class_by == "protein" or drawing.plan_id
        else "; single localizations come from cellswap ingest labels; to compare proteins: --by protein"
    )
    found = f"only {', '.join(names)}" if names else "none that can be used"
    return f"a classifier needs two classes by {drawing.class_by}, found {found}{draw_tables.because(reasons)}{hint}"
