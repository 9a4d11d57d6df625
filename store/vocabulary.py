"""The words that the paper and the field fix: localizations, settings, channel roles.

Source: Gupta, Moses, Lu 2025 (the paper), sections 3.1-3.3; Huh et al. 2003 for the 23 column names.
"""

from __future__ import annotations

from cellswap.errors import UnknownName

# The paper's 15 classes, in the order of the authors' result files: the first background of a pair follows it.
LOCALIZATIONS: tuple[str, ...] = (
    "actin",
    "bud neck",
    "cell periphery",
    "cytoplasm",
    "endosome",
    "ER",
    "Golgi",
    "mitochondrion",
    "nucleus",
    "nuclear periphery",
    "nucleolus",
    "spindle pole",
    "peroxisome",
    "vacuolar membrane",
    "vacuole",
)

# Columns of Huh et al. that are not classes of the paper.
OTHER_LOCALIZATIONS: tuple[str, ...] = (
    "ambiguous",
    "bud",
    "early Golgi",
    "ER to Golgi",
    "late Golgi",
    "lipid particle",
    "microtubule",
    "punctate composite",
)

# Our name for each setting (section 3.3), and the authors' code for it in their result files.
SETTINGS: dict[str, str] = {
    "baseline": "base",
    "same_loc_swap": "same",
    "diff_loc_swap": "diff",
    "cell_free_swap": "batch",
    "masked": "mask",
}

# What a channel shows. The protein channel is the only one that every store has.
ROLES: tuple[str, ...] = ("protein", "nucleus", "cytoplasm")

_BY_FOLDED = {name.casefold(): name for name in LOCALIZATIONS + OTHER_LOCALIZATIONS}


def localization(text: str) -> str:
    """The vocabulary's spelling of a localization (`er` becomes `ER`), or UnknownName."""
    found = _BY_FOLDED.get(" ".join(text.replace("_", " ").split()).casefold())
    if found is None:
        raise UnknownName("localization", text, LOCALIZATIONS + OTHER_LOCALIZATIONS)
    return found
