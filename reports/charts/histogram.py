"""Bins that SQL has counted, as bars: used crops and others on top of each other."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import ROWS, SERIES, finished
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer, title: str, counts: tuple[str, ...]) -> ChartBody:
    """Bars from `low` to `high`, stacked over the columns `counts`, one panel a data set; `title` names the axis with its unit."""
    names = [name.replace("_", " ") for name in counts]
    panel = (
        alt.Chart()
        .transform_fold(list(counts), as_=["key", "number"])
        .transform_calculate(what="replace(datum.key, '_', ' ')")
        .mark_bar()
        .encode(
            x=alt.X("low:Q", title=title, bin="binned"),
            x2="high:Q",
            y=alt.Y("number:Q", title="cells", stack="zero"),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=names, range=SERIES[: len(names)]),
                legend=alt.Legend() if len(names) > 1 else None,
            ),
            tooltip=[
                "what:N",
                alt.Tooltip("low:Q", format=".4~g"),
                alt.Tooltip("high:Q", format=".4~g"),
                alt.Tooltip("number:Q", format=","),
            ],
        )
        .properties(width=620, height=150)
    )
    faceted = panel.facet(
        row=alt.Row("screen:N", title=None, header=alt.Header(orient="top", labelAnchor="start")), data=ROWS
    )
    return finished(faceted.resolve_scale(x="independent", y="independent"), answer, margin=75)
