"""Where each class lies: a heat map of plates (supplementary figure 3 of the paper)."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, values_of
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Shares of `plates`, one panel a data set and unit; rows sum to 1."""
    plates = values_of(answer, "plate")
    place = alt.Chart().encode(
        x=alt.X("plate:N", title="plate", scale=alt.Scale(domain=plates), axis=alt.Axis(labelAngle=-45)),
        y=alt.Y("class:N", title=None, scale=alt.Scale(domain=values_of(answer, "class"))),
    )
    top = max((share for share in answer.rows.column("share").to_pylist() if share is not None), default=1.0)
    legend = alt.Legend(gradientLength=160)
    shares = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("share", "expected")]
    scale = alt.Scale(scheme="cividis", domain=[0, top], nice=False)
    squares = place.mark_rect().encode(
        color=alt.Color("share:Q", title="share of the localization", scale=scale, legend=legend),
        tooltip=["class:N", "plate:N", "n:Q", *shares],
    )
    # The colours of cividis from 0.45 of the way upwards are light enough for black.
    ink = alt.condition(f"datum.share > {0.45 * top}", alt.value("#000"), alt.value("#fff"))
    figures = place.mark_text(fontSize=10).encode(text=alt.Text("n:Q"), color=ink)
    panel = alt.layer(squares, figures).properties(width=max(120, 34 * len(plates)), height=alt.Step(19))
    return finished(in_panels(panel, answer, ("screen", "unit")), answer)
