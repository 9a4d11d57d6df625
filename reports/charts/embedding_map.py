"""Cells on a map of their feature vectors, coloured by class, plate or setting as the reader chooses."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import pyarrow as pa

from cellswap.reports.charts.look import ROWS, SERIES, finished, values_of
from cellswap.reports.items import Answer, ChartBody

SHAPES = ("circle", "square", "triangle-up", "diamond")
BY = ("class", "plate", "setting")
N_LOOKS = len(SERIES) * len(SHAPES)
LABEL_PX = 300  # a longer name is cut, so that the legend stays as wide as a page


def chart(answer: Answer, axes: str, order: list[str]) -> ChartBody:
    """Points of the map; `axes` names what the places are made by, `order` is that of the scheme's classes.

    A click on the legend leaves one class standing: beyond twenty, classes share their looks.
    """
    by = alt.param(name="by", value=BY[0], bind=alt.binding_select(options=list(BY), name="Colour by "))
    told = alt.selection_point(fields=["what"], bind="legend")
    looks = [(SERIES[i % len(SERIES)], SHAPES[i // len(SERIES)]) for i in range(N_LOOKS)]
    there = {name for by in BY for name in values_of(answer, by)}
    legend = alt.Legend(symbolLimit=max(N_LOOKS, len(there)), labelLimit=LABEL_PX)
    points = (
        alt.Chart(ROWS)
        .transform_calculate(what="datum[by]")
        .mark_point(size=16, filled=True)
        .encode(
            x=alt.X("x:Q", title=f"{axes} 1", scale=alt.Scale(zero=False), axis=alt.Axis(labels=False, ticks=False, grid=False)),
            y=alt.Y("y:Q", title=f"{axes} 2", scale=alt.Scale(zero=False), axis=alt.Axis(labels=False, ticks=False, grid=False)),
            color=alt.Color("what:N", title=None, sort=None, scale=alt.Scale(range=[c for c, _ in looks]), legend=legend),
            shape=alt.Shape("what:N", title=None, sort=None, scale=alt.Scale(range=[s for _, s in looks]), legend=legend),
            opacity=alt.condition(told, alt.value(0.75), alt.value(0.06)),
            tooltip=["class:N", "gene:N", "condition:N", "plate:N", "setting:N"],
        )
        .add_params(by, told)
        .properties(width=760, height=560)
    )
    return finished(points, replace(answer, rows=_begun(answer.rows, order)), margin=40, legend_columns=4)


def _begun(rows: pa.Table, order: list[str]) -> pa.Table:
    """The rows with one of each class in front, in this order: that of a legend, of which a list to sort by would make two."""
    names = rows.column(BY[0]).to_pylist()
    first = [names.index(name) for name in order if name in names]
    return rows.take(pa.array([*first, *sorted(set(range(len(names))) - set(first))], pa.int64()))
