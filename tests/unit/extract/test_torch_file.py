"""Files of torch: what is had of them, that nothing in them is run, and that they take no more memory than they are long."""

from __future__ import annotations

import argparse
import pickle
import resource
import struct
import subprocess
import sys
import zipfile
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cellswap.errors import BadInput
from cellswap.extract import checkpoints

STATE = OrderedDict(weight=torch.arange(6.0).reshape(2, 3), bias=torch.tensor([7.0, 8.0]))


def plain(states):
    return {state: {name: v.tolist() for name, v in variables.items()} for state, variables in states.items()}


WANTED = {name: v.tolist() for name, v in STATE.items()}


class Trap:
    """Unpickled, it would write a file."""

    def __reduce__(self):
        return (open, ("trapped", "w"))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_all_floats_become_float32(tmp_path, dtype):
    torch.save({name: v.to(dtype) for name, v in STATE.items()}, tmp_path / "a.pt")
    held = checkpoints.read(tmp_path / "a.pt")
    assert {v.dtype for v in held.values()} == {np.dtype("float32")}
    assert plain({"": held}) == {"": WANTED}


@pytest.mark.parametrize(
    "beside",
    [
        {"args": argparse.Namespace(lr=0.1, out="x")},
        {"loss": np.float64(0.1)},
        {"losses": np.arange(3.0)},
        {"hyper_parameters": SimpleNamespace(depth=3), "callbacks": {"Stopping": {"best": torch.tensor(1.0)}}},
        {"optimizer": {"state": {0: {"exp_avg": torch.zeros(2, 3)}}, "param_groups": [{"lr": 0.1}]}},
    ],
    ids=["namespace", "number of numpy", "array of numpy", "hyper-parameters", "optimizer"],
)
def test_what_a_training_run_keeps_beside_the_tensors_does_not_matter(tmp_path, beside):
    torch.save({"state_dict": STATE, "epoch": 3} | beside, tmp_path / "a.ckpt")
    assert plain(checkpoints.states(tmp_path / "a.ckpt"))["state_dict"] == WANTED


def test_state_dicts_are_found_by_name_wherever_they_are(tmp_path):
    torch.save({"student": STATE, "teacher": {"net": STATE}, "scale": torch.tensor(2.0)}, tmp_path / "a.pt")
    assert plain(checkpoints.states(tmp_path / "a.pt")) == {"": {"scale": 2.0}, "student": WANTED, "teacher.net": WANTED}
    assert checkpoints.listing(tmp_path / "a.pt").shapes == {
        ": scale": (), "student: weight": (2, 3), "student: bias": (2,), "teacher.net: weight": (2, 3), "teacher.net: bias": (2,),
    }  # fmt: skip
    with pytest.raises(BadInput, match="expected one state dict, found 3"):
        checkpoints.read(tmp_path / "a.pt")


@pytest.mark.parametrize("zipped", [True, False])
def test_nothing_that_is_pickled_is_run(tmp_path, monkeypatch, zipped):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": STATE, "trap": Trap()}, "a.pt", _use_new_zipfile_serialization=zipped)
    if zipped:
        assert plain(checkpoints.states(tmp_path / "a.pt")) == {"state_dict": WANTED}
    else:
        with pytest.raises(BadInput, match="it holds pickled objects, which are not run; save its state dict"):
            checkpoints.states(tmp_path / "a.pt")
    assert not (tmp_path / "trapped").exists()
    torch.save({"trap": Trap()}, "b.pt")
    with pytest.raises(BadInput, match="expected a state dict of tensors, found a dict of trap without any"):
        checkpoints.states(tmp_path / "b.pt")
    assert not (tmp_path / "trapped").exists()
    (tmp_path / "c.pt").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(BadInput, match="a pickle"):
        checkpoints.states(tmp_path / "c.pt")
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_network_is_refused_with_what_to_save_instead(tmp_path, zipped):
    torch.save(nn.Sequential(nn.Linear(2, 3)), tmp_path / "whole.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(BadInput, match=r"whole\.pth: .*pickled.*not run; save its state dict, where you trust the file: torch\.save"):
        checkpoints.states(tmp_path / "whole.pth")


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ([1, 2], "expected a state dict of tensors, found list"),
        ({}, "found an empty dict"),
        ({"state_dict": {}}, "found a dict of state_dict without any"),
        ({"epoch": 3, "best": 0.5}, "found a dict of epoch, best without any"),
        ({"weight": torch.arange(3)}, "found a dict of weight without any"),
        ({"weight": torch.eye(2).to_sparse()}, r"variable 'weight': expected a plain tensor, found torch\.sparse_coo"),
        ({"weight": torch.empty(2, device="meta")}, "variable 'weight': expected a plain tensor, found .* meta"),
    ],
)
def test_what_has_no_plain_float_tensors_says_what_it_has(tmp_path, held, message):
    torch.save(held, tmp_path / "a.pt")
    with pytest.raises(BadInput, match=message):
        checkpoints.states(tmp_path / "a.pt")


def test_files_cut_off_and_safetensors(tmp_path):
    torch.save(STATE, tmp_path / "whole.pt")
    whole = (tmp_path / "whole.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="not a torch file of tensors alone, or cut off"):
        checkpoints.states(tmp_path / "cut.pt")
    (tmp_path / "cut.safetensors").write_bytes(b"\x00" * 20)
    with pytest.raises(BadInput, match="not a whole safetensors file"):
        checkpoints.states(tmp_path / "cut.safetensors")


def _claiming(path, **replaced):
    """A file of one tensor of four numbers whose pickle was changed."""
    torch.save({"w": torch.ones(4)}, path)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    many = b"\x8a\x08" + struct.pack("<q", 25_000_000_000)
    (name,) = (n for n in members if n.endswith("data.pkl"))
    before = {"storage": b"cpuq\x06K\x04t", "shape": b"K\x00K\x04\x85", "stride": b"\x85q\x08K\x01\x85"}
    after = {"storage": b"cpuq\x06" + many + b"t", "shape": b"K\x00" + many + b"\x85", "stride": b"\x85q\x08K\x00\x85"}
    for what in replaced:
        assert members[name].count(before[what]) == 1
        members[name] = members[name].replace(before[what], after[what])
    with zipfile.ZipFile(path, "w") as file:
        for member, content in members.items():
            file.writestr(member, content)


def test_a_file_that_claims_100_gb_is_refused_unread(tmp_path):
    _claiming(tmp_path / "storage.pt", storage=True, shape=True)
    _claiming(tmp_path / "view.pt", shape=True, stride=True)
    torch.save({"w": torch.zeros(100_000_000)}, tmp_path / "plain.pt")
    with zipfile.ZipFile(tmp_path / "plain.pt") as plain_file, zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in plain_file.namelist():
            packed.writestr(name, plain_file.read(name))
    (tmp_path / "plain.pt").unlink()
    for name, message in {
        "storage.pt": "not a torch file of tensors alone, or cut off",
        "view.pt": r"variable 'w' claims 25,000,000,000 numbers .*; the file has \d,?\d* bytes",
        "packed.pt": r"it claims to hold 400,\d{3},\d{3} bytes in a file of",
    }.items():
        with pytest.raises(BadInput, match=message):
            checkpoints.states(tmp_path / name)


def test_a_claim_takes_no_memory(tmp_path):
    _claiming(tmp_path / "view.pt", shape=True, stride=True)
    code = f"""
import resource
from pathlib import Path
from cellswap.extract import checkpoints
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    checkpoints.states(Path({str(tmp_path / "view.pt")!r}))
except Exception as error:
    print(type(error).__name__, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    limit = 20 * 10**9
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    name, more = done.stdout.split()
    assert name == "BadInput"
    assert int(more) < 200_000  # kB
