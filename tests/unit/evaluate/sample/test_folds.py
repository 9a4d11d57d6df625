"""Ways of parting images, on a few of them by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.evaluate.sample import folds

# two images of the first class and four of the second, on three plates
PLATES = np.array(["s/p", "s/q", "s/p", "s/q", "s/r", "s/q"])


@pytest.mark.parametrize("how", ["plate", "field"])
def test_each_plate_is_left_out_once(how: str) -> None:
    assert folds.of(how, 2, 4, PLATES).tolist() == [0, 1, 0, 1, 2, 1]


def test_a_plan_split_tests_its_test_side_alone() -> None:
    sides = np.array(["train", "test", "train", "train", "test", "test"])
    assert folds.of("plate split", 2, 4, sides).tolist() == [-1, 0, -1, -1, 0, 0]


def test_a_number_of_folds_is_the_papers_way_with_that_many() -> None:
    assert folds.of("2", 2, 4, None).tolist() == [0, 1, 0, 0, 1, 1]
    assert folds.of("5", 5, 5, None).tolist() == [0, 1, 2, 3, 4] * 2


def test_a_class_on_one_plate_leaves_nothing_to_train_on() -> None:
    with pytest.raises(BadInput, match="fold 1 has no image to train on in one class"):
        folds.of("plate", 2, 4, np.array(["q", "q", "p", "q", "r", "q"]))


def test_only_what_is_tested_shares_pixels_with_what_is_trained_on() -> None:
    split = np.array([-1, 0, -1, -1, 0, 0])
    # images 0 and 1 show the same pixels, as do 4 and 5 (both tested) and 2 and 3 (both trained on)
    assert folds.overlap_shares(split, np.array([0, 4, 2]), np.array([1, 5, 3])).tolist() == [1 / 3]
    # of three plates: 0 and 1 meet across folds 0 and 1, of two and three images
    assert folds.overlap_shares(folds.of("plate", 2, 4, PLATES), np.array([0]), np.array([1])).tolist() == [1 / 2, 1 / 3, 0]


@pytest.mark.parametrize(
    ("how", "n", "reason"),
    [
        ("5", (4, 0), "class ER has 4 images, five folds need at least 5"),
        ("8", (7, 0), "class ER has 7 images, 8 folds need at least 8"),
        ("plate", (9, 1), "class ER has images of 1 plate, folds that keep a plate on one side need at least 2"),
        ("plate split", (9, 1), "class ER has images on 1 side of the plan's split by plate, expected some to train on and some to test"),
        ("plate", (2, 2), None),
        ("plate split", (2, 2), None),
    ],
)
def test_why_a_class_cannot_be_parted(how: str, n: tuple[int, int], reason: str | None) -> None:
    assert folds.too_few("ER", *n, "nothing" if how.isdecimal() else "plate", how) == reason


@pytest.mark.parametrize("how", ["1", "0", "-3", "05", "5.0", "plates", "٣", ""])
def test_what_is_no_way_of_parting_is_refused(how: str) -> None:
    with pytest.raises(BadInput, match=f"^--folds {how}: expected a number of folds, 2 or more, or plate or field"):
        folds.check(how)
