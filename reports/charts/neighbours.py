"""How well nearest neighbours call the classes, along the layers of a network."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import Panel, finished, in_order, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Lines over `neighbours`, one a way of asking, and what guessing gives as a dashed line; one panel a network."""

    def panel(network: str) -> Panel:
        names = in_order(answer, "layer", "place", network=network)
        base = (
            alt.Chart()
            .transform_calculate(
                asked="datum.setting + ', ' + datum.method + ', k = ' + datum.k"
                " + (datum.left_out == 'nothing' ? '' : ', none of the same ' + datum.left_out)"
            )
            .encode(
                x=alt.X("layer:N", title="layer, in order", scale=alt.Scale(domain=names), axis=alt.Axis(labelAngle=-40)),
                color=alt.Color("asked:N", title=None),
            )
        )
        figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("balanced_accuracy", "macro_f1")]
        height = alt.Y("balanced_accuracy:Q", title="balanced accuracy", scale=alt.Scale(zero=False))
        line = base.mark_line(opacity=0.7).encode(y=height, order="place:Q")
        points = base.mark_point(opacity=1).encode(
            y=height, shape=alt.Shape("asked:N", legend=None), tooltip=["asked:N", "layer:N", *figures, "n_images:Q"]
        )
        guess = alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.5).encode(y="max(guessing):Q")
        return alt.layer(guess, line, points).properties(width=620, height=220)

    return finished(in_panels(panel, answer, ("network",)), answer, margin=70)
