"""How far the predicted shares of conditions of several classes are from the true ones, one bar a network and its crops."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, whiskers
from cellswap.reports.items import Answer, ChartBody

CROPS = ["original", "masked"]


def chart(answer: Answer) -> ChartBody:
    """Bars of `truth_by_model` with three standard errors; a dashed line at what equal shares give."""
    low, high = whiskers("distance")
    base = (
        alt.Chart()
        .transform_calculate(low=low, high=high)
        .encode(y=alt.Y("model:N", title=None), yOffset=alt.YOffset("crops:N", scale=alt.Scale(domain=CROPS)))
    )
    crops = alt.Color("crops:N", title=None, scale=alt.Scale(domain=CROPS))
    figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("distance", "three_se", "distance_uniform", "share_top_right")]
    bar = base.mark_bar(opacity=0.75, size=11).encode(
        x=alt.X("distance:Q", title="distance from the truth (total variation)", scale=alt.Scale(domain=[0, 1])),
        color=crops,
        tooltip=["prediction:N", *figures, "n:Q", "source:N"],
    )
    span = base.mark_rule(strokeWidth=1.2).encode(x="low:Q", x2="high:Q")
    knows_nothing = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x="mean(distance_uniform):Q")
    panel = alt.layer(bar, span, knows_nothing).properties(width=520, height=alt.Step(18))
    return finished(in_panels(panel, answer, ("form", "scheme", "layer", "screen"), most=12), answer, margin=150)
