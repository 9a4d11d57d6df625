"""Settings stand in the paper's order, each before its variants."""

import pytest

from cellswap import sql
from cellswap.store import database

from ...report_results import FIT, LAST  # noqa: TID252 - tests are no package
from ...report_store import write  # noqa: TID252 - tests are no package

PAPERS = [
    "baseline",
    "same_class_swap",
    "same_class_swap+feather",
    "cell_free_swap",
    "diff_class_swap",
    "diff_class_swap+feather",
    "masked",
]


@pytest.mark.parametrize("name", ["headline", "own_summary", "own_classes"])
def test_a_variant_follows_its_setting(store, name):
    write(store, "pair_accuracy", "run", [
        LAST | FIT | {
            "task_id": setting, "setting": setting, "class_by": "localization", "class_1": "ER", "class_2": "nucleus", "background": None,
            "fold": 0, "accuracy": 0.5, "plan_id": None,
        }
        for setting in sorted(PAPERS, reverse=True)
    ])  # fmt: skip
    with database.connect(store) as connection:
        rows = connection.sql(sql.query(f"report/{name}"))
        found = [row[rows.columns.index("setting")] for row in rows.fetchall()]
    assert list(dict.fromkeys(found)) == PAPERS
