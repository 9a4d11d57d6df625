"""How well an image's nearest neighbours call its class, leaving the image out: Lu et al. 2019 (PCI) and Isselmann et al. 2025 (DINO)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

import duckdb

from cellswap.errors import BadInput, at
from cellswap.evaluate import calling, loading, run_ids, sweep
from cellswap.evaluate.calling import Columns, Labelled
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import constant_vectors, embedded_images, folds, swap_plan, vector_faults
from cellswap.evaluate.sample.embedded_images import Drawing, Wanted
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.sweep import Refused
from cellswap.store import parts, progress, wording, work
from cellswap.store.runs import Run
from cellswap.store.schema import table

TABLES = ("label_distances", "neighbour_accuracy")  # the last one's part says that a set is done


@dataclass(frozen=True)
class NeighboursOptions:
    """Which embeddings, how images are drawn (what a group is, is left out of the neighbours), by which methods, where."""

    wanted: Wanted = field(default_factory=Wanted)
    drawing: Drawing = field(default_factory=Drawing)
    methods: tuple[str, ...] = ("pci", "dino")
    device: str = "cpu"


@dataclass(frozen=True)
class NeighboursAsked:
    """The embedding sets to measure; the run id follows from their images, their weights and the options.

    `options` are with the plan and screen that were found. `refused` are rows of rejects: classes and sets without a vector;
    `notes` say what else the plan lacks.
    """

    run_id: str
    options: NeighboursOptions
    sets: tuple[EmbeddingSet, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included."""
        options = self.options
        drawing = {name: value for name, value in asdict(options.drawing).items() if name != "folds"}
        return {**asdict(options.wanted), **drawing, "methods": options.methods, "device": options.device}

    def keys(self, chosen: EmbeddingSet) -> tuple[str, str]:
        """What names an embedding set's parts."""
        return (self.run_id, str(chosen))


def ask(opened: Opened, options: NeighboursOptions) -> NeighboursAsked:
    """What will be measured; leaves the tables of `draw_tables.fill` in the connection. Raises BadInput where nothing can be."""
    connection = opened.connection
    _refuse_absent(options.device)
    # neighbours are asked of all images, so that a plan's split would be mixed
    sets, drawing = sweep.drawn(connection, options.wanted, replace(options.drawing, folds=folds.PAPERS))
    options = replace(options, drawing=drawing)
    gaps = swap_plan.gaps(connection, sets, drawing.plan_id, drawing.images)
    sizes = sweep.sizes_of(connection, sets, gaps, options.wanted.classes, drawing.class_by)
    if options.wanted.classes:
        connection.execute("DELETE FROM drawn WHERE NOT list_contains($1, class)", [list(options.wanted.classes)])
    vector_faults.refuse_any(connection, sets)
    _refuse_unknown_groups(connection, sets, drawing.grouped_by)
    figures = run_ids.figures_of(replace(options, device=""))  # where it is computed changes nothing
    name = run_ids.run_id("neighbours", embedded_images.fingerprint(connection, sets), figures, (calling.PCI_K, calling.DINO_KS))
    lacking = {size: why for size in sizes if not size.n_images and (why := sweep.too_small(size, drawing))}
    there = tuple(chosen for chosen in sets if chosen not in gaps.absent)
    notes = (*gaps.notes, *constant_vectors.equal(connection, sets))
    return NeighboursAsked(name, options, there, sweep.refusals(sets, gaps, lacking), notes)


def _refuse_absent(device: str) -> None:
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise BadInput(f"--device cuda: this machine has none that torch {torch.__version__} can use; leave --device out")


def _refuse_unknown_groups(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], grouped_by: str) -> None:
    query = "SELECT set_number, count(*) FROM drawn WHERE kept_together IS NULL GROUP BY 1 ORDER BY 1 LIMIT 1"
    found = connection.execute(query).fetchone()
    if grouped_by != "nothing" and found:
        raise BadInput(f"{sets[found[0]]}: {found[1]} images are of no known {wording.said(grouped_by)}; choose another --group")


def describe(opened: Opened, asked: NeighboursAsked) -> list[str]:
    """What a run would do, in lines: the sets to measure with their images, which classes and sets are not used."""
    n_left = len(_left(opened, asked))
    rows = opened.connection.execute("SELECT set_number, count(*) FROM drawn GROUP BY 1").fetchall()
    n_images: dict[int, int] = dict(rows)
    methods = " and ".join(asked.options.methods)
    return [
        f"{asked.run_id}: {len(asked.sets)} layers and settings by {methods}, {n_left} of them left to do",
        *(f"  {chosen}: {n_images.get(chosen.number, 0)} images" for chosen in asked.sets),
        *(f"  {note}" for note in asked.notes),
        *sweep.not_used(asked.refused),
    ]


def _left(opened: Opened, asked: NeighboursAsked) -> list[EmbeddingSet]:
    """The embedding sets that are not measured yet."""
    return [chosen for chosen in asked.sets if not work.is_done(opened.store, TABLES[-1], asked.keys(chosen))]


def run(opened: Opened, asked: NeighboursAsked, recorded: Run) -> None:
    """Measure every embedding set that is not done yet; one part a set. A set that can't be measured is dropped with its reason."""
    for refused in asked.refused:  # here, so that they stand before the sets
        recorded.drop(*refused)
    if n_done := len(asked.sets) - len(_left(opened, asked)):
        recorded.remark(loading.said_of_done(n_done, len(asked.sets), "layers and settings"))
    with progress.shown("neighbours", len(asked.sets), "layers") as bar:
        for chosen in asked.sets:
            if not work.is_done(opened.store, TABLES[-1], asked.keys(chosen)):
                try:
                    with at(chosen):
                        made = tables(calling.read(opened.connection, chosen), chosen, asked.options)
                except BadInput as error:
                    recorded.drop(str(chosen), "no neighbours to ask", str(error))
                    continue
                for name in TABLES:
                    recorded.wrote(parts.write(opened.store, name, asked.keys(chosen), made[name], asked.run_id))
            bar.step()


def count(opened: Opened, asked: NeighboursAsked, recorded: Run) -> None:
    """Fill the run's notes, and count the sets that are measured, whoever did it."""
    for note in asked.notes:
        recorded.note(note)
    recorded.keep(len(asked.sets) - len(_left(opened, asked)))


def tables(labelled: Labelled, chosen: EmbeddingSet, options: NeighboursOptions) -> dict[str, Columns]:
    """The columns of both tables for one embedding set."""
    drawing = options.drawing
    same = {**chosen.names, "class_by": drawing.class_by, "plan_id": drawing.plan_id}
    blocks = [
        _repeated(same | {"method": method, "k": k, "left_out": drawing.grouped_by}, calling.counted(labelled, called))
        for method, k, called in calling.measure(labelled, options.methods, options.device)
    ]
    made = {"label_distances": _repeated(same, calling.distances(labelled)), "neighbour_accuracy": _joined(blocks)}
    return {name: {c.name: made[name][c.name] for c in table(name).own_columns} for name in TABLES}


def _repeated(same: dict[str, object], columns: Columns) -> Columns:
    n = len(columns["class"])
    return {name: [value] * n for name, value in same.items()} | columns


def _joined(blocks: list[Columns]) -> Columns:
    return {name: [value for block in blocks for value in block[name]] for name in blocks[0]}
