"""plan, show, extract --plan, evaluate pairs --plan and report, as a user types them."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from .. import swap_store  # noqa: TID252 - tests are no package

OWN = """
import torch
from torch import nn

def small():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(1, 4, 3, stride=4))
"""


@pytest.mark.slow
def test_from_plan_to_report(cellswap, store, tmp_path):
    swap_store.fill(store)
    (tmp_path / "nets.py").write_text(OWN)

    def run(*arguments, **more):
        return cellswap(*arguments, "--store", store.path, **more)

    told = run("plan", "--images", 6).stderr
    plan_id = re.search(r"plan-[0-9a-f]{8}", told)[0]
    assert f"next: cellswap show --plan {plan_id} -o sheet.png --store {store.path}\n  or: cellswap extract --model MODEL" in told
    assert f"{plan_id}: 126 images, 0 sets short" in run("plan", "--images", 6, "--dry-run").stdout
    run("show", "--plan", plan_id, "--setting", "diff_class_swap", "--n", 2, "-o", tmp_path / "sheet.png")
    run("show", "--plan", plan_id, "--figure", "1a", "-o", tmp_path / "figure.png")
    sizes = [Image.open(io.BytesIO((tmp_path / n).read_bytes())).size for n in ("sheet.png", "figure.png")]
    assert sizes[1] == (5 * 170 + 24, sizes[1][1])
    extract = ("extract", "--model", "nets:small", "--as", "small", "--layers", "0", "--plan", plan_id, "--batch-size", 16)
    dry = run(*extract, "--dry-run").stdout
    assert "to do: 90 of 90 swaps in 9 batches" in dry
    assert "126 in, 126 kept" in run(*extract).stderr
    assert "36 in, 36 kept" in run(*extract, "--settings", "diff_class_swap", "--variant", "dilate2").stderr
    told = run("evaluate", "pairs", "--plan", plan_id, "--solver", "libsvm", "--jobs", 1).stderr
    assert f"images as {plan_id} drew them" in told
    query = "SELECT setting, n_classifiers FROM accuracy_by_setting WHERE aggregation = 'as_described' ORDER BY 1"
    counted = run("sql", "--format", "csv", query).stdout
    names = ["baseline", "cell_free_swap", "diff_class_swap", "diff_class_swap+dilate2", "masked", "same_class_swap"]
    assert counted.split()[1:] == [f"{name},3" for name in names]
    run("report", "--out", tmp_path / "report")
    page = (tmp_path / "report/galleries.html").read_text()
    for setting in ("same_class_swap", "diff_class_swap", "cell_free_swap"):
        assert f"{setting}, {plan_id}" in page
    assert "diff_class_swap+dilate2" in (tmp_path / "report/accuracy.html").read_text()


def test_bad_input_to_show(cellswap, store):
    def told(*arguments):
        done = cellswap("show", "--store", store.path, *arguments, check=False)
        assert done.returncode == 2, done.stderr
        return done.stderr.strip()

    assert told("--plan", "plan-1", "-o", "a.png") == "error: the store has no plan; make one with: cellswap plan"
    assert told("--plan", "plan-1", "-o", "a.jpg") == "error: --out a.jpg: expected a file name that ends in .png"
    assert told("--plan", "p", "-o", "a.png", "--class", "gogli") == "error: the store has no plan; make one with: cellswap plan"
    assert told("--plan", "p", "-o", "a.png", "--setting", "swap").startswith("error: unknown setting 'swap'")
    assert told("--plan", "p", "-o", "a.png", "--variant", "blur").startswith("error: unknown variant 'blur'")
