"""A training as a whole: weights that extract reads, figures of each epoch, and what is said when it can't go on."""

from __future__ import annotations

import errno
import json
import math
from datetime import UTC, datetime

import pytest
import torch

from cellswap.errors import BadInput, CellswapError, UnknownName
from cellswap.extract import loading, weights
from cellswap.extract import run as extraction
from cellswap.extract.networks import network
from cellswap.extract.training import run, state
from cellswap.store import database
from cellswap.store.check import check
from cellswap.store.runs import Run

from ..conftest import rows  # noqa: TID252 - tests are no package


@pytest.mark.parametrize("name", ["pifia-narrow", "deeploc-narrow", "pci-narrow"])
def test_weights_are_read_as_they_are(fields, asked, train, name):
    options = asked(name, epochs=1, batch_size=16, robust=("center",))
    train(fields, run.prepare(fields, options))
    model = loading.load(loading.Wanted(name, options.out), "protein")
    facts = network(name).facts
    image = torch.zeros(2, len(facts.channels), facts.input_size, facts.input_size)
    corner = image.clone()
    corner[:, :, 0, 0] = 1000.0  # the weight is 0 there
    assert torch.equal(model.module(image), model.module(corner))
    assert "robust center" in model.weights.note


def test_weights_say_where_they_come_from(fields, asked, train):
    options = asked(epochs=1, robust=("mask", "swap"), seed=4)
    ready = run.prepare(fields, options)
    train(fields, ready)
    from safetensors import safe_open

    with safe_open(options.out, "pt") as file:
        known = file.metadata()
    assert known["network"] == "pifia-narrow"
    assert known["masked"] == "yes"
    assert weights.read(options.out).masked
    assert json.loads(known["labels"]) == list(ready.training.material.names)
    assert weights.read(options.out).conditions == ready.training.material.names  # PIFiA's labels are proteins
    facts = json.loads(known["training"])
    assert (facts["seed"], facts["robust"], facts["swapped"], facts["screen"]) == (4, ["mask", "swap"], 0.75, "s")
    assert known["source"] == f"cellswap train on screen s, crops {ready.training.material.fingerprint}"


def test_a_network_of_cells_alone_is_shown_cells_alone(fields, asked, train):
    options = asked(epochs=1, robust=("mask",))
    ready = run.prepare(fields, options)
    train(fields, ready)
    request = extraction.Request(loading.Wanted("pifia-narrow", options.out, "alone"), device="cpu")
    extraction.extract(fields, request, extraction.prepare(fields, request), Run("test", "extract", {}, datetime.now(UTC)))
    query = "SELECT count(*), count(*) FILTER (a.embedding = b.embedding) FROM embeddings AS a JOIN embeddings AS b USING (image_id)"
    assert rows(fields, f"{query} WHERE a.setting = 'baseline' AND b.setting = 'masked'") == [(144, 144)]
    assert rows(fields, "SELECT preprocessing FROM models") == [("minmax_standardize, the centre cell alone",)]


def test_extract_writes_down_which_conditions_a_network_was_trained_on(fields, asked, train):
    options = asked("deeploc-narrow", {"left_out": ("ER",)}, epochs=1)
    train(fields, run.prepare(fields, options))
    request = extraction.Request(loading.Wanted("deeploc-narrow", options.out, "some"), settings=("baseline",), device="cpu")
    extraction.extract(fields, request, extraction.prepare(fields, request), Run("test", "extract", {}, datetime.now(UTC)))
    query = "SELECT DISTINCT model, condition FROM {} ORDER BY condition"
    trained = "crops JOIN condition_classes USING (condition) CROSS JOIN models WHERE condition_classes.class <> 'ER'"
    assert rows(fields, query.format("training_conditions")) == rows(fields, query.format(trained)) != []


def test_each_epoch_is_a_row_of_each_side_and_the_test_is_last(fields, asked, train):
    ready = run.prepare(fields, asked("deeploc-narrow", epochs=2))
    said = train(fields, ready)
    found = rows(fields, "SELECT epoch, side, n_images, n_labels, learning_rate FROM training_metrics ORDER BY epoch, side")
    sides = {side: len(crops) for side, crops in ready.training.material.sides.items()}
    n_train = ready.training.steps * 16
    best = next(epoch for epoch, side, *_ in found if side == "test")
    expected = [(e, s, n, 3, None) for e in (1, 2) for s, n in (("train", n_train), ("val", sides["val"]))]
    expected.append((best, "test", sides["test"], 3, None))
    assert [(e, s, n, k, None) for e, s, n, k, _ in found] == sorted(expected)
    rates = [rate for *_, rate in found if rate is not None]
    assert rates == pytest.approx([0.1 * 0.96 ** math.floor(400 * e / 2) for e in range(2)])
    assert len(said) == 2
    with_losses = dict(rows(fields, "SELECT epoch, loss FROM training_metrics WHERE side = 'val'"))
    assert best == min(with_losses, key=lambda e: with_losses[e])
    with database.connect(fields) as connection:
        assert [broken for broken in check(connection) if broken.rule != "run_id is in runs"] == []


def test_painting_recognizes_nothing(fields, asked, train):
    train(fields, run.prepare(fields, asked("pci-narrow", epochs=1)))
    assert rows(fields, "SELECT DISTINCT accuracy, n_labels FROM training_metrics") == [(None, None)]


def test_it_stops_when_validation_gets_no_better(fields, asked, train):
    options = asked(epochs=40, patience=2, learning_rate=1e-12)
    said = train(fields, run.prepare(fields, options))
    best, last = rows(fields, "SELECT max(epoch) FILTER (side = 'test'), max(epoch) FROM training_metrics")[0]
    assert last == best + 2 < 40
    assert len(said) == last


def test_done_before_is_seen_and_other_weights_are_not_written_over(fields, asked, train):
    options = asked(epochs=1)
    train(fields, run.prepare(fields, options))
    assert run.prepare(fields, options).done
    with pytest.raises(BadInput, match="exists already and holds other weights"):
        run.prepare(fields, asked(epochs=1, seed=1))


@pytest.mark.parametrize("good_epochs", [0, 1])
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(fields, asked, train, monkeypatch, good_epochs):
    options = asked(epochs=3)
    ready = run.prepare(fields, options)
    real, bad = options.recipe.outcome, good_epochs * ready.training.steps + 2
    calls = iter(range(1, 10_000))

    def outcome(network, given):
        made = real(network, given)
        wrong = network.training and next(calls) == bad
        return type(made)(made.loss * math.nan, made.n_right) if wrong else made

    recipe = type(options.recipe)(**vars(options.recipe) | {"outcome": outcome})
    monkeypatch.setitem(run.Options.recipe.fget.__globals__["RECIPES"], "pifia-narrow", recipe)
    kept = "the last good checkpoint is" if good_epochs else "no checkpoint was written yet"
    with pytest.raises(CellswapError, match=rf"no number at step {bad} \(epoch {good_epochs + 1}, step 2\).*{kept}"):
        train(fields, ready)
    path = state.checkpoint_path(options.out)
    assert path.exists() == bool(good_epochs)
    if good_epochs:
        held = torch.load(path, weights_only=True)
        assert held["counts"]["epoch"] == 1
        assert all(bool(torch.isfinite(v).all()) for v in held["network"].values())


def test_a_full_disk_is_said(fields, asked, train, monkeypatch):
    def full(_path, _content):
        raise OSError(errno.ENOSPC, "No space left on device")

    ready = run.prepare(fields, asked(epochs=1))
    monkeypatch.setattr(type(ready.training.checkpoint), "write_bytes", full)
    with pytest.raises(CellswapError, match=r"the disk is full; nothing was half-written\. Free some space and run the same command again"):
        train(fields, ready)
    assert not list(ready.training.checkpoint.parent.glob("out.*"))


@pytest.mark.parametrize(
    ("network_name", "more", "words"),
    [
        ("resnet", {}, "unknown network to train 'resnet'; known are deeploc"),
        ("pifia", {"robust": ("swop",)}, "unknown way to be robust 'swop'; did you mean swap"),
        ("pifia", {"precision": "float8"}, "unknown precision 'float8'"),
        ("pifia", {"data": {"split": "well"}}, "unknown split 'well'; known are field, plate, protein"),
    ],
)
def test_unknown_names_are_said(fields, asked, network_name, more, words):
    with pytest.raises(UnknownName, match=words):
        run.prepare(fields, asked(network_name, **more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"data": {"split": "condition"}}, "--split protein: pifia-narrow learns to tell proteins apart"),
        ({"learning_rate": 0.0}, "--learning-rate: expected a number over 0, found 0.0"),
        ({"learning_rate": float("inf")}, "--learning-rate: expected a number over 0, found inf"),
    ],
)
def test_what_cannot_be_trained_is_said(fields, asked, more, words):
    with pytest.raises(BadInput, match=words):
        run.prepare(fields, asked(**more))
