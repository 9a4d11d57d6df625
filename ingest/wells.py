"""Well names: every common way to write one becomes `A01`."""

from __future__ import annotations

import re

from cellswap.errors import BadInput, shown

# A01, A1, a01, A/1 (OME), and AA01 to AF48 of 1,536-well plates.
_LETTERS = re.compile(r"(?P<row>[A-Z]|A[A-F])[/ ]?(?P<column>[0-9]{1,2})", re.IGNORECASE)
# r01c01 of the Opera Phenix, counted from 1.
_NUMBERS = re.compile(r"r(?P<row>[0-9]{1,2})c(?P<column>[0-9]{1,2})", re.IGNORECASE)
MOST_ROWS, MOST_COLUMNS = 32, 48


def well(text: str) -> str:
    """The well as row letter and two digits; BadInput where the text is no well, or could be more than one."""
    stripped = text.strip()
    if numbers := _NUMBERS.fullmatch(stripped):
        return name(int(numbers["row"]) - 1, int(numbers["column"]) - 1)
    if letters := _LETTERS.fullmatch(stripped):
        return name(_row(letters["row"].upper()), int(letters["column"]) - 1)
    raise BadInput(f"'{shown(text)}' is no well name: expected A01, A1, a01, A/1 or r01c01")


def name(row: int, column: int) -> str:
    """The well of a 0-based row and column; BadInput outside a plate of 1,536 wells."""
    if not (0 <= row < MOST_ROWS and 0 <= column < MOST_COLUMNS):
        raise BadInput(f"row {row + 1}, column {column + 1}: expected 1 to {MOST_ROWS} and 1 to {MOST_COLUMNS}")
    letters = chr(ord("A") + row) if row < 26 else "A" + chr(ord("A") + row - 26)
    return f"{letters}{column + 1:02d}"


def place(well_name: str) -> tuple[int, int]:
    """The 0-based row and column of a well named as `well` does."""
    return _row(well_name.rstrip("0123456789")), int(well_name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1


def _row(letters: str) -> int:
    return ord(letters[-1]) - ord("A") + (26 if len(letters) == 2 else 0)
