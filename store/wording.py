"""The words in which people read of a store: what they call a condition and a class, the channel that counts and that of whole cells.

Prose that is written once, as captions and headers of SQL are, has the paper's words, protein and localization, and `Words.said` puts
the store's in their place. A message, in which data stand beside words, asks for each: `wording.conditions()`. Choices of options and
values of tables are general, condition and class.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cellswap.errors import UnknownName, at
from cellswap.store.facts import Facts

CONDITION, CLASS = "protein", "localization"
# Plurals that take -es, and those in which y becomes -ies.
HISSING = re.compile(r"(s|x|z|ch|sh)$", re.IGNORECASE)
ENDS_IN_Y = re.compile(r"(?<![aeiou])y$", re.IGNORECASE)
VOWEL = re.compile(r"[aeiou]", re.IGNORECASE)
LOCALIZED = re.compile(r"\b(?P<article>an? )?(?P<how>singly|multiply) localized (?P<what>\w+)", re.IGNORECASE)
SIGNAL = re.compile(rf"\b{CONDITION}(?= (?:channel|intensity)\b)")
PAPERS = re.compile(rf"(?<!view )(?<!table )\b(?P<article>an? )?(?P<word>{CONDITION}|{CLASS})(?P<several>s?)\b(?!=)", re.IGNORECASE)
OF_PAPER, OF_TRUTH = re.compile(r"^(published|printed)_|_compared$"), re.compile(r"^truth_|_against_truth$")
HOW_MANY = {"singly": "one", "multiply": "several"}


def plural(word: str) -> str:
    """The word for several: genes, classes, branches, bodies, days."""
    if ENDS_IN_Y.search(word):
        return f"{word[:-1]}ies"
    return f"{word}es" if HISSING.search(word) else f"{word}s"


def capital(text: str) -> str:
    """The text as it begins a sentence."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Words:
    """A store's words; those of the paper where nobody says others."""

    condition: str = CONDITION
    class_: str = CLASS
    signal: str = "protein"
    marker: str = "cytoplasm"
    preset: str = "yeast"

    @property
    def are_the_papers(self) -> bool:
        """Whether conditions and classes are called what the paper calls them."""
        return (self.condition, self.class_) == (CONDITION, CLASS)

    @property
    def is_papers_screen(self) -> bool:
        """Whether the store is one of yeast, beside which the paper's own figures and labels can stand."""
        return self.preset == "yeast"

    def shown(self, rows: Mapping[str, int]) -> list[str]:
        """The tables and views that a list names, of these with their rows: all, but of the paper's own none where nobody read them."""
        paper = self.is_papers_screen or any(n for name, n in rows.items() if name.startswith("published_"))
        return [name for name, n in rows.items() if (not OF_PAPER.search(name) and (n or not OF_TRUTH.search(name))) or paper]

    def said(self, prose: str) -> str:
        """Prose in the paper's words, or a choice such as condition or plate, in these: article, plural and capital follow."""
        return self._choices.get(prose) or self.signal.join(map(self._said, SIGNAL.split(prose)))

    @property
    def _choices(self) -> Mapping[str, str]:
        one = {"condition": self.condition, "class": self.class_}
        several = {plural(name): plural(word) for name, word in one.items()}
        return one | several | {f"by {name}": f"by {word}" for name, word in one.items()}

    def _said(self, prose: str) -> str:
        return prose if self.are_the_papers else PAPERS.sub(self._instead, LOCALIZED.sub(self._of_classes, prose))

    def _instead(self, found: re.Match[str]) -> str:
        named = found["word"].casefold()
        word = self.condition if named == CONDITION else self.class_
        word = plural(word) if found["several"] else word
        article = found["article"] or ""
        if article:
            return f"{article[0]}{'n' if VOWEL.match(word) else ''} {word}"
        return capital(word) if found["word"][0].isupper() else word

    def _of_classes(self, found: re.Match[str]) -> str:
        what = PAPERS.sub(self._instead, f"{found['article'] or ''}{found['what']}")
        several = plural(self.class_) if found["how"].casefold() == "multiply" else self.class_
        return f"{what} of {HOW_MANY[found['how'].casefold()]} {several}"


# A plain place and no ContextVar: threads and worker processes of the command speak of the same store.
_at_hand = {"words": Words()}


def of(facts: Facts) -> Words:
    """The words of a store."""
    return Words(facts.condition_word, facts.class_word, facts.signal, facts.marker, facts.preset)


def use(words: Words) -> None:
    """Let all messages of this process speak so."""
    _at_hand["words"] = words


def at_hand() -> Words:
    """The words of the store that the command works on."""
    return _at_hand["words"]


def said(prose: str) -> str:
    """Prose in the paper's words, or one of the choices `condition` and `plate`, in the words of that store."""
    return at_hand().said(prose)


def by(name: str) -> str:
    """What a class is, in words: of `condition` the condition, else the name of the scheme."""
    return condition() if name == "condition" else name


def condition() -> str:
    """One condition."""
    return at_hand().condition


def conditions(n: int = 2) -> str:
    """Several conditions; one where n is 1."""
    return condition() if n == 1 else plural(condition())


def class_() -> str:
    """One class."""
    return at_hand().class_


def classes(n: int = 2) -> str:
    """Several classes; one where n is 1."""
    return class_() if n == 1 else plural(class_())


def well_name(*, several: bool = False) -> str:
    """What a well's name is of: of yeast the ORF, else the condition."""
    if at_hand().is_papers_screen:
        return "ORFs" if several else "ORF"
    return conditions() if several else condition()


def strain(*, several: bool = False) -> str:
    """What grows in a well: of yeast a strain, else the condition."""
    if at_hand().is_papers_screen:
        return "strains" if several else "strain"
    return conditions() if several else condition()


def with_article(word: str) -> str:
    """A word after a or an: an ORF, a gene."""
    return f"a{'n' if VOWEL.match(word) else ''} {word}"


def singly(n: int = 2) -> str:
    """Conditions of a single class: `singly localized proteins`; one where n is 1."""
    return said("singly localized proteins" if n != 1 else "singly localized protein")


def multiply(n: int = 2) -> str:
    """Conditions of several classes: `multiply localized proteins`; one where n is 1."""
    return said("multiply localized proteins" if n != 1 else "multiply localized protein")


def option(name: str) -> str:
    """The option, or its choice, of that name as this store's people read it: `--min-conditions` is `--min-proteins` too."""
    return name.replace("condition", CONDITION) if at_hand().are_the_papers else name


def kind(option: str, text: str, among: tuple[str, ...]) -> str:
    """The choice of an option that somebody names, where a condition is what the store or the paper calls so, too, and so is a class.

    UnknownName for anything else.
    """
    meant = {name: name for name in among}
    for name, papers, own in (("condition", CONDITION, condition()), ("class", CLASS, class_())):
        meant |= {papers: name, own.casefold(): name} if name in among else {}
    if text.casefold() not in meant:
        with at(option):
            raise UnknownName("choice", text, map(said, among))
    return meant[text.casefold()]
