"""Wells on the plate grid: how many crops each gave; places without a well stay visibly empty."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, values_of
from cellswap.reports.items import Answer, ChartBody

STATES = {"no such well": "var(--line)", "no field read": "var(--series-5)", "fields without crops": "var(--series-2)"}


def chart(answer: Answer) -> ChartBody:
    """Squares of `wells`, one panel a plate, two beside each other."""
    columns = max(answer.rows.column("plate_column").to_pylist(), default=12)
    letters = values_of(answer, "plate_row")
    side = 15 if columns <= 24 else 9
    place = alt.Chart().encode(
        x=alt.X(
            "plate_column:O",
            title=None,
            scale=alt.Scale(domain=list(range(1, columns + 1))),
            axis=alt.Axis(labelAngle=0, labelFontSize=9, labelOverlap=True, domain=False, ticks=False),
        ),
        y=alt.Y(
            "plate_row:N",
            title=None,
            scale=alt.Scale(domain=letters),
            axis=alt.Axis(labelFontSize=9, domain=False, ticks=False),
        ),
        tooltip=["well:N", "content:N", "state:N", "fields:Q", "crops:Q"],
    )
    states = alt.Stroke("state:N", title=None, scale=alt.Scale(domain=list(STATES), range=list(STATES.values())))
    rings = place.transform_filter("datum.crops == 0").mark_point(filled=False, size=side * 4, strokeWidth=1).encode(stroke=states)
    crops = alt.Fill(
        "crops:Q",
        title="crops of the well",
        scale=alt.Scale(scheme="cividis", type="sqrt"),
        legend=alt.Legend(gradientLength=120, orient="bottom"),
    )
    squares = place.transform_filter("datum.crops > 0").mark_rect().encode(fill=crops)
    panel = alt.layer(rings, squares).properties(width=side * columns, height=side * len(letters))
    return finished(in_panels(panel, answer, ("screen", "plate"), columns=2), answer, margin=30)
