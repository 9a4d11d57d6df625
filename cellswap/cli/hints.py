"""The commands that may come next on a store, each with the names that this store has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cellswap.cli.outcome import words
from cellswap.store import database
from cellswap.store.folder import Store
from cellswap.store.status import Status, next_command
from cellswap.store.vocabulary import REAL

LAST_EXTRACTION = """
    SELECT arguments FROM runs WHERE command = 'extract' AND status = 'done' ORDER BY started_at DESC, run_id DESC LIMIT 1
"""


def labels(store: Store, path: Path) -> list[str]:
    """What to say of labels that come with the package: those of yeast, for a store of yeast."""
    if store.facts.preset != "yeast":
        return []
    return [f"labels of budding yeast come with the package: {words('cellswap', 'ingest', 'labels', '--store', path)}"]


def extract(store: Store, plan_id: str | None = None) -> str:
    """`cellswap extract` with the network that ran last on the store; MODEL and FILE stand for one where none has."""
    last = _last_extraction(store)
    plan = ["--plan", plan_id] if plan_id else []
    return words("cellswap", "extract", *(_network(last) if last else ["--model", "MODEL", "--weights", "FILE"]), *plan)


def evaluate(store: Store, model: str, plan_id: str | None, screen: str | None = None) -> str:
    """`cellswap evaluate pairs` of a plan's images; without a plan, of real and masked crops of one screen."""
    if plan_id:
        return words("cellswap", "evaluate", "pairs", "--model", model, "--plan", plan_id)
    with database.connect(store) as connection:
        screens = [name for (name,) in connection.execute("SELECT DISTINCT screen FROM crops ORDER BY 1").fetchall()]
        query = "SELECT DISTINCT setting FROM embeddings WHERE model = ? AND list_contains(?, setting) ORDER BY 1"
        settings = [word for (name,) in connection.execute(query, [model, list(REAL)]).fetchall() for word in ("--setting", name)]
    one = ["--screen", screen or screens[0]] if len(screens) > 1 else []
    return words("cellswap", "evaluate", "pairs", "--model", model, *settings, *one)


def waiting(store: Store, found: Status) -> list[str]:
    """What the store waits for."""
    commands = next_command(found).split(", or: ")
    last = _last_extraction(store)
    if commands[0].startswith("cellswap extract"):
        return [extract(store)]
    if commands[0].startswith("cellswap evaluate pairs") and last:
        planned = last.get("planned") or {}
        return [evaluate(store, _name(last), planned.get("plan_id"), last.get("screen"))]
    return commands


def _last_extraction(store: Store) -> dict[str, Any] | None:
    with database.connect(store) as connection:
        found = connection.execute(LAST_EXTRACTION).fetchone()
    return json.loads(found[0]) if found else None


def _name(extraction: dict[str, Any]) -> str:
    """What the model of an extraction is called in the store, as the stage calls it."""
    model = extraction["model"]
    usual = (model["network"].rpartition(":")[2], "five-crops" if model["five_crops"] else "", _precision(model))
    return model["name"] or "-".join(filter(None, usual))


def _precision(model: dict[str, Any]) -> str:
    return "" if model["precision"] == "float32" else model["precision"]


def _network(extraction: dict[str, Any]) -> list[str]:
    """The options that say which network an extraction ran, on which channels, and which of its layers were kept."""
    model = extraction["model"]
    weights, feeding = model["weights"], model["feeding"]
    options = ["--model", model["network"]]
    options += ["--weights", weights if Path(weights).is_file() else "FILE"] if weights else []
    options += ["--as", model["name"]] if model["name"] else []
    options += _channels(feeding) if feeding else []
    options += ["--preprocessing", model["preprocessing"]] if model["preprocessing"] else []
    options += ["--five-crops"] if model["five_crops"] else []
    options += ["--precision", model["precision"]] if _precision(model) else []
    options += ["--layers", ",".join(extraction["layers"])] if extraction["layers"] else []
    return options + (["--pooling", extraction["pooling"]] if extraction["pooling"] != "avg" else [])


def _channels(feeding: dict[str, Any]) -> list[str]:
    fed = ",".join(f"{role}={place}" for role, place in zip(feeding["roles"], feeding["places"], strict=True))
    return ["--channels", fed, "--inputs", str(feeding["n_inputs"]), *(["--replicate"] if feeding["replicate"] else [])]
