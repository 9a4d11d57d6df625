"""What each change of the background costs a network: intervals over conditions, and three standard errors as the paper has them."""

from __future__ import annotations

import altair as alt

from cellswap.reports.charts.look import finished, in_panels, whiskers
from cellswap.reports.items import Answer, ChartBody

DROP = "drop: "


def chart(answer: Answer) -> ChartBody:
    """The drops of `robustness`, one panel a network, the paper's own beside them where it has the network."""
    quantities = dict.fromkeys(row["quantity"] for row in answer.rows.select(["quantity"]).to_pylist())
    drops = [name.removeprefix(DROP) for name in quantities if name.startswith(DROP)]
    se_low, se_high = whiskers("shown", "se")
    data = (
        alt.Chart()
        .transform_filter(f"indexof(datum.quantity, '{DROP}') == 0")
        .transform_fold(["value", "published"], as_=["key", "shown"])
        .transform_filter("isValid(datum.shown)")
        .transform_calculate(
            change=f"replace(datum.quantity, '{DROP}', '')",
            whose="datum.key == 'value' ? 'as named above' : 'the same in the paper'",
            se="datum.key == 'value' ? datum.three_se : datum.published_three_se",
            se_low=se_low,
            se_high=se_high,
            from_low="datum.key == 'value' && isValid(datum.low) ? datum.low : datum.shown",
            to_high="datum.key == 'value' && isValid(datum.high) ? datum.high : datum.shown",
        )
        .encode(
            y=alt.Y("change:N", title=None, scale=alt.Scale(domain=drops)),
            yOffset=alt.YOffset("whose:N"),
            color=alt.Color("whose:N", title=None),
        )
    )
    thin = data.mark_rule(strokeWidth=1.2).encode(x=alt.X("se_low:Q", title="accuracy lost"), x2="se_high:Q")
    thick = data.mark_rule(strokeWidth=7, opacity=0.4).encode(x="from_low:Q", x2="to_high:Q")
    figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("shown", "se", "low", "high")]
    point = data.mark_point().encode(
        x="shown:Q", shape=alt.Shape("whose:N", legend=None), tooltip=["network:N", "change:N", "whose:N", *figures]
    )
    panel = alt.layer(thick, thin, point).properties(width=560, height=alt.Step(16))
    return finished(in_panels(panel, answer, ("network", "source"), most=12, x="shared"), answer, margin=275)
