"""Two stores that reports only read, made once: an empty one, and one with rows in every table that a report shows."""

import pytest

from cellswap.reports import run
from cellswap.reports.items import Report
from cellswap.store import folder
from cellswap.store.create import create
from cellswap.store.folder import Store

from ...report_results import fill_all  # noqa: TID252 - tests have no package of their own to name
from ...report_store import HOSTILE  # noqa: TID252 - tests have no package of their own to name


@pytest.fixture(scope="session")
def empty_store(empty) -> Store:
    return folder.read(empty)


@pytest.fixture(scope="session")
def full_store(tmp_path_factory) -> Store:
    store = create(tmp_path_factory.mktemp("full") / "store")
    fill_all(store)
    return store


@pytest.fixture(scope="session")
def report(full_store) -> Report:
    return run.gathered(full_store, f"A title {HOSTILE}")
