"""No message is written in the words of the paper's screen: a store says what its people call a condition and a class."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = re.compile(r"\b(yeast|huh|orfs?|proteins?|localizations?)\b", re.IGNORECASE)
# A text of several words that is no SQL and no list of names.
PROSE, SQL = re.compile(r"[a-z]+ [a-z]"), re.compile(r"\b(SELECT|FROM|ORDER BY|GROUP BY|JOIN|WHERE|VARCHAR|USING)\b")
# What speaks of the paper, of its screen or of a screen that is drawn after it.
OF_PAPER = (
    "ingest/simulate/", "ingest/layouts/", "ingest/features.py", "ingest/published.py", "ingest/plate_map.py", "extract/networks/",
    "store/schema/", "store/vocabulary.py", "store/presets.py", "store/wording.py", "store/database.py", "store/word_views.py",
    "cellswap/cli/demo.py",
)  # fmt: skip
# What only a store of yeast says, the name of a column, and two texts from which seeds are made.
YEASTS_OWN = (
    "labels of budding yeast", "these are proteins of budding yeast", "is no localization of the vocabulary",
    "--layout {} has a scheme of its own, localization", ", side, proteins", ", class, proteins of the class",
)  # fmt: skip
FILES = sorted(
    path
    for stage in ("cellswap/cli", "store", "ingest", "extract", "evaluate")
    for path in (ROOT / stage).rglob("*.py")
    if not path.relative_to(ROOT).as_posix().startswith(OF_PAPER)
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_message_asks_for_its_words(path: Path) -> None:
    found = [text for text in _texts(ast.parse(path.read_text(encoding="utf-8"))) if _is_of_yeast(text)]
    assert not found, "ask cellswap.store.wording for the word"


def test_a_yeast_word_is_found() -> None:
    """The search itself: a word inside a message, none in a docstring, in help or in SQL."""
    tree = ast.parse(
        '"""Of proteins and so on."""\nrun.note(f"{n} proteins were read")\ng("SELECT the proteins FROM x", help="a protein of it")'
    )
    assert [text for text in _texts(tree) if _is_of_yeast(text)] == ["{} proteins were read"]


def _is_of_yeast(text: str) -> bool:
    return bool(WORDS.search(text) and PROSE.search(text) and not SQL.search(text) and not any(own in text for own in YEASTS_OWN))


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts of a program that may be shown, {} in the place of what is put in: no docstrings and no help."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_help = isinstance(child, ast.keyword) and child.arg == "help"
        if not (is_docstring or is_help or (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant))):
            yield from _texts(child)
