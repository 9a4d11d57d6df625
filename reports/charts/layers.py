"""Accuracy along the layers of a network (supplementary table 1 of the paper)."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import LAYER_NAMES, Panel, finished, in_order, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Lines over `layers`, the best layer of each named, one panel a network."""

    def panel(model: str) -> Panel:
        names = in_order(answer, "layer", "place", model=model)
        base = alt.Chart().encode(
            x=alt.X("layer:N", title="layer, in order", scale=alt.Scale(domain=names), axis=LAYER_NAMES),
            y=alt.Y("accuracy:Q", title="accuracy", scale=alt.Scale(zero=False)),
            color=alt.Color("line:N", title=None),
        )
        figures = [alt.Tooltip("accuracy:Q", format=".4f"), "n:Q", "fewest_images:Q", "n_unconverged:Q"]
        line = base.mark_line().encode(order="place:Q", strokeDash=alt.StrokeDash("line:N", legend=None))
        points = base.mark_point(opacity=1).encode(shape=alt.Shape("line:N", legend=None), tooltip=["line:N", "layer:N", *figures])
        best = base.transform_filter("datum.best")
        ring = best.mark_point(filled=False, size=190, strokeWidth=1.5)
        name = best.mark_text(dy=-15).encode(text="layer:N")
        return alt.layer(line, points, ring, name).properties(width=620, height=230)

    return finished(in_panels(panel, answer, ("model",)), answer, margin=70)
