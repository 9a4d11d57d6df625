"""What neighbours of another class cost, of what training saw and of what it never saw: one panel for conditions, one for classes."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, whiskers
from cellswap.reports.items import Answer, ChartBody

SIDES = ("in training", "never seen")


def chart(answer: Answer) -> ChartBody:
    """Drops of `seen` with three standard errors, both sides of each network below each other."""
    low, high = whiskers("drop")
    base = (
        alt.Chart()
        .transform_calculate(
            network="datum.model + ', ' + datum.layer",
            low=low,
            high=high,
        )
        .encode(
            y=alt.Y("network:N", title=None),
            yOffset=alt.YOffset("seen:N", scale=alt.Scale(domain=list(SIDES))),
            color=alt.Color("seen:N", title=None, scale=alt.Scale(domain=list(SIDES))),
        )
    )
    figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("baseline", "same_class_swap", "diff_class_swap", "drop", "three_se")]
    span = base.mark_rule(strokeWidth=1.2).encode(x=alt.X("low:Q", title="accuracy lost"), x2="high:Q")
    shape = alt.Shape("seen:N", title=None, scale=alt.Scale(domain=list(SIDES)))
    point = base.mark_point().encode(x="drop:Q", shape=shape, tooltip=["network:N", "seen:N", *figures, "n:Q", "source:N"])
    panel = alt.layer(span, point).properties(width=560, height=alt.Step(18))
    return finished(in_panels(panel, answer, ("unit",), x="shared"), answer, margin=190)
