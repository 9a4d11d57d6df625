"""What a pair sweep will do: its classifiers, the classes that are too small for it, and the run id that follows from both.

The run id is made from everything that the figures depend on: options, drawn images, weights. So a sweep that was killed,
or is spread over machines by --shard, is one run however many commands it took, and doing it again does nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import duckdb

from cellswap import __version__
from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import faults, folds, images, linear_svm, planned, tasks
from cellswap.evaluate.images import ClassSize, Drawing, Wanted
from cellswap.evaluate.linear_svm import Solver
from cellswap.evaluate.tasks import Chunk, EmbeddingSet


@dataclass(frozen=True)
class Options:
    """Everything that a sweep's figures depend on, besides the store."""

    wanted: Wanted = field(default_factory=Wanted)
    drawing: Drawing = field(default_factory=Drawing)
    solver: Solver = field(default_factory=Solver)


@dataclass(frozen=True)
class Sweep:
    """Classifiers in chunks; `refused` are (place, reason); `unplaced` are the classes whose overlaps nobody knows.

    `notes` say which sets lack some of their plan's images.
    """

    run_id: str
    options: Options
    chunks: tuple[Chunk, ...]
    refused: tuple[tuple[str, str], ...]
    unplaced: frozenset[tuple[int, str | None, str]]
    notes: tuple[str, ...] = ()

    @property
    def n_tasks(self) -> int:
        """How many classifiers there are."""
        return sum(len(chunk.tasks) for chunk in self.chunks)


def plan(connection: duckdb.DuckDBPyConnection, options: Options) -> Sweep:
    """The sweep over all pairs and triplets that the embeddings allow; draws its images into the connection's `drawn`.

    Raises BadInput where nothing can be compared: no embeddings, fewer than two classes, vectors that are not finite.
    """
    linear_svm.check(options.solver)
    sets = images.embedding_sets(connection, options.wanted)
    options = replace(options, drawing=replace(options.drawing, plan_id=planned.plan_of(connection, sets, options.drawing)))
    images.draw(connection, sets, options.drawing)
    options = replace(options, drawing=replace(options.drawing, screen=images.screen_of(connection, options.drawing)))
    faults.refuse_any(connection, sets)
    sizes = _chosen(images.class_sizes(connection), options)
    reasons = {size: reason for size in sizes if (reason := _too_small(size, options.drawing))}
    lacking = {str(chosen): planned.without(connection, chosen, options.drawing) for chosen in sets if options.drawing.plan_id}
    refused = tuple((_place(sets[size.set_number], size.name, size.background), reason) for size, reason in reasons.items())
    refused += _not_planned(lacking, options.drawing)
    refused_for = [reason for _, reason in refused]
    usable = [size for size in sizes if size not in reasons]
    chunks = tuple(tasks.chunks(list(_tasks(sets, usable))))
    if not chunks:
        raise BadInput(_nothing_left(usable, refused_for, options.drawing))
    unplaced = frozenset((size.set_number, size.background, size.name) for size in sizes if not size.placed)
    notes = tuple(f"{name}: {n - there} of {n} planned images have no vector" for name, (n, there) in lacking.items() if 0 < there < n)
    if options.drawing.plan_id:
        there_are = [chosen for chosen in sets if lacking[str(chosen)][1]]
        refused += tuple(gone for chosen in there_are for gone in _vanished(connection, chosen, options))
        notes += tuple(filter(None, (planned.short(connection, sets, options.drawing),)))
    return Sweep(_run_id(images.fingerprint(connection, sets), options), options, chunks, refused, unplaced, notes)


def _not_planned(lacking: dict[str, tuple[int, int]], drawing: Drawing) -> tuple[tuple[str, str], ...]:
    """The embedding sets that have no image of the plan, and why."""
    return tuple(
        (name, f"none of the {n} images of {drawing.plan_id} is embedded" if n else f"{drawing.plan_id} has no such setting")
        for name, (n, there) in lacking.items()
        if not there
    )


def _vanished(connection: duckdb.DuckDBPyConnection, chosen: EmbeddingSet, options: Options) -> Iterator[tuple[str, str]]:
    """The planned classes of a set that have no vector at all, and why they are in no classifier."""
    for name, background, n in planned.vanished(connection, chosen, options.drawing):
        if not options.wanted.classes or name in options.wanted.classes:
            yield _place(chosen, name, background), f"class {name}: none of its {n} planned images has a vector"


def _chosen(sizes: list[ClassSize], options: Options) -> list[ClassSize]:
    known = {size.name for size in sizes}
    for name in options.wanted.classes:
        if name not in known:
            raise UnknownName(f"{options.drawing.class_by} of the embedded crops", name, known)
    return [size for size in sizes if not options.wanted.classes or size.name in options.wanted.classes]


def _too_small(size: ClassSize, drawing: Drawing) -> str | None:
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
    why = "; ".join(dict.fromkeys(reasons))
    hint = (
        ""
        if drawing.class_by == "protein" or drawing.plan_id
        else "; single localizations come from cellswap ingest labels; to compare proteins: --by protein"
    )
    found = f"only {', '.join(names)}" if names else "none that can be used"
    return f"a classifier needs two classes by {drawing.class_by}, found {found}" + (f" ({why})" if why else "") + hint


def _run_id(fingerprint: str, options: Options) -> str:
    facts = repr((__version__, fingerprint, options, folds.N_FOLDS, tasks.CHUNK, tasks.TILE))
    return "evaluate-pairs-" + hashlib.sha256(facts.encode()).hexdigest()[:12]
