"""Which strain is in which well: the plate map's CSV, and the rows of it that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import names, text_table
from cellswap.ingest.wells import name, well

COLUMNS = ("ORF", "Gene", "Plate", "Row", "Column", "wellId")
BLANK = "BLANK"
Reject = tuple[str, str, str]


@dataclass(frozen=True)
class Content:
    """What a well holds: a strain with its condition, or else `content`: BLANK, the name of a control, or a word such as NA."""

    condition: str | None
    gene: str | None
    content: str | None


@dataclass(frozen=True)
class PlateMap:
    """Each well's content, (place, reason, detail) of the rows that were not kept, and what a reader must know."""

    wells: dict[str, Content]
    rejects: list[Reject]
    notes: tuple[str, ...] = ()

    def on(self, plate: str) -> dict[tuple[str, str], Content]:
        """Each well's content by (plate, well)."""
        return {(plate, well): content for well, content in self.wells.items()}


def read(path: Path, plate: str) -> PlateMap:
    """The map of one plate: its own rows, or all rows of a file that names no plate at all.

    Raises BadInput where columns are missing, or the file names other plates only.
    """
    with at(path):
        rows = text_table.spelled(text_table.read(path), COLUMNS)
        text_table.need(rows, COLUMNS)
        rows, n_blank = text_table.without_blank(rows)
        plates = set(rows["Plate"].drop_nulls())
        mine = _plate(plates, plate)
    notes = [text_table.blank_note(path.name, n_blank)] if n_blank else []
    if plates == set() and len(rows):
        notes.append(f"{path.name}: the column Plate is empty, so its wells were taken for the plate '{shown(plate)}'")
    unplaced = [] if not plates else [row for row in rows.iter_rows(named=True) if row["Plate"] is None]
    made = _sorted_out(path.name, (row for row in rows.iter_rows(named=True) if row["Plate"] == mine))
    detail = "the column Plate is empty here, and names a plate in other rows"
    rejects = [(f"{path.name} row {row[text_table.ROW]}", "plate map row names no plate", detail) for row in unplaced]
    return PlateMap(made.wells, made.rejects + rejects, tuple(notes))


def _plate(plates: set[str], wanted: str) -> str | None:
    """How the map calls the plate; None where it names none. BadInput where it names others only."""
    found = names.plate_of(plates, wanted)
    if found is not None or not plates:
        return found
    named = ", ".join(map(shown, sorted(plates)[:8])) + (f" and {len(plates) - 8} more" if len(plates) > 8 else "")
    zeros = [plate for plate in sorted(plates) if plate.lstrip("0") == wanted.lstrip("0") and plate.lstrip("0").isdecimal()]
    hint = f" (spreadsheets take the zeros of {wanted} away)" if zeros else ""
    raise BadInput(
        f"names the plate{'s' if len(plates) > 1 else ''} {named}, not '{shown(wanted)}', which the images are of{hint}; give the map of"
        " that plate, or call both the same (say which with --plate, or in the list's column plate), or leave the column Plate empty"
        " where one map holds for every plate"
    )


def _sorted_out(file: str, rows: Iterable[dict[str, str | None]]) -> PlateMap:
    wells: dict[str, Content] = {}
    rejects: list[Reject] = []
    doubled: set[str] = set()
    for row in rows:
        place = f"{file} row {row[text_table.ROW]}"
        try:
            found, holds = _well(row), content(row["ORF"], row["Gene"])
        except BadInput as error:
            rejects.append((place, "plate map row is not readable", str(error)))
            continue
        if not _same(wells.setdefault(found, holds), holds):
            doubled.add(found)
            detail = f"{found} is {_said(wells[found])} and {_said(holds)}; neither is used"
            rejects.append((place, "well stands twice in the plate map", detail))
    return PlateMap({key: value for key, value in wells.items() if key not in doubled}, rejects)


def _same(a: Content, b: Content) -> bool:
    """Whether two rows say the same of a well, however they spell it."""
    spellings = ((a.condition, b.condition), (a.gene, b.gene), (a.content, b.content))
    return all(names.fold(one or "") == names.fold(other or "") for one, other in spellings)


def _said(holds: Content) -> str:
    return shown(holds.condition or holds.content) + (f" ({shown(holds.gene)})" if holds.gene else "")


def _well(row: dict[str, str | None]) -> str:
    numbers = names.whole(row["Row"]), names.whole(row["Column"])
    if numbers[0] is None or numbers[1] is None:
        raise BadInput(f"expected Row and Column counted from 1, found '{shown(row['Row'] or '')}' and '{shown(row['Column'] or '')}'")
    found = name(numbers[0] - 1, numbers[1] - 1)
    if row["wellId"] and well(row["wellId"]) != found:
        raise BadInput(f"Row {numbers[0]} and Column {numbers[1]} are {found}, but wellId says {shown(row['wellId'])}")
    return found


def content(condition: str | None, gene: str | None) -> Content:
    """What a well holds by these two words: a strain, a control, or nothing.

    Where the condition is a word for nothing such as NA, the content is that word: it tells of no strain, but not that somebody
    left the well empty, as BLANK, `empty` and no word at all do.
    """
    strain, called = names.word(condition), names.word(gene)
    if strain:
        return Content(strain, called, None)
    nothing = names.tidy(condition or "")
    return Content(None, None, called or (BLANK if nothing.casefold() in names.EMPTY else nothing))
