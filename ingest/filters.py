"""The few image filters that segmentation stands on, each with the types that scipy and scikit-image leave open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label
from skimage.segmentation import watershed

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]


def smoothed(image: Image, sigma_px: float) -> Image:
    """The image under a Gaussian."""
    return np.asarray(ndimage.gaussian_filter(image, sigma_px), np.float32)


def laplacian(image: Image, sigma_px: float) -> Image:
    """The Laplacian of the smoothed image: negative where it is concave."""
    return np.asarray(ndimage.gaussian_laplace(image, sigma_px), np.float32)


def highest(image: Image, width_px: int) -> Image:
    """The greatest value in the square of that width around each pixel."""
    return np.asarray(ndimage.maximum_filter(image, width_px), np.float32)


def opened(mask: Mask) -> Mask:
    """The mask without what is thinner than 3 px."""
    return np.asarray(ndimage.binary_opening(mask, np.ones((3, 3))), np.bool_)


def depth(mask: Mask) -> Image:
    """The distance to the nearest pixel outside the mask, in pixels."""
    return np.asarray(ndimage.distance_transform_edt(mask), np.float32)


def parts(mask: Mask) -> Labels:
    """The mask's connected parts (by edges), numbered from 1."""
    numbered = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, output=numbered)
    return numbered


def parts_of_each(labels: Labels) -> Labels:
    """The connected parts (by edges) of each label, numbered from 1 through all labels."""
    return np.asarray(label(labels, connectivity=1), np.int32)


def tops(image: Image, least: float) -> Labels:
    """Places no lower than the 5 x 5 pixels around them and higher than `least`, numbered from 1."""
    mask = (image == highest(image, 5)) & (image > least)
    numbered = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, np.ones((3, 3)), output=numbered)
    return numbered


def flooded(image: Image, seeds: Labels, mask: Mask) -> Labels:
    """The watershed of an image from seeds, inside a mask."""
    return np.asarray(watershed(image, seeds, mask=mask), np.int32)


def shrunk_and_grown(labels: Labels) -> Labels:
    """Each label opened with an octagon of 5 px, as if it lay alone."""
    lowest = spread(np.asarray(ndimage.minimum_filter(labels, 3), np.int32), np.minimum)
    most = spread(np.asarray(ndimage.maximum_filter(labels, 3), np.int32), np.maximum)
    core = np.where(lowest == most, labels, 0).astype(np.int32)
    grown = spread(np.asarray(ndimage.maximum_filter(core, 3), np.int32), np.maximum)
    return np.where(grown == labels, labels, 0).astype(np.int32)


def spread(labels: Labels, choose: np.ufunc) -> Labels:
    """The least (np.minimum) or greatest (np.maximum) label of each pixel and its four neighbours."""
    out = labels.copy()
    choose(out[1:], labels[:-1], out=out[1:])
    choose(out[:-1], labels[1:], out=out[:-1])
    choose(out[:, 1:], labels[:, :-1], out=out[:, 1:])
    choose(out[:, :-1], labels[:, 1:], out=out[:, :-1])
    return out
