"""Both predicted distributions of the most divergent conditions (figure 3B of the paper), and the true one where it is known."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import SERIES, finished, in_panels
from cellswap.reports.items import Answer, ChartBody

CROPS = ("original", "masked", "truth")


def chart(answer: Answer) -> ChartBody:
    """Bars of `divergent_shares` over 1%, two panels beside each other, one a condition."""
    panel = (
        alt.Chart()
        .transform_filter("datum.share >= 0.01")
        .mark_bar()
        .encode(
            y=alt.Y("class:N", title=None, sort=list(dict.fromkeys(answer.rows.column("class").to_pylist()))),
            yOffset=alt.YOffset("crops:N", scale=alt.Scale(domain=list(CROPS))),
            x=alt.X("share:Q", title="predicted share", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("crops:N", title=None, scale=alt.Scale(domain=list(CROPS), range=[SERIES[0], SERIES[1], SERIES[4]])),
            tooltip=["named:N", "class:N", "crops:N", alt.Tooltip("share:Q", format=".3f"), "n_crops:Q"],
        )
        .properties(width=280, height=alt.Step(9))
    )
    return finished(in_panels(panel, answer, ("named", "model", "layer", "scheme"), columns=2, most=20), answer, margin=130)
