"""Swaps: which centre goes on which background, and the images that come of it (paper 3.2, 3.3)."""
