"""What kind of file a weights file is, told by its first bytes: its name says what somebody thought it was."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.store.files import other_kind

SHARD = re.compile(r"\.data-(\d{5})-of-(\d{5})$")
EXPECTED = "a TensorFlow checkpoint (.index), Keras HDF5, .pt, .pth or .safetensors"
# A torch file of before 2020 begins with a pickled number that marks it.
_OLD_TORCH = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
_PICKLES = (".pkl", ".pickle", ".joblib")
_STARTS = {
    b"\x89HDF\r\n\x1a\n": "keras",
    b"\x1f\x8b": "archive",
    b"BZh": "archive",
    b"\xfd7zXZ": "archive",
    b"\x28\xb5\x2f\xfd": "archive",
    b"7z\xbc\xaf": "archive",
    b"Rar!": "archive",
    b"\x93NUMPY": "numpy",
    b"version https://git-lfs": "pointer",
    b"<!DOCTYPE": "page",
    b"<html": "page",
}
_SAVE_ARRAYS = "save the arrays under their variables' names: safetensors.numpy.save_file(arrays, 'weights.safetensors')"
_REFUSED = {
    "archive": "an archive; unpack it first and give the file inside",
    "pickle": "a pickle: reading one can run any program, so it is not read; where you made it yourself, " + _SAVE_ARRAYS,
    "numpy": "a file of numpy; " + _SAVE_ARRAYS,
    "pointer": "a pointer of Git LFS, not the file itself; fetch that with: git lfs pull",
    "page": "a page of HTML, not a weights file; the download failed, or asks for something first",
    "script": "a TorchScript program, which is not run; save its variables: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pt')",
    "keras3": "a model of Keras 3 (.keras), which numbers its variables; in Keras, save it by name: "
    "keras.saving.load_model(FILE).save('weights.h5')",
    "onnx": "an ONNX program; give the weights that it was made from",
    "tensorflow graph": "a TensorFlow graph; give the .index file in the folder variables beside it",
}


def kind_of(path: Path) -> str:
    """One of tensorflow, keras, torch, safetensors; BadInput says of any other file what it is, and what to do."""
    tensorflow = SHARD.search(path.name) or path.suffix == ".index" or path.with_name(path.name + ".index").is_file()
    if tensorflow and (path.suffix != ".index" or path.is_file()):
        return "tensorflow"
    if path.is_dir():
        inside = path / "variables" / "variables.index"
        raise BadInput(f"{path}: a folder; give {inside if inside.is_file() else 'a file in it'}")
    if os.path.lexists(path) and (other := other_kind(path)):
        raise BadInput(f"{path}: expected a file, found {other}")
    if not path.is_file():
        hint = "" if path.suffix == ".index" else " (for a TensorFlow checkpoint, give its .index file)"
        raise BadInput(f"{path}: no such file{hint}")
    kind = _told(path)
    if kind in _REFUSED:
        raise BadInput(f"{path}: {_REFUSED[kind]}")
    if kind is None:
        raise BadInput(f"{path}: expected {EXPECTED}, found {'none of them' if path.stat().st_size else 'an empty file'}")
    return kind


def _told(path: Path) -> str | None:
    """The kind that the first bytes tell, else the one that the name does."""
    with path.open("rb") as file:
        start = file.read(512)
    if start[:4] == b"PK\x03\x04":
        return _of_zip(path)
    if start[2:].startswith(_OLD_TORCH):
        return "torch"
    told = next((kind for mark, kind in _STARTS.items() if start.startswith(mark)), None)
    if told is None and start[257:262] == b"ustar":
        return "archive"
    return told or _named(path, start)


def _named(path: Path, start: bytes) -> str | None:
    if path.suffix == ".safetensors" or (start[8:9] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size):
        return "safetensors"
    if path.suffix in _PICKLES or (start[:1] == b"\x80" and start[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}):
        return "pickle"
    if path.suffix in {".pt", ".pth", ".bin", ".ckpt"} and start:
        return "torch"
    return {".onnx": "onnx", ".pb": "tensorflow graph"}.get(path.suffix)


def _of_zip(path: Path) -> str:
    """What a zip file holds; one that is cut off is taken for torch's, whose reader says what is wrong."""
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "torch"
    tails = {name.partition("/")[2] for name in names}
    if "data.pkl" in tails:
        return "script" if "constants.pkl" in tails else "torch"
    if {"config.json", "model.weights.h5"} <= set(names):
        return "keras3"
    return "numpy" if names and all(name.endswith(".npy") for name in names) else "archive"
