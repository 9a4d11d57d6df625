"""Checkpoints: killed anywhere, a training goes on to the very same weights."""

from __future__ import annotations

import pytest
import torch

from cellswap.errors import BadInput
from cellswap.extract.training import run, state
from cellswap.store import work

from ....killed_training import Killed, kill_at  # noqa: TID252 - tests are no package
from ..conftest import rows  # noqa: TID252


@pytest.mark.parametrize(("network", "robust"), [("pifia-narrow", ("swap",)), ("deeploc-narrow", ("center",))])
def test_killed_twice_it_gives_the_same_weights_and_figures(fields, asked, train, monkeypatch, network, robust):
    options = asked(network, robust=robust, learning_rate=1e-3, batch_size=32)
    train(fields, run.prepare(fields, options))
    whole, figures = options.out.read_bytes(), shown(fields)
    options.out.unlink()
    for n in (2, 2):
        kill_at(monkeypatch, n)
        with pytest.raises(Killed):
            train(fields, run.prepare(fields, options), every_seconds=0.0)
        monkeypatch.undo()
    said = train(fields, run.prepare(fields, options))
    assert said[0].startswith(f"going on from {options.out}.checkpoint: epoch ")
    assert options.out.read_bytes() == whole
    assert shown(fields) == figures
    assert not state.checkpoint_path(options.out).exists()


def shown(store):
    return rows(store, "SELECT epoch, side, loss, accuracy, n_images, learning_rate FROM training_metrics ORDER BY ALL")


@pytest.fixture
def stopped(fields, asked, train, monkeypatch):
    """The options of a training that was killed after its first epoch."""
    options = asked()
    kill_at(monkeypatch, work_steps(fields, options) + 1)
    with pytest.raises(Killed):
        train(fields, run.prepare(fields, options))
    monkeypatch.undo()
    return options


def work_steps(store, options):
    return run.prepare(store, options).training.steps


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"network": "deeploc-narrow"}, 'its network is "pifia-narrow", this one\'s "deeploc-narrow"'),
        ({"robust": ("mask",)}, r'its robust is \[\], this one\'s \["mask"\]'),
        ({"seed": 3}, "its seed is 0, this one's 3"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(fields, asked, train, stopped, other, words):
    with pytest.raises(BadInput, match=words):
        train(fields, run.prepare(fields, asked(**other)))
    assert state.checkpoint_path(stopped.out).is_file()


def test_a_checkpoint_that_is_cut_off_is_refused(fields, train, stopped):
    path = state.checkpoint_path(stopped.out)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BadInput, match="not a checkpoint of cellswap train, or cut off; remove it"):
        train(fields, run.prepare(fields, stopped))


def test_variables_depend_on_the_seed_alone(asked):
    def first(options):
        torch.manual_seed(work.seed("anything") % 2**63)
        return state.variables(state.begin(options, (options.seed,), 5, None, torch.device("cpu")))["conv1.weight"]

    assert torch.equal(first(asked()), first(asked()))
    assert not torch.equal(first(asked()), first(asked(seed=1)))
