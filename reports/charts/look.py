"""How every chart looks: the page's own ink and colours, as CSS variables, so that a theme or a printer changes them all."""

from __future__ import annotations

from typing import Any

import altair as alt

from cellswap.reports.items import Answer, ChartBody

SERIES = [f"var(--series-{i})" for i in range(1, 6)]
SETTING_ORDER = ["baseline", "same_loc_swap", "cell_free_swap", "diff_loc_swap", "masked"]
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
}
_LEGEND = {
    "labelColor": "currentColor",
    "titleColor": "currentColor",
    "titleFontWeight": "normal",
    "labelFontSize": 12,
    "titleFontSize": 12,
}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
    "view": {"stroke": None},
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


def finished(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart, answer: Answer, margin: int | None = None
) -> ChartBody:
    """The specification with the common look, and with the answer's rows as its data set `rows`.

    With `margin`, the pixels that labels take, the page gives the chart the width it has; the one in the specification
    is the widest.
    """
    spec = chart.configure(**CONFIG).to_dict() | {"datasets": {"rows": answer.rows.to_pylist()}}
    return ChartBody(spec | {"usermeta": {"margin": margin}} if margin else spec)
