"""Classifiers to fit, chunk by chunk, and the classes that are too small for them: what pairs, layers and held-out tests share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from cellswap.errors import BadInput
from cellswap.evaluate.sample import draw_tables, embedded_images, folds, swap_plan, tasks
from cellswap.evaluate.sample.embedded_images import ClassSize, Drawing, Wanted
from cellswap.evaluate.sample.swap_plan import Gaps
from cellswap.evaluate.sample.tasks import Chunk, EmbeddingSet, Task
from cellswap.evaluate.svm.fitting import Solver
from cellswap.store import classes, wording, work
from cellswap.store.classes import CONDITION
from cellswap.store.folder import Store

NOT_PLANNED, TOO_SMALL = "images not planned", "class too small"
Refused = tuple[str, str, str]  # place, reason, detail


@dataclass(frozen=True)
class Sweep:
    """Classifiers in chunks, `mine` those of this shard; each chunk is one part of the table. How images were drawn, and the solver.

    `refused` are rows of rejects; `unplaced` are the classes whose overlaps nobody knows. `notes` say which sets lack some of
    their plan's images; `n_groups` counts the groups of a class by (set, background, class).
    """

    table: str
    run_id: str
    drawing: Drawing
    solver: Solver
    chunks: tuple[Chunk, ...]
    mine: tuple[Chunk, ...]
    refused: tuple[Refused, ...]
    unplaced: frozenset[tuple[int, str | None, str]]
    notes: tuple[str, ...] = ()
    n_groups: dict[tuple[int, str | None, str], int] = field(default_factory=dict)

    @property
    def n_tasks(self) -> int:
        """How many classifiers there are."""
        return sum(len(chunk.tasks) for chunk in self.chunks)

    def keys(self, chunk: Chunk) -> tuple[str, str]:
        """What names a chunk's part."""
        return (self.run_id, chunk.tasks[0].task_id)


def left(store: Store, sweep: Sweep, chunks: Sequence[Chunk]) -> list[Chunk]:
    """Those of some chunks whose part is not written yet."""
    return [chunk for chunk in chunks if not work.is_done(store, sweep.table, sweep.keys(chunk))]


def drawn(connection: duckdb.DuckDBPyConnection, wanted: Wanted, drawing: Drawing) -> tuple[list[EmbeddingSet], Drawing]:
    """The wanted embedding sets, and the drawing with the plan and screen that were found; draws, see `draw_tables.fill`."""
    sets = embedded_images.embedding_sets(connection, wanted)
    if drawing.class_by != CONDITION:
        drawing = replace(drawing, class_by=classes.scheme(connection))
    drawing = replace(drawing, plan_id=swap_plan.for_folds(connection, sets, drawing))
    drawing = parted(drawing, swap_plan.split_of(connection, drawing.plan_id))
    embedded_images.draw(connection, sets, drawing)
    return sets, replace(drawing, screen=embedded_images.screen_of(connection, drawing.screen, drawing.plan_id))


def parted(drawing: Drawing, split: str | None) -> Drawing:
    """The drawing with how its images are parted, by the plan's split where it has one, and what is so kept on one side.

    Raises BadInput for folds that are none, or that keep something else on one side than was asked for.
    """
    if split:
        return replace(drawing, folds=folds.of_split(split), grouped_by=split)
    folds.check(drawing.how)
    if drawing.how not in folds.LEFT_OUT:
        return drawing
    if drawing.grouped_by not in ("nothing", drawing.how):
        raise BadInput(
            f"--folds {drawing.how} keeps each {drawing.how} on one side; leave --group {wording.option(drawing.grouped_by)} out"
        )
    return replace(drawing, grouped_by=drawing.how)


def order_of(connection: duckdb.DuckDBPyConnection, drawing: Drawing) -> tuple[str, ...]:
    """The scheme's order of classes; none where each condition is a class, which stand in the order of their names."""
    return () if drawing.class_by == CONDITION else classes.known(connection)


def sizes_of(
    connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], gaps: Gaps, names: tuple[str, ...], class_by: str
) -> list[ClassSize]:
    """How many images each wanted class has, in the sets that have any of the plan."""
    sizes = draw_tables.chosen(embedded_images.class_sizes(connection), names, f"{wording.by(class_by)} of the embedded crops")
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
        group = wording.said(drawing.grouped_by)
        return f"class {size.name} has {size.n_without_group} images of no known {group}, expected one for each"
    return folds.too_few(size.name, size.n_images, size.n_groups, drawing.grouped_by, drawing.how)


def _place(images: EmbeddingSet, name: str, background: str | None) -> str:
    return f"{images}/{name}" + (f" on {background}" if background else "")


def chunks_of(sets: list[EmbeddingSet], usable: list[tuple[int, str | None, str]], order: Sequence[str]) -> tuple[Chunk, ...]:
    """Every pair of the usable classes, each given as (set number, background, name), in chunks; `order` is the scheme's."""
    planned: list[Task] = []
    for chosen in sets:
        present: dict[str | None, list[str]] = {}
        for number, background, name in usable:
            if number == chosen.number:
                present.setdefault(background, []).append(name)
        planned += tasks.tasks(chosen, present, order)
    return tuple(tasks.chunks(planned))


def lines(sweep: Sweep) -> list[str]:
    """How many classifiers each embedding set has, the notes, and what is not used, for `--dry-run`."""
    sizes: dict[str, int] = {}
    for chunk in sweep.chunks:
        sizes[str(chunk.images)] = sizes.get(str(chunk.images), 0) + len(chunk.tasks)
    notes = [f"  {note}" for note in sweep.notes]
    return [*(f"  {name}: {n}" for name, n in sizes.items()), *notes, *not_used(sweep.refused)]


def not_used(refused: Sequence[Refused]) -> list[str]:
    """A line for each class and set that is not used."""
    return [f"  not used: {place}: {detail}" for place, _, detail in refused]
