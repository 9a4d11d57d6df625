"""Crops as the PIFiA data set names them: PROTEIN/PROTEIN_ch{1,2,3}_<cell>.tiff and PROTEIN_mask_<cell>.tiff.

Source: Razdaibiedina et al., Mol Syst Biol 20:521-548 (2024). The names tell neither plate, well nor field; masks hold 0 and 255.
"""

from __future__ import annotations

import re

from cellswap.ingest.crop_layout import CropLayout

LAYOUT = CropLayout(
    "pifia",
    re.compile(r"(?P<gene>.+)_(?P<channel>ch1|ch2|ch3|mask)_(?P<cell>\d+)\.tiff?"),
    "TCB2/TCB2_ch1_98.tiff, the same with ch2 and ch3, and TCB2/TCB2_mask_98.tiff",
    {"ch1": "protein", "ch2": "nucleus", "ch3": "cytoplasm"},
    mask="mask",
)
