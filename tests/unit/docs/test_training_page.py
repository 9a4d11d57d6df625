"""The tables of the training page are the rows of their queries, and nothing else of the page changes."""

import re
import runpy
from pathlib import Path

from ...report_store import write  # noqa: TID252 - tests are no package

DOCS = Path(__file__).resolve().parents[3] / "docs"
MADE = runpy.run_path(str(DOCS / "make_training_page.py"))
CLASSIFIER = {
    "layer": "conv8", "pooling": "avg", "class_by": "localization", "class_1": "ER", "class_2": "nucleus", "grouped_by": "nothing",
    "folds": "5",
    "n_train": 80, "n_test": 20, "n_class_1": 50, "n_class_2": 50, "c": 1.0, "scheme": "certified", "route": "newton", "converged": True,
}  # fmt: skip


def test_a_table_is_filled_from_its_store(store):
    note = "trained by cellswap train on screen s: 9 crops, 3 labels (protein), robust center+swap, split by field, seed 0, epoch 3 of 4"
    write(store, "models", "extract", [{"model": "m", "network": "pifia-narrow", "weights_note": note}])
    write(store, "pair_accuracy", "evaluate", [
        CLASSIFIER | {"model": "m", "setting": setting, "task_id": setting, "fold": 0, "accuracy": accuracy, "background": behind}
        for setting, accuracy, behind in (("same_class_swap", 0.9, None), ("diff_class_swap", 0.7, "Golgi"))
    ])  # fmt: skip
    text = f"before\n<!-- {store.path.name} networks -->\nold\n<!-- end -->\nafter\n"
    first, *lines, last = MADE["filled"](text, store.path.parent).splitlines()
    assert (first, last) == ("before", "after")
    assert lines[-2] == "| m | pifia-narrow | center+swap | epoch 3 of 4 | conv8 |  | 0.900 |  | 0.700 |  | 0.200 |  |  | 50 |"


def test_every_table_of_the_page_has_its_query_and_rows():
    page = (DOCS / "training.md").read_text(encoding="utf-8")
    tables = re.findall(r"<!-- (\w+) (\w+) -->\n(.*?)<!-- end -->", page, re.DOTALL)
    queries = Path(DOCS.parent / "sql/queries/training_page")
    assert {query for _, query, _ in tables} == {path.stem for path in queries.iterdir()}
    assert all(len(rows.splitlines()) > 2 for *_, rows in tables)
