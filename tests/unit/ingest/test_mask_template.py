"""Templates of names: which file and dataset each field has, and what is refused before anything is read."""

from dataclasses import replace
from pathlib import Path

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import mask_template
from cellswap.ingest.field_files import NO_MAP, FieldFiles
from cellswap.ingest.label_images import Masks, choose, sort

FIELDS = [FieldFiles("p1", well, site, 1, NO_MAP, {}, (), said={"Batch": "b 1"}) for well in ("A01", "A02") for site in ("1", "2")]


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b 1", "p1_A01_1.tif", "p1.h5"):
        Path(name).write_bytes(b"")


def test_each_field_has_the_file_that_the_template_names():
    masks = Masks(Path(), "", "{plate}_{well}_{site}.tif")
    found = sort(masks, FIELDS)
    assert [choose(masks, of).name for of in found.fields] == ["p1_A01_1.tif", "p1_A01_2.tif", "p1_A02_1.tif", "p1_A02_2.tif"]
    assert (found.idle, found.dust) == ([], [])


def test_an_array_of_a_file_for_each_field():
    found = mask_template.filled("{plate}.h5:{Batch}/{well}/{site}", FIELDS)
    assert [(of.masks, of.dataset) for of in found[:2]] == [((Path("p1.h5"),), "b 1/A01/1"), ((Path("p1.h5"),), "b 1/A01/2")]


def test_a_field_whose_row_lacks_a_word_has_no_label_image():
    masks = Masks(Path(), "", "{Batch}")
    bare = replace(FIELDS[1], said={})
    one, two = sort(masks, [FIELDS[0], bare]).fields
    assert choose(masks, one) == Path("b 1")
    with pytest.raises(BadInput, match=r"no label image: the list of files says nothing in a column that {Batch} names"):
        choose(masks, two)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{plat}_{well}.tif", "unknown name in braces 'plat'; did you mean plate"),
        ("{nothing}.tif", "unknown name in braces 'nothing'; known are Batch, plate, site, well"),
        ("{plate}_{well.tif", "the braces do not close"),
        ("{site:02}.tif", "write {site} alone in its braces"),
        (
            "{plate}_{well}.tif",
            r"names p1_A01.tif for several fields, such as 1/p1/A01/1 and 1/p1/A01/2; add what tells them apart: {site}",
        ),
        ("m/{plate}_{well}_{site}.tif", "none of 4 label images is there; expected the first at m/p1_A01_1.tif"),
    ],
)
def test_a_template_that_names_no_label_images_is_one_line(template, message):
    with pytest.raises(BadInput, match=message) as caught:
        sort(Masks(Path(), "", template), FIELDS)
    assert str(caught.value).startswith(f"--masks {template}: ")
