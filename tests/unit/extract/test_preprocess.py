import numpy as np
import pytest
import torch

from cellswap.extract import preprocess


@pytest.mark.parametrize("q", [0.1, 99.9])
@pytest.mark.parametrize("size", [8, 60, 64])
def test_percentiles_are_numpys(q, size):
    values = np.random.default_rng(3).integers(0, 65536, (2, 3, size * size)).astype(np.float32)
    found = preprocess._percentile(torch.from_numpy(values), q).numpy()
    assert np.allclose(found, np.percentile(values.astype(float), q, axis=-1), rtol=1e-6)


def test_masked_crops_have_background_zero_or_what_their_own_preprocessing_makes_of_it():
    crops = torch.rand(2, 2, 8, 8) + 1
    masks = torch.zeros(2, 8, 8, dtype=torch.bool)
    masks[:, 2:5, 2:5] = True
    outside = ~masks[:, None].expand_as(crops)
    for made in (preprocess.minmax_standardize(crops, masks), preprocess.minmax(crops, masks)):
        assert (made[outside] == 0).all()
        assert made.amax() <= 1
    inside = preprocess.minmax_standardize(crops, masks)[~outside]
    assert torch.equal(inside, preprocess.minmax(crops, None)[~outside])


def test_standardization_is_the_populations_with_a_floor():
    flat = torch.zeros(1, 1, 64, 64)
    flat[0, 0, 0, 0] = 1
    made = preprocess.minmax_standardize(flat, None)
    assert made.max().item() == pytest.approx((1 - 1 / 4096) * 64, rel=1e-6)


def test_every_reason_is_found():
    crops = torch.rand(4, 2, 8, 8)
    crops[1, 1] = 3
    crops[2, 0, 4, 4] = torch.nan
    masks = torch.ones(4, 8, 8, dtype=torch.bool)
    masks[3] = False
    found = {reason: which.tolist() for reason, which in preprocess.problems(crops, masks).items()}
    assert found == {
        "pixels that are not finite": [False, False, True, False],
        "a channel without any contrast": [False, True, False, False],
        "an empty mask": [False, False, False, True],
    }


def test_standardize_is_dino4cells(shared):
    folder = shared / "golden" / "dino_vit"
    crops = torch.from_numpy(np.load(folder / "inputs_4ch_uint8.npz")["in_64"].astype(np.float32)).movedim(-1, 1) / 255
    wanted = np.load(folder / "features" / "4ch_preprocessed_64.npy")
    assert np.abs(preprocess.standardize(crops, None).numpy() - wanted).max() < 1e-5
