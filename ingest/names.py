"""Names of conditions and genes as people and spreadsheets write them, and what of them a store knows.

The one place that says whether a name matches anything: case, spaces around it and kinds of dashes do not count; words
for nothing are no names; a gene that a spreadsheet took for a date is one no more.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cellswap.errors import BadInput, shown
from cellswap.store import database
from cellswap.store.folder import Store

# How spreadsheets, R, pandas and SQL write that there is nothing.
NOTHING = (
    *("na", "n/a", "#n/a", "#na", "n.a.", "n.a", "n.d.", "<na>", "nan", "-nan", "1.#qnan", "null", "#null!", "none", "nil"),
    *("-", "--", "---", ".", "..", "?", "n/v", "#value!", "#ref!", "#name?", "#div/0!", "#num!"),
    *("not available", "not applicable", "missing", "undefined", "unassigned", "(null)", "(none)", "(na)", "\\n"),
)
# Words of a plate map that say of a well that nobody put anything in.
EMPTY = ("", "blank", "empty", "(blank)", "(empty)", "empty well", "blank well", "no strain")
WHOLE = r"([0-9]+)[.,]0+"
EXAMPLES = 3
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")
_UNSEEN: dict[int, int | None] = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))
# Systematic names of budding yeast are written in capitals (https://www.yeastgenome.org/help/community/nomenclature-conventions).
_YEAST = re.compile(r"y[a-p][lr][0-9]{3}[wc](-[a-z])?", re.IGNORECASE)
_MONTHS = (
    "jan feb mar apr may jun jul aug sep sept oct nov dec march april june july mär märz mrz mai okt dez"
    " janv févr fév mars avr juin juil août déc ene abr ago dic gen mag giu lug set ott out mrt mei maj"
)
_MONTH = "(" + "|".join(sorted(_MONTHS.split(), key=len, reverse=True)) + r")\.?"
# 1-Oct, 01. Okt, Oct-1, 2023-10-01 (00:00:00), 1/10/2023, and 44105: the days since 1900 of 2000 to 2064.
_DATE = re.compile(
    rf"[0-9]{{1,2}}\.?[-/. ]?{_MONTH}([-/. ][0-9]{{2,4}})?|{_MONTH}[-/. ][0-9]{{1,4}}"
    r"|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T].*)?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}|(3[6-9]|4[0-9]|5[0-9])[0-9]{3}(\.0+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Known:
    """The names that a store knows: each condition by its folded form, and the conditions of each folded gene name.

    `conditions` are those of the table conditions; `spelled` those of wells and fields that the table lacks.
    """

    conditions: dict[str, str]
    genes: dict[str, tuple[str, ...]]
    spelled: dict[str, str]

    def spelling(self, text: str) -> str:
        """The condition as the store spells it; as it stands where the store has no such name."""
        name = fold(text)
        return self.conditions.get(name) or self.spelled.get(name) or standard(text)

    def has(self, text: str) -> bool:
        """Whether the table conditions has this condition."""
        return fold(text) in self.conditions

    def of_gene(self, text: str) -> str | None:
        """The condition of the one condition whose gene is called so; a name that two have is nobody's."""
        found = self.genes.get(fold(text), ())
        return found[0] if len(found) == 1 else None

    def condition(self, text: str) -> str | None:
        """The condition of the table conditions that a name stands for, be it a condition or a gene."""
        return self.conditions.get(fold(text)) or self.of_gene(text)


def known(store: Store) -> Known:
    """What the store knows now."""
    with database.connect(store) as connection:
        conditions = connection.execute("SELECT condition, gene FROM condition_classes ORDER BY condition").fetchall()
    genes: dict[str, tuple[str, ...]] = {}
    for condition, gene in conditions:
        if gene:
            genes[fold(gene)] = (*genes.get(fold(gene), ()), condition)
    spelled: dict[str, str] = {}
    for condition in held(store):
        spelled.setdefault(fold(condition), condition)
    return Known({fold(condition): condition for condition, _ in conditions}, genes, spelled)


def held(store: Store) -> list[str]:
    """The conditions of the store's wells and fields, each spelling."""
    with database.connect(store) as connection:
        query = (
            "SELECT condition FROM (SELECT condition FROM wells UNION SELECT condition FROM fields) WHERE condition IS NOT NULL ORDER BY 1"
        )
        return [condition for (condition,) in connection.execute(query).fetchall()]


def fold(text: str) -> str:
    """What two spellings of a name have in common."""
    return " ".join(tidy(text).casefold().split())


def tidy(text: str) -> str:
    """The name with plain dashes, and without characters that nobody sees and spaces around it."""
    return unicodedata.normalize("NFC", text).translate(_UNSEEN).translate(_DASHES).replace("\xa0", " ").strip()


def standard(text: str) -> str:
    """The name, a systematic one of yeast in capitals."""
    name = tidy(text)
    return name.upper() if _YEAST.fullmatch(name) else name


def word(text: str | None) -> str | None:
    """The name, or None where it is a word for nothing."""
    name = tidy(text or "")
    return None if name.casefold() in NOTHING or name.casefold() in EMPTY else name


def whole(text: str | None) -> int | None:
    """The whole number from 0, `1.0` too; None where it is none."""
    found = re.fullmatch(rf"{WHOLE}|([0-9]+)", (text or "").strip())
    return int(found[1] or found[2]) if found and len(found[0]) < 10 else None


def date_like(text: str) -> bool:
    """Whether the name looks like what a spreadsheet makes of OCT1, SEP2 or MARCH1."""
    return _DATE.fullmatch(tidy(text)) is not None


def some(names: Iterable[str]) -> str:
    """The most frequent names, as examples."""
    counted = Counter(names)
    first = sorted(counted, key=lambda name: (-counted[name], name))[:EXAMPLES]
    return ", ".join(shown(name, 60) for name in first)


def date_note(names: Iterable[str], where: str) -> str | None:
    """What to say of names that look like dates; None where there are none."""
    there = [name for name in names if name]
    # Where most names are numbers, as those of some gene catalogues are, a number is no date.
    numbers = 2 * sum(name.isdecimal() for name in there) > len(there)
    dates = [name for name in there if date_like(name) and not (numbers and name.isdecimal())]
    if not dates:
        return None
    return (
        f"{len(dates)} names in {where} look like dates, for example {some(dates)}: a spreadsheet makes such of"
        " OCT1, SEP2 or MARCH1; write the names anew, as text"
    )


def plate_of(plates: Iterable[str], wanted: str) -> str | None:
    """The plate among these that is called so: letter by letter, else but for case, spaces and a `.0`; BadInput where two are."""
    there = sorted(set(plates))
    if wanted in there:
        return wanted
    near = [plate for plate in there if _plate(plate) == _plate(wanted)]
    if len(near) > 1:
        raise BadInput(f"names the plates {', '.join(map(shown, near))}; which of them is '{shown(wanted)}'?")
    return near[0] if near else None


def _plate(text: str) -> str:
    return re.sub(f"^{WHOLE}$", r"\1", fold(text))
