"""How well nearest neighbours call the classes, along the layers of a network."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import LAYER_NAMES, Panel, finished, in_order, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Lines over `neighbours`, one a rule, and what guessing gives as a dashed line; one panel a network and way of asking."""
    asked = {(row["method"], row["k"]) for row in answer.rows.to_pylist()}
    rules = [f"{method}, k = {k}" for method, k in sorted(asked, key=lambda rule: (rule[0] != "pci", rule[1]))]

    def panel(network: str, _asked: str, source: str) -> Panel:
        names = in_order(answer, "layer", "place", network=network, source=source)
        base = (
            alt.Chart()
            .transform_calculate(rule="datum.method + ', k = ' + datum.k")
            .encode(
                x=alt.X("layer:N", title="layer, in order", scale=alt.Scale(domain=names), axis=LAYER_NAMES),
                color=alt.Color("rule:N", title=None, scale=alt.Scale(domain=rules)),
            )
        )
        figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("balanced_accuracy", "macro_f1")]
        height = alt.Y("balanced_accuracy:Q", title="balanced accuracy", scale=alt.Scale(zero=False))
        line = base.mark_line(opacity=0.7).encode(y=height, order="place:Q")
        shape = alt.Shape("rule:N", title=None, scale=alt.Scale(domain=rules))
        points = base.mark_point(opacity=1).encode(y=height, shape=shape, tooltip=["rule:N", "layer:N", *figures, "n_images:Q"])
        guess = alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.5).encode(y="max(guessing):Q")
        return alt.layer(guess, line, points).properties(width=620, height=220)

    return finished(in_panels(panel, answer, ("network", "asked", "source")), answer, margin=70)
