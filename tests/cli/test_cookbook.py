"""docs/cookbook.md: every query runs, and answers what the page says."""

from __future__ import annotations

import importlib.util
import re

import pytest

from ..conftest import ROOT  # noqa: TID252 - tests are no package

PAGE = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cookbook():
    spec = importlib.util.spec_from_file_location("make_cookbook", ROOT / "docs" / "make_cookbook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_twenty_questions_each_with_an_answer(cookbook):
    questions = re.findall(r"^## (\d+)\. .+\?$", PAGE, re.MULTILINE)
    assert questions == [str(i) for i in range(1, 21)]
    answers = [found.group().rpartition("```text\n")[2].splitlines()[:-1] for found in cookbook.QUERY.finditer(PAGE)]
    assert len(answers) == PAGE.count("```sql") == 20
    assert min(map(len, answers)) >= 3  # names, a rule, and a row


@pytest.mark.slow
def test_the_answers_are_still_the_same(cookbook, tmp_path):
    assert cookbook.page(cookbook.make_store(tmp_path), PAGE).splitlines() == PAGE.splitlines()
