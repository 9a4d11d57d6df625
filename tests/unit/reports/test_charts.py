"""Every chart is a specification that Vega-Lite takes, with its rows inside, for one row, odd names and no number at all."""

import json

import pyarrow as pa
import pytest
import vl_convert

from cellswap.reports.charts import funnel, heldout, look
from cellswap.reports.items import Answer, ChartBody


def answer(**columns):
    return Answer("a", "m", "SELECT 1", (), pa.table(columns))


def test_every_chart_of_the_report_draws(report):
    items = [item for page in report.pages for item in page.items if not item.is_empty]
    bodies = {item.answer.name: item.body for item in items if isinstance(item.body, ChartBody)}
    assert set(bodies) == {
        "funnel", "headline", "robustness", "figure2", "own_folds", "layers", "heldout_classes", "kl_histogram", "divergent_shares",
        "neighbours", "sensitivity", "plates", "wells", "map", "intensities", "mask_shares", "areas", "truth_by_model",
    }  # fmt: skip
    for name, body in bodies.items():
        drawn = vl_convert.vegalite_to_svg(json.dumps(body.spec, allow_nan=False))
        assert drawn.count("<path") > 10, name


@pytest.mark.parametrize("screen", ["a'b", 'a"b', "</script>", "datum.x", "\\"])
def test_a_data_set_of_any_name_has_its_panel(screen):
    spec = funnel.chart(answer(screen=[screen], step=[1], cells=["found"], n=[3], share=[1.0], lost=[0])).spec
    assert spec["concat"][0]["transform"] == [{"filter": {"equal": screen, "field": "screen"}}]
    assert ">3<" in vl_convert.vegalite_to_svg(json.dumps(spec))


def test_a_legend_names_only_the_marks_that_are_drawn():
    none = pa.nulls(1, pa.float64())
    named = {name: ["a"] for name in ("network", "setting", "split_by", "source", "class")}
    rows = answer(**named, held_out=[0.8], five_fold=[0.9], printed_held_out=none, printed_five_fold=none, n=[1])
    points = heldout.chart(rows).spec["concat"][0]["layer"][1]["encoding"]
    assert points["shape"]["scale"] == points["color"]["scale"] == {"domain": ["held out", "five fold"]}


def test_a_wide_legend_is_the_page_s_to_fold():
    legend = look.finished(look.alt.Chart(look.ROWS).mark_bar().encode(x="x:Q"), answer(x=[1.0]), legend_columns=3).spec["config"]["legend"]
    assert (legend["columns"], look.CONFIG["legend"].get("columns")) == (3, None)


def test_a_chart_holds_the_columns_that_it_names_in_six_digits():
    rows = answer(x=[2 / 3], y=[1], layer=["conv1"], width=["told"], seen=[0])
    chart = look.alt.Chart(look.ROWS, width=9).transform_filter("datum.seen == 0").mark_bar().encode(x="x:Q", y="y:O", tooltip="layer:N")
    spec = look.finished(chart, rows).spec
    assert spec["datasets"] == {"rows": "x,y,layer,seen\n0.666667,1,conv1,0\n"}
    assert spec["data"] == {"name": "rows", "format": {"type": "csv", "parse": {"x": "number", "y": "number", "seen": "number"}}}


def test_a_variant_stands_beside_its_setting():
    settings = ["masked", "same_class_swap", "diff_class_swap+dilate3", "baseline", "diff_class_swap"]
    assert sorted(settings, key=look.setting_rank) == [
        "baseline", "same_class_swap", "diff_class_swap", "diff_class_swap+dilate3", "masked",
    ]  # fmt: skip
