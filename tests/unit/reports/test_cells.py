"""Numbers as people read them."""

import pyarrow as pa
import pytest

from cellswap.reports import cells
from cellswap.reports.items import Answer, HeatBody
from cellswap.sql import ViewColumn


def answer(unit="", **columns):
    return Answer("a", "m", "SELECT 1", tuple(ViewColumn(name, "m", unit) for name in columns), pa.table(columns))


@pytest.mark.parametrize(
    ("values", "unit", "shown"),
    [
        ([0.9459, 0.5], "0-1", ["0.946", "0.500"]),
        ([0.78, 0.5], "0-1", ["0.78", "0.50"]),
        ([0.0, -0.003], "0-1", ["0.000", "−0.003"]),  # noqa: RUF001
        ([-0.0001, -0.5], "0-1", ["0.000", "−0.500"]),  # noqa: RUF001
        ([1234567, -3], "", ["1,234,567", "−3"]),  # noqa: RUF001
        ([1531.0, 0.00326], "", ["1,531", "0.00326"]),
        ([12.345, 1.2], "px", ["12.35", "1.20"]),
        (["A01", None], "", ["A01", "–"]),  # noqa: RUF001
        ([True, False], "", ["yes", "no"]),
        ([1.5, float("nan"), float("inf")], "", ["1.5", "nan", "inf"]),
        ([], "0-1", []),
    ],
)
def test_a_column_has_one_width(values, unit, shown):
    kind = pa.float64() if not values else None
    assert [row[0].text for row in cells.cells(answer(unit, x=pa.array(values, kind)), 10)] == shown


def test_a_heat_cell_that_is_missing_is_empty():
    table = answer(row=["a", "a", "b"], column=["x", "y", "x"], value=[0.1, 0.2, 0.3])
    heat = cells.heat(table, HeatBody("row", ("column",), "value"))
    assert [(label, [cell.text for cell in row]) for label, row in heat.rows] == [
        ("a", ["0.10", "0.20"]),
        ("b", ["0.30", cells.NOTHING]),
    ]
    assert (heat.low, heat.high, heat.inner) == ("0.10", "0.30", ("x", "y"))


def test_a_heat_of_differences_is_white_at_nothing():
    table = answer(row=["a", "a", "a", "b", "b"], column=["x", "y", "z", "x", "y"], value=[-0.2, -0.0001, 0.1, 0.0, 0.2])
    heat = cells.heat(table, HeatBody("row", ("column",), "value", decimals=3, around_zero=True))
    (_, (lower, less, more)), (_, (zero, higher, _)) = heat.rows
    assert [cell.text for cell in (lower, less, more, zero, higher)] == ["−0.200", "0.000", "0.100", "0.000", "0.200"]  # noqa: RUF001
    assert (lower.fill, zero.fill, higher.fill) == ("rgb(178,24,43)", "rgb(247,247,247)", "rgb(33,102,172)")
    assert (heat.low, heat.high) == ("−0.200", "0.200")  # noqa: RUF001


def test_a_column_without_any_value_is_left_to_the_files():
    table = answer(a=["x", "y"], three_se=pa.array([None, None], pa.float64()), b=[None, 1])
    assert [head.text for head in cells.headings(table)] == ["a", "b"]
    assert [[cell.text for cell in row] for row in cells.cells(table, 1)] == [["x", cells.NOTHING]]
    assert cells.without_values(table) == ("±\xa03\xa0SE",)


@pytest.mark.parametrize("scale", [cells.CIVIDIS, cells.RED_BLUE])
def test_ink_stands_out_on_every_colour_of_a_scale(scale):
    def luminance(red, green, blue):
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red / 255, green / 255, blue / 255)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for i in range(101):
        fill = cells.colour(i / 100, scale)
        dark, light = sorted((luminance(*fill), 0.0 if cells.ink_on(*fill) == "#000" else 1.0))
        assert (light + 0.05) / (dark + 0.05) >= 4.5
