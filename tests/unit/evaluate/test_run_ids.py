"""What a run is named after is the text that it always was, so that a run of an earlier version of the code goes on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from cellswap import __version__
from cellswap.evaluate.crossed_layer import Layer
from cellswap.evaluate.layers import LayersOptions
from cellswap.evaluate.multinomial.labelled_images import Case
from cellswap.evaluate.neighbours import NeighboursOptions
from cellswap.evaluate.pairs import PairsOptions
from cellswap.evaluate.proportions import ProportionsOptions
from cellswap.evaluate.run_ids import figures_of, run_id
from cellswap.evaluate.sample.heldout_split import HeldoutOptions
from cellswap.evaluate.sample.tasks import EmbeddingSet, Share
from cellswap.evaluate.sensitivity import SensitivityOptions

ALL = "wanted=Wanted(models=(), layers=(), poolings=(), settings=(), classes=())"
DRAWING = "drawing=Drawing(class_by='class', grouped_by='nothing', images=1000, plan_id=None, screen=None)"
SOLVED_BY = "solver=Solver(scheme='certified', c=1.0, gap=1e-06, standardize=False)"
ONE = "EmbeddingSet(number=0, model='m', layer='l', pooling='avg', setting='baseline')"
SHARES = "drawing=Drawing(at_least=5, held_by='image', seed=0, screen=None), training=Training(epochs=5, batch=128, rate=0.001, seed=0)"
SET = EmbeddingSet(0, "m", "l", "avg", "baseline")


def named(command: str, figures: str, constants: str = "5, 32, 16") -> str:
    """The name as it was made when each measure made its own."""
    facts = f"({__version__!r}, 'f', {figures}, {constants})"
    return f"evaluate-{command}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


@pytest.mark.parametrize(
    ("options", "without", "text"),
    [
        (PairsOptions(share=Share("1/2", 8)), "share", f"{ALL}, {DRAWING}, {SOLVED_BY}"),
        (LayersOptions(share=Share("1/2", 8)), "share", f"{ALL}, conditions=3, crops=1000, images=1000, screen=None, {SOLVED_BY}"),
        (HeldoutOptions(), "share", f"{ALL}, by='condition', images=1000, plan_id=None, screen=None, seed=0, {SOLVED_BY}"),
        (NeighboursOptions(device=""), "", f"{ALL}, {DRAWING}, methods=('pci', 'dino'), device=''"),
        (SensitivityOptions("p"), "", f"plan_id='p', {ALL}, resamples=1000, level=0.95, seed=0"),
        (ProportionsOptions(Case(SET, SET)), "case", f"scheme='adam', {SHARES}, weights=None"),
        (ProportionsOptions(Case(SET, SET), weights=Path("hash")), "case", f"scheme='adam', {SHARES}, weights={Path('hash')!r}"),
    ],
)
def test_options_read_as_they_always_did(options: Any, without: str, text: str) -> None:
    assert figures_of(options, (without,)) == f"Options({text})"


def test_what_stands_beside_the_options_reads_as_it_always_did() -> None:
    assert repr(Case(SET, SET)) == f"Case(original={ONE}, masked={ONE})"
    assert repr([Layer("p", "paper", (SET,))]) == f"[Layer(plan_id='p', variant='paper', sets=({ONE},))]"


def test_a_run_is_named_after_version_images_options_and_constants() -> None:
    assert run_id("pairs", "f", "Options()") == named("pairs", "Options()")
    assert run_id("neighbours", "f", "Options()", (11, (1, 3))) == named("neighbours", "Options()", "11, (1, 3)")
