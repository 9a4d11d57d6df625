"""From cells found to cells used: one bar a step."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, values_of
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Bars of `funnel`, in the order of the steps, one panel a data set."""
    cells = alt.Y("cells:N", scale=alt.Scale(domain=values_of(answer, "cells")), title=None)
    bars = alt.Chart().mark_bar(height=16).encode(y=cells, x=alt.X("n:Q", title="cells"), tooltip=["cells:N", "n:Q", "lost:Q"])
    figures = alt.Chart().mark_text(align="left", dx=5).encode(y=cells, x="n:Q", text=alt.Text("n:Q", format=","))
    panel = alt.layer(bars, figures).properties(width=560, height=alt.Step(26))
    return finished(in_panels(panel, answer, ("screen",)), answer, margin=215)
