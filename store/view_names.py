"""What the views of layers are called: names that need no quotes, and never one name for two layers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable

from cellswap import sql
from cellswap.store import word_views
from cellswap.store.schema import RUNS, TABLES
from cellswap.store.wording import Words

Layer = tuple[str, str, str]  # model, layer and pooling
DIGITS = 6


def of_layers(layers: Iterable[Layer]) -> dict[Layer, str]:
    """For each layer its view's name, `embedding_<model>_<layer>_<pooling>`.

    DuckDB tells no capital from a small letter, and what is no letter or digit becomes _: my-net, my_net and My.Net would be one.
    Such names end in a hash of the real ones, each of them: a query must not read another network than it was written for.
    """
    chosen = {layer: plain("embedding", *layer) for layer in layers}
    several = {name for name, n in Counter(chosen.values()).items() if n > 1} | _taken(chosen.values())
    return {layer: f"{name}_{_hash(layer)}" if name in several else name for layer, name in chosen.items()}


def renamed(there: Collection[Layer], more: Collection[Layer]) -> dict[Layer, Layer]:
    """Each layer of a store whose view would be called otherwise once `more` are there too, and the one of these that takes its name."""
    before, after = of_layers(there), of_layers({*there, *more})
    by_name = {plain("embedding", *layer): layer for layer in more if layer not in before}
    return {layer: by_name[name] for layer, name in before.items() if after[layer] != name}


def of_conditions(view: str) -> str:
    """The view of a layer's conditions beside that of its images."""
    return view.replace("embedding_", "condition_mean_", 1)


def plain(*names: str) -> str:
    """The names in one that needs no quotes."""
    return "_".join("".join(ch if ch.isalnum() else "_" for ch in name.lower()) for name in names)


def _taken(names: Collection[str]) -> set[str]:
    """Those of the names that a table or another view has, or of which the view of conditions would have one's."""
    others = {*TABLES, RUNS.name, *(view.name for view in word_views.views(Words())), *sql.view_names()}
    return {name for name in names if name in others or of_conditions(name) in others}


def _hash(layer: Layer) -> str:
    return hashlib.sha256("\x1f".join(layer).encode()).hexdigest()[:DIGITS]
