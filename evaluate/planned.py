"""Which plan drew the images of a sweep: swaps are never mixed over plans."""

from __future__ import annotations

import duckdb

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate.images import Drawing
from cellswap.evaluate.tasks import EmbeddingSet

REAL = ("baseline", "masked")


def plan_of(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], drawing: Drawing) -> str | None:
    """The plan asked for, else the only one whose swaps are embedded; None where no set is of swaps.

    Raises BadInput where there is more than one, or the plan is not made for pairs.
    """
    plan_id = drawing.plan_id or _only(connection, sets)
    if plan_id is not None:
        _check(connection, plan_id, drawing)
    return plan_id


def without(connection: duckdb.DuckDBPyConnection, images: EmbeddingSet, drawing: Drawing) -> tuple[int, int]:
    """How many images the plan has in a set's setting, and how many of them were drawn, which need a vector."""
    names = {"plan_id": drawing.plan_id, "setting": images.setting, "images": drawing.images, "set_number": images.number}
    return connection.execute(sql.query("pair_planned"), names).fetchall()[0]


def vanished(connection: duckdb.DuckDBPyConnection, images: EmbeddingSet, drawing: Drawing) -> list[tuple[str, str | None, int]]:
    """Classes of the plan, with their background, of which a set has drawn no image, and how many were planned."""
    names = {"plan_id": drawing.plan_id, "setting": images.setting, "set_number": images.number}
    return connection.execute(sql.query("pair_vanished"), names).fetchall()


def short(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], drawing: Drawing) -> str | None:
    """What to say of a plan whose sets in these settings have fewer images than it wanted; None where all are full."""
    query = """
        SELECT count(*) FILTER (n < wanted), count(*), min(n) FILTER (n < wanted), any_value(wanted)
        FROM plan_sets WHERE plan_id = $1 AND list_contains($2, setting)
    """
    settings = sorted({images.setting.partition("+")[0] for images in sets})
    n_short, n_sets, fewest, wanted = connection.execute(query, [drawing.plan_id, settings]).fetchall()[0]
    said = f"{drawing.plan_id}: {n_short} of {n_sets} sets have fewer images than wanted, the smallest {fewest} of {wanted}"
    return said if n_short else None


def _only(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet]) -> str | None:
    settings = sorted({images.setting for images in sets if images.setting not in REAL})
    if not settings:
        return None
    query = """
        SELECT DISTINCT plan_id FROM swaps
        WHERE image_id IN (SELECT image_id FROM embeddings WHERE list_contains($1, setting)) ORDER BY 1
    """
    plans = [plan_id for (plan_id,) in connection.execute(query, [settings]).fetchall()]
    if not plans:
        raise BadInput(f"no plan has the images of {', '.join(settings)}; choose others with --setting")
    if len(plans) > 1:
        raise BadInput(f"swaps of {len(plans)} plans are embedded; say which with --plan: {', '.join(plans)}")
    return plans[0]


def _check(connection: duckdb.DuckDBPyConnection, plan_id: str, drawing: Drawing) -> None:
    known = {row[0] for row in connection.execute("SELECT DISTINCT plan_id FROM swaps").fetchall()}
    if plan_id not in known:
        raise UnknownName("plan", plan_id, known)
    if drawing.class_by != "localization":
        raise BadInput(f"--by {drawing.class_by}: the classes of {plan_id} are localizations")
    facts = connection.execute("SELECT kind, split FROM plans WHERE plan_id = ?", [plan_id]).fetchone()
    kind, split = facts or ("sets", "none")
    if kind == "factorial":
        raise BadInput(f"{plan_id}: each centre stands on many backgrounds, so folds would test cells they trained on; it is not for pairs")
    if split != "none":
        raise BadInput(f"{plan_id}: it parts {split}s into train and test, which five folds would mix again; it is not for pairs")
