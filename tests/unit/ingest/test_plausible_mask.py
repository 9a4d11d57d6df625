import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import plausible_mask
from cellswap.ingest.plausible_mask import Doubts, look


def discs(*placed, size=200, kind=np.uint16):
    """Labels (label, y, x, radius)."""
    y, x = np.mgrid[:size, :size]
    made = np.zeros((size, size), kind)
    for label, cy, cx, radius in placed:
        made[np.hypot(y - cy, x - cx) < radius] = label
    return made


def seen(labels):
    return look(labels.astype(np.int64), labels.dtype)


GRID = [(i, 20 + 40 * (i // 5), 20 + 40 * (i % 5), 9) for i in range(20)]


def test_cells_raise_no_doubt():
    assert seen(discs(*((i + 1, y, x, r) for i, y, x, r in GRID))) == Doubts(n_labels=20)
    assert seen(discs()) == Doubts()


def test_a_cell_cut_in_two_by_a_line_is_one_place():
    labels = discs((5, 50, 50, 12), (6, 120, 120, 12))
    labels[50:52] = 0
    assert seen(labels) == Doubts(n_labels=2)


def test_a_speck_far_away_is_counted_and_the_cell_stays():
    labels = discs((5, 50, 50, 12), (5, 150, 150, 2), (6, 50, 120, 12), (7, 120, 50, 12))
    assert seen(labels) == Doubts(n_labels=3, n_scattered=1, example=(5, 2))


def test_an_8_bit_image_that_is_full():
    numbered = [(min(250 + i, 255), y, x, r) for i, y, x, r in GRID[:9]]
    found = seen(discs(*numbered, kind=np.uint8))
    assert found == Doubts(n_labels=6, n_scattered=1, example=(255, 4), several=frozenset({255}), full="uint8")
    assert seen(discs(*numbered, kind=np.uint16)).full is None
    assert seen(discs((65_535, 50, 50, 12))).full == "uint16"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (discs(*((255, y, x, r) for _, y, x, r in GRID), kind=np.uint8), "the label 255 lies in 20 separate places: a mask of in and out"),
        (discs(*((1 + i % 2, y, x, r) for i, y, x, r in GRID)), "2 labels lie in 20 separate places"),
        (discs(*((1 + i % 5, y, x, r) for i, y, x, r in GRID)), "5 labels lie in 20 separate places"),
        (np.where(discs(*((i + 1, y, x, r) for i, y, x, r in GRID)) > 0, 0, 37), "the label 37 covers 8[0-9]% of the field: a background"),
    ],
)
def test_what_can_be_no_cells_is_refused(labels, expected):
    with pytest.raises(BadInput, match=expected):
        seen(labels)


def test_ids_of_any_size_are_looked_at():
    assert look(discs(*((i + 1, y, x, r) for i, y, x, r in GRID)).astype(np.int64) * 2**40, np.dtype(np.int64)) == Doubts(n_labels=20)


def blobs(rng, size=200, n=14, radius=9):
    """Labels (size, size) of n discs that do not touch, and an image in which each is brighter than what lies around."""
    labels, image = np.zeros((size, size), np.int64), rng.normal(100, 5, (size, size))
    y, x = np.mgrid[:size, :size]
    for label in range(1, n + 1):
        while True:
            cy, cx = rng.integers(radius, size - radius, 2)
            disc = (y - cy) ** 2 + (x - cx) ** 2 <= radius**2
            if not labels[disc].any():
                break
        labels[disc] = label
        image[disc] += rng.uniform(30, 60)
    return labels, image


def test_a_label_image_of_another_field_or_a_mirrored_one_is_said():
    labels, image = blobs(np.random.default_rng(3))
    other, _ = blobs(np.random.default_rng(4))
    assert plausible_mask.elsewhere(labels, image) is None
    assert plausible_mask.elsewhere(labels, np.full_like(image, 7)) == "14 of 14 labels"
    for wrong in (labels[:, ::-1].copy(), labels.T.copy(), other):
        n, _, of, _ = plausible_mask.elsewhere(wrong, image).split()
        assert (int(n) > 4, of) == (True, "14")
    assert plausible_mask.elsewhere(np.where(labels <= 3, labels, 0)[:, ::-1].copy(), image) is None  # three labels say nothing
