"""Which strain is in which well: the plate map's CSV, and the rows of it that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import text_table
from cellswap.ingest.wells import name, well

COLUMNS = ("ORF", "Gene", "Plate", "Row", "Column", "wellId")
BLANK = "BLANK"
Reject = tuple[str, str, str]


@dataclass(frozen=True)
class Content:
    """What a well holds: a strain with its ORF, or else `content`: BLANK or the name of a control."""

    orf: str | None
    gene: str | None
    content: str | None


@dataclass(frozen=True)
class PlateMap:
    """Each well's content, and (place, reason, detail) of the rows that were not kept."""

    wells: dict[str, Content]
    rejects: list[Reject]


def read(path: Path, plate: str) -> PlateMap:
    """The map of one plate: its own rows where the file has several plates, all rows where it has one.

    Raises BadInput where columns are missing, or the file has several plates and none is called `plate`.
    """
    with at(path):
        rows = text_table.read(path)
        text_table.need(rows, COLUMNS)
        plates = sorted(set(rows["Plate"].drop_nulls()))
        if len(plates) > 1 and plate not in plates:
            raise BadInput(f"names the plates {', '.join(plates[:8])}, not '{plate}'; say which with --plate")
    mine = [row for row in rows.iter_rows(named=True) if len(plates) <= 1 or row["Plate"] == plate]
    return _sorted_out(path.name, mine)


def _sorted_out(file: str, rows: Iterable[dict[str, str | None]]) -> PlateMap:
    wells: dict[str, Content] = {}
    rejects: list[Reject] = []
    doubled: set[str] = set()
    for row in rows:
        place = f"{file} row {row[text_table.ROW]}"
        try:
            found, content = _well(row), _content(row)
        except BadInput as error:
            rejects.append((place, "plate map row is not readable", str(error)))
            continue
        if wells.setdefault(found, content) != content:
            doubled.add(found)
            rejects.append(
                (
                    place,
                    "well stands twice in the plate map",
                    f"{found} is {wells[found]} and {content}; neither is used",
                )
            )
    return PlateMap({key: value for key, value in wells.items() if key not in doubled}, rejects)


def _well(row: dict[str, str | None]) -> str:
    numbers = (row["Row"] or "", row["Column"] or "")
    if not all(n.isdigit() for n in numbers):
        raise BadInput(f"expected Row and Column counted from 1, found '{numbers[0]}' and '{numbers[1]}'")
    found = name(int(numbers[0]) - 1, int(numbers[1]) - 1)
    if row["wellId"] and well(row["wellId"]) != found:
        raise BadInput(f"Row {numbers[0]} and Column {numbers[1]} are {found}, but wellId says {row['wellId']}")
    return found


def _content(row: dict[str, str | None]) -> Content:
    if row["ORF"] and row["ORF"].upper() != BLANK:
        return Content(row["ORF"], row["Gene"], None)
    return Content(None, None, row["Gene"] or BLANK)
