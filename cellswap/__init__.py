"""Cellswap: how much of a cell's feature vector describes its neighbours."""

__version__ = "0.1.0"
