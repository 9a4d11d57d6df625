"""The whole of `extract`, on noise and small networks: what is written, what is left out, what happens a second time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cellswap.errors import BadInput, CellswapError, UnknownName
from cellswap.extract import forward, todo
from cellswap.extract.channels import parse
from cellswap.store import database, parts
from cellswap.store.check import check
from cellswap.store.create import create
from cellswap.store.facts import Asked

from ...crops import write_crops  # noqa: TID252 - tests are no package
from .conftest import rows

PER_SET = """
    SELECT model, layer, pooling, setting, count(*), count(DISTINCT image_id), min(len(embedding))
    FROM embeddings GROUP BY ALL ORDER BY ALL
"""


def files(store):
    return sorted(p.relative_to(store.tables) for p in (store.tables / "embeddings").rglob("*.parquet") if p.name != parts.EMPTY)


def test_vectors_are_the_networks_own_in_the_order_of_conditions(noisy, noise, embed, own):
    run = embed(noisy)
    assert (run.rows_in, run.rows_kept, run.written["embeddings"]) == (24, 24, 48)
    assert rows(noisy, PER_SET) == [
        ("Small", "0", "avg", "baseline", 12, 12, 4),
        ("Small", "0", "avg", "masked", 12, 12, 4),
        ("Small", "4", "none", "baseline", 12, 12, 5),
        ("Small", "4", "none", "masked", 12, 12, 5),
    ]
    module = __import__(own).Small()
    crops = torch.from_numpy(noise[0][..., 0].astype(np.float32))[:, None]
    masks = torch.from_numpy(noise[1])[:, None]

    def scaled(x):
        low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        return (x - low) / (high - low)

    for setting, x in (("baseline", scaled(crops)), ("masked", scaled(crops * masks))):
        query = f"SELECT embedding FROM embeddings WHERE layer = '4' AND setting = '{setting}' ORDER BY crop_id"
        found = np.array([v for (v,) in rows(noisy, query)])
        assert np.allclose(found, module(x).detach().numpy(), atol=1e-4)
    stored = rows(noisy, "SELECT condition, crop_id FROM embeddings WHERE layer = '0' AND setting = 'baseline'")
    assert stored == sorted(stored)


def test_batches_don_t_change_the_vectors(noisy, embed):
    embed(noisy, batch_size=12)
    embed(noisy, model={"name": "by-five"}, batch_size=5)
    gap = """
        SELECT max(list_distance(a.embedding, b.embedding)), count(*) FROM embeddings a JOIN embeddings b USING (layer, setting, image_id)
        WHERE a.model = 'Small' AND b.model = 'by-five'
    """
    ((worst, n),) = rows(noisy, gap)
    assert n == 48
    assert worst < 1e-4


def test_threads_beside_a_gpu_change_nothing(noisy, noise, embed, monkeypatch):
    for field in "bcd":
        write_crops(noisy, *noise, field=field)
    embed(noisy)
    monkeypatch.setattr(forward.Forward, "threads", property(lambda _: 3))
    run = embed(noisy, model={"name": "threaded"})
    assert run.n_written("embeddings") == 4 * 48
    alike = """
        SELECT count(*), count(*) FILTER (a.embedding = b.embedding)
        FROM embeddings AS a JOIN embeddings AS b USING (layer, setting, image_id) WHERE a.model = 'Small' AND b.model = 'threaded'
    """
    assert rows(noisy, alike) == [(4 * 48, 4 * 48)]


def test_an_error_in_a_thread_is_the_commands(noisy, embed, monkeypatch):
    monkeypatch.setattr(forward.Forward, "threads", property(lambda _: 3))

    def full(*_given, **_more):
        raise CellswapError("the disk is full")

    monkeypatch.setattr(parts, "write", full)
    with pytest.raises(CellswapError, match="the disk is full"):
        embed(noisy)


def test_no_view_is_called_otherwise_by_another_model(noisy, embed):
    embed(noisy, model={"name": "my-net"})
    said = r"model 'my_net', layer 0: the store has a view embedding_my_net_0_avg already, of model 'my-net', layer 0, .* --as NAME"
    with pytest.raises(BadInput, match=said):
        embed(noisy, model={"name": "my_net"}, layers=("0",))
    embed(noisy, model={"name": "my_net"}, layers=("2",))  # a view that nobody has
    embed(noisy, model={"name": "my-net"}, layers=("0", "4"))
    names = [name for name in database.embedding_views(noisy) if not name.startswith("embedding_my_net_2")]
    assert sorted(names) == ["embedding_my_net_0_avg", "embedding_my_net_4_none"]


def test_a_second_run_does_nothing_and_more_layers_only_themselves(noisy, embed):
    embed(noisy)
    before = {p: (noisy.tables / p).stat().st_mtime_ns for p in files(noisy)}
    again = embed(noisy)
    assert (again.rows_in, again.written) == (0, {})
    assert "12 crops were done before" in again.remarks
    more = embed(noisy, layers=("0", "2", "4"))
    assert more.written["embeddings"] == 24
    assert all((noisy.tables / p).stat().st_mtime_ns == t for p, t in before.items())


def test_new_crops_are_added_without_doing_old_ones_again(noisy, noise, embed):
    embed(noisy)
    write_crops(noisy, *noise, field="later")
    assert embed(noisy).rows_kept == 24
    assert [n[4:6] for n in rows(noisy, PER_SET)] == [(24, 24)] * 4
    assert embed(noisy).rows_kept == 0


def test_shards_share_the_work_whatever_was_done_before(noisy, noise, embed, monkeypatch):
    monkeypatch.setattr(todo, "CHUNK_ROWS", 5)
    assert embed(noisy, shard="1/3").rows_kept == 10
    assert embed(noisy, shard="3/3").rows_kept == 4
    assert embed(noisy, shard="2/3").rows_kept == 10
    assert [n[4:6] for n in rows(noisy, PER_SET)] == [(12, 12)] * 4
    assert len(files(noisy)) == 3 * 4


def test_a_killed_run_goes_on_where_it_stopped(noisy, embed, monkeypatch):
    monkeypatch.setattr(todo, "CHUNK_ROWS", 5)
    write, n = parts.write, iter(range(100))

    def dies(store, name, *rest):
        if name == "embeddings" and next(n) == 6:
            raise KeyboardInterrupt
        return write(store, name, *rest)

    monkeypatch.setattr(parts, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        embed(noisy)
    assert len(files(noisy)) == 6  # and nothing was written after
    monkeypatch.setattr(parts, "write", write)
    embed(noisy)
    assert [n[4:6] for n in rows(noisy, PER_SET)] == [(12, 12)] * 4


def test_crops_without_an_image_are_dropped_with_their_reason(store, noise, embed):
    crops, masks = noise[0].astype(np.float32), noise[1].copy()
    crops[1, ..., 0] = 7
    crops[2, 3, 3, 0] = np.nan
    masks[3] = False
    ids = write_crops(store, crops, masks, protein_mean=[1.0] * 12)
    run = embed(store, all_crops=True)
    assert sorted(run.rejects) == [
        (f"{ids[1]} (baseline)", "a channel without any contrast", ""),
        (f"{ids[1]} (masked)", "a channel without any contrast", ""),
        (f"{ids[2]} (baseline)", "pixels that are not finite", ""),
        (f"{ids[2]} (masked)", "pixels that are not finite", ""),
        (f"{ids[3]} (masked)", "an empty mask", ""),
    ]
    assert (run.rows_in, run.rows_kept) == (24, 19)
    assert rows(store, "SELECT setting, count(*) FROM embeddings WHERE layer = '0' GROUP BY 1 ORDER BY 1") == [
        ("baseline", 10),
        ("masked", 9),
    ]
    assert rows(store, "SELECT count(*) FROM embeddings WHERE NOT isfinite(list_sum(embedding))") == [(0,)]


def test_crops_that_lack_a_channel_or_a_mask_are_dropped(store, noise, embed):
    crops, masks = noise
    ids = write_crops(store, crops, masks)
    path = next(p for p in (store.tables / "pixels").glob("*.parquet") if p.name != parts.EMPTY)
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    without = pa.array([None, *table.column("cytoplasm").to_pylist()[1:]], table.schema.field("cytoplasm").type)
    unmasked = pa.array([*table.column("mask").to_pylist()[:-1], None], table.schema.field("mask").type)
    pq.write_table(table.set_column(3, "cytoplasm", without).set_column(4, "mask", unmasked), path)
    held = table.column("crop_id").to_pylist()
    run = embed(store, "Three", {"feeding": parse("protein,cytoplasm", 3, replicate=False)}, layers=("0",))
    assert sorted(run.rejects) == [
        (f"{held[0]} (baseline)", "no cytoplasm channel", ""),
        (f"{held[0]} (masked)", "no cytoplasm channel", ""),
        (f"{held[-1]} (masked)", "no mask", ""),
    ]
    assert set(held) <= set(ids)
    assert rows(store, "SELECT setting, count(*) FROM embeddings GROUP BY 1 ORDER BY 1") == [
        ("baseline", 11),
        ("masked", 10),
    ]
    # The crop without a mask has the vector that it has where nobody asks for masks.
    feeding = parse("protein,cytoplasm", 3, replicate=False)
    embed(store, "Three", {"feeding": feeding, "name": "alone"}, layers=("0",), settings=("baseline",))
    pairs = "embeddings AS a JOIN embeddings AS b USING (image_id, setting) WHERE a.model = 'alone' AND b.model <> 'alone'"
    same = "list_cosine_similarity(a.embedding, b.embedding) > 0.999999"
    assert rows(store, f"SELECT count(*), count(*) FILTER ({same}) FROM {pairs}") == [(11, 11)]


def test_filtered_crops_are_left_out_and_said(store, noise, embed):
    masks = noise[1].copy()
    masks[0] = False
    masks[0, 30:34, 30:34] = True
    write_crops(store, noise[0], masks)
    run = embed(store)
    assert run.rows_kept == 22
    assert "1 crops are not used: mask under 5% of the crop" in run.notes
    assert embed(store, all_crops=True).rows_kept == 2


def test_a_function_may_make_the_network(noisy, embed):
    feeding = parse("protein=2", 3, replicate=False)
    assert embed(noisy, "by_function", {"feeding": feeding}, layers=("0",)).rows_kept == 24


def test_replication_joins_the_vectors_of_both_channels(noisy, embed):
    embed(
        noisy,
        "Three",
        {"feeding": parse("protein,cytoplasm", 3, replicate=True)},
        layers=("0",),
        settings=("baseline",),
    )
    assert rows(noisy, PER_SET) == [("Three", "0", "avg", "baseline", 12, 12, 8)]
    assert rows(noisy, "SELECT channels, preprocessing, precision FROM models") == [
        ("protein, cytoplasm in turn in all 3 inputs", "minmax", "float32")
    ]


def test_memory_that_does_not_suffice_halves_the_batch(noisy, embed, monkeypatch):
    tried = []
    once = forward.Forward._once

    def narrow(self, crops, masks):
        tried.append(len(crops))
        if len(crops) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return once(self, crops, masks)

    monkeypatch.setattr(forward.Forward, "_once", narrow)
    run = embed(noisy, batch_size=12, settings=("baseline",))
    assert tried == [12, 6, 3, 3, 3, 3]
    assert run.rows_kept == 12
    monkeypatch.setattr(forward.Forward, "_once", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("CUDA out of memory")))
    with pytest.raises(CellswapError, match="out of memory even for one crop"):
        embed(noisy, model={"name": "other"})


def test_a_name_stands_for_one_network_one_feeding_one_precision(noisy, embed):
    embed(noisy, model={"name": "mine"})
    with pytest.raises(
        BadInput,
        match=r"model 'mine' stands in this store for network own_networks:Small, this run has own_networks:Three: .* --as NAME",
    ):
        embed(noisy, "Three", {"name": "mine", "feeding": parse("protein", 3, replicate=False)}, layers=("0",))
    with pytest.raises(BadInput, match="for precision float32, this run has bfloat16"):
        embed(noisy, model={"name": "mine", "precision": "bfloat16"})
    assert embed(noisy, model={"precision": "bfloat16"}).rows_kept == 24
    assert rows(noisy, "SELECT model FROM models ORDER BY 1") == [("Small-bfloat16",), ("mine",)]


def test_what_is_written_keeps_the_schemas_rules(noisy, embed):
    embed(noisy)
    from cellswap.store import database

    with database.connect(noisy) as connection:
        rules = [b for b in check(connection) if b.table in {"models", "embeddings"} and "runs" not in b.rule]
        assert rules == []


CAN_T_BE_MET = [
    ("Small", {}, {"layers": ("9",)}, "unknown layer '9'"),
    ("Small", {}, {"layers": None}, "name the layers to take with --layers; it has 0, 1, 2, 3, 4"),
    ("Small", {}, {"settings": ("mask",)}, "unknown setting 'mask'; did you mean masked"),
    ("Small", {}, {"pooling": "mean"}, "unknown pooling 'mean'"),
    ("Small", {}, {"device": "tpu"}, "unknown device 'tpu'"),
    ("Small", {}, {"shard": "4/3"}, "expected i/n with 1 <= i <= n"),
    ("Small", {}, {"screen": "other"}, "--screen other: the store has crops of screen"),
    ("Small", {"precision": "float8"}, {}, "unknown precision 'float8'"),
    ("Small", {"preprocessing": "min-max"}, {}, "unknown preprocessing 'min-max'; did you mean minmax"),
    ("Small", {"name": "a/b"}, {}, "--as a/b: expected letters"),
    (
        "Small",
        {"feeding": parse("nucleus,protein", None, replicate=False)},
        {},
        r"does not run on crops \(N, 2, 64, 64\)",
    ),
    ("Twice", {}, {"layers": ("relu",)}, "unknown layer 'relu'"),
    ("Smal", {}, {}, "unknown class of own_networks 'Smal'; did you mean Small"),
    ("Picky", {}, {}, "does not run on crops .* Input height doesn't match"),
    ("not_a_network", {}, {}, "expected a torch.nn.Module, found int"),
]


def test_requests_that_can_t_be_met(noisy, embed):
    for network, model, more, message in CAN_T_BE_MET:
        with pytest.raises((BadInput, UnknownName), match=message):
            embed(noisy, network, model, **more)
    assert files(noisy) == []


def test_a_store_that_lacks_a_channel_or_has_other_crops(tmp_path, embed, noise):
    from cellswap.extract import loading
    from cellswap.extract import run as extraction

    lone = create(tmp_path / "lone", Asked(64, {"protein": "gfp"}))
    with pytest.raises(BadInput, match="takes the channels protein, cytoplasm; this store has no cytoplasm"):
        embed(lone, "Three", {"feeding": parse("protein,cytoplasm", 3, replicate=False)}, layers=("0",))
    with pytest.raises(BadInput, match="the store has no crops; give it some with: cellswap ingest"):
        embed(lone)
    with pytest.raises(BadInput, match=r"--model pifia: expected --weights FILE\.safetensors"):
        extraction.prepare(lone, extraction.Request(loading.Wanted("pifia")))
    with pytest.raises(BadInput, match="module 'nowhere' can't be imported"):
        extraction.prepare(lone, extraction.Request(loading.Wanted("nowhere:Net")))


def test_a_dry_run_writes_nothing(noisy, embed, own):
    from cellswap.extract import loading
    from cellswap.extract import run as extraction

    request = extraction.Request(loading.Wanted(f"{own}:Small"), ("0", "4"), device="cpu")
    lines = list(extraction.dry_run(noisy, request, extraction.prepare(noisy, request)))
    assert lines[:2] == [
        "model Small: 2 layers, settings baseline, masked",
        "to do: 12 crops in 1 of 1 batches, 4 parts",
    ]
    assert lines[2].startswith("about ")
    assert files(noisy) == []


FAULTY = """
import torch
from torch import nn

class Faulty(nn.Sequential):
    def __init__(self):
        torch.manual_seed(1)
        super().__init__(nn.Conv2d(1, 4, 3), Sometimes())

class Sometimes(nn.Module):
    def forward(self, x):
        return torch.where(x.mean((1, 2, 3), keepdim=True) > {limit}, {wrong}, x)
"""


@pytest.fixture
def faulty(embed, noisy, tmp_path, monkeypatch):
    """Run a network whose second layer is not finite for crops of which the first one's mean is over a limit; those means (12,)."""

    def run(limit, wrong, name, **more):
        (tmp_path / f"{name}.py").write_text(FAULTY.format(limit=limit, wrong=wrong))
        return embed(noisy, model={"network": f"{name}:Faulty", "name": "faulty"}, layers=("0", "1"), **more)

    return run


def test_vectors_that_are_not_finite_are_left_out_and_counted(faulty, noisy):
    faulty("torch.inf", "x", "good", settings=("baseline",))
    means = rows(noisy, "SELECT crop_id, list_avg(embedding) FROM embeddings WHERE layer = '0' ORDER BY 2")
    names, limit = [name for name, _ in means], (means[8][1] + means[9][1]) / 2
    for path in files(noisy):
        (noisy.tables / path).unlink()
    run = faulty(limit, "-torch.inf", "some", settings=("baseline",))
    bad = sorted(names[9:])
    assert sorted(run.rejects) == [(f"{name} (baseline)", "a vector that is not finite", "first in layer 1") for name in bad]
    [note] = [note for note in run.notes if "NaN" in note]
    what = "model faulty: NaN or infinity in the vectors of 3 of 12 images (baseline), first in layer 1"
    assert note in {f"{what}, such as {name}; they are left out" for name in bad}
    # In the layer that is finite, too: accuracies of layers are of the same images.
    assert rows(noisy, "SELECT layer, count(*) FROM embeddings GROUP BY 1 ORDER BY 1") == [("0", 9), ("1", 9)]


def test_a_network_of_which_nothing_is_finite_is_refused_and_its_name_is_free_again(faulty, noisy):
    expected = (
        r"model faulty: NaN or infinity in the vectors of 24 of 24 images \(24 first in layer 1\), such as screen/1/field/\d\d: "
        "nothing is written; look at its weights"
    )
    with pytest.raises(BadInput, match=expected):
        faulty("-torch.inf", "torch.nan", "all_nan")
    assert rows(noisy, "SELECT count(*) FROM embeddings") == [(0,)]
    with pytest.raises(BadInput, match="nothing is written"):
        faulty("-torch.inf", "torch.nan", "all_nan")
    assert faulty("torch.inf", "torch.nan", "mended").rows_kept == 24
    assert rows(noisy, "SELECT model, network FROM models") == [("faulty", "mended:Faulty")]
    with pytest.raises(BadInput, match="model 'faulty' stands in this store for network mended:Faulty"):
        faulty("-torch.inf", "torch.nan", "all_nan")
