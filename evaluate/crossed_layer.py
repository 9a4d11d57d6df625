"""One layer of a factorial plan: its vectors, crossed, how their variance splits, and how far backgrounds move each centre."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from cellswap import sql
from cellswap.evaluate import variance
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.svm import variation
from cellswap.evaluate.variance import Crossed, Floats
from cellswap.store import wording, work
from cellswap.store.vectors import stacked

PARTS = ("centre", "background", "both")
ALL_EQUAL = "all vectors are equal"
Columns = dict[str, list[object]]


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


def read(connection: duckdb.DuckDBPyConnection, layer: Layer) -> Crossed:
    """The vectors of a layer, crossed."""
    names = {key: value for key, value in layer.names.items() if key != "variant"}
    settings = [one.setting for one in layer.sets]
    rows = connection.sql(sql.query("sensitivity_vectors"), params={**names, "settings": settings}).to_arrow_table()
    centres, i, centre_conditions = _side(rows, "centre")
    backgrounds, j, background_conditions = _side(rows, "background")
    flat = stacked(rows.column("embedding"))
    vectors = np.zeros((len(centres), len(backgrounds), flat.shape[1]), np.float32)
    there = np.zeros(vectors.shape[:2], bool)
    vectors[i, j], there[i, j] = flat, True
    return Crossed(vectors, there, centres, centre_conditions, background_conditions)


def _side(rows: pa.Table, side: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The crops of one side, each image's place in them, and their conditions."""
    crops = rows.column(f"{side}_crop_id").to_numpy(zero_copy_only=False).astype(str)
    names, first, place = np.unique(crops, return_index=True, return_inverse=True)
    conditions = rows.column(f"{side}_condition").fill_null("").to_numpy(zero_copy_only=False).astype(str)
    return names.tolist(), place, conditions[first]


def split(crossed: Crossed, layer: Layer, resamples: int, level: float, seed: int) -> Columns:
    """The columns of `sensitivity` of one layer: three rows. Raises BadInput where too few images are crossed."""
    found = variance.observed(crossed)
    n_conditions = [len(np.unique(conditions)) for conditions in (crossed.centre_conditions, crossed.background_conditions)]
    if not _varies(crossed):
        found = np.zeros(3)  # what is left are rounding errors, of which shares would be shares of nothing
    reason = _why_not(found, n_conditions)
    inside: Floats = np.full((2, 3), np.nan)
    n_resamples = 0
    if reason is None:
        u, v = (
            variance.draws(conditions, resamples, work.seed("sensitivity", seed, side, *np.unique(conditions)))
            for side, conditions in (("centre", crossed.centre_conditions), ("background", crossed.background_conditions))
        )
        resampled = variance.shares(variance.components(crossed, u, v))
        resampled = resampled[np.isfinite(resampled).all(axis=1)]
        n_resamples = len(resampled)
        inside = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    n_images = int(crossed.there.sum())
    same = layer.names | {
        "level": level if n_resamples else None, "n_images": n_images, "n_missing": crossed.there.size - n_images,
        "n_centres": len(crossed.there), "n_backgrounds": crossed.there.shape[1], "n_centre_conditions": n_conditions[0],
        "n_background_conditions": n_conditions[1], "n_dimensions": crossed.vectors.shape[2], "n_resamples": n_resamples,
        "seed": f"sensitivity, {seed}, side, proteins" if n_resamples else None, "reason": reason,
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


def _why_not(found: Floats, n_conditions: list[int]) -> str | None:
    if not found.sum() > 0:
        return ALL_EQUAL
    for side, n in zip(("centres", "backgrounds"), n_conditions, strict=True):
        if n < 3:
            return f"the {side} are of {n} {wording.conditions(n)}; an interval over {wording.conditions()} needs at least 3"
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
        "condition": crossed.centre_conditions.tolist(),
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
