"""Loss and share recognized, epoch by epoch: one panel a training."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Lines of `training`: the side that it learns from and the one held out, the test as a single point."""
    base = alt.Chart().encode(
        x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(labelExpr="datum.value % 1 ? '' : datum.label")),
        y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False)),
        color=alt.Color("side:N", title=None, scale=alt.Scale(domain=["train", "val", "test"])),
        tooltip=["epoch:Q", "side:N", alt.Tooltip("loss:Q", format=".4f"), alt.Tooltip("accuracy:Q", format=".3f"), "n_images:Q"],
    )
    dash = alt.StrokeDash("side:N", title=None, scale=alt.Scale(domain=["train", "val", "test"]))
    shape = alt.Shape("side:N", title=None, scale=alt.Scale(domain=["train", "val", "test"]))
    panel = alt.layer(base.mark_line().encode(strokeDash=dash), base.mark_point().encode(shape=shape)).properties(width=600, height=180)
    return finished(in_panels(panel, answer, ("training",)), answer, margin=70)
