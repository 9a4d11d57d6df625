"""Crops as the paired cell inpainting data set names them: GENE/GENE_<field>_rfp_<cell>_{gfp,rfp}.tif, without masks.

Source: Lu, Kraus, Cooper, Moses, PLoS Comput Biol 15(9):e1007348 (2019); cells were segmented in the rfp channel, the
cytosolic marker, so `rfp` stands in every name.
"""

from __future__ import annotations

import re

from cellswap.ingest.crop_layout import CropLayout

LAYOUT = CropLayout(
    "pci",
    re.compile(r"(?P<gene>.+)_(?P<field>[^_]+)_rfp_(?P<cell>[^_]+)_(?P<channel>gfp|rfp)\.tiff?"),
    "AAC1/AAC1_1_rfp_10_gfp.tif and AAC1/AAC1_1_rfp_10_rfp.tif",
    {"gfp": "protein", "rfp": "cytoplasm"},
)
