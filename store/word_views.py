"""The program's own words as views, in every store: a query orders and explains settings and networks by joining them."""

from __future__ import annotations

from cellswap.sql import View, ViewColumn
from cellswap.store.vocabulary import NETWORKS, SETTINGS
from cellswap.store.wording import Words


def views(words: Words) -> tuple[View, ...]:
    """The views `settings` and `networks`, each row a word and what is known of it, as people of a store read it."""
    return _settings(words), _NETWORKS


def _view(name: str, meaning: str, key: str, columns: tuple[ViewColumn, ...], rows: list[tuple[object, ...]]) -> View:
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return View(name, meaning, (key,), columns, f"SELECT * FROM (VALUES {values}) AS v({', '.join(c.name for c in columns)})")


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else str(value)


_NETWORKS = _view(
    "networks",
    "The paper's networks. Others follow them by their names: LEFT JOIN networks USING (model), then ORDER BY rank, model.",
    "model",
    (ViewColumn("model", "the network", ""), ViewColumn("rank", "place in the paper's tables, from 0", "")),
    [(name, place) for place, name in enumerate(NETWORKS)],
)
_SETTINGS = (
    "settings",
    (
        "What can be done to the background of an image (paper 3.3). A variant stands under the setting that it varies:"
        " join by split_part(setting, '+', 1)."
    ),
    "setting",
    (
        ViewColumn("setting", "the setting", ""),
        ViewColumn("rank", "place in the paper's tables, from 0", ""),
        ViewColumn("plan_rank", "place in a plan and in the paper's Figure 1A, from 0", ""),
        ViewColumn("code", "the authors' name of it in their result files", ""),
        ViewColumn("behind", "what is composed behind the centre: cell or window; NULL where nothing is, the crop being real", ""),
        ViewColumn("class_behind", "the class of that beside the centre's: same or another", ""),
        ViewColumn("needs_mask", "whether the centre cell's mask is needed", ""),
        ViewColumn("meaning", "what the image shows", ""),
    ),
)


def _settings(words: Words) -> View:
    known = enumerate(SETTINGS.items())
    rows: list[tuple[object, ...]] = [
        (name, s.rank, place, s.code, s.behind, s.class_behind, s.needs_mask, words.said(s.meaning)) for place, (name, s) in known
    ]
    return _view(*_SETTINGS, rows)
