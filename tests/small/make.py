"""Make the small copies anew from the whole data: `python tests/small/make.py ../shared`.

README.md in this folder says what each is, where it is from and under which licence.
"""

from __future__ import annotations

import csv
import io
import json
import lzma
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from math import prod, sqrt
from pathlib import Path

import grown
import h5py
import numpy as np
import tifffile
from tensorflow.train import load_checkpoint

HERE = Path(__file__).resolve().parent
# Corner (y, x) of the piece of each field; the first is full of cells, the last has none.
PIECE = 400
CORNERS = {"r01c01f01": (680, 510), "r01c01f02": (510, 170), "r02c01f02": (680, 0)}
CELLS = 30  # of field 1 of each gene
NETWORKS = {
    "pifia": ("one_shard/pifia_weights_golden.index", 20240601),
    "pci": ("pci_golden_weights.h5", 20240602),
    "deeploc": ("tf1.7_eval_graph/model.ckpt-5000.index", 20240603),
}
N_DRAWS = 6_000_000  # of 64 bits, more than any network takes
FEWEST = 5_000  # a kernel with fewer numbers stays in its file


def packed(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive that is the same byte for byte each time: its members in this order, without owner or time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return lzma.compress(out.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def pack(archive: Path, members: Iterable[tuple[str, bytes]]) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(packed(members))
    sys.stdout.write(f"{archive.relative_to(HERE)}: {archive.stat().st_size:,} bytes\n")


def files(folder: Path, *, without: tuple[str, ...] = ()) -> list[tuple[str, bytes]]:
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    named = [(p.relative_to(folder).as_posix(), p) for p in found]
    return [(name, p.read_bytes()) for name, p in named if not name.startswith(without)]


def table(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# The crops: some cells of each gene, with the rows of the lists that speak of them.


def crops(data: Path) -> None:
    listed = read(data / "pci_toy_yeast_small/cells_all.csv")
    kept = [r for gene in ("AAC1", "AAC3", "AAH1") for r in [r for r in listed if (r["gene"], r["field"]) == (gene, "1")][:CELLS]]
    cells = {(r["gene"], r["field"], r["cell"]) for r in kept}
    pairs = [
        r
        for r in read(data / "pci_toy_yeast_small/overlapping_crops.csv")
        if {(r["gene"], r["field"], r["cell_a"]), (r["gene"], r["field"], r["cell_b"])} <= cells
    ]
    with tarfile.open(data / "pci_toy_yeast.tar.xz") as whole:
        images = [(r[f"{c}_file"], whole.extractfile(r[f"{c}_file"]).read()) for r in kept for c in ("gfp", "rfp")]
    pack(HERE / "data/pci_toy_yeast.tar.xz", images)
    small = [m for m in files(data / "pci_toy_yeast_small") if m[0] not in {"cells_all.csv", "overlapping_crops.csv"}]
    lists = [("cells_all.csv", table(kept)), ("overlapping_crops.csv", table(pairs))]
    pack(HERE / "data/pci_toy_yeast_small.tar.xz", sorted(small + lists))


# The fields: a piece of each, and of the lab's labels.


def piece(path: Path) -> bytes:
    y, x = CORNERS[path.name[:9]]
    out = io.BytesIO()
    cut = np.ascontiguousarray(tifffile.imread(path)[y : y + PIECE, x : x + PIECE])
    tifffile.imwrite(out, cut)
    return out.getvalue()


def fields(data: Path) -> None:
    folder = data / "cyclenet_fields"
    images = sorted((folder / "images").iterdir()) + sorted((folder / "labels").glob("*_labeled.tiff"))
    members = [(p.relative_to(folder).as_posix(), piece(p)) for p in images]
    as_is = ("LICENSE.upstream", "README.md", "tables/plate_map_GFParray.csv")
    pack(HERE / "data/cyclenet_fields.tar.xz", [*members, *((n, (folder / n).read_bytes()) for n in as_is)])


# The weights: numbers drawn from a seed are drawn anew, so the files are kept without them.


def kernels(path: Path) -> dict[str, np.ndarray]:
    """The large arrays of a network's weight file by name, in the order of its file."""
    if path.suffix == ".h5":
        found: dict[str, np.ndarray] = {}
        with h5py.File(path) as file:
            file.visititems(lambda name, of: found.update({name: of[()]}) if isinstance(of, h5py.Dataset) else None)
    else:
        reader = load_checkpoint(str(path.with_suffix("")))
        names = [n for n, shape in sorted(reader.get_variable_to_shape_map().items()) if shape]
        found = {n: reader.get_tensor(n) for n in names}
    return {name: a for name, a in found.items() if a.ndim > 1 and a.size > FEWEST}


def placed(of: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """Where among the draws a kernel begins, its whole numbers and their scale: all weights are He's, drawn evenly."""
    top = (len(np.unique(of)) - 1) // 2
    levels = np.rint(of.ravel() / of.max() * top).astype(np.int64)
    made = grown.whole(drawn, top)
    n = len(made) - levels.size
    fits = np.ones(n, bool)
    for i in range(48):
        fits &= made[i : i + n] == levels[i]
    (start,) = np.flatnonzero(fits)
    scale = sqrt(2 / prod(of.shape[:-1])) / sqrt(((2 * top + 1) ** 2 - 1) / 12)
    return {"start": int(start), "n": of.size, "top": top, "scale": scale}


def emptied(content: bytes, found: dict[str, tuple[bytes, dict]]) -> tuple[bytes, list[dict]]:
    """A file with zeros for its kernels, and what belongs there."""
    held, spans = bytearray(content), []
    for raw, place in found.values():
        at = content.find(raw)
        if at >= 0:
            held[at : at + len(raw)] = bytes(len(raw))
            spans.append(place | {"offset": at})
    return bytes(held), spans


def weights(golden: Path, name: str) -> bytes:
    """The archive of a network's weight files without their kernels."""
    first, seed = NETWORKS[name]
    known = json.loads((golden / "MANIFEST.json").read_text())[f"{name}/weights.tar.xz"]["members"]
    drawn = grown.draws(seed, N_DRAWS)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(golden / name / "weights.tar.xz") as archive:
        archive.extractall(folder, filter="data")
        found = {k: (v.astype("<f4").tobytes(), placed(v, drawn)) for k, v in kernels(Path(folder) / first).items()}
        members, listed = [], {}
        for member, content in files(Path(folder)):
            if not member.endswith(".meta"):
                held, spans = emptied(content, found)
                members.append((member, held))
                if spans:
                    listed[member] = {"sha256": known[member]["sha256"], "kernels": spans}
    text = json.dumps({"seed": seed, "n_draws": N_DRAWS, "files": listed}, indent=1)
    return packed([("kernels.json", text.encode()), *members])


def networks(golden: Path) -> None:
    for name in NETWORKS:
        rest = files(golden / name, without=("maps/", "weights.tar.xz"))
        pack(HERE / f"golden/{name}.tar.xz", [*rest, ("weights.tar.xz", weights(golden, name))])
    of_dino = ("facts.md", "inputs_4ch_uint8.npz", "features/4ch_preprocessed_64.npy")
    pack(HERE / "golden/dino_vit.tar.xz", [(n, (golden / "dino_vit" / n).read_bytes()) for n in of_dino])


def main(shared: Path) -> None:
    data = shared / "data"
    pack(HERE / "data/published.tar.xz", files(data / "published"))
    pack(HERE / "data/huh.tar.xz", files(data / "huh", without=("LICENSE",)))
    pack(HERE / "data/deepyeast_labels.tar.xz", files(data / "deepyeast_labels", without=("wells.csv",)))
    crops(data)
    fields(data)
    networks(shared / "golden")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
