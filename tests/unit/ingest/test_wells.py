import pytest

from cellswap.errors import BadInput
from cellswap.ingest.wells import name, place, well


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A01", "A01"),
        ("A1", "A01"),
        ("a01", "A01"),
        (" A/1 ", "A01"),
        ("r01c01", "A01"),
        ("R16C24", "P24"),
        ("AA1", "AA01"),
        ("r27c48", "AA48"),
        ("C01", "C01"),
    ],
)
def test_every_way_to_write_a_well(text, expected):
    assert well(text) == expected


@pytest.mark.parametrize("text", ["", "1A", "11", "A", "A001", "AB", "A1B2", "c01r01", "A0", "A49", "r00c01", "r33c01", "ZZ1"])
def test_what_is_no_well_or_could_be_two_is_refused(text):
    with pytest.raises(BadInput):
        well(text)


@pytest.mark.parametrize("row", range(32))
def test_place_undoes_name(row):
    assert place(name(row, 47)) == (row, 47)
