"""The PCI authors' way to features: Keras, one crop at a time, and `predict` once for each layer.

Their network up to conv5_1 with drawn weights, in whatever Keras is installed; how their script goes about it is described
in their repository's README (github.com/alexxijielu/paired_cell_inpainting).
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

WIDTHS = {"conv1_1": 96, "conv2_1": 256, "conv3_1": 384, "conv4_1": 384, "conv5_1": 256}
POOLED = ("conv1_1", "conv2_1")

Script = Callable[[NDArray[np.uint16]], None]


def script() -> Script:
    """Their loop over raw crops (n, 2, 64, 64); ImportError where TensorFlow is not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    x = given = keras.Input((64, 64, 2))
    layers = []
    for name, width in WIDTHS.items():
        x = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(x)
        layers.append(keras.Model(given, x))
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.MaxPooling2D()(x) if name in POOLED else x

    def loop(crops: NDArray[np.uint16]) -> None:
        for crop in crops.astype(np.float32):
            low, high = (f(crop, (1, 2), keepdims=True) for f in (np.min, np.max))
            image = np.moveaxis((crop - low) / (high - low), 0, -1)[None]
            for layer in layers:
                layer.predict(image, verbose=0).max((1, 2))

    return loop
