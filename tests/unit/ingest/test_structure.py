import numpy as np
import pytest
import tifffile

from cellswap.ingest import structure
from cellswap.ingest.structure import of_field, of_places

NUCLEI, CELLS = "data/ebimage_fields/nuclei.tif", "data/ebimage_fields/cells.tif"


def test_light_and_noise_are_no_structure(draw_field):
    assert of_field({"cytoplasm": draw_field([], 400)}) is None
    assert of_field({"cytoplasm": draw_field([], 100)}) is None
    assert of_field({"cytoplasm": np.random.default_rng(0).normal(1000, 30, (300, 300)).astype(np.float32)}) is None
    assert of_field({"cytoplasm": np.full((200, 200), 9, np.uint8)}) is None
    assert of_field({"cytoplasm": np.full((3, 70), 9, np.uint8)}) is None


def test_cells_of_any_size_are(draw_field):
    for radius in (4, 11, 60):
        seen = of_field({"protein": draw_field([], 400), "nucleus": draw_field([(200, 200, radius), (90, 300, radius)], 400)})
        assert seen is not None
        assert seen.startswith("nucleus stands ")


def test_a_tile_stands_so_many_errors_over_its_surroundings():
    """White noise of 10 counts: a tile of 16 pixels has an error of 2.5, so 50 counts more are 20."""
    image = np.random.default_rng(1).normal(1000, 10, (400, 400)).astype(np.float32)
    image[200:204, 200:204] += 50
    standing = structure.standing(image)
    assert standing.shape == (100, 100)
    assert standing[50, 50] == pytest.approx(20, abs=4)
    assert standing.std() == pytest.approx(1, abs=0.05)


def test_only_the_places_asked_for_count(draw_field):
    image = draw_field([(60, 60, 11), (60, 100, 11), (100, 60, 11)], 400)
    places = np.zeros((400, 400), bool)
    places[200:360, 200:360] = True
    assert of_places({"cytoplasm": image}, places) is None
    places[20:120, 20:120] = True
    assert of_places({"cytoplasm": image}, places) is not None


@pytest.mark.parametrize(("field", "shows"), [("r01c01f01", True), ("r01c01f02", True), ("r02c01f02", False)])
def test_real_fields(shared, field, shows):
    for channel in (1, 2, 3):
        image = tifffile.imread(shared / f"data/cyclenet_fields/images/{field}p01-ch{channel}sk1fk1fl1.tiff")
        assert (of_field({"protein": image}) is not None) == shows


@pytest.mark.parametrize("file", [NUCLEI, CELLS])
def test_real_fields_of_other_cells(shared, file):
    for image in tifffile.imread(shared / file):
        assert of_field({"protein": image}) is not None
