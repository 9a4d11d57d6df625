"""What a layer's variance comes from: the centre cell, the background, or both together."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import Panel, finished, in_order, in_panels
from cellswap.reports.items import Answer, ChartBody

PARTS = ["centre", "background", "both"]


def chart(answer: Answer) -> ChartBody:
    """Shares of `sensitivity` with their intervals over conditions, one row a layer, one panel a factorial plan and network."""

    def panel(network: str, plan_id: str, source: str) -> Panel:
        names = in_order(answer, "layer", "place", network=network, plan_id=plan_id, source=source)
        base = alt.Chart().encode(
            y=alt.Y("layer:N", title=None, scale=alt.Scale(domain=names)),
            yOffset=alt.YOffset("part:N", scale=alt.Scale(domain=PARTS)),
            color=alt.Color("part:N", title=None, scale=alt.Scale(domain=PARTS)),
        )
        share = alt.X("share:Q", title="share of the variance", scale=alt.Scale(domainMin=0))
        figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("share", "low", "high")]
        span = base.mark_rule(strokeWidth=1.8).encode(x=alt.X("low:Q", title="share of the variance"), x2="high:Q")
        point = base.mark_point().encode(
            x=share, shape=alt.Shape("part:N", title=None, scale=alt.Scale(domain=PARTS)), tooltip=["layer:N", "part:N", *figures]
        )
        return alt.layer(span, point).properties(width=600, height=alt.Step(11))

    return finished(in_panels(panel, answer, ("network", "plan_id", "source"), most=12, x="shared"), answer, margin=110)
