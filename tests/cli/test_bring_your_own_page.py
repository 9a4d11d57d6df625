"""docs/bring_your_own.md does what it says: every command is run as it stands, on files such as it names, and ends in the same tables."""

from __future__ import annotations

import json
import re
import shlex

import numpy as np
import polars as pl
import pytest
import tifffile
from PIL import Image

from ..conftest import ROOT  # noqa: TID252 - tests are no package

PAGE = (ROOT / "docs" / "bring_your_own.md").read_text(encoding="utf-8")
SIZE = 200
CENTRES = [(40, 50), (40, 150), (95, 100), (150, 50), (150, 150)]
PLATES = ("BR1", "BR2")
DRUGS = {"tubulin": ("taxol", "nocodazole"), "control": ("DMSO", "water"), "ATPase": ("oligomycin", "bafilomycin")}
WELLS = {f"{row}0{n}": (drug, moa) for row, (moa, drugs) in zip("ABC", DRUGS.items(), strict=True) for n, drug in enumerate(drugs, 1)}
N_FIELDS = len(PLATES) * len(WELLS)


def commands():
    return [shlex.split(line) for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.fixture
def files(tmp_path, draw_field):
    """A screen of two plates in every form that the page names."""
    listed, other, wells, centres, cells, crops = [], [], [], [], [], []
    for folder in ("images", "masks", "stacks", "pictures"):
        (tmp_path / folder).mkdir()
    y, x = np.mgrid[:SIZE, :SIZE]
    labels = sum((np.hypot(y - cy, x - cx) <= 12).astype("u2") * n for n, (cy, cx) in enumerate(CENTRES, 1))
    for plate in PLATES:
        for well, (drug, moa) in WELLS.items():
            image = draw_field([(float(cy), float(cx), 12.0) for cy, cx in CENTRES], SIZE)
            name = f"{plate}_{well}_1"
            for k in (1, 2):
                tifffile.imwrite(tmp_path / f"images/{name}-ch{k}.tif", (image // k).astype("u2"))
            tifffile.imwrite(tmp_path / f"masks/{name}_cp_masks.tif", labels)
            files = {f"FileName_Orig{c}": f"{name}-ch{k}.tif" for k, c in enumerate(("DNA", "AGP"), 1)}
            folders = {f"PathName_Orig{c}": f"D:/old/{plate}" for c in ("DNA", "AGP")}
            number = len(listed) + 1
            listed.append({"ImageNumber": number, "Metadata_Plate": plate, "Metadata_Well": well, "Metadata_Site": 1} | files | folders)
            paths = {"dna_file": f"images/{name}-ch1.tif", "agp_file": f"images/{name}-ch2.tif"}
            other.append({"barcode": plate, "position": well, "view": 1} | paths)
            wells.append({"Metadata_Plate": plate, "Metadata_Well": well, "drug": drug, "moa": moa, "batch": f"b{plate[-1]}"})
            for n, (cy, cx) in enumerate(CENTRES, 1):
                centres.append({"ImageNumber": number, "ObjectNumber": n, "Location_Center_Y": cy, "Location_Center_X": cx})
                box = np.s_[cy - 16 : cy + 16, cx - 16 : cx + 16]
                shown = {"dna_png": image[box], "agp_png": image[box] // 2, "mask_png": (labels[box] == n) * np.uint8(255)}
                crops.append(np.stack([shown["dna_png"], shown["agp_png"]]))
                for kind, pixels in shown.items():
                    Image.fromarray(pixels.astype("u2" if kind != "mask_png" else "u1")).save(tmp_path / f"pictures/{name}_{n}_{kind}.png")
                paths = {kind: f"pictures/{name}_{n}_{kind}.png" for kind in shown}
                place = {"plate": plate, "well": well, "site": 1, "cell": f"{name}-{n}", "y": cy, "x": cx}
                cells.append(place | {"drug": drug, "moa": moa} | paths)
    metadata = {"axes": "CYX", "Channel": {"Name": ["DNA", "AGP"]}}
    tifffile.imwrite(tmp_path / "stacks/A01.ome.tif", np.stack([image, image // 2]).astype("u2"), metadata=metadata)
    for path, rows in (("load_data", listed), ("files", other), ("wells", wells), ("Cells", centres), ("cells", cells)):
        pl.DataFrame(rows).write_csv(tmp_path / f"{path}.csv")
    masks = np.repeat(
        np.stack([(labels[cy - 16 : cy + 16, cx - 16 : cx + 16] == n) for n, (cy, cx) in enumerate(CENTRES, 1)])[None], N_FIELDS, 0
    )
    np.savez(tmp_path / "crops.npz", images=np.stack(crops).astype("u2"), masks=masks.reshape(-1, 32, 32))
    write_zarr(tmp_path / "plate.zarr", image, labels)
    write_vectors(tmp_path, pl.DataFrame(cells))


def write_zarr(path, image, labels):
    zarr = pytest.importorskip("zarr")
    root = zarr.open_group(str(path), mode="w", zarr_format=3)
    root.attrs["ome"] = {"version": "0.5", "plate": {"wells": [{"path": "A/1"}]}}
    root.create_group("A/1").attrs["ome"] = {"version": "0.5", "well": {"images": [{"path": "0"}]}}
    for place, data, axes in (("A/1/0", np.stack([image, image // 2]), "cyx"), ("A/1/0/labels/cells", labels.astype("u4"), "yx")):
        group = root.create_group(place)
        group.create_array("0", data=data.astype("u2" if axes == "cyx" else "u4"), chunks=(64,) * data.ndim)
        said = {"version": "0.5", "multiscales": [{"axes": [{"name": a} for a in axes], "datasets": [{"path": "0"}]}]}
        group.attrs["ome"] = said | ({"omero": {"channels": [{"label": "DNA"}, {"label": "AGP"}]}} if axes == "cyx" else {})
    root["A/1/0/labels"].attrs["ome"] = {"version": "0.5", "labels": ["cells"]}


def write_vectors(folder, cells):
    """Vectors that tell the mechanisms apart, less well where the background is of the other."""
    rng = np.random.default_rng(3)
    number = {"tubulin": 0.0, "control": 2.0, "ATPase": 4.0}
    moa = np.array([number[m] for m in cells["moa"]])
    np.save(folder / "baseline.npy", (rng.normal(size=(len(cells), 6)) + moa[:, None]).astype("f4"))
    rows, vectors = [], []
    for i, front in enumerate(cells.iter_rows(named=True)):
        for how in ("same", "diff"):
            fits = [
                j for j, row in enumerate(cells.iter_rows(named=True))
                if (row["moa"] == front["moa"]) == (how == "same") and row["drug"] != front["drug"]
            ]  # fmt: skip
            j = int(rng.choice(fits))
            place = {name: front[name] for name in ("plate", "well", "site")}
            rows.append(place | {"how": how, "cell": f"{how}-{i}", "centre": front["cell"], "behind": cells["cell"][j]})
            vectors.append(rng.normal(size=6) + 0.6 * moa[i] + 0.4 * moa[j])
    pl.DataFrame(rows).write_csv(folder / "swapped.csv")
    np.save(folder / "swapped.npy", np.array(vectors, "f4"))


@pytest.mark.slow
def test_the_page_works_as_it_stands(files, cellswap):
    printed = [(words, cellswap(*words[1:])) for words in commands()]
    assert len(printed) > 12
    look = next(done for words, done in printed if "--dry-run" in words)
    assert f"{N_FIELDS} fields of {N_FIELDS} wells to read" in look.stdout

    def asked(query, store="screen"):
        return [tuple(row.values()) for row in json.loads(cellswap("sql", query, "--store", store, "--format", "json").stdout)]

    n = N_FIELDS * len(CENTRES)
    assert asked("SELECT screen, count(*), count(mask_area_px) FROM crops GROUP BY 1 ORDER BY 1") == [
        ("arrays", n, n), ("centres", n, 0), ("cp", n, n), ("listed", n, n), ("pictures", n, n), ("stacks", 5, 5), ("zarr", 5, 5),
    ]  # fmt: skip
    # the same cells by every way in: the same pixels
    means = "SELECT list(DNA_mean ORDER BY DNA_mean) FROM crops WHERE screen = '{}'"
    whole = asked(means.format("cp"))
    for screen in ("listed", "centres", "pictures", "arrays"):
        assert asked(means.format(screen)) == whole, screen
    assert asked("SELECT reason, count(*) FROM crop_filter WHERE screen = 'centres' GROUP BY 1 ORDER BY 2 DESC LIMIT 1")[0][0] is None
    assert asked("SELECT scheme, count(DISTINCT class) FROM labels GROUP BY 1 ORDER BY 1") == [("batch", 2), ("mechanism", 3), ("moa", 3)]
    line = "SELECT model, baseline, same_to_diff, same_to_diff_low, same_to_diff_high, n_classes FROM robustness_line"
    [(model, baseline, drop, low, high, n_classes)] = asked(line, "vectors")
    assert (model, n_classes) == ("mine", 3)
    assert low <= drop <= high
    assert 0.5 < baseline <= 1
    for store in ("screen", "vectors"):
        assert cellswap("check", "--store", store).stdout == "every rule holds\n"
