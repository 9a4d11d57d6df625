"""What a run is named after is the text that it always was, so that a run of an earlier version of the code goes on."""

from __future__ import annotations

import hashlib

from cellswap import __version__
from cellswap.evaluate import sweep
from cellswap.evaluate.run_ids import figures_of, run_id

ALL = "Wanted(models=(), layers=(), poolings=(), settings=(), classes=())"
DRAWING = "Drawing(class_by='localization', grouped_by='nothing', images=1000, plan_id=None, screen=None)"
SOLVER = "Solver(scheme='certified', c=1.0, gap=1e-06, standardize=False)"


def named(command: str, figures: str, constants: str = "5, 32, 16") -> str:
    """The name as it was made when each measure made its own."""
    facts = f"({__version__!r}, 'f', {figures}, {constants})"
    return f"evaluate-{command}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


def test_options_read_as_they_always_did() -> None:
    assert figures_of(sweep.Options()) == f"Options(wanted={ALL}, drawing={DRAWING}, solver={SOLVER})"
    assert figures_of(sweep.Options(), ("drawing",)) == f"Options(wanted={ALL}, solver={SOLVER})"


def test_a_run_is_named_after_version_images_options_and_constants() -> None:
    assert run_id("pairs", "f", "Options()") == named("pairs", "Options()")
    assert run_id("neighbours", "f", "Options()", (11, (1, 3))) == named("neighbours", "Options()", "11, (1, 3)")
