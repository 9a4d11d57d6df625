"""This store's own classifiers: one line a pair, one point a fold."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import SETTING_ORDER, finished, in_panels
from cellswap.reports.items import Answer, ChartBody


def chart(answer: Answer) -> ChartBody:
    """Folds of `own_folds` as small points, their mean as a large one; one panel a network, layer and grouping."""
    pair = alt.Y("pair:N", title=None, axis=alt.Axis(labelLimit=330))
    setting = alt.Color("setting:N", title=None, sort=SETTING_ORDER)
    offset = alt.YOffset("setting:N", sort=SETTING_ORDER)
    accuracy = alt.X("accuracy:Q", title="accuracy", scale=alt.Scale(zero=False))
    fold = (
        alt.Chart()
        .mark_point(size=18, opacity=0.55)
        .encode(
            y=pair,
            yOffset=offset,
            x=accuracy,
            color=setting,
            tooltip=["pair:N", "setting:N", "fold:O", alt.Tooltip("accuracy:Q", format=".3f"), "n_test:Q"],
        )
    )
    mean = alt.Chart().mark_tick(thickness=2.5, size=9).encode(y=pair, yOffset=offset, x="mean(accuracy):Q", color=setting)
    panel = alt.layer(fold, mean).properties(width=560, height=alt.Step(9))
    return finished(in_panels(panel, answer, ("which",), most=12, x="shared"), answer, margin=230)
