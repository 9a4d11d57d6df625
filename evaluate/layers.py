"""Which layer of a network tells the classes apart best: few pure conditions a class, all pairs (paper A, Supplementary Table 1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

import duckdb

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import chunked, classifier, run_ids, sweep
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import constant_vectors, draw_tables, embedded_images, folds, vector_faults
from cellswap.evaluate.sample.embedded_images import ClassSize, Drawing, Wanted
from cellswap.evaluate.sample.tasks import Share
from cellswap.evaluate.svm import fitting
from cellswap.evaluate.svm.fitting import Solver
from cellswap.evaluate.sweep import Sweep
from cellswap.store import classes, parts, wording, work
from cellswap.store.runs import Run

TABLE = "layer_accuracy"


@dataclass(frozen=True)
class LayersOptions:
    """Conditions a class, crops a condition and images a class at most; which embeddings, of what screen, how classifiers are fitted."""

    wanted: Wanted = field(default_factory=Wanted)
    conditions: int = 3
    crops: int = 1000
    images: int = 1000
    screen: str | None = None
    folds: str = field(default=folds.PAPERS, repr=False)
    solver: Solver = field(default_factory=Solver)
    share: Share = field(default_factory=Share)


@dataclass(frozen=True)
class LayersAsked:
    """The classifiers of all layers that are compared, and the options as they were given."""

    options: LayersOptions
    sweep: Sweep

    @property
    def run_id(self) -> str:
        """The run that these classifiers are of."""
        return self.sweep.run_id

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included."""
        options = self.options
        drawn = {"conditions": options.conditions, "crops": options.crops, "images": options.images}
        own = {**drawn, "screen": options.screen, "folds": options.folds}
        return {**asdict(options.wanted), **own, **asdict(options.solver), "shard": options.share.shard}


def ask(opened: Opened, options: LayersOptions) -> LayersAsked:
    """The comparison of all wanted layers; leaves `layer_choice` and the tables of `draw_tables.fill` in the connection.

    Raises BadInput where nothing can be compared: no embeddings, fewer than two classes, vectors that are not finite.
    """
    connection = opened.connection
    fitting.check(options.solver)
    sets = embedded_images.embedding_sets(connection, options.wanted)
    limits = {"crops": options.crops, "screen": options.screen}
    drawing = sweep.parted(Drawing(images=options.images, screen=options.screen, folds=options.folds), None)
    connection.execute(sql.query("layer_choice"), {**sets[0].names, **limits, "conditions": options.conditions})
    draw_tables.fill(connection, sets, "layer_draw", {**limits, "images": options.images, "grouped_by": drawing.grouped_by})
    of_screen = replace(options, screen=embedded_images.screen_of(connection, options.screen))
    vector_faults.refuse_any(connection, sets)
    sizes = draw_tables.chosen(embedded_images.class_sizes(connection), options.wanted.classes, f"{wording.class_()} of the embedded crops")
    reasons = {size: reason for size in sizes if (reason := _why_not(size, drawing))}
    chunks = sweep.chunks_of(sets, [size.key for size in sizes if size not in reasons], classes.known(connection))
    if not chunks:
        raise BadInput(_nothing(sizes, reasons))
    refused = tuple((f"{sets[size.set_number]}/{size.name}", sweep.TOO_SMALL, reason) for size, reason in reasons.items())
    unplaced = frozenset(size.key for size in sizes if not size.placed)
    name = run_ids.run_id(
        "layers", embedded_images.fingerprint(connection, sets), run_ids.figures_of(of_screen, ("share",)), how=options.folds
    )
    drawing = replace(drawing, screen=of_screen.screen)
    notes = (*_notes(connection, options.conditions), *constant_vectors.equal(connection, sets))
    mine = tuple(work.shard(chunks, options.share.shard))
    return LayersAsked(options, Sweep(TABLE, name, drawing, options.solver, chunks, mine, refused, unplaced, notes))


def _why_not(size: ClassSize, drawing: Drawing) -> str | None:
    if not size.n_images:
        return draw_tables.nothing_of(size.name, size.n_expected, f"kept crops is of a chosen {wording.condition()} and has a vector")
    return sweep.too_small(size, drawing)


def _nothing(sizes: list[ClassSize], reasons: dict[ClassSize, str]) -> str:
    names = sorted({size.name for size in sizes if size not in reasons})
    found = f"found {', '.join(names) or 'none that can be used'}{draw_tables.because(reasons.values())}"
    return f"a classifier needs two classes of {wording.singly()}, {found}; {wording.classes()} come from cellswap ingest labels"


def _notes(connection: duckdb.DuckDBPyConnection, wanted: int) -> tuple[str, ...]:
    """What a reader must know of the choice: classes with fewer conditions than wanted, and how the conditions were chosen."""
    query = "SELECT class, count(*) AS n FROM layer_choice GROUP BY 1 HAVING n < $1 ORDER BY 1"
    few = [f"{name} {n}" for name, n in connection.execute(query, [wanted]).fetchall()]
    [(n, n_pure)] = connection.execute("SELECT count(*), count(purity) FROM layer_choice").fetchall()
    how = f"{n} {wording.conditions()} chosen, {n_pure} by purity and {n - n_pure} by a hash of their names: see layer_conditions"
    return (how, *([f"fewer than {wanted} {wording.conditions()}: {', '.join(few)}"] if few else []))


def describe(opened: Opened, asked: LayersAsked) -> list[str]:
    """What a comparison would do, in lines."""
    return chunked.describe(opened, asked.sweep, f"{folds.said(asked.options.folds)} each")


def run(opened: Opened, asked: LayersAsked, recorded: Run) -> None:
    """Write the choice of conditions, then the classifiers of every chunk that is left."""
    what = asked.sweep
    if not work.is_done(opened.store, "layer_conditions", (what.run_id,)):
        chosen = opened.connection.sql("FROM layer_choice ORDER BY class, place").to_arrow_table()
        recorded.wrote(parts.write(opened.store, "layer_conditions", (what.run_id,), chosen, what.run_id))
    chunked.fill(opened, what, lambda loaded, task: classifier.evaluate(loaded, task, what), recorded, asked.options.share.jobs)


def count(opened: Opened, asked: LayersAsked, recorded: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this run, whoever wrote it."""
    chunked.count(opened, asked.sweep, recorded)


def best(connection: duckdb.DuckDBPyConnection, models: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    """For each model its best layer, the pooling and the run that compared; BadInput for a model whose layers nobody compared."""
    found = {row[0]: row for row in connection.execute(sql.query("best_layers")).fetchall()}
    known = [row[0] for row in connection.execute("SELECT DISTINCT model FROM embeddings ORDER BY 1").fetchall()]
    for model in models:
        if model not in known:
            raise UnknownName("model of the embeddings", model, known)
    missing = [model for model in models or known if model not in found]
    if missing or not known:
        whose = ", ".join(missing) or "no model"
        raise BadInput(f"--layer best: the layers of {whose} are not compared yet; do it with: cellswap evaluate layers")
    return [found[model] for model in models or known]
