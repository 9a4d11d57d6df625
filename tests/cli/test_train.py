"""`cellswap train` as a user runs it: it learns, it can be killed, and what is wrong is said in one line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .. import swap_store  # noqa: TID252 - tests are no package

TINY = ("--preset", "tiny", "--fields-per-well", "6", "--cells-per-protein", "60", "--field-size", "200")
COMMAND = ("train", "deeploc-narrow", "--epochs", "4", "--batch-size", "32", "--learning-rate", "0.01", "--store", "store")


@pytest.mark.slow
def test_a_network_learns_from_a_simulated_screen_and_goes_on_after_kill_9_to_the_same_weights(cellswap, tmp_path):
    cellswap("init", "store")
    cellswap("ingest", "labels", "--store", "store")
    cellswap("simulate", "screen", *TINY, "--truth-into", "store")
    for plate in sorted(p.name for p in (tmp_path / "screen").iterdir() if p.is_dir() and p.name.startswith("plate")):
        cellswap("ingest", "fields", f"screen/{plate}", "--plate-map", "screen/plate_map.csv", "--store", "store")
    shutil.copytree(tmp_path / "store", tmp_path / "again")

    whole = cellswap(*COMMAND, "-o", "whole.safetensors")
    assert "epoch 4 of 4: train loss" in whole.stderr
    assert "next: cellswap extract --model deeploc-narrow --weights whole.safetensors --as whole" in whole.stderr
    query = "SELECT accuracy, n_labels FROM training_metrics WHERE side = 'test'"
    [test] = json.loads(cellswap("sql", query, "--format", "json", "--store", "store").stdout)
    assert test["n_labels"] == 4
    assert test["accuracy"] > 0.4  # guessing gives 0.25

    kill_at_the_first_checkpoint(tmp_path, (*COMMAND[:-1], "again", "-o", "killed.safetensors"))
    assert not (tmp_path / "killed.safetensors").exists()
    later = cellswap(*COMMAND[:-1], "again", "-o", "killed.safetensors")
    assert "going on from killed.safetensors.checkpoint: epoch " in later.stderr
    assert (tmp_path / "killed.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()
    assert "trained before, nothing to do" in cellswap(*COMMAND[:-1], "again", "-o", "killed.safetensors").stderr
    cellswap("extract", "--model", "deeploc-narrow", "--weights", "killed.safetensors", "--settings", "baseline", "--store", "again")
    assert cellswap("check", "--store", "again").stdout == "every rule holds\n"


def test_a_training_killed_between_its_weights_and_its_record_ends_with_the_same_record(cellswap, store, tmp_path):
    for field in ("0", "1", "2", "3", "4", "5"):
        swap_store.fill(store, {"ER": [2, 2], "nucleus": [2, 2]}, n_windows=0, field=field)
    few = ("--epochs", "1", "--min-crops", "2", "--batch-size", "8")
    command = ("train", "deeploc-narrow", *few, "-o", "w.safetensors", "--store", store.path)
    cellswap(*command)
    [record] = (store.path / "runs").glob("train-*.json")
    told = json.loads(record.read_text())
    assert (told["status"], told["written"]) == ("done", [{"table": "training_metrics", "n": 3}])
    weights = (tmp_path / "w.safetensors").read_bytes()
    # As it was before its end, with nothing counted.
    before = {"status": "killed", "complete": False, "rows_in": 0, "rows_kept": 0, "written": [], "notes": []}
    record.write_text(json.dumps(told | before))
    record.with_suffix(".parts").unlink()

    said = cellswap(*command).stderr
    assert "weights of this training are there already: w.safetensors" in said
    after = json.loads(record.read_text())
    same = ("status", "complete", "rows_in", "rows_kept", "written", "notes", "parts_sha256")
    assert {name: after[name] for name in same} == {name: told[name] for name in same}
    assert (tmp_path / "w.safetensors").read_bytes() == weights
    assert "trained before, nothing to do" in cellswap(*command).stderr


def kill_at_the_first_checkpoint(place: Path, command: tuple[str, ...]) -> None:
    program = str(Path(sys.executable).parent / "cellswap")
    checkpoint = place / f"{command[-1]}.checkpoint"
    with subprocess.Popen([program, *command], cwd=place, stderr=subprocess.DEVNULL) as running:
        while not checkpoint.exists() and running.poll() is None:
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)


def test_what_would_be_trained_is_said(cellswap, store):
    swap_store.fill(store, {"ER": [30, 30], "nucleus": [30, 3]}, n_windows=0)
    said = cellswap("train", "pifia-narrow", "--dry-run", "--store", store.path, check=False)
    assert said.returncode == 2
    assert said.stderr.startswith("error: ")
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("resnet",), "error: unknown network to train 'resnet'"),
        (("pifia", "--robust", "masks"), "error: unknown way to be robust 'masks'; did you mean mask"),
        (("pifia", "-o", "weights.pt"), "error: --out weights.pt: expected a file name that ends in .safetensors"),
        (("pifia",), "error: the store has no crops with pixels; give it some with: cellswap ingest fields PATH"),
    ],
)
def test_bad_input_is_one_line(cellswap, empty, arguments, words):
    done = cellswap("train", *arguments, "--store", empty, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(words)
