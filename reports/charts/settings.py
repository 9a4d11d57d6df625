"""Accuracy in each setting, with three standard errors: one line of points a network."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, setting_rank, values_of, whiskers
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Points of `headline` by setting, coloured by network, one panel a run and one for the paper."""
    low, high = whiskers("accuracy")
    data = alt.Chart().transform_calculate(network="datum.model + ' ' + datum.layer", low=low, high=high)
    settings = sorted(values_of(answer, "setting"), key=setting_rank)
    setting = alt.Y("setting:N", scale=alt.Scale(domain=settings), title=None)
    network = alt.Color("network:N", title=None)
    beside = alt.YOffset("network:N")
    span = data.mark_rule(strokeWidth=1.5).encode(
        y=setting, yOffset=beside, x=alt.X("low:Q", title="accuracy ± 3 SE"), x2="high:Q", color=network
    )
    point = data.mark_point().encode(
        y=setting,
        yOffset=beside,
        x=alt.X("accuracy:Q", scale=alt.Scale(zero=False)),
        color=network,
        shape=alt.Shape("network:N", legend=None),
        tooltip=[
            "network:N",
            "setting:N",
            alt.Tooltip("accuracy:Q", format=".3f"),
            alt.Tooltip("three_se:Q", format=".3f"),
            "n_classifiers:Q",
        ],
    )
    panel = alt.layer(span, point).properties(width=620, height=alt.Step(16))
    return finished(in_panels(panel, answer, ("panel",), x="shared"), answer, margin=150)
