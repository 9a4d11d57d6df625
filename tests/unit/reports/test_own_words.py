"""A store of other cells than yeast shows its own words on every page and in every list, and nothing of the paper's screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from cellswap.reports import html, run
from cellswap.reports.items import Report
from cellswap.store import database, describe, wording
from cellswap.store.create import create
from cellswap.store.facts import Asked
from cellswap.store.folder import Store
from cellswap.store.status import next_command, status_of
from tests import report_results, report_store

PAPERS = re.compile(r"\b(yeast|huh|orfs?|bud|proteins?|localizations?|localized)\b", re.IGNORECASE)
ASIDE = re.compile(r"<(pre|dt|script)\b.*?</\1>", re.DOTALL)
SPEC = re.compile(r'<script type="application/json"[^>]*>(.*?)</script>', re.DOTALL)
CHANNELS = {"DNA": "ch1", "RNA": "ch2", "AGP": "ch3"}
WORDS = {"condition_word": "gene", "class_word": "compartment"}


@pytest.fixture(scope="module")
def empty_human(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return create(tmp_path_factory.mktemp("human") / "store", Asked(100, CHANNELS, signal="DNA", marker="AGP", words=WORDS))


@pytest.fixture(scope="module")
def human(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with rows in every table that a report shows, but for the paper's own."""
    store = create(tmp_path_factory.mktemp("human") / "store", Asked(64, CHANNELS, signal="DNA", marker="AGP", words=WORDS))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report_store, "_published", lambda *_: None)
        report_results.fill_all(store)
    return store


def _report(store: Store) -> Report:
    return run.gathered(store, "A title")


def _words(report: Report) -> Iterator[str]:
    """All that people read on the pages: texts without names of columns, commands' arguments and SQL, and the charts' titles."""
    for page in report.pages:
        text = html.folder_page(report, page)
        for spec in map(json.loads, SPEC.findall(text)):
            yield from _titles({name: part for name, part in spec.items() if name != "datasets"})
        for line in re.split(r"<[^>]+>", ASIDE.sub(" ", text.replace("<td>localization</td>", ""))):  # the scheme's name
            if not line.lstrip().startswith("{"):  # arguments of a run
                yield unescape(line).strip()


def _titles(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (each for name, each in part.items() if name in ("title", "text", "labels") and isinstance(each, str))
        yield from (each for name, each in part.items() if name == "labels" and isinstance(each, list) for each in each)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _titles(each)


def _found(texts: Iterator[str]) -> list[str]:
    return sorted({text for text in texts if PAPERS.search(text)})


def test_pages_without_rows_speak_in_the_words_of_the_store(empty_human: Store) -> None:
    report = _report(empty_human)
    assert not _found(_words(report))
    said = " ".join(_words(report))
    assert "averaged over five folds" in said
    assert "which compartment" not in said
    assert "tells the compartment of a cell when its neighbours change" in said
    assert "Mean of the DNA channel over the whole crop." in said
    assert "bootstrap intervals over genes" in said


def test_pages_with_rows_speak_in_the_words_of_the_store(human: Store) -> None:
    assert not _found(_words(_report(human)))


def test_commands_of_a_page_are_those_of_any_screen(empty_human: Store) -> None:
    todo = {line for page in _report(empty_human).pages for item in page.items for line in item.todo}
    assert "cellswap evaluate pairs --by class" in todo
    assert not [line for line in todo if re.search(r"published|pifia |pci|deepyeast|simulate", line)]


def test_the_papers_figures_are_on_no_page(empty_human: Store, empty_store: Store) -> None:
    titles = {item.title for page in _report(empty_human).pages for item in page.items}
    papers = {item.title for page in _report(empty_store).pages for item in page.items}
    assert {"Table 1 by both rules", "Figure 2", "Supplementary Table 2", "Beside Supplementary Table 1"} <= papers - titles
    assert "Accuracy by setting" in titles
    assert "Accuracy by setting, beside the paper" in papers


def test_meanings_speak_in_the_words_of_the_store(human: Store) -> None:
    shown = {each.name for each in describe.tables(human)}
    texts = [
        text
        for name, _, meaning, columns in database.describe_all(human)
        if name in shown and not name.startswith("truth_")
        for text in (meaning, *(f"{text} {unit}" for text, unit in columns.values()))
    ]
    names = re.compile(r"(view|table) (proteins|localizations)|join on orf")
    assert not [text for text in texts if PAPERS.search(names.sub("", text))]
    with database.connect(human) as connection:
        assert "of another gene" in str(connection.execute("SELECT list(meaning) FROM settings").fetchall())


def test_lists_name_nothing_of_the_papers_own(human: Store, empty_human: Store, empty_store: Store) -> None:
    for store in (human, empty_human):
        assert not [each.name for each in describe.tables(store) if re.search("published|printed|compared", each.name)]
    assert not wording.of(empty_human.facts).shown({"truth_cells": 0, "published_kl": 0, "kl_compared": 3})
    assert len(describe.tables(empty_store)) > len(describe.tables(empty_human))


def test_the_next_command_is_one_for_any_screen(empty_human: Store, empty_store: Store) -> None:
    assert next_command(status_of(empty_human)) == "cellswap ingest fields PATH"
    assert "budding yeast" in next_command(status_of(empty_store))


def test_a_store_of_yeast_keeps_each_page_as_it_is_written(empty_store: Store) -> None:
    report = _report(empty_store)
    said = {line for line in _words(report) if PAPERS.search(line)}
    assert "Crops by class and protein #" not in said
    assert {"Held-out proteins", "Mean of the protein channel over the whole crop."} <= said
    assert Path(report.store).name == "store"
