"""Drawing: proteins uniformly, no protein behind itself, no crop twice, the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellswap.extract.swaps.draw import Pool, Rule, draw


def pool(prefix, counts):
    return Pool(tuple(f"{prefix}{i}" for i in range(len(counts))), np.array(counts))


COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=6)


@given(COUNTS, COUNTS, st.sampled_from(["none", "backgrounds", "both"]), st.integers(0, 2**32), st.booleans())
def test_every_image_keeps_the_rules(ours, theirs, replacement, seed, same_class):
    centre = pool("a", ours)
    background = centre if same_class else pool("b", theirs)
    drawn = draw(np.random.default_rng(seed), centre, background, Rule(40, "image", replacement))
    assert len(drawn) <= 40
    for index, rank, side, once in (
        (drawn.centre, drawn.centre_rank, centre, replacement != "both"),
        (drawn.background, drawn.background_rank, background, replacement == "none"),
    ):
        assert (rank >= 0).all()
        assert (rank < side.counts[index]).all()
        if once:
            assert len(set(zip(index.tolist(), rank.tolist(), strict=True))) == len(drawn)
    if same_class:
        assert (drawn.centre != drawn.background).all()


@given(COUNTS, st.integers(0, 2**32))
def test_one_sided_draws_take_all_there_is_but_no_crop_twice(counts, seed):
    drawn = draw(np.random.default_rng(seed), pool("a", counts), None, Rule(1000, "image", "none"))
    assert len(drawn) == sum(counts)
    assert len(set(zip(drawn.centre.tolist(), drawn.centre_rank.tolist(), strict=True))) == sum(counts)


def test_two_classes_fill_up_to_the_smaller():
    drawn = draw(np.random.default_rng(0), pool("a", [5, 400]), pool("b", [30, 20]), Rule(1000, "image", "none"))
    assert len(drawn) == 50


def test_a_few_windows_serve_behind_many_centres():
    drawn = draw(np.random.default_rng(0), pool("a", [600, 600]), pool("b", [3, 2]), Rule(1000, "image", "backgrounds"))
    assert len(drawn) == 1000
    assert len(set(zip(drawn.background.tolist(), drawn.background_rank.tolist(), strict=True))) == 5


def test_conditions_are_drawn_uniformly_whatever_their_number_of_crops():
    drawn = draw(np.random.default_rng(1), pool("a", [10_000, 100_000]), pool("b", [10_000] * 4), Rule(8000, "image", "none"))
    assert abs(np.bincount(drawn.centre)[0] - 4000) < 4 * np.sqrt(8000 / 4)
    assert (np.abs(np.bincount(drawn.background) - 2000) < 4 * np.sqrt(8000 * 3 / 16)).all()


def test_one_pair_for_a_whole_set_has_enough_crops_where_one_has():
    drawn = draw(np.random.default_rng(2), pool("a", [3, 100, 4]), pool("b", [90, 5]), Rule(80, "set", "none"))
    assert len(drawn) == 80
    assert set(drawn.centre) == {1}
    assert set(drawn.background) == {0}


def test_one_pair_of_the_same_class_is_of_two_conditions():
    same = pool("a", [50, 50, 50])
    for seed in range(20):
        drawn = draw(np.random.default_rng(seed), same, same, Rule(50, "set", "both"))
        assert len(drawn) == 50
        assert drawn.centre[0] != drawn.background[0]


@pytest.mark.parametrize("rule", [Rule(10, "image", "none"), Rule(10, "set", "both")])
def test_a_class_of_one_condition_has_no_same_class_swap(rule):
    alone = pool("a", [50])
    assert len(draw(np.random.default_rng(0), alone, alone, rule)) == 0


def test_the_same_seed_draws_the_same():
    drawn = draw(np.random.default_rng(7), pool("a", [9, 9]), pool("b", [9, 9]), Rule(6, "image", "none"))
    again = draw(np.random.default_rng(7), pool("a", [9, 9]), pool("b", [9, 9]), Rule(6, "image", "none"))
    assert [f.tolist() for f in vars(drawn).values()] == [f.tolist() for f in vars(again).values()]
