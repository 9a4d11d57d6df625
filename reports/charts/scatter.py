"""Figure 2 of the paper: each class's accuracy in one setting against another."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Points of `figure2`, below the diagonal where neighbours of another class cost accuracy; one panel a comparison."""
    values = [v for name in ("x", "y") for v in answer.rows.column(name).to_pylist() if v is not None]
    low = min(values, default=0.5) - 0.02
    scale = alt.Scale(domain=[low, 1.0], nice=False)
    points = (
        alt.Chart()
        .mark_point(opacity=0.85)
        .encode(
            x=alt.X("x:Q", scale=scale, title="accuracy in the setting named above"),
            y=alt.Y("y:Q", scale=scale, title="different localization swap"),
            color=alt.Color("network:N", title=None),
            shape=alt.Shape("network:N", title=None),
            tooltip=["network:N", "class:N", alt.Tooltip("x:Q", format=".3f"), alt.Tooltip("y:Q", format=".3f")],
        )
    )
    diagonal = (
        alt.Chart()
        .transform_calculate(a=str(low), b="1")
        .mark_rule(strokeDash=[4, 4], opacity=0.5)
        .encode(x=alt.X("min(a):Q", scale=scale), x2="max(b):Q", y=alt.Y("min(a):Q", scale=scale), y2="max(b):Q")
    )
    panel = alt.layer(diagonal, points).properties(width=300, height=300)
    return finished(in_panels(panel, answer, ("comparison",), columns=2), answer, margin=55, legend_columns=1)
