"""`cellswap sql` on a real terminal: completion, several lines, history, errors, the pager, and the same locked door."""

from __future__ import annotations

import pytest
from prompt_toolkit.document import Document

from cellswap.cli import prompt
from cellswap.store import locked, parts

from ..terminal import Terminal  # noqa: TID252 - tests are no package

CONDITIONS = {
    "condition": [f"YAL{i:03d}C" for i in range(300)], "gene": [None] * 300,
    "abundance": [None] * 300, "abundance_note": [None] * 300, "purity": [None] * 300,
}  # fmt: skip


@pytest.fixture
def filled(store):
    parts.write(store, "conditions", ("labels",), CONDITIONS, "run-1")
    return store


@pytest.fixture
def terminal(filled, tmp_path):
    opened: list[Terminal] = []

    def open_one(*arguments, pager="cat"):
        more = {"PAGER": pager, "XDG_STATE_HOME": str(tmp_path / "state")}
        opened.append(Terminal("sql", "--store", filled.path, *arguments, **more))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def test_a_query_over_two_lines_with_completion(terminal):
    at = terminal()
    at.see("cellswap>")
    at.press("SELECT count(*) AS counted\rFROM conditio\t")
    at.see("One row a condition")  # the meaning beside the name
    at.press("_classes;\r")  # what all that fit have in common was filled in: condition
    at.see("counted\r\n-------\r\n    300\r\n")
    at.see("cellswap>")
    at.press("\x04")
    assert at.leave() == 0


def test_an_error_is_said_and_the_prompt_goes_on(terminal):
    at = terminal()
    at.see("cellswap>")
    at.press("SELECT * FROM read_text('/etc/passwd');\r")
    at.see("error: SQL: Permission Error")
    at.press("COPY conditions TO 'x.csv';\r")
    at.see("only a query that reads is run")
    at.press("SELECT getvariable('no') IS NULL AS still_here;\r")
    at.see("True")
    at.press(".describe store_facts\r")
    at.see("height and width of every crop")
    at.see("cellswap>")  # before it, Ctrl-D would be the terminal's own, and lost
    at.press("\x04")
    assert at.leave() == 0


def test_history_outlives_the_session(terminal, tmp_path):
    first = terminal()
    first.see("cellswap>")
    first.press("SELECT 6 * 7 AS answer;\r")
    first.see("42")
    first.see("cellswap>")
    first.press("\x04")
    first.leave()
    assert "+SELECT 6 * 7 AS answer;" in (tmp_path / "state" / "cellswap" / "sql_history").read_text()
    again = terminal()
    again.see("cellswap>")
    again.press("\x1b[A\r")
    again.see("42")


@pytest.mark.parametrize("word", ["exit", "quit;", "q", ".exit", ".quit"])
def test_the_usual_words_leave(terminal, word):
    at = terminal()
    at.see("cellswap>")
    at.press("help\r")
    at.see("the columns of one")
    at.see("cellswap>")
    at.press(f"{word}\r")
    assert at.leave() == 0


def test_ctrl_c_drops_the_line_not_the_session(terminal):
    at = terminal()
    at.see("cellswap>")
    at.press("SELECT nothing\x03")
    at.see("cellswap>")
    at.press("SELECT 'there' || ' still' AS it;\r")
    at.see("there still")


def test_a_long_table_goes_through_the_pager_which_may_stop_early(terminal):
    all_of_it = terminal("SELECT condition FROM condition_classes ORDER BY condition")
    shown = all_of_it.see("YAL299C")
    assert shown.count("YAL") == 300
    assert all_of_it.leave() == 0
    some = terminal("SELECT condition FROM condition_classes ORDER BY condition", pager="head -n 4")
    assert "YAL002C" not in some.see("YAL001C")
    assert some.leave() == 0


def test_what_is_completed(filled):
    names = prompt.Names(filled, locked.connect(filled))

    def offered(text):
        return [c.text for c in names.get_completions(Document(text), None)]

    assert offered("SELECT cla FROM condition_classes WHERE cla")[:2] == ["classes", "class"]
    assert offered("FROM plate_s") == ["plate_skew"]
    assert "SELECT" in offered("SEL")
    assert "select" in offered("sel")
    assert "array_cosine_distance" in offered("SELECT array_cos")
