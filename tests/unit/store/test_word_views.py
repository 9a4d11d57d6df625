"""The views of the program's own words say what the vocabulary says."""

from cellswap.store import database
from cellswap.store.describe import describe
from cellswap.store.vocabulary import LOCALIZATIONS, REAL, SETTINGS


def test_the_settings_are_rows(store):
    with database.connect(store) as connection:
        rows = connection.execute("SELECT * EXCLUDE (meaning) FROM settings ORDER BY rank").fetchall()
        explained = dict(connection.execute("SELECT setting, meaning FROM settings").fetchall())
    assert rows == [
        ("baseline", 0, 0, "base", None, None, False),
        ("same_class_swap", 1, 1, "same", "cell", "same", True),
        ("cell_free_swap", 2, 3, "batch", "window", "another", True),
        ("diff_class_swap", 3, 2, "diff", "cell", "another", True),
        ("masked", 4, 4, "mask", None, None, True),
    ]
    assert explained == {name: setting.meaning for name, setting in SETTINGS.items()}
    assert REAL == ("baseline", "masked")


def test_the_classes_are_ranked(store):
    with database.connect(store) as connection:
        assert connection.execute("FROM chosen_classes ORDER BY rank").fetchall() == list(enumerate(LOCALIZATIONS))


def test_they_are_described(store):
    meaning, key, columns = describe(store, "settings")
    assert meaning.startswith("What can be done to the background")
    assert (key, [(c.column, c.type) for c in columns][:3]) == (
        ("setting",), [("setting", "VARCHAR"), ("rank", "INTEGER"), ("plan_rank", "INTEGER")],
    )  # fmt: skip
    assert describe(store, "chosen_classes")[1] == ("class",)
