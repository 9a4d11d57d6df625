"""Vectors come out of every kind of file as they went in, with what is known of each row; what is no such file is refused in a line."""

from __future__ import annotations

import anndata
import h5py
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import zarr

from cellswap.errors import BadInput
from cellswap.ingest import vectors
from cellswap.ingest.vector_file import regrouped

N, WIDTH = 50, 7


@pytest.fixture
def numbers():
    return np.random.default_rng(3).normal(size=(N, WIDTH)).astype(np.float32)


def read(path, tmp_path, name=None, named=()):
    room = tmp_path / f"room{len(list(tmp_path.iterdir()))}"
    room.mkdir()
    file = vectors.opened(path, name, named, room)
    blocks = list(regrouped(file.blocks(16), 16))
    assert [len(block) for block in blocks] == [16, 16, 16, 2]
    return file, np.concatenate(blocks).astype(np.float32)


def npy(path, numbers):
    np.save(path.with_suffix(".npy"), numbers)
    return path.with_suffix(".npy")


def fortran(path, numbers):
    return npy(path, np.asfortranarray(numbers))


def npz(path, numbers):
    np.savez_compressed(path.with_suffix(".npz"), embeddings=numbers, other=np.arange(3))
    return path.with_suffix(".npz")


def h5(path, numbers):
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file.create_dataset("deep/embeddings", data=numbers, chunks=(20, 3), compression="gzip")
    return path.with_suffix(".h5")


def zarr_3(path, numbers):
    zarr.open_group(str(path.with_suffix(".zarr")), mode="w").create_array("vectors", data=numbers, chunks=(9, 7))
    return path.with_suffix(".zarr")


def zarr_2(path, numbers):
    zarr.create_array(str(path.with_suffix(".zarr")), data=numbers, zarr_format=2)
    return path.with_suffix(".zarr")


@pytest.mark.parametrize("put", [npy, fortran, npz, h5, zarr_3, zarr_2])
def test_arrays_come_out_bit_by_bit(tmp_path, numbers, put):
    file, found = read(put(tmp_path / "v", numbers), tmp_path)
    assert (file.n, file.width, file.metadata) == (N, WIDTH, None)
    assert found.tobytes() == numbers.tobytes()


def profile(numbers):
    return pl.DataFrame(
        {
            "Metadata_Plate": ["007"] * N,
            "Metadata_Well": ["A1"] * N,
            "ImageNumber": range(N),
            "FileName": ["x.tif"] * N,
            "Metadata_n": range(N),
        }
        | {f"Cells_d_{i}": numbers[:, i] for i in range(WIDTH)}
    )


@pytest.mark.parametrize("ending", ["csv", "parquet", "tsv"])
def test_profiles_have_metadata_and_features(tmp_path, numbers, ending):
    path = tmp_path / f"p.{ending}"
    if ending == "parquet":
        profile(numbers).write_parquet(path)
    else:
        profile(numbers).write_csv(path, separator="," if ending == "csv" else "\t")
    file, found = read(path, tmp_path)
    assert found.tobytes() == numbers.tobytes()
    assert file.metadata is not None
    assert file.metadata.columns == ["Metadata_Plate", "Metadata_Well", "ImageNumber", "FileName", "Metadata_n"]
    assert file.metadata.row(3) == ("007", "A1", "3", "x.tif", "3")
    file, found = read(path, tmp_path, "Cells_d_[12]")
    assert found.tobytes() == np.ascontiguousarray(numbers[:, 1:3]).tobytes()
    _, found = read(path, tmp_path, None, ("Cells_d_0",))
    assert found.tobytes() == np.ascontiguousarray(numbers[:, 1:]).tobytes()


def test_anndata_has_obs_and_a_matrix(tmp_path, numbers):
    obs = pd.DataFrame(
        {"plate": ["007", None] * 25, "kind": pd.Categorical(["a", "b"] * 25), "y": np.arange(N) + 0.5}, [f"c{i}" for i in range(N)]
    )
    made = anndata.AnnData(numbers, obs, obsm={"X_net": numbers * 2})
    made.write_h5ad(tmp_path / "a.h5ad")
    with pytest.raises(BadInput, match="expected --vectors, X or a key of obsm, for the file has X, X_net"):
        vectors.opened(tmp_path / "a.h5ad", None, (), tmp_path)
    file, found = read(tmp_path / "a.h5ad", tmp_path, "X")
    assert found.tobytes() == numbers.tobytes()
    assert file.metadata is not None
    assert file.metadata.rows()[:2] == [("c0", "007", "a", "0.5"), ("c1", None, "b", "1.5")]
    assert read(tmp_path / "a.h5ad", tmp_path, "X_net")[1].tobytes() == (numbers * 2).tobytes()
    anndata.AnnData(scipy.sparse.csr_matrix(numbers), obs).write_h5ad(tmp_path / "s.h5ad")
    with pytest.raises(BadInput, match=r"X: expected an array of numbers, found a sparse matrix"):
        vectors.opened(tmp_path / "s.h5ad", None, (), tmp_path)


def deepprofiler(path, numbers):
    """Two fields of 20 and 30 cells, the centres x before y, beside a pickle that must stay closed."""
    for name, rows in (("P1/A01_5", slice(0, 20)), ("P1/B02/1", slice(20, N))):
        file = path / f"{name}.npz"
        file.parent.mkdir(parents=True, exist_ok=True)
        places = np.stack([np.arange(N), np.arange(N) + 100.0], axis=1)[rows]
        np.savez(file, features=numbers[rows], locations=places, metadata=np.array({"a": Trap()}, object))
    return path


class Trap:
    """What may never be unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_deepprofiler_says_place_and_cell_in_its_paths(tmp_path, numbers):
    file, found = read(deepprofiler(tmp_path / "features", numbers), tmp_path)
    assert found.tobytes() == numbers.tobytes()
    assert file.metadata is not None
    assert file.metadata.row(3) == ("P1", "A01", "5", "3", "103.0", "3.0")
    assert file.metadata.row(21) == ("P1", "B02", "1", "1", "121.0", "21.0")


def test_the_real_features_of_deepprofiler(shared):
    folder = shared / "data/formats/deepprofiler"
    if not folder.is_dir():
        pytest.skip("the real features are beside the checkout alone")
    file = vectors.opened(folder, None, (), folder)
    assert (file.n, file.width) == (158, 6400)
    [block] = file.blocks(1000)
    with np.load(folder / "SQ00014812/A01_5.npz", allow_pickle=False) as there:
        assert block.tobytes() == there["features"].tobytes()
    assert file.metadata is not None
    assert file.metadata.row(0)[:4] == ("SQ00014812", "A01", "5", "0")


def ragged(path):
    (path / "P").mkdir(parents=True)
    for name, width in (("A01_1", 3), ("A01_2", 4)):
        np.savez(path / f"P/{name}.npz", features=np.zeros((2, width)), locations=np.zeros((2, 2)))


def pickled(path):
    np.savez(path, embeddings=np.array([1, "x"], object))


def damaged(path):
    path.write_bytes(b"PK\x03\x04 nothing")


def unknown_zarr(path):
    path.mkdir()
    (path / "zarr.json").write_text('{"zarr_format": 9, "node_type": "array"}')


@pytest.mark.parametrize(
    ("name", "put", "message"),
    [
        ("f", ragged, r"P/A01_2.npz: expected vectors of 3 numbers, as in P/A01_1.npz, found 4"),
        ("v.npz", pickled, r"an array of Python objects \(a pickle\)"),
        ("v.npz", damaged, r"not an NPZ file, or a damaged one"),
        ("v.npy", damaged, r"not an NPY file"),
        ("v.h5", damaged, r"not an HDF5 file"),
        ("v.h5ad", damaged, r"not an HDF5 file"),
        ("v.csv", damaged, r"found an Excel workbook"),
        ("v.zarr", unknown_zarr, r"not a Zarr array or group of version 2 or 3"),
        (
            "v.npz",
            lambda path: np.savez(path, a=np.zeros((2, 2)), b=np.zeros((2, 2))),
            r"expected one array, or one called embeddings.*found a, b",
        ),
        ("v.csv", lambda path: path.write_text("a,b\nx,y\n"), r"expected columns of numbers beside Metadata_\*, found none; columns: a, b"),
        ("f", lambda path: path.mkdir(), r"expected files PLATE/WELL_SITE.npz or PLATE/WELL/SITE.npz, found no .npz file"),
    ],
)
def test_what_is_no_file_of_vectors(tmp_path, name, put, message):
    put(tmp_path / name)
    room = tmp_path / "room"
    room.mkdir()
    with pytest.raises(BadInput, match=message):
        vectors.opened(tmp_path / name, None, (), room)


def test_zarr_that_is_not_installed_is_said_in_a_line(tmp_path, numbers, monkeypatch):
    path = zarr_3(tmp_path / "v", numbers)
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    with pytest.raises(BadInput, match=r"a Zarr file needs zarr, which is not installed; install it with: pip install 'cellswap\[zarr\]'"):
        vectors.opened(path, None, (), tmp_path)
