"""The words that the paper and the field fix: localizations and settings.

Source: Gupta, Moses, Lu 2025 (the paper), sections 3.1-3.3; Huh et al. 2003 for the 23 column names.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Setting:
    """What is done to the background of an image (section 3.3).

    `rank` is its place in the paper's tables, `code` the authors' name of it in their result files. What stands behind the centre of
    a composed image is `behind`, a cell or a window without, of the `class_behind`: the centre's, the same, or another. A draw's seed is
    made of `drawn_as`, where it has one, and else of the setting's name: a seed draws the same images as before it was called so.
    """

    rank: int
    code: str
    meaning: str
    needs_mask: bool = True
    behind: str | None = None
    class_behind: str | None = None
    drawn_as: str | None = None


# In the order in which a plan draws them and Figure 1A shows them: a plan's id is made of it.
SETTINGS: dict[str, Setting] = {
    "baseline": Setting(0, "base", "the crop as it was taken", needs_mask=False),
    "same_class_swap": Setting(
        1, "same", "the centre cell on a crop of the same class, of another protein", True, "cell", "same", "same_loc_swap"
    ),
    "diff_class_swap": Setting(3, "diff", "the centre cell on a crop of another class", True, "cell", "another", "diff_loc_swap"),
    "cell_free_swap": Setting(
        2, "batch", "the centre cell on a window without cells from a field of another class", True, "window", "another"
    ),
    "masked": Setting(4, "mask", "the centre cell alone, all else 0"),
}
# The paper's networks, in the order of its tables.
NETWORKS: tuple[str, ...] = ("pifia", "pci", "deeploc")
# The settings that show crops as they are or masked: nothing is composed.
REAL: tuple[str, ...] = tuple(name for name, setting in SETTINGS.items() if setting.behind is None)

_BY_FOLDED = {name.casefold(): name for name in LOCALIZATIONS + OTHER_LOCALIZATIONS}


def plain(setting: str) -> str:
    """The setting without its variant: that of `diff_class_swap+feather` is `diff_class_swap`."""
    return setting.partition("+")[0]


def localization(text: str) -> str:
    """The vocabulary's spelling of a localization (`er` becomes `ER`), or UnknownName."""
    found = _BY_FOLDED.get(" ".join(text.replace("_", " ").split()).casefold())
    if found is None:
        raise UnknownName("localization", text, LOCALIZATIONS + OTHER_LOCALIZATIONS)
    return found
