"""Bins that SQL has counted, as bars: used crops and others on top of each other."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import SERIES, finished, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer, title: str, counts: tuple[str, ...]) -> ChartBody:
    """Bars from `low` to `high`, stacked over the columns `counts`, one panel a data set; `title` names the axis with its unit."""
    names = [name.replace("_", " ") for name in counts]
    colours = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=names, range=SERIES[: len(names)]),
        legend=alt.Legend() if len(names) > 1 else None,
    )
    edges = [alt.Tooltip(f"{name}:Q", format=".4~g") for name in ("low", "high")]
    panel = (
        alt.Chart()
        .transform_fold(list(counts), as_=["key", "number"])
        .transform_calculate(what="replace(datum.key, '_', ' ')")
        .mark_bar()
        .encode(
            x=alt.X("low:Q", title=title, bin="binned"),
            x2="high:Q",
            y=alt.Y("number:Q", title="cells", stack="zero"),
            color=colours,
            tooltip=["what:N", *edges, alt.Tooltip("number:Q", format=",")],
        )
        .properties(width=620, height=150)
    )
    return finished(in_panels(panel, answer, ("screen",)), answer, margin=75)
