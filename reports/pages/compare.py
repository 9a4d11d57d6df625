"""Two runs side by side: what changed, and by how much."""

from __future__ import annotations

from cellswap.reports.charts import compared
from cellswap.reports.compare import Side
from cellswap.reports.items import Answer, HeatBody, Item, Page, TableBody

ROBUSTNESS = ("cellswap evaluate robustness",)
COPIED = "Copied from its store; the queries above read the copies, which lie in the folder data: run them there with DuckDB."


def page(this: Side, other: Side, answers: dict[str, Answer]) -> Page:
    """The page of a comparison, from what `compare.compared` gives."""
    return Page(
        "compare",
        "Comparison",
        f"This: {this.name}. Other: {other.name}. Differences are this minus other. Where a network was measured in several runs of a "
        "side, the newest counts; networks are matched by name, layer, pooling and folds, or, where none is and each side has one, "
        "side by side.",
        (*_accuracy(answers), *_drops(answers), *_rest(answers)),
    )


def _accuracy(answers: dict[str, Answer]) -> tuple[Item, ...]:
    settings, places = answers["compare_settings"], answers["compare_classes"]
    return (
        Item(
            "What changed, setting by setting",
            "Mean difference over the localizations that both sides have, with three standard errors, paired over localizations.",
            settings,
            compared.chart(settings, "datum.setting", "accuracy: this - other"),
        ),
        Item("Setting by setting, as a table", "n is the number of localizations that both sides have.", settings, TableBody()),
        Item(
            "What changed, by localization",
            "This side's accuracy minus the other's: blue where it is higher, red where it is lower, white where nothing changed.",
            places,
            HeatBody("class", ("network", "setting"), "difference", decimals=3, around_zero=True),
        ),
        Item("Both sides by localization", "With what stands behind each figure.", places, TableBody()),
    )


def _drops(answers: dict[str, Answer]) -> tuple[Item, ...]:
    drops = answers["compare_drops"]
    return (
        Item(
            "What a change of the background costs, this minus other",
            "Below 0, this side loses less. The interval follows from the two bootstrap intervals over proteins; it takes the sides for "
            "independent and is too wide where they share proteins. A point without one: an interval is missing on a side, as the table "
            "below says; cellswap evaluate robustness computes the intervals of a store.",
            drops,
            compared.chart(drops, "datum.setting_from + ' to ' + datum.setting_to", "accuracy lost: this - other"),
            ROBUSTNESS,
        ),
        Item("Both sides' drops", "Each with its own interval over proteins.", drops, TableBody(), ROBUSTNESS),
    )


def _rest(answers: dict[str, Answer]) -> tuple[Item, ...]:
    facts = answers["compare_facts"]
    differ = (Item("What else differs", "Data, weights, versions and arguments; what is the same is left out.", facts, TableBody()),)
    return (
        *(differ if facts.rows.num_rows else ()),
        Item("Figures of both sides", COPIED, answers["compare_sides"], TableBody(60)),
        Item("Drops of both sides", COPIED, answers["compare_drop_sides"], TableBody(60)),
        Item("Facts of both sides", COPIED, answers["compare_fact_sides"], TableBody(60)),
    )
