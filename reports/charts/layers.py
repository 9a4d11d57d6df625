"""Accuracy along the layers of a network (supplementary table 1 of the paper)."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import ROWS, finished
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """A line a network over `printed_layers`, its best layer named."""
    base = alt.Chart().encode(
        x=alt.X("place:O", title="layer, in order", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("accuracy:Q", title="accuracy", scale=alt.Scale(zero=False)),
        color=alt.Color("model:N", title=None),
    )
    line = base.mark_line(point=True).encode(tooltip=["model:N", "layer:N", alt.Tooltip("accuracy:Q", format=".4f")])
    best = base.transform_filter("datum.best").mark_text(dy=-12).encode(text="layer:N")
    return finished(alt.layer(line, best, data=ROWS).properties(width=620, height=280), answer, margin=70)
