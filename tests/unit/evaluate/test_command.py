"""`cellswap evaluate pairs` as a user runs it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from inspect import signature
from subprocess import CompletedProcess
from typing import get_args

import pytest

from cellswap.cli import evaluate, measures
from cellswap.cli import proportions as shares
from cellswap.errors import BadInput
from cellswap.evaluate.multinomial.labelled_images import Drawing
from cellswap.evaluate.multinomial.softmax import Training
from cellswap.evaluate.svm.fitting import Solver
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import Fill, Screen

Command = Callable[..., CompletedProcess[str]]


def test_sweep_ends_with_its_counts_and_the_query_that_shows_it(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(Screen({"A": 20, "B": 20, "C": 4}))
    done = cellswap("evaluate", "pairs", "--store", store.path, "--jobs", 1)
    assert done.stdout == ""
    said = done.stderr.splitlines()
    assert said[0] == "evaluate pairs: 2 in, 1 kept, 1 dropped (1 class too small)"
    assert "  pair_accuracy: 5 rows" in said
    assert "    toy/last/avg/baseline/ER: class too small (class ER has 4 images, five folds need at least 5)" in said
    query = shlex.split(said[-1])[3]  # next: cellswap sql QUERY
    shown = json.loads(cellswap("sql", query, "--store", store.path, "--format", "json").stdout)
    assert [(row["class_1"], row["class_2"], row["n_folds"], row["n_unconverged"]) for row in shown] == [("cytoplasm", "nucleus", 5, 0)]
    again = cellswap("evaluate", "pairs", "--store", store.path, "--jobs", 1).stderr.splitlines()
    there = f"{said[0]}; all of it was there already, nothing was written"
    assert again[:2] == [there, "  1 of 1 classifiers were done before; nothing was left to do"]


def test_a_gap_is_refused_where_libsvm_judges_by_its_own_rule() -> None:
    for command in (evaluate.pairs, evaluate.layers, evaluate.heldout):
        for scheme in ("libsvm", "libsvm-capped"):
            with pytest.raises(BadInput, match=f"^--gap: no effect with --solver {scheme}; leave it out$"):
                command(solved_by=scheme, gap=1e-3)


def test_the_help_tells_the_defaults_that_are_taken() -> None:
    shown = (evaluate.Gap, shares.AtLeast, shares.Epochs, shares.Batch, shares.Rate)
    told = [float(get_args(option)[1].show_default) for option in shown]
    assert told == [Solver.gap, Drawing.at_least, Training.epochs, Training.batch, Training.rate]


def test_dry_run_writes_nothing(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(Screen({"A": 20, "B": 20}))
    done = cellswap("evaluate", "pairs", "--store", store.path, "--dry-run")
    assert done.stdout.splitlines()[0].endswith(": 1 classifiers of 5 folds, 1 of them left to do here")
    assert list((store.tables / "pair_accuracy").glob("part-[!e]*")) == []


def test_every_measure_can_say_what_it_would_do() -> None:
    own = (evaluate.pairs, evaluate.layers, evaluate.heldout, shares.proportions)
    for command in (*own, measures.robustness, measures.sensitivity, measures.neighbours):
        assert signature(command).parameters["dry_run"].default is False, command


def test_a_dry_run_of_what_fits_no_classifier_writes_nothing(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(Screen({"A": 20, "B": 20}))
    before = sorted(store.path.rglob("*"))
    said = json.loads(cellswap("evaluate", "neighbours", "--store", store.path, "--dry-run", "--json").stdout)
    assert (said["run_id"], said["written"], said["next"]) == (None, {}, [])
    assert said["lines"][0].endswith(": 1 layers and settings by pci and dino, 1 of them left to do")
    assert sorted(store.path.rglob("*")) == before


def test_nothing_to_compare_is_one_line_and_exit_code_2(store: Store, cellswap: Command) -> None:
    done = cellswap("evaluate", "pairs", "--store", store.path, check=False)
    assert (done.returncode, done.stderr) == (2, "error: the store has no embeddings; make some with: cellswap extract\n")
