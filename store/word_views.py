"""The program's own words as views, in every store: a query orders and explains settings by joining them."""

from __future__ import annotations

from cellswap.sql import View, ViewColumn
from cellswap.store.vocabulary import SETTINGS


def views() -> tuple[View, ...]:
    """The view `settings`, each row a word and what is known of it."""
    return (_SETTINGS,)


def _view(name: str, meaning: str, key: str, columns: tuple[ViewColumn, ...], rows: list[tuple[object, ...]]) -> View:
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return View(name, meaning, (key,), columns, f"SELECT * FROM (VALUES {values}) AS v({', '.join(c.name for c in columns)})")


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else str(value)


_SETTINGS = _view(
    "settings",
    "What can be done to the background of an image (paper 3.3). A variant stands under the setting that it varies:"
    " join by split_part(setting, '+', 1).",
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
    [(name, s.rank, place, s.code, s.behind, s.class_behind, s.needs_mask, s.meaning) for place, (name, s) in enumerate(SETTINGS.items())],
)
