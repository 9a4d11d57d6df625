"""What a weights file is told to be, whatever it is called, and what is said of those that are none."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch

from cellswap.errors import BadInput
from cellswap.extract import checkpoints, tensorflow_file, weights
from cellswap.extract.containers import kind_of

STATE = {"weight": torch.arange(6.0).reshape(2, 3)}


def saved(held, **options):
    file = io.BytesIO()
    torch.save(held, file, **options)
    return file.getvalue()


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        made.addfile(tarfile.TarInfo("weights.pt"))
    return file.getvalue()


def numpy_file(save, *arrays):
    file = io.BytesIO()
    save(file, *arrays)
    return file.getvalue()


@pytest.mark.parametrize("name", ["model_best.pth.tar", "a.pt", "a.pth", "a.ckpt", "a.bin", "a", "a.zip", "a.safetensors.1"])
@pytest.mark.parametrize("zipfile_of_torch", [True, False])
def test_a_file_of_torch_is_one_whatever_it_is_called(tmp_path, name, zipfile_of_torch):
    (tmp_path / name).write_bytes(saved(STATE, _use_new_zipfile_serialization=zipfile_of_torch))
    held = checkpoints.read(tmp_path / name)
    assert {key: v.tolist() for key, v in held.items()} == {"weight": [[0, 1, 2], [3, 4, 5]]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pth.tar", tarred(), "an archive; unpack it first"),
        ("a.pth", lzma.compress(b"x"), "an archive; unpack it first"),
        ("a.pt", gzip.compress(b"x", mtime=0), "an archive; unpack it first"),
        ("a.zip", zipped("one/model.pt", "two.txt"), "an archive; unpack it first"),
        ("a.keras", zipped("metadata.json", "config.json", "model.weights.h5"), r"a model of Keras 3 .*\.save\('weights\.h5'\)"),
        ("a.pt", zipped("a/data.pkl", "a/constants.pkl", "a/code/x.py"), "a TorchScript program, which is not run"),
        ("a.npz", numpy_file(np.savez, np.zeros(2)), r"a file of numpy; save the arrays .* safetensors\.numpy\.save_file"),
        ("a.npy", numpy_file(np.save, np.zeros(2)), "a file of numpy"),
        ("a.pkl", pickle.dumps({"weight": np.zeros(2)}), r"a pickle: reading one can run any program.* safetensors\.numpy\.save_file"),
        ("a.pth", pickle.dumps({"weight": np.zeros(2)}, 2), "a pickle: reading one can run any program"),
        ("a.pkl", pickle.dumps({}, 0), "a pickle"),
        ("a.pt", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS.* git lfs pull"),
        ("a.pth", b"<!DOCTYPE html><html>Sign in", "a page of HTML"),
        ("a.onnx", b"\x08\x07\x12\x07pytorch", "an ONNX program"),
        ("saved_model.pb", b"\x08\x01", r"a TensorFlow graph; give the \.index file"),
        ("a.pt", b"", "found an empty file"),
        ("notes.txt", b"hello", r"expected a TensorFlow checkpoint \(\.index\), Keras HDF5"),
    ],
)
def test_what_is_no_weights_file_is_called_what_it_is(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=message):
        kind_of(tmp_path / name)


def test_a_folder_and_nothing(tmp_path):
    with pytest.raises(BadInput, match="a folder; give a file in it"):
        kind_of(tmp_path)
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "variables.index").touch()
    with pytest.raises(BadInput, match=r"a folder; give .*variables/variables\.index"):
        kind_of(tmp_path)
    with pytest.raises(BadInput, match=r"no such file \(for a TensorFlow checkpoint, give its \.index file\)"):
        kind_of(tmp_path / "nothing")
    with pytest.raises(BadInput, match=r"nothing\.index: no such file$"):
        kind_of(tmp_path / "nothing.index")


@pytest.mark.parametrize("name", ["w.pt", "w.index", "w.safetensors", "w"])
def test_a_pipe_is_called_one_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(BadInput, match=rf"{name}: expected a file, found a named pipe$"):
        kind_of(tmp_path / name)
    with pytest.raises(BadInput, match=rf"--weights .*{name}: expected a \.safetensors file, found a named pipe$"):
        weights.read(tmp_path / name)


def test_a_shard_that_is_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "w.index").touch()
    os.mkfifo(tmp_path / "w.data-00000-of-00001")
    with pytest.raises(BadInput, match=r"w\.data-00000-of-00001: expected a data shard of the checkpoint, found a named pipe$"):
        tensorflow_file.listed(tmp_path / "w.index")
