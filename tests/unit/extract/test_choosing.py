"""Which variables of a file a network takes: prefixes of wrappers, and one state dict of several."""

from __future__ import annotations

import pytest
import torch

from cellswap.errors import BadInput
from cellswap.extract import weights
from cellswap.extract.importing import import_file
from cellswap.extract.networks.pifia import pifia


@pytest.fixture
def imported(own, tmp_path):
    """Import what was saved for the network Three, whose variables are 0.weight and 0.bias: numbers, notes and provenance."""

    def run(held, state=None, model=None):
        torch.save(held, tmp_path / "given.pt")
        made = import_file(tmp_path / "given.pt", model or f"{own}:Three", tmp_path / "made.safetensors", "", state)
        bias = weights.read(made.path).variables.get("0.bias")
        made.path.unlink()
        return (None if bias is None else bias[0].item(), made.notes)

    return run


def three(first, prefix=""):
    """Variables of Three under a prefix, with a bias that begins with that number."""
    return {f"{prefix}0.weight": torch.zeros(4, 3, 3, 3), f"{prefix}0.bias": torch.tensor([float(first), 0, 0, 0])}


@pytest.mark.parametrize("prefix", ["module.", "model.", "backbone.", "_orig_mod.", "net.", "module.model.", "a.b.c.d."])
def test_a_prefix_that_all_names_share_is_taken_off_and_said(imported, prefix):
    assert imported(three(1, prefix)) == (1, (f"prefix '{prefix}' taken off 2 names",))


def test_names_that_fit_are_taken_as_they_are(imported):
    assert imported(three(1)) == (1, ())
    assert imported({"state_dict": three(1)}) == (1, ("state dict 'state_dict'",))


def test_what_has_another_prefix_is_left_out_and_counted(imported):
    head = {"head.mlp.weight": torch.zeros(2), "center": torch.zeros(3)}
    assert imported(three(1, "backbone.") | head) == (
        1, ("prefix 'backbone.' taken off 2 names, 2 variables without it left out, first 'center'",),
    )  # fmt: skip


def test_of_several_that_fit_the_user_says_which(imported):
    both = {"student": three(1, "module.backbone."), "teacher": three(2, "backbone."), "center": torch.zeros(3), "epoch": 4}
    which = r"student\.module\.backbone, teacher\.backbone; say which with --state NAME"
    with pytest.raises(BadInput, match="2 sets of variables fit the network: " + which):
        imported(both)
    assert imported(both, "teacher") == (2, ("state dict 'teacher', prefix 'backbone.' taken off 2 names",))
    assert imported(both, "student.module.backbone")[0] == 1
    assert imported(both, "module.backbone.")[0] == 1
    with pytest.raises(BadInput, match=r"--state pupil: the file has .*student"):
        imported(both, "pupil")
    momentum = three(1, "encoder_q.") | three(2, "encoder_k.")
    with pytest.raises(BadInput, match="encoder_k, encoder_q"):
        imported(momentum)
    assert imported(momentum, "encoder_k")[0] == 2
    with pytest.raises(BadInput, match="the names as they are, ema"):
        imported(three(1) | three(2, "ema."))


def test_one_that_fits_is_found_among_others(imported):
    others = {"loss": {"center": torch.zeros(3)}, "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}}
    assert imported({"online": three(1, "net.")} | others)[0] == 1


def test_where_none_fits_the_faults_are_those_of_the_nearest(imported):
    with pytest.raises(BadInput, match=r"given\.pt: prefix 'model\.' taken off 1 names: variable '0\.bias': missing in the weights"):
        imported({"model.0.weight": torch.zeros(4, 3, 3, 3)})
    with pytest.raises(
        BadInput, match=r"variable 'a': the network has none of that name \(nor of 1 other\); of its own, 2 are missing, first '0\.weight'"
    ):
        imported({"a": torch.zeros(1), "b": torch.zeros(1)})
    which = r"x \(1 variables\), y \(2 variables\); nearest is y, which lacks 1"
    with pytest.raises(BadInput, match="it holds 2 state dicts, and none fits: " + which):
        imported({"x": {"a": torch.zeros(1)}, "y": {"0.bias": torch.zeros(4), "c": torch.zeros(2)}})
    with pytest.raises(BadInput, match=r"prefix 'net\.' .*: variable '0\.bias': expected shape \(4,\), found \(5,\)"):
        imported(three(1, "net.") | {"net.0.bias": torch.zeros(5)})


def test_prefixes_are_taken_off_for_the_published_networks_too(imported):
    torch.manual_seed(4)
    state = {f"model.{name}": v for name, v in pifia(7).state_dict().items()}
    n = sum(v.is_floating_point() for v in state.values())
    [note] = imported({"state_dict": state | {"loss.weight": torch.zeros(7)}}, model="pifia")[1]
    assert note == (f"state dict 'state_dict', prefix 'model.' taken off {n} names, 1 variables without it left out, first 'loss.weight'")
