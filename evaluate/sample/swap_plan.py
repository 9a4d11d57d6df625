"""Which plan drew the wanted images, and what the embeddings lack of it: swaps are never mixed over plans.

Folds take a plan that parts nothing, or the plan's own split; a held-out test takes one that parts what is held out, a split of
variance one in which each centre stands on each background. The plan asked for is checked; where none is, the one that is embedded
is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate.sample.embedded_images import Drawing
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.store import wording
from cellswap.store.classes import CONDITION
from cellswap.store.presets import PAPERS_SCHEME
from cellswap.store.vocabulary import REAL, plain


def for_folds(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], drawing: Drawing) -> str | None:
    """The plan asked for, else the only one whose swaps are embedded; None where no set is of swaps.

    Raises BadInput where there is more than one, or the plan is not made for pairs.
    """
    plan_id = drawing.plan_id or _only(connection, _swapped(sets))
    if plan_id is not None:
        _check(connection, plan_id, drawing)
    return plan_id


def _swapped(sets: list[EmbeddingSet]) -> list[str]:
    """The settings of swaps among these sets."""
    return sorted({images.setting for images in sets if images.setting not in REAL})


def _embedded(connection: duckdb.DuckDBPyConnection, settings: list[str]) -> list[str]:
    """The plans of which an image has a vector in one of these settings."""
    query = """
        SELECT DISTINCT plan_id FROM swaps
        WHERE image_id IN (SELECT image_id FROM embeddings WHERE list_contains($1, setting)) ORDER BY 1
    """
    return [plan_id for (plan_id,) in connection.execute(query, [settings]).fetchall()]


def _only(connection: duckdb.DuckDBPyConnection, settings: list[str]) -> str | None:
    if not settings:
        return None
    plans = _embedded(connection, settings)
    if not plans:
        raise BadInput(f"no plan has the images of {', '.join(settings)}; choose others with --setting")
    if len(plans) > 1:
        raise BadInput(f"swaps of {len(plans)} plans are embedded; say which with --plan: {', '.join(plans)}")
    return plans[0]


def _check(connection: duckdb.DuckDBPyConnection, plan_id: str, drawing: Drawing) -> None:
    known = {row[0] for row in connection.execute("SELECT DISTINCT plan_id FROM swaps").fetchall()}
    if plan_id not in known:
        raise UnknownName("plan", plan_id, known)
    facts = connection.execute("SELECT kind, split, scheme FROM plans WHERE plan_id = ?", [plan_id]).fetchone()
    kind, split, scheme = facts or ("sets", "none", PAPERS_SCHEME)
    if drawing.class_by == CONDITION:
        raise BadInput(f"--by {wording.option(CONDITION)}: the classes of {plan_id} are those of the scheme {scheme}")
    if drawing.class_by != scheme:
        raise BadInput(f"{plan_id} has the classes of the scheme {scheme}, not {drawing.class_by}; say --scheme {scheme}, or plan anew")
    if kind == "factorial":
        raise BadInput(f"{plan_id}: each centre stands on many backgrounds, so folds would test cells they trained on; it is not for pairs")
    if split != "none" and drawing.folds is not None:
        hint = "evaluate pairs takes its split where --folds is left out"
        raise BadInput(f"{plan_id}: it parts {_several(split)} into train and test, which would be mixed again; {hint}")
    if split != "none" and drawing.grouped_by not in ("nothing", split):
        raise BadInput(f"{plan_id}: it parts {_several(split)}, and is used so; leave --group {wording.option(drawing.grouped_by)} out")


def split_of(connection: duckdb.DuckDBPyConnection, plan_id: str | None) -> str | None:
    """What a plan parts into train and test: condition or plate; None where it parts nothing, or there is no plan."""
    found = connection.execute("SELECT split FROM plans WHERE plan_id = ? AND split <> 'none'", [plan_id]).fetchone()
    return found[0] if found else None


def that_parts(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], plan_id: str | None, by: str) -> str | None:
    """The plan asked for, else the only one whose swaps are embedded and that parts conditions or plates (`by`); None for real crops.

    Raises BadInput where there is none or more than one, or where the one asked for parts something else.
    """
    rows = connection.execute("SELECT plan_id, split FROM plans WHERE kind = 'sets' ORDER BY plan_id").fetchall()
    splits: dict[str, str] = dict(rows)
    if plan_id is not None:
        return _asked_for(splits, plan_id, by)
    settings = _swapped(sets)
    if not settings:
        return None
    there = _embedded(connection, settings)
    fitting = [one for one in there if splits.get(one) == by]
    if not fitting:
        found = ", ".join(f"{one} ({f'split: {splits[one]}' if one in splits else 'not a plan of sets'})" for one in there) or "none"
        raise BadInput(
            f"swaps need a plan that parts {_several(by)}, found {found}; make one with: cellswap plan --split {wording.option(by)},"
            " or evaluate real crops alone: --setting baseline"
        )
    if len(fitting) > 1:
        raise BadInput(f"swaps of {len(fitting)} plans that part {_several(by)} are embedded; say which with --plan: {', '.join(fitting)}")
    return fitting[0]


def _asked_for(splits: dict[str, str], plan_id: str, by: str) -> str:
    if plan_id not in splits:
        raise UnknownName("plan of sets", plan_id, splits)
    if splits[plan_id] != by:
        parts = f"parts {_several(splits[plan_id])}" if splits[plan_id] != "none" else "parts nothing"
        raise BadInput(f"{plan_id}: it {parts}, expected a plan that parts {_several(by)}: cellswap plan --split {wording.option(by)}")
    return plan_id


def factorial(connection: duckdb.DuckDBPyConnection, plan_id: str | None) -> str:
    """The plan asked for, else the only factorial one; BadInput where there is none, more than one, or it is not factorial."""
    kinds = dict(connection.execute("SELECT plan_id, kind FROM plans ORDER BY 1").fetchall())
    crossed = [name for name, kind in kinds.items() if kind == "factorial"]
    if plan_id is not None and plan_id not in kinds:
        raise UnknownName("plan", plan_id, crossed)
    if plan_id is not None and plan_id not in crossed:
        raise BadInput(f"{plan_id} is a plan of {kinds[plan_id]}; expected each centre on each background: cellswap plan --factorial 60x60")
    if plan_id is None and len(crossed) != 1:
        known = f"{len(crossed)}: {', '.join(crossed)}; say which with --plan"
        found = known if crossed else "none; make it with: cellswap plan --factorial 60x60"
        raise BadInput(f"expected one factorial plan, found {found}")
    return plan_id or crossed[0]


@dataclass(frozen=True)
class Gaps:
    """What a plan lacks: `absent` gives the reason for a set without an image of it; `notes` say how many images are missing."""

    absent: dict[EmbeddingSet, str]
    notes: tuple[str, ...]


def gaps(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], plan_id: str | None, images: int | None = None) -> Gaps:
    """What some embedding sets lack of a plan's images, or of the first `images` of each of its sets; nothing without a plan."""
    if plan_id is None:
        return Gaps({}, ())
    absent: dict[EmbeddingSet, str] = {}
    notes = [f"images as {plan_id} drew them"]
    for chosen in sets:
        names = {**chosen.names, "plan_id": plan_id, "images": images}
        [(n, there)] = connection.execute(sql.query("planned_embedded"), names).fetchall()
        if not there:
            absent[chosen] = f"none of the {n} images of {plan_id} is embedded" if n else f"{plan_id} has no such setting"
        elif there < n:
            notes.append(f"{chosen}: {n - there} of {n} planned images have no vector")
    return Gaps(absent, (*notes, *_short(connection, [chosen for chosen in sets if chosen not in absent], plan_id)))


def _short(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], plan_id: str) -> list[str]:
    """What to say of a plan whose sets in these settings have fewer images than it wanted."""
    names = {"plan_id": plan_id, "settings": sorted({plain(images.setting) for images in sets})}
    n_short, n_sets, fewest, wanted = connection.execute(sql.query("planned_short"), names).fetchall()[0]
    said = f"{plan_id}: {n_short} of {n_sets} sets have fewer images than wanted, the smallest {fewest} of {wanted}: see the view plan_sets"
    return [said] if n_short else []


def _several(unit: str) -> str:
    """What a plan parts, in the words of the store."""
    return wording.plural(wording.said(unit))
