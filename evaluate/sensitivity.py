"""What share of a layer's variance backgrounds explain, without labels or classifiers, in a factorial plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby

import duckdb

from cellswap import sql
from cellswap.errors import BadInput, at
from cellswap.evaluate import crossed_layer, run_ids
from cellswap.evaluate.crossed_layer import ALL_EQUAL, Columns, Layer
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import embedded_images, swap_plan, vector_faults
from cellswap.evaluate.sample.embedded_images import Wanted
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.variance import Crossed
from cellswap.store import database, parts, progress, work
from cellswap.store.runs import Run
from cellswap.store.schema import table


@dataclass(frozen=True)
class SensitivityOptions:
    """Which plan (None: the only one), models, layers and poolings; resamples, the share of them in an interval, and the seed."""

    plan_id: str | None = None
    wanted: Wanted = field(default_factory=Wanted)
    resamples: int = 1000
    level: float = 0.95
    seed: int = 0


@dataclass(frozen=True)
class SensitivityAsked:
    """The layers to split, the options with the plan that was found, and the run that follows from images, weights and options."""

    run_id: str
    options: SensitivityOptions
    layers: list[Layer]

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included."""
        return asdict(self.options)

    def keys(self, layer: Layer) -> tuple[str, str]:
        """What names a layer's parts."""
        return (self.run_id, str(layer))


def ask(opened: Opened, options: SensitivityOptions) -> SensitivityAsked:
    """Every layer and variant that has vectors of the plan's images; leaves `drawn` in the connection.

    Raises BadInput where there is none, no factorial plan, or vectors that can't be used.
    """
    connection = opened.connection
    plan_id = swap_plan.factorial(connection, options.plan_id)
    options = replace(options, plan_id=plan_id)
    found = layers(connection, plan_id, options.wanted)
    sets = [one for layer in found for one in layer.sets]
    figures = f"({found!r}, {run_ids.figures_of(options)})"
    return SensitivityAsked(run_ids.run_id("sensitivity", embedded_images.fingerprint(connection, sets), figures), options, found)


def layers(connection: duckdb.DuckDBPyConnection, plan_id: str, wanted: Wanted) -> list[Layer]:
    """Every layer and variant that has vectors of the plan's images; refuses vectors that are not finite, or of two weights."""
    found = connection.execute(sql.query("sensitivity_sets"), {"plan_id": plan_id}).fetchall()
    if not found:
        raise BadInput(f"no image of {plan_id} is embedded; do it with: cellswap extract --plan {plan_id}")
    keep = {tuple(s.names.values()) for s in embedded_images.embedding_sets(connection, wanted)}
    sets = [EmbeddingSet(i, *row) for i, row in enumerate(row for row in found if row in keep)]
    if not sets:
        raise BadInput(f"{plan_id} has embedded images of other models or layers only: {', '.join('/'.join(row) for row in found[:5])}")
    _draw(connection, sets, plan_id)
    vector_faults.refuse_any(connection, sets)
    by_layer = sorted(sets, key=_layer_key)
    return [Layer(plan_id, variant, tuple(same)) for (*_, variant), same in groupby(by_layer, key=_layer_key)]


def _layer_key(one: EmbeddingSet) -> tuple[str, str, str, str]:
    return one.model, one.layer, one.pooling, one.setting.partition("+")[2] or "paper"


def _draw(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], plan_id: str) -> None:
    for chosen in sets:
        into = "CREATE OR REPLACE TEMP TABLE drawn AS" if chosen is sets[0] else "INSERT INTO drawn"
        names = {**chosen.names, "set_number": chosen.number, "plan_id": plan_id}
        connection.execute(f"{into} {sql.query('sensitivity_draw')}", names)


def describe(opened: Opened, asked: SensitivityAsked) -> list[str]:
    """What a run would do, in lines: the layers to split, with the settings whose vectors they have."""
    n, n_left = len(asked.layers), sum(not work.is_done(opened.store, "sensitivity", asked.keys(layer)) for layer in asked.layers)
    first = f"{asked.run_id}: {n} layers on {asked.options.plan_id}, {asked.options.resamples} resamples each, {n_left} of them left to do"
    return [first, *(f"  {layer}: {', '.join(one.setting for one in layer.sets)}" for layer in asked.layers)]


def run(opened: Opened, asked: SensitivityAsked, recorded: Run) -> None:
    """Split every layer that is not split yet; one part a layer. What has too few images is dropped with its reason."""
    with progress.shown("sensitivity", len(asked.layers), "layers") as bar:
        for layer in asked.layers:
            if not work.is_done(opened.store, "sensitivity", asked.keys(layer)):
                try:
                    with at(layer):
                        made = dict(_tables(crossed_layer.read(opened.connection, layer), layer, asked.options))
                except BadInput as error:
                    recorded.drop(str(layer), "too few images crossed", str(error))
                    continue
                for name, columns in made.items():
                    recorded.wrote(parts.write(opened.store, name, asked.keys(layer), columns, asked.run_id))
            bar.step()


def _tables(crossed: Crossed, layer: Layer, options: SensitivityOptions) -> Iterator[tuple[str, Columns]]:
    split = crossed_layer.split(crossed, layer, options.resamples, options.level, options.seed)
    for name, columns in (("sensitivity_cells", crossed_layer.cells(crossed, layer)), ("sensitivity", split)):
        yield name, {c.name: columns[c.name] for c in table(name).own_columns}


def count(opened: Opened, asked: SensitivityAsked, recorded: Run) -> None:
    """Fill the run's counts and notes from what the table now holds of this run, whichever try wrote it."""
    query = """
        SELECT concat_ws('/', plan_id, model, layer, pooling, variant), any_value(n_images), any_value(n_missing), any_value(n_resamples),
            any_value(reason)
        FROM sensitivity WHERE run_id = ? GROUP BY ALL ORDER BY ALL
    """
    with database.connect(opened.store) as connection:
        split_layers = connection.execute(query, [asked.run_id]).fetchall()
    for layer, n_images, n_missing, used, reason in split_layers:
        recorded.keep()
        if n_missing:
            recorded.note(
                f"{layer}: {n_missing} of {n_images + n_missing} images have no vector; the incomplete design is split without bias"
            )
        if reason == ALL_EQUAL:
            recorded.note(f"{layer}: no feature varies among its {n_images} images, so there are no shares")
        if used not in (0, asked.options.resamples):
            recorded.note(f"{layer}: the intervals are of {used} resamples; the others of {asked.options.resamples} cross too few images")
