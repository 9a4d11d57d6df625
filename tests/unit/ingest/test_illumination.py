import numpy as np

from cellswap.ingest.illumination import background, flatten


def uneven(size):
    y, x = np.mgrid[:size, :size]
    return 300 - 100 * (np.hypot(y - size / 2, x - size / 2) / size) ** 2


def test_background_follows_the_light_under_cells():
    light = uneven(600)
    image = light.copy()
    image[::3] += 5000
    off = np.abs(background(image.astype(np.float32)) - light)
    assert off[60:-60, 60:-60].max() < 15
    assert off.max() < 30  # beyond the outer tiles' centres it is held, not continued


def test_cells_are_no_noise():
    rng = np.random.default_rng(0)
    image = uneven(480) + rng.normal(0, 10, (480, 480))
    _, alone = flatten(image.astype(np.float32), 1.0)
    image[200:260, 200:260] += 4000
    signal, noise = flatten(image.astype(np.float32), 1.0)
    assert 2.8 < alone < 10  # 10 counts smoothed by one pixel are 2.8; the rest is unevenness
    assert abs(noise - alone) < 0.1 * alone
    assert signal[230, 230] > 3900


def test_images_smaller_than_a_tile():
    signal, noise = flatten(np.full((30, 50), 7, np.uint8), 1.0)
    assert np.abs(signal).max() < 1e-5
    assert noise == 0 or noise < 1e-5
