"""What changed between two runs: a difference with its interval, and a line where nothing changed."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer, label: str, title: str) -> ChartBody:
    """The differences of a comparison, one row a `label` (an expression over its columns), one panel a network."""
    data = alt.Chart().transform_calculate(
        what=label,
        start="isValid(datum.low) ? datum.low : datum.difference",
        end="isValid(datum.high) ? datum.high : datum.difference",
    )
    what = alt.Y("what:N", title=None, sort=None)
    span = data.mark_rule(strokeWidth=1.8).encode(y=what, x=alt.X("start:Q", title=title), x2="end:Q")
    figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("this", "other", "difference", "low", "high")]
    point = data.mark_point().encode(y=what, x="difference:Q", tooltip=["what:N", *figures])
    nothing = alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.6, aria=False).encode(x=alt.datum(0))
    panel = alt.layer(nothing, span, point).properties(width=560, height=alt.Step(28))
    return finished(in_panels(panel, answer, ("network",)), answer, margin=275)
