"""What share of a layer's variance backgrounds explain, without labels or classifiers, in a factorial plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby

import duckdb
import numpy as np
import pyarrow as pa

from cellswap import sql
from cellswap.errors import BadInput, at
from cellswap.evaluate import run_ids, variance
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import embedded_images, swap_plan, vector_faults
from cellswap.evaluate.sample.embedded_images import Wanted
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.svm import variation
from cellswap.evaluate.variance import Crossed, Floats
from cellswap.store import database, parts, progress, work
from cellswap.store.runs import Run
from cellswap.store.schema import table
from cellswap.store.vectors import stacked

PARTS = ("centre", "background", "both")
ALL_EQUAL = "all vectors are equal"
Columns = dict[str, list[object]]


@dataclass(frozen=True)
class SensitivityOptions:
    """Which plan (None: the only one), models, layers and poolings; resamples, the share of them in an interval, and the seed."""

    plan_id: str | None = None
    wanted: Wanted = field(default_factory=Wanted)
    resamples: int = 1000
    level: float = 0.95
    seed: int = 0


@dataclass(frozen=True)
class Layer:
    """One layer's vectors of a plan's images, composed by one variant: embedding sets of one to two settings."""

    plan_id: str
    variant: str
    sets: tuple[EmbeddingSet, ...]

    @property
    def names(self) -> dict[str, object]:
        """What names it in tables."""
        first = self.sets[0]
        names = {"model": first.model, "layer": first.layer, "pooling": first.pooling}
        return {"plan_id": self.plan_id, **names, "variant": self.variant}

    def __str__(self) -> str:
        """Its names, as a path."""
        return "/".join(map(str, self.names.values()))


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


def read(connection: duckdb.DuckDBPyConnection, layer: Layer) -> Crossed:
    """The vectors of a layer, crossed."""
    names = {key: value for key, value in layer.names.items() if key != "variant"}
    settings = [one.setting for one in layer.sets]
    rows = connection.sql(sql.query("sensitivity_vectors"), params={**names, "settings": settings}).to_arrow_table()
    centres, i, centre_orfs = _side(rows, "centre")
    backgrounds, j, background_orfs = _side(rows, "background")
    flat = stacked(rows.column("embedding"))
    vectors = np.zeros((len(centres), len(backgrounds), flat.shape[1]), np.float32)
    there = np.zeros(vectors.shape[:2], bool)
    vectors[i, j], there[i, j] = flat, True
    return Crossed(vectors, there, centres, centre_orfs, background_orfs)


def _side(rows: pa.Table, side: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The crops of one side, each image's place in them, and their proteins."""
    crops = rows.column(f"{side}_crop_id").to_numpy(zero_copy_only=False).astype(str)
    names, first, place = np.unique(crops, return_index=True, return_inverse=True)
    orfs = rows.column(f"{side}_orf").fill_null("").to_numpy(zero_copy_only=False).astype(str)
    return names.tolist(), place, orfs[first]


def split(crossed: Crossed, layer: Layer, options: SensitivityOptions) -> Columns:
    """The columns of `sensitivity` of one layer: three rows. Raises BadInput where too few images are crossed."""
    found = variance.observed(crossed)
    n_proteins = [len(np.unique(orfs)) for orfs in (crossed.centre_orfs, crossed.background_orfs)]
    if not _varies(crossed):
        found = np.zeros(3)  # what is left are rounding errors, of which shares would be shares of nothing
    reason = _why_not(found, n_proteins)
    inside: Floats = np.full((2, 3), np.nan)
    n_resamples = 0
    if reason is None:
        u, v = (
            variance.draws(orfs, options.resamples, work.seed("sensitivity", options.seed, side, *np.unique(orfs)))
            for side, orfs in (("centre", crossed.centre_orfs), ("background", crossed.background_orfs))
        )
        resampled = variance.shares(variance.components(crossed, u, v))
        resampled = resampled[np.isfinite(resampled).all(axis=1)]
        n_resamples = len(resampled)
        inside = np.quantile(resampled, [(1 - options.level) / 2, (1 + options.level) / 2], axis=0)
    n_images = int(crossed.there.sum())
    same = layer.names | {
        "level": options.level if n_resamples else None, "n_images": n_images, "n_missing": crossed.there.size - n_images,
        "n_centres": len(crossed.there), "n_backgrounds": crossed.there.shape[1], "n_centre_proteins": n_proteins[0],
        "n_background_proteins": n_proteins[1], "n_dimensions": crossed.vectors.shape[2], "n_resamples": n_resamples,
        "seed": f"sensitivity, {options.seed}, side, proteins" if n_resamples else None, "reason": reason,
    }  # fmt: skip
    columns: Columns = {name: [value] * 3 for name, value in same.items()}
    each = {"variance": found, "share": variance.shares(found), "low": inside[0], "high": inside[1]}
    columns |= {name: [_or_null(x) for x in values] for name, values in each.items()}
    columns["part"] = list(PARTS)
    return columns


def _varies(crossed: Crossed) -> bool:
    return variation.varies(crossed.vectors[i, there] for i, there in enumerate(crossed.there))


def _or_null(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


def _why_not(found: Floats, n_proteins: list[int]) -> str | None:
    if not found.sum() > 0:
        return ALL_EQUAL
    for side, n in zip(("centres", "backgrounds"), n_proteins, strict=True):
        if n < 3:
            return f"the {side} are of {n} protein{'s' if n > 1 else ''}; an interval over proteins needs at least 3"
    return None


def cells(crossed: Crossed, layer: Layer) -> Columns:
    """The columns of `sensitivity_cells`: how far backgrounds move each centre."""
    n = crossed.there.sum(axis=1)
    means = crossed.vectors.sum(axis=1, dtype=np.float64) / n[:, None]
    spread = float(np.sqrt(((means - means.mean(axis=0)) ** 2).sum(axis=1).mean())) if _varies(crossed) else 0.0
    moved = [_moved(crossed.vectors[i, there], means[i]) for i, there in enumerate(crossed.there)]
    columns: Columns = {name: [value] * len(n) for name, value in layer.names.items()}
    return columns | {
        "centre_crop_id": list(crossed.centres),
        "orf": crossed.centre_orfs.tolist(),
        "n_backgrounds": n.tolist(),
        "displacement": [_or_null(far / spread) if spread and far is not None else None for far, _ in moved],
        "cosine_distance": [turned for _, turned in moved],
    }


def _moved(vectors: np.ndarray, mean: Floats) -> tuple[float | None, float | None]:
    """Root mean square distance (b, d) from the mean, and mean cosine distance; None where that means nothing."""
    if len(vectors) < 2:
        return None, None
    y = vectors.astype(np.float64)
    lengths = np.linalg.norm(y, axis=1) * np.linalg.norm(mean)
    far = float(np.sqrt(((y - mean) ** 2).sum(axis=1).mean()))
    return far, float(np.mean(1 - y @ mean / lengths)) if lengths.all() else None


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
                        made = dict(_tables(read(opened.connection, layer), layer, asked.options))
                except BadInput as error:
                    recorded.drop(str(layer), "too few images crossed", str(error))
                    continue
                for name, columns in made.items():
                    recorded.wrote(parts.write(opened.store, name, asked.keys(layer), columns, asked.run_id))
            bar.step()


def _tables(crossed: Crossed, layer: Layer, options: SensitivityOptions) -> Iterator[tuple[str, Columns]]:
    for name, columns in (("sensitivity_cells", cells(crossed, layer)), ("sensitivity", split(crossed, layer, options))):
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
