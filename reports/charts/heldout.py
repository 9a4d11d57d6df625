"""Held-out conditions beside five folds on the same images (supplementary table 3 of the paper)."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, values_of
from cellswap.reports.items import Answer, ChartBody

WAYS = ("held_out", "five_fold", "printed_held_out", "printed_five_fold")


def chart(answer: Answer) -> ChartBody:
    """Points of `heldout_classes`, a line from five folds to held out, one panel a network."""
    place = alt.Y("class:N", title=None, scale=alt.Scale(domain=values_of(answer, "class")))
    accuracy = alt.Scale(zero=False)
    span = (
        alt.Chart()
        .transform_filter("isValid(datum.held_out) && isValid(datum.five_fold)")
        .mark_rule(opacity=0.4)
        .encode(y=place, x=alt.X("five_fold:Q", scale=accuracy, title="accuracy"), x2="held_out:Q")
    )
    names = [way.replace("_", " ") for way in WAYS if answer.rows.column(way).null_count < answer.rows.num_rows]
    points = (
        alt.Chart()
        .transform_fold(list(WAYS), as_=["key", "shown"])
        .transform_filter("isValid(datum.shown)")
        .transform_calculate(way="replace(replace(datum.key, '_', ' '), '_', ' ')")
        .mark_point(opacity=0.9)
        .encode(
            y=place,
            x=alt.X("shown:Q", scale=accuracy, title="accuracy"),
            color=alt.Color("way:N", title=None, scale=alt.Scale(domain=names)),
            shape=alt.Shape("way:N", title=None, scale=alt.Scale(domain=names)),
            tooltip=["class:N", "way:N", alt.Tooltip("shown:Q", format=".3f"), "n:Q"],
        )
    )
    panel = alt.layer(span, points).properties(width=560, height=alt.Step(19))
    return finished(in_panels(panel, answer, ("network", "setting", "split_by", "source"), most=12, x="shared"), answer, margin=150)
