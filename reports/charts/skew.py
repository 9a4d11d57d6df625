"""Where each localization lies: a heat map of plates (supplementary figure 3 of the paper)."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import ROWS, finished
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Shares of `plates`, one panel a data set and unit; rows sum to 1."""
    plates = list(dict.fromkeys(answer.rows.column("plate").to_pylist()))
    plate = alt.X("plate:N", title="plate", sort=sorted(plates, key=_natural), axis=alt.Axis(labelAngle=0))
    localization = alt.Y("localization:N", title=None, sort=None)
    squares = (
        alt.Chart()
        .mark_rect()
        .encode(
            x=plate,
            y=localization,
            color=alt.Color(
                "share:Q",
                title="share of the localization",
                scale=alt.Scale(scheme="cividis"),
                legend=alt.Legend(gradientLength=160),
            ),
            tooltip=[
                "localization:N",
                "plate:N",
                "n:Q",
                alt.Tooltip("share:Q", format=".3f"),
                alt.Tooltip("expected:Q", format=".3f"),
            ],
        )
    )
    figures = (
        alt.Chart()
        .mark_text(fontSize=10)
        .encode(
            x=plate,
            y=localization,
            text=alt.Text("n:Q"),
            color=alt.condition("datum.share > 0.3", alt.value("#000"), alt.value("#fff")),
        )
    )
    panel = alt.layer(squares, figures).properties(width=max(120, 34 * len(plates)), height=alt.Step(19))
    header = alt.Header(orient="top", labelAnchor="start")
    faceted = panel.facet(row=alt.Row("which:N", title=None, header=header), data=ROWS)
    return finished(
        faceted.resolve_scale(x="independent", y="independent").transform_calculate(
            which="datum.screen + ': ' + datum.unit"
        ),
        answer,
    )


def _natural(plate: str) -> tuple[int, str]:
    return (int(plate), "") if plate.isdigit() else (10**9, plate)
