"""The table of mutants can be carried out: each text stands once in its file, and its tests are there."""

from __future__ import annotations

import ast

import pytest

from tests import mutants

TABLE = mutants.table()


def test_names_differ_and_there_are_many():
    assert len({m.name for m in TABLE}) == len(TABLE) >= 30


@pytest.mark.parametrize("mutant", TABLE, ids=lambda m: m.name)
def test_the_text_stands_once_and_its_tests_are_there(mutant):
    assert mutant.fault() is None
    assert mutant.text != mutant.instead
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((mutants.ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert not name or name.partition("[")[0] in functions, test
