"""What wells hold, in the names that the store knows, and what a reader must hear of names that match nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cellswap.ingest import names
from cellswap.ingest.field_files import NO_MAP, Listing
from cellswap.ingest.names import Known, some
from cellswap.ingest.plate_map import Content, content
from cellswap.store import wording

Wells = dict[tuple[str, str], Content]


def settled(listing: Listing, known: Known) -> Listing:
    """The listing with conditions as the store spells them and words for nothing read as such, and with notes on both."""
    raw: Wells = listing.wells | {(f.plate, f.well): f.holds for f in listing.fields if f.holds != NO_MAP}
    spell = _Spelling(known)
    wells = {key: spell.of(holds) for key, holds in sorted(raw.items())}
    fields = [replace(f, holds=spell.of(f.holds)) for f in listing.fields]
    notes = [*listing.notes, *_notes(raw, wells, known)]
    return replace(listing, fields=fields, wells={key: wells[key] for key in listing.wells}, notes=notes)


class _Spelling:
    """Spells conditions as the store does; one that it does not know as it came first."""

    def __init__(self, known: Known) -> None:
        self._known, self._first = known, dict[str, str]()

    def of(self, holds: Content) -> Content:
        """The content with its names settled."""
        if holds == NO_MAP or holds.content is not None:
            return holds
        made = content(holds.condition, holds.gene)
        if made.condition is None:
            return made
        spelled = self._known.spelling(made.condition)
        return replace(made, condition=self._first.setdefault(names.fold(spelled), spelled))


def _notes(raw: Wells, wells: Wells, known: Known) -> list[str]:
    there = [holds for holds in wells.values() if holds != NO_MAP]
    conditions = [holds.condition for holds in there if holds.condition]
    found = (
        _nothing(holds.content for holds in there),
        _respelled((raw[key].condition, wells[key].condition) for key in wells),
        _unknown(conditions, known),
        names.date_note([*conditions, *(holds.gene or "" for holds in there), *(holds.content or "" for holds in there)], "wells"),
        _no_condition(there, conditions),
    )
    return [note for note in found if note]


def _nothing(contents: Iterable[str | None]) -> str | None:
    words = [text for text in contents if text and text.casefold() in names.NOTHING]
    if not words:
        return None
    kinds = sorted(set(words))
    word = f"the word for their {wording.well_name()} is {', '.join(kinds)}"
    return f"{len(words)} wells hold no {wording.strain()}: {word}, which was read as nothing"


def _respelled(pairs: Iterable[tuple[str | None, str | None]]) -> str | None:
    changed = [f"{names.tidy(before)} as {after}" for before, after in pairs if before and after and names.tidy(before) != after]
    if not changed:
        return None
    return f"the {wording.well_name(several=True)} of {len(changed)} wells were read in another spelling, for example {some(changed)}"


def _unknown(conditions: list[str], known: Known) -> str | None:
    """What to say of conditions that the table conditions lacks; nothing where it is empty, and nobody can know."""
    lost = [condition for condition in conditions if not known.has(condition)] if known.conditions else []
    if not lost:
        return None
    genes = [f"{condition} is the gene of {of}" for condition in lost if (of := known.of_gene(condition))]
    a_name = wording.with_article(wording.well_name())
    hint = f"; {len(genes)} are names of genes where {a_name} is expected ({some(genes)})" if genes else ""
    return (
        f"{len(lost)} wells name {len(set(lost))} {wording.well_name(several=True)} that no {wording.condition()} of the store has,"
        f" for example {some(lost)}: they have no {wording.class_()}; mend the names, or ingest labels that know them{hint}"
    )


def _no_condition(there: list[Content], conditions: list[str]) -> str | None:
    genes = [holds.content for holds in there if holds.content and holds.content.casefold() not in (*names.EMPTY, *names.NOTHING)]
    if conditions or not genes:
        return None
    a_name = wording.with_article(wording.well_name())
    taken = f"{len(genes)} wells, such as {some(genes)}, were taken for controls"
    return f"no well has {a_name}: {taken}; {wording.strain(several=True)} need {a_name}"
