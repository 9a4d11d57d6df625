"""What a composed image is made of, for masks of any shape."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cellswap.errors import UnknownName
from cellswap.extract.swaps.compose import Pair, Side, compose, dilated, feathered, matched, shifted

SIZE = 8
settings.register_profile("compose", max_examples=40, deadline=None)
settings.load_profile("compose")


@st.composite
def pairs(draw, n=2, channels=2):
    """A batch of swaps with masks of any shape, empty, full and touching the border included."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def side():
        crops = rng.choice([1, 1e3, 65_535]) * rng.random((n, channels, SIZE, SIZE), "f4")
        mean, std = rng.normal(0, 300, (2, n, channels)).astype("f4")
        return Side(torch.from_numpy(crops.astype("f4")), torch.from_numpy(mean), torch.from_numpy(np.abs(std) + 0.1))

    def masks():
        return torch.from_numpy(draw(arrays.arrays(bool, (n, SIZE, SIZE))))

    return Pair(side(), side(), masks(), masks())


@given(pairs())
def test_centre_pixels_come_from_the_centre_and_all_others_from_the_background(pair):
    made = compose(pair)
    inside = pair.mask[:, None].expand_as(made)
    assert torch.equal(made[inside], pair.centre.standardized()[inside])
    assert torch.equal(made[~inside], pair.background.standardized()[~inside])


@given(pairs())
def test_each_side_is_in_units_of_its_own_conditions_spread(pair):
    for side in (pair.centre, pair.background):
        x, mean, std = (values.numpy().astype(float) for values in (side.crops, side.mean, side.std))
        expected = (x - mean[:, :, None, None]) / std[:, :, None, None]
        np.testing.assert_allclose(side.standardized().numpy(), expected, rtol=1e-4, atol=1e-3)


@given(pairs())
def test_what_is_hidden_does_not_matter(pair):
    inside = pair.mask[:, None]
    other = Pair(
        Side(torch.where(inside, pair.centre.crops, torch.nan), pair.centre.mean, pair.centre.std),
        Side(torch.where(inside, torch.inf, pair.background.crops), pair.background.mean, pair.background.std),
        pair.mask,
        pair.cells,
    )
    assert torch.equal(compose(other), compose(pair))


@given(pairs(), st.sampled_from(["", "dilate1", "dilate3", "match"]))
def test_a_swap_with_itself_is_the_standardized_crop(pair, variant):
    itself = Pair(pair.centre, pair.centre, pair.mask, pair.cells)
    assert torch.equal(compose(itself, variant), pair.centre.standardized())


@given(pairs(n=5), st.sampled_from(["", "feather", "dilate2", "shift", "match", "raw"]))
def test_results_do_not_depend_on_the_batch(pair, variant):
    def part(k):
        c, b = pair.centre, pair.background
        return Pair(Side(c.crops[k], c.mean[k], c.std[k]), Side(b.crops[k], b.mean[k], b.std[k]), pair.mask[k], pair.cells[k])

    together = compose(pair, variant)
    alone = torch.cat([compose(part(slice(i, i + 1)), variant) for i in range(5)])
    assert torch.equal(together, alone)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@given(pairs(n=5), st.sampled_from(["", "feather", "dilate2", "shift", "match", "raw"]))
def test_results_are_the_same_on_the_gpu(pair, variant):
    sides = [Side(s.crops.cuda(), s.mean.cuda(), s.std.cuda()) for s in (pair.centre, pair.background)]
    there = compose(Pair(*sides, pair.mask.cuda(), pair.cells.cuda()), variant).cpu()
    assert torch.allclose(there, compose(pair, variant), rtol=1e-6, atol=1e-6)


@given(arrays.arrays(bool, (3, SIZE, SIZE)), st.integers(1, 4))
def test_a_dilated_mask_holds_the_mask_and_stays_near(mask, pixels):
    grown = dilated(torch.from_numpy(mask), pixels).numpy()
    assert (grown >= mask).all()
    for one, big in zip(mask, grown, strict=True):
        if not one.any():
            assert not big.any()
            continue
        y, x = np.nonzero(one)
        far = np.hypot(*(np.indices(one.shape)[:, :, :, None] - np.array([y, x])[:, None, None, :])).min(-1)
        assert (far[big] <= pixels * 1.5).all()
        assert big[far <= 1].all()


@given(arrays.arrays(bool, (3, SIZE, SIZE)))
def test_a_feathered_edge_is_between_nothing_and_all(mask):
    weight = feathered(torch.from_numpy(mask)).numpy()
    assert weight.min() >= 0
    assert weight.max() <= 1 + 1e-6
    assert np.allclose(feathered(torch.ones(1, SIZE, SIZE, dtype=torch.bool)).numpy(), 1)


def test_a_feathered_edge_rises_evenly_over_five_pixels():
    mask = torch.zeros(1, SIZE, SIZE, dtype=torch.bool)
    mask[:, :, SIZE // 2 :] = True
    np.testing.assert_allclose(feathered(mask)[0].numpy(), np.tile([0, 0, 0.2, 0.4, 0.6, 0.8, 1, 1], (SIZE, 1)), atol=1e-6)


@given(pairs())
def test_a_shifted_background_overlaps_least(pair):
    cells = pair.cells.float()[:, None]
    moved = shifted(cells, pair.cells, pair.mask)[:, 0] > 0
    mask = pair.mask.numpy()
    for i in range(len(mask)):
        every = [(np.roll(pair.cells[i].numpy(), (dy, dx), (0, 1)) & mask[i]).sum() for dy in range(SIZE) for dx in range(SIZE)]
        assert (moved[i].numpy() & mask[i]).sum() == min(every)
        assert moved[i].sum() == pair.cells[i].sum()


@given(pairs())
def test_a_matched_background_has_the_centres_values(pair):
    made = matched(pair.background.crops, pair.centre.crops)
    assert torch.equal(made.flatten(2).sort(dim=-1).values, pair.centre.crops.flatten(2).sort(dim=-1).values)
    order = pair.background.crops.flatten(2).argsort(dim=-1, stable=True)
    assert (made.flatten(2).gather(-1, order).diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("variant", ["dilate", "dilate0", "blur", "feather2", " "])
def test_other_variants_are_refused(variant):
    side = Side(torch.zeros(1, 1, SIZE, SIZE), torch.zeros(1, 1), torch.ones(1, 1))
    mask = torch.zeros(1, SIZE, SIZE, dtype=torch.bool)
    with pytest.raises(UnknownName, match="unknown variant"):
        compose(Pair(side, side, mask, mask), variant)


def test_the_authors_own_example_pixel_by_pixel(shared):
    """Composed without standardization, mask = foreground > 0 (published/example)."""
    import tifffile

    folder = shared / "data/published/example"
    front, back = (tifffile.imread(folder / f"{name}_example.tiff").astype("f4") for name in ("foreground", "background"))
    crops = [torch.from_numpy(image)[None, None] for image in (front, back)]
    sides = [Side(crop, torch.zeros(1, 1), torch.ones(1, 1)) for crop in crops]
    mask = torch.from_numpy(front > 0)[None]
    made = compose(Pair(sides[0], sides[1], mask, mask), "raw")[0, 0].numpy()
    expected = back.copy()
    expected[front > 0] = front[front > 0]
    assert mask.sum() == 642
    np.testing.assert_array_equal(made, expected)
