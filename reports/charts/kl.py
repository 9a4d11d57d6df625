"""How far predictions move when the background is masked: a histogram with its quartiles (figure 3A of the paper)."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import SERIES, finished, in_panels
from cellswap.reports.items import Answer, ChartBody

QUARTILES = ("q25", "median", "q75")


def chart(answer: Answer) -> ChartBody:
    """Bars of `kl_histogram`, one panel a run, network and way of forming distributions."""
    bars = (
        alt.Chart()
        .mark_bar()
        .encode(
            x=alt.X("low:Q", title="KL(original || masked) [nats]", bin="binned"),
            x2="high:Q",
            y=alt.Y("n:Q", title="proteins"),
            tooltip=[alt.Tooltip("low:Q", format=".3f"), alt.Tooltip("high:Q", format=".3f"), "n:Q"],
        )
    )
    quartiles = (
        alt.Chart().transform_fold(list(QUARTILES), as_=["quartile", "at"]).transform_aggregate(at="max(at)", groupby=["panel", "quartile"])
    )
    lines = quartiles.mark_rule(strokeWidth=2, strokeDash=[5, 3]).encode(
        x="at:Q", color=alt.value(SERIES[1]), tooltip=["quartile:N", alt.Tooltip("at:Q", format=".3f")]
    )
    at = quartiles.transform_calculate(line="datum.quartile == 'q25' ? 2 : datum.quartile == 'median' ? 16 : 30").encode(
        x="at:Q", y=alt.Y("line:Q", axis=None, scale=None), text="quartile:N"
    )
    names = at.mark_text(align="left", dx=4, baseline="top")
    behind = at.mark_text(align="left", dx=4, baseline="top", stroke="var(--paper)", strokeWidth=4, strokeJoin="round", aria=False)
    panel = alt.layer(bars, lines, behind, names).properties(width=620, height=150)
    return finished(in_panels(panel, answer, ("panel",)), answer, margin=75)
