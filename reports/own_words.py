"""A page as people of one store read it: in the store's words, and without what only the paper's own screen can fill.

Captions, headers of queries and titles of axes are written once, in the paper's words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pyarrow as pa

from cellswap.reports.items import Answer, Body, ChartBody, Item, Page
from cellswap.sql import ViewColumn
from cellswap.store.wording import Words, plural

# Columns whose values are choices of a command, as condition or plate are, and no names of data.
CHOICES = ("asked", "grouped_by", "left_out", "split_by", "unit")
COMMENT = re.compile(r"--[^\n]*")
# What a command of a page is where the network, the layout or the choice of the paper's screen is not this store's.
ELSEWHERE = {
    r"--model pifia(-narrow)?\b": "--model MODEL",
    r"--layers d2\b": "--layers LAYERS",
    r"--layer d2\b": "--layer LAYER",
    r"--layout deepyeast": "--layout table",
    r"--by localization": "--by class",
}
PAPERS_OWN = re.compile(r"cellswap (ingest published|ingest crops|simulate)\b")


def of_page(page: Page, words: Words) -> Page:
    """The page with its title, lead and items in these words."""
    items = tuple(_item(item, words) for item in page.items)
    return replace(page, title=words.said(page.title), lead=words.said(page.lead), items=items)


def _item(item: Item, words: Words) -> Item:
    todo = item.todo if words.is_papers_screen else tuple(map(_elsewhere, (line for line in item.todo if not PAPERS_OWN.match(line))))
    return replace(item, title=words.said(item.title), caption=words.said(item.caption), body=_body(item.body, words), todo=todo)


def _elsewhere(command: str) -> str:
    for papers, general in ELSEWHERE.items():
        command = re.sub(papers, general, command)
    return command


def _body(body: Body, words: Words) -> Body:
    if not isinstance(body, ChartBody) or words.are_the_papers:
        return body
    return ChartBody({name: part if name == "datasets" else _spec(part, words) for name, part in body.spec.items()})


def _spec(part: Any, words: Words) -> Any:  # noqa: ANN401 - any part of a Vega-Lite specification
    """The part with titles of axes, names of a tooltip's figures and what a list chooses among in these words."""
    if isinstance(part, list):
        return [_spec(each, words) for each in part]
    if not isinstance(part, dict):
        return part
    made: dict[str, Any] = {
        name: words.said(each) if name == "title" and isinstance(each, str) else _spec(each, words) for name, each in part.items()
    }
    if "tooltip" in made:
        figures = made["tooltip"]
        made["tooltip"] = [{"title": column(figure["field"], words)} | figure for figure in figures]
    if made.get("input") == "select":
        made |= {"labels": [column(option, words) for option in made["options"]]}
    return made


def of_answer(answer: Answer, words: Words) -> Answer:
    """The answer with its meanings, units and choices in these words, and the comments of its SQL."""
    if words.are_the_papers:
        return replace(answer, rows=_chosen(answer.rows, words))
    columns = tuple(ViewColumn(c.name, words.said(c.meaning), words.said(c.unit)) for c in answer.columns)
    text = COMMENT.sub(lambda found: words.said(found[0]), answer.sql)
    return replace(answer, meaning=words.said(answer.meaning), sql=text, columns=columns, rows=_chosen(answer.rows, words))


def _chosen(rows: pa.Table, words: Words) -> pa.Table:
    for i, name in enumerate(rows.column_names):
        if name in CHOICES:
            said = [None if value is None else words.said(value) for value in rows.column(i).to_pylist()]
            rows = rows.set_column(i, name, pa.array(said, pa.string()))
        if name == "what":  # of a comparison: arguments and versions have their own names
            facts = [words.said(value) if value.startswith("store: ") else value for value in rows.column(i).to_pylist()]
            rows = rows.set_column(i, name, pa.array(facts, pa.string()))
        if name == "class_by":  # beside condition it holds names of schemes
            by = [words.condition if value == "condition" else value for value in rows.column(i).to_pylist()]
            rows = rows.set_column(i, name, pa.array(by, pa.string()))
    return rows


def column(name: str, words: Words) -> str:
    """What a column is called in a sentence: `n_conditions` is n proteins, and `condition` of a store of yeast the ORF."""
    called = {"condition": "ORF" if words.is_papers_screen else words.condition, "class": words.class_}
    called |= {"conditions": plural(words.condition), "classes": plural(words.class_)}
    *first, last = name.split("_")
    return " ".join([*(word if word == "class" else called.get(word, word) for word in first), called.get(last, last)])
