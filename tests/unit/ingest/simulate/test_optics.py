"""The microscope: counts as of a real empty field, batch effects only where asked for, and a haze that knows no protein."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tifffile

from cellswap.ingest.simulate import optics, render, screen
from cellswap.ingest.simulate.optics import Microscope
from cellswap.ingest.simulate.screen import PRESETS

EMPTY = replace(PRESETS["screen"], proteins_per_class=1, multiple=0, empty_wells=1)


def empty_field(size):
    of = replace(EMPTY, field_size=size)
    well = next(w for w in screen.wells(of) if w.protein is None)
    return render.field(of, well, 1, Microscope()).channels.astype(float)


def residue(image):
    """What differs between neighbouring pixels, along rows."""
    return np.diff(image, axis=1)


def test_an_empty_field_has_the_counts_and_the_noise_of_a_real_one(shared):
    folder = shared.whole("data/cyclenet_fields/images")
    for channel, drawn in enumerate(empty_field(1080), 1):
        real = tifffile.imread(folder / f"r02c01f02p01-ch{channel}sk1fk1fl1.tiff").astype(float)
        assert drawn.mean() == pytest.approx(real.mean(), rel=0.1)
        assert drawn.std() == pytest.approx(real.std(), rel=0.25)
        assert np.median(np.abs(residue(drawn))) == pytest.approx(np.median(np.abs(residue(real))), rel=0.15)


def test_neighbouring_pixels_share_noise():
    noise = residue(empty_field(512)[0][200:300])
    assert np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1] > 0.3


def test_light_beyond_the_camera_is_cut_off():
    bright = np.full((128, 128), 1e6, np.float32)
    counts = optics.expose(bright, bright, 0, Microscope(), np.random.default_rng(0))
    assert counts.dtype == np.uint16
    assert counts.max() == 65_535


def test_batch_effects_are_of_the_plate_and_can_be_switched_off():
    scopes = [optics.microscope(EMPTY, 1, plate) for plate in ("plate01", "plate02", "plate01")]
    assert scopes[0] == scopes[2]
    assert scopes[0] != scopes[1]
    assert optics.microscope(EMPTY, 2, "plate01") != scopes[0]
    assert optics.microscope(replace(EMPTY, batch=False), 1, "plate01") == Microscope()
