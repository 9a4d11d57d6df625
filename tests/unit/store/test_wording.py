"""The words of a store: plurals, articles, prose, and what somebody calls a choice."""

from __future__ import annotations

import pytest

from cellswap.errors import UnknownName
from cellswap.store import presets, wording
from cellswap.store.facts import Asked
from cellswap.store.wording import Words

HUMAN = Words("antibody", "class", "DNA", "AGP", "cell-painting")


@pytest.mark.parametrize(
    ("word", "several"),
    [("gene", "genes"), ("class", "classes"), ("box", "boxes"), ("branch", "branches"), ("antibody", "antibodies"), ("day", "days"),
     ("cell line", "cell lines"), ("quartz", "quartzes"), ("brush", "brushes")],
)  # fmt: skip
def test_plurals(word: str, several: str) -> None:
    assert wording.plural(word) == several


@pytest.mark.parametrize(
    ("prose", "here"),
    [
        ("Proteins and localizations that training never saw", "Antibodies and classes that training never saw"),
        ("One point a localization, of a protein", "One point a class, of an antibody"),
        ("the protein's class, each protein's", "the antibody's class, each antibody's"),
        ("Mean of the protein channel", "Mean of the DNA channel"),
        ("a multiply localized protein", "an antibody of several classes"),
        ("crops of singly localized proteins", "crops of antibodies of one class"),
        ("the view accuracy_by_localization", "the view accuracy_by_localization"),
    ],
)
def test_prose_speaks_in_the_words_of_the_store(prose: str, here: str) -> None:
    assert HUMAN.said(prose) == here


def test_the_papers_words_stay() -> None:
    prose = "A multiply localized protein, its localizations and the protein channel"
    assert Words().said(prose) == wording.of(presets.YEAST).said(prose) == prose


def test_words_and_channels_are_those_of_the_facts() -> None:
    assert wording.of(presets.made(Asked(preset="cell-painting"))) == Words("compound", "mechanism", "DNA", "AGP", "cell-painting")


def test_messages_speak_of_the_store_at_hand() -> None:
    assert (wording.condition(), wording.conditions(), wording.well_name(), wording.option("--min-conditions")) == (
        "protein", "proteins", "ORF", "--min-proteins",
    )  # fmt: skip
    wording.use(HUMAN)
    assert (wording.conditions(1), wording.conditions(2), wording.class_(), wording.classes()) == (
        "antibody", "antibodies", "class", "classes",
    )  # fmt: skip
    assert (wording.well_name(), wording.with_article(wording.well_name()), wording.option("--min-conditions")) == (
        "antibody", "an antibody", "--min-conditions",
    )  # fmt: skip
    assert wording.multiply(1) == "antibody of several classes"


@pytest.mark.parametrize("text", ["protein", "condition", "gene", "Gene"])
def test_a_condition_is_known_by_any_of_its_names(text: str) -> None:
    wording.use(Words("gene", "compartment", preset="opencell"))
    assert wording.kind("--by", text, ("class", "condition")) == "condition"


def test_a_class_is_known_by_any_of_its_names_and_nothing_else_is_known() -> None:
    wording.use(Words("gene", "compartment", preset="opencell"))
    assert {wording.kind("--by", text, ("class", "condition")) for text in ("localization", "class", "compartment")} == {"class"}
    assert wording.kind("--by", "plate", ("condition", "plate")) == "plate"
    with pytest.raises(UnknownName, match="--by: unknown choice 'well'; known are gene, plate"):
        wording.kind("--by", "well", ("condition", "plate"))
