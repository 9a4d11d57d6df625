"""How every chart looks: the page's own ink and colours, as CSS variables, so that a theme or a printer changes them all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal

import altair as alt

from cellswap.reports.charts import inline
from cellswap.reports.items import Answer, ChartBody
from cellswap.store.vocabulary import SETTINGS, plain

SERIES = [f"var(--series-{i})" for i in range(1, 6)]
TITLE_PX = 760  # as wide as a chart with its labels: a longer title is cut, so that it covers no panel beside it
SETTING_ORDER = sorted(SETTINGS, key=lambda name: SETTINGS[name].rank)


def setting_rank(setting: str) -> tuple[int, str]:
    """What sorts settings: the paper's order, each followed by the variants of its composition."""
    known = SETTINGS.get(plain(setting))
    return (known.rank if known else len(SETTINGS), setting)


_AXIS = {
    "labelColor": "currentColor",
    "titleColor": "currentColor",
    "domainColor": "currentColor",
    "tickColor": "currentColor",
    "gridColor": "currentColor",
    "gridOpacity": 0.12,
    "domainOpacity": 0.5,
    "tickOpacity": 0.5,
    "titleFontWeight": "normal",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "labelLimit": 220,
    "labelSeparation": 6,
}
_LEGEND = {
    "labelColor": "currentColor",
    "titleColor": "currentColor",
    "titleFontWeight": "normal",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "labelLimit": 420,
}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
    "view": {"stroke": None},
    "title": {"anchor": "start", "frame": "group", "fontSize": 12, "color": "currentColor"},
    "axis": _AXIS,
    "legend": {**_LEGEND, "orient": "top", "direction": "horizontal"},
    "header": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelFontSize": 12,
        "labelFontWeight": "bold",
        "titleFontWeight": "normal",
    },
    "text": {"color": "currentColor"},
    "rule": {"color": "currentColor"},
    "range": {"category": SERIES, "heatmap": {"scheme": "cividis"}, "ramp": {"scheme": "cividis"}},
    "bar": {"color": SERIES[0]},
    "point": {"color": SERIES[0], "filled": True, "size": 55},
}


# Altair checks every value of data that it holds; it need not know these to write a specification.
ROWS = alt.NamedData("rows")


# A network may have 30 layers: names that would touch each other are left out.
LAYER_NAMES = alt.Axis(labelAngle=-90, labelOverlap="greedy")


def values_of(answer: Answer, column: str) -> list[str]:
    """The values of a column, each once, in the order of the rows."""
    return list(dict.fromkeys(answer.rows.column(column).to_pylist()))


Resolve = Literal["independent", "shared"]
Panel = alt.Chart | alt.LayerChart | alt.FacetChart


def in_panels(
    panel: Panel | Callable[..., Panel], answer: Answer, by: tuple[str, ...], columns: int = 1, most: int = 24, x: Resolve = "independent"
) -> alt.ConcatChart:
    """The panel once for each combination of these columns, each with axes of its own and all with one set of colours.

    `x="shared"`: one compares between panels, so all of them go from the same value to the same.
    A function makes the panel of each combination from its values. Of more than `most` combinations the first are drawn.
    """
    groups = dict.fromkeys(tuple(row[c] for c in by) for row in answer.rows.select(list(by)).to_pylist())
    made = []
    for group in list(groups or {("",) * len(by): None})[:most]:
        of_group = panel(*group) if callable(panel) else panel
        title = alt.TitleParams(": ".join(map(str, group)), limit=TITLE_PX // columns)
        chart = of_group.properties(title=title)
        for name, value in zip(by, group, strict=True):
            chart = chart.transform_filter(alt.FieldEqualPredicate(field=name, equal=value))
        made.append(chart)
    return alt.concat(*made, data=ROWS, columns=columns).resolve_scale(x=x, yOffset="independent")


def whiskers(value: str, error: str = "three_se") -> tuple[str, str]:
    """Expressions for a column's value less and plus its error; for the value itself where a row has no error."""
    low, high = (f"isValid(datum.{error}) ? datum.{value} {sign} datum.{error} : datum.{value}" for sign in "-+")
    return low, high


def in_order(answer: Answer, column: str, rank: str, **where: str) -> list[str]:
    """The values of a column in the rows that are as `where` says, each once, by the numbers in the column `rank`."""
    rows = [row for row in answer.rows.to_pylist() if all(row[name] == value for name, value in where.items())]
    return list(dict.fromkeys(row[column] for row in sorted(rows, key=lambda row: row[rank])))


def finished(chart: Panel | alt.ConcatChart, answer: Answer, margin: int | None = None, legend_columns: int | None = None) -> ChartBody:
    """The specification with the common look, and as its data set `rows` the columns of the answer that it names.

    With `margin`, the pixels that labels take, the page gives the chart the width it has; the one in the specification
    is the widest. A legend that is wider than the page gets as many columns as fit.
    """
    legend = CONFIG["legend"] | ({"columns": legend_columns} if legend_columns else {})
    spec = chart.configure(**CONFIG | {"legend": legend}).to_dict()
    named = json.dumps(spec, default=str)
    rows = answer.rows.select([name for name in answer.rows.column_names if re.search(rf'"{name}"(?!:)|[.\']{name}\b', named)])
    spec["data"] |= {"format": inline.reading(rows)}
    spec |= {"datasets": {"rows": inline.text(rows)}}
    return ChartBody(spec | {"usermeta": {"margin": margin}} if margin else spec)
