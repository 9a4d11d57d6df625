"""DeepLoc's augmentation and its stairs."""

from __future__ import annotations

import pytest
import torch

from cellswap.extract.training import deeploc


def test_each_crop_is_60_px_of_its_own_flipped_and_turned():
    crops = torch.arange(64.0 * 64).reshape(1, 1, 64, 64).expand(300, 2, 64, 64)
    cut = deeploc.jitter(crops, torch.Generator().manual_seed(0))
    assert cut.shape == (300, 2, 60, 60)
    offsets, ways = set(), set()
    for image in cut[:, 0]:
        corners = [int(v) for v in (image[0, 0], image[0, -1], image[-1, 0], image[-1, -1])]
        y, x = divmod(min(corners), 64)
        window = crops[0, 0, y : y + 60, x : x + 60]
        found = [k for k in range(8) if torch.equal(_turned(window, k), image)]
        assert found, "not a turned window"
        offsets.add((y, x))
        ways.update(found)
    assert offsets == {(y, x) for y in range(4) for x in range(4)}
    # Flips and turns by 0, 90 and 180 degrees reach all eight ways.
    assert ways == set(range(8))


def _turned(window: torch.Tensor, k: int) -> torch.Tensor:
    turned = window.rot90(k % 4)
    return turned.flip(1) if k >= 4 else turned


@pytest.mark.parametrize(("step", "rate"), [(0, 1.0), (24, 1.0), (25, 0.96), (250, 0.96**10), (9999, 0.96**399)])
def test_the_stairs_are_the_authors_over_ten_thousand_steps(step, rate):
    assert deeploc.stairs(step / 10_000) == pytest.approx(rate)
