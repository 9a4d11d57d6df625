"""What a GPU computes is what the processor computes: vectors, compositions, neighbours, a training. `benchmarks/gpu.sh` runs them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import numpy as np
import pytest
import torch

from cellswap.evaluate import nearest
from cellswap.extract import loading, taps, untrained
from cellswap.extract import run as extraction
from cellswap.extract.embed_swaps import Planned
from cellswap.extract.forward import Forward
from cellswap.extract.networks import NETWORKS
from cellswap.extract.read import Batch
from cellswap.extract.swaps import plan
from cellswap.extract.training import run as training
from cellswap.extract.training.options import Data, Options
from cellswap.store import database, folder
from cellswap.store.check import check
from cellswap.store.runs import Run

from .. import swap_store  # noqa: TID252 - tests are no package
from ..killed_training import Killed, kill_at  # noqa: TID252

if not torch.cuda.is_available():
    pytest.skip("needs a GPU that torch can use", allow_module_level=True)

WHERE = {"cpu": torch.device("cpu"), "cuda": torch.device("cuda")}
# Of a layer's largest value: sums in another order, through up to 31 layers.
CLOSE = {"float32": 1e-4, "bfloat16": 0.1}
SIZE = 64


def a_run(command):
    return Run("test", command, {}, datetime.now(UTC))


@pytest.fixture
def weights(tmp_path):
    def drawn(network):
        path = tmp_path / f"{network}.safetensors"
        if not path.exists():
            untrained.write_untrained(network, 3, path)
        return path

    return drawn


@pytest.fixture
def crops():
    """A batch of 40 crops of a camera's counts, as the store keeps them, with masks."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(90, 9000, (40, 2, SIZE, SIZE)).astype("u2")
    return pixels, swap_store.mask_of(40)


def vectors(network, weights, crops, where, *, precision="float32", masked=False, batch_size=None):
    """Vectors of all layers of a network, by name; and the batch size that was used in the end."""
    model = loading.load(loading.Wanted(network, weights, "m", precision=precision), "protein")
    shapes = taps.shapes(model.module, torch.zeros(2, model.feeding.n_inputs, model.input_size, model.input_size))
    poolings = {name: "avg" if len(shape) > 1 else "none" for name, shape in shapes.items()}
    forward = Forward(model, poolings, WHERE[where], batch_size)
    pixels, masks = crops
    batch = Batch(np.arange(len(pixels)), pixels[:, : len(model.feeding.roles)], masks, {})
    made = forward(batch, masked=masked)
    return {name: v.float().cpu().numpy() for name, v in made.layers.items()}, forward.batch_size


def furthest(found, wanted):
    """The greatest difference of any layer, in units of the layer's greatest value."""
    return max(np.abs(found[name] - wanted[name]).max() / np.abs(wanted[name]).max() for name in wanted)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("masked", [False, True])
def test_every_layer_of_every_network(network, masked, weights, crops):
    there, _ = vectors(network, weights(network), crops, "cuda", masked=masked)
    here, _ = vectors(network, weights(network), crops, "cpu", masked=masked)
    assert there.keys() == here.keys()
    assert furthest(there, here) < CLOSE["float32"]


@pytest.mark.parametrize("network", ["pifia", "pci", "deeploc"])
def test_bfloat16_stays_near(network, weights, crops):
    there, _ = vectors(network, weights(network), crops, "cuda", precision="bfloat16")
    here, _ = vectors(network, weights(network), crops, "cpu")
    assert furthest(there, here) < CLOSE["bfloat16"]


def test_a_batch_that_the_memory_does_not_hold_is_halved(weights):
    rng = np.random.default_rng(6)
    many = rng.integers(90, 9000, (4096, 2, SIZE, SIZE)).astype("u2"), swap_store.mask_of(4096)
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(min(1.0, 2e9 / whole))
    try:
        there, used = vectors("pifia", weights("pifia"), many, "cuda", batch_size=4096)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert used < 4096
    few = many[0][-64:], many[1][-64:]
    here, _ = vectors("pifia", weights("pifia"), few, "cpu")
    assert furthest({name: v[-64:] for name, v in there.items()}, here) < CLOSE["float32"]


@pytest.fixture(scope="module")
def planned(empty, tmp_path_factory):
    """A store with crops and a plan of all settings, and the plan's id."""
    store = folder.read(shutil.copytree(empty, tmp_path_factory.mktemp("planned") / "store"))
    for field in range(4):
        swap_store.fill(store, {"ER": [4, 4, 4], "nucleus": [4, 4, 4], "cytoplasm": [4, 4, 4]}, field=str(field))
    with database.connect(store) as connection:
        made = plan.make(connection, plan.Options("s", images=6))
    plan.write(store, made, a_run("plan"))
    return store, made.plan_id


def test_a_plan_is_embedded_alike(planned, weights):
    store, plan_id = planned
    for where in WHERE:
        wanted = loading.Wanted("pci", weights("pci"), where)
        request = extraction.Request(wanted, ("conv3_1",), device=where, planned=Planned(plan_id))
        run = a_run("extract")
        extraction.extract(store, request, extraction.prepare(store, request), run)
        assert run.rejects == []
    query = """
        SELECT setting, count(*), max(list_max(list_transform(list_zip(a.embedding, b.embedding), lambda p: abs(p[1] - p[2])))
            / list_max(list_transform(a.embedding::FLOAT[], lambda v: abs(v))))
        FROM embeddings AS a JOIN embeddings AS b USING (setting, image_id) WHERE a.model = 'cpu' AND b.model = 'cuda' GROUP BY ALL
    """
    with database.connect(store) as connection:
        found = connection.execute(query).fetchall()
        [(n,)] = connection.execute("SELECT count(*) FROM embeddings WHERE model = 'cpu'").fetchall()
        assert [b for b in check(connection) if "runs" not in b.rule] == []
    assert {setting for setting, _, _ in found} >= {"baseline", "masked", "same_class_swap", "diff_class_swap", "cell_free_swap"}
    assert sum(n for _, n, _ in found) == n
    assert max(far for _, _, far in found) < CLOSE["float32"]


@pytest.mark.parametrize("cosine", [False, True])
def test_nearest_neighbours(cosine):
    x = nearest.standardized(np.random.default_rng(4).standard_normal((5000, 96)).astype(np.float32))
    x = nearest.unit(x) if cosine else x
    together = np.arange(len(x)) // 3
    here, there = (nearest.nearest(x, together, 11, cosine=cosine, device=where) for where in WHERE)
    assert np.array_equal(here.index, there.index)
    assert np.array_equal(here.similarity, there.similarity)


@pytest.mark.parametrize("network", ["deeploc-narrow", "pifia-narrow", "pci-narrow"])
def test_a_training_on_swaps_goes_on_after_a_kill_to_the_same_weights(planned, network, tmp_path, monkeypatch):
    store, _ = planned
    found = {}
    for name in ("whole", "killed"):
        data = Data(None, "field", (), (), 2)
        options = Options(network, tmp_path / name / "w.safetensors", data, ("swap",), epochs=2, batch_size=16, device="cuda")
        if name == "killed":
            kill_at(monkeypatch, 2)
            with pytest.raises(Killed):
                training.train(store, training.prepare(store, options), a_run("train"), print)
            monkeypatch.undo()
        training.train(store, training.prepare(store, options), a_run("train"), print)
        wanted = loading.Wanted(network, options.out, name)
        found[name] = {k: v.float() for k, v in loading.load(wanted, "protein").module.state_dict().items()}
    for name, wanted in found["whole"].items():
        assert torch.isfinite(wanted).all()
        assert torch.equal(found["killed"][name], wanted), name
