"""What a store is made with where nobody says otherwise: the paper's yeast screen, and two systems of human cells."""

from __future__ import annotations

from cellswap.errors import BadInput, UnknownName
from cellswap.store import facts
from cellswap.store.facts import Asked, Facts
from cellswap.store.vocabulary import LOCALIZATIONS, OTHER_LOCALIZATIONS

YEAST = Facts(
    64, {"protein": "ch1", "nucleus": "ch2", "cytoplasm": "ch3"}, "protein", "cytoplasm",
    preset="yeast", condition_word="protein", class_word="localization",
)  # fmt: skip
# OpenCell (Cho et al. 2022): a tagged protein and a nuclear stain, in crops of 100 px as Isselmann et al. 2025 take them.
OPENCELL = Facts(
    100, {"protein": "protein", "nucleus": "nucleus"}, "protein", "nucleus",
    preset="opencell", condition_word="protein", class_word="localization",
)  # fmt: skip
# Cell Painting (Bray et al. 2016): five stains, named as the JUMP consortium's load_data.csv names them.
CELL_PAINTING = Facts(
    128, {"DNA": "OrigDNA", "RNA": "OrigRNA", "ER": "OrigER", "AGP": "OrigAGP", "Mito": "OrigMito"}, "DNA", "AGP",
    preset="cell-painting", condition_word="compound", class_word="mechanism",
)  # fmt: skip
# The 17 annotations of OpenCell (Cho et al. 2022), the table 2021-09-29-public-annotations-flat.csv of its authors.
OPENCELL_CLASSES = (
    "big_aggregates", "cell_contact", "centrosome", "chromatin", "cytoplasmic", "cytoskeleton", "er", "focal_adhesions", "golgi",
    "membrane", "mitochondria", "nuclear_membrane", "nuclear_punctae", "nucleolus_fc_dfc", "nucleolus_gc", "nucleoplasm", "vesicles",
)  # fmt: skip
PRESETS = {made.preset: made for made in (YEAST, OPENCELL, CELL_PAINTING)}


# Of each preset: the name of its scheme, the classes that are used, and those that are not, in their order.
PAPERS_SCHEME = "localization"
SCHEMES = {
    YEAST.preset: (PAPERS_SCHEME, LOCALIZATIONS, OTHER_LOCALIZATIONS),
    OPENCELL.preset: ("localization", OPENCELL_CLASSES, ()),
}


def classes(preset: str) -> dict[str, list[object]] | None:
    """The rows of the table classes that a store of this preset begins with; None where it has none yet."""
    if preset not in SCHEMES:
        return None
    scheme, used, others = SCHEMES[preset]
    every = (*used, *others)
    return {
        "scheme": [scheme] * len(every), "class": [*every], "rank": [*range(len(every))], "used": [name in used for name in every],
    }  # fmt: skip


def made(asked: Asked) -> Facts:
    """The facts of a new store: those asked for, and the preset's; BadInput for one that can't be, or must be said.

    Without a preset and channels a store is one of yeast; with channels of one's own, signal and marker are said beside them.
    """
    given = dict(asked.given)
    preset = _preset(asked)
    base = vars(preset) | {"signal": "", "marker": ""} if preset and asked.channels is not None else vars(preset or _own(asked))
    if asked.channels is not None and not asked.signal:
        given["signal"] = _signal(asked.channels)
    if asked.channels is not None and asked.marker is None:
        given["marker"] = YEAST.marker if preset == YEAST and YEAST.marker in asked.channels else ""
    return facts.check(base | given, _option)


def _option(name: str) -> str:
    """The option of `init` that says a fact."""
    of_several = {"mask_share_min": "--mask-share", "mask_share_max": "--mask-share", "condition_word": "--words", "class_word": "--words"}
    return of_several.get(name, "--" + name.replace("_", "-"))


def _preset(asked: Asked) -> Facts | None:
    if asked.preset is not None:
        if asked.preset not in PRESETS:
            raise UnknownName("preset", asked.preset, PRESETS)
        return PRESETS[asked.preset]
    return YEAST if asked.channels is None or set(asked.channels) <= set(YEAST.channels) else None


def _own(asked: Asked) -> Facts:
    return Facts(YEAST.crop_size, asked.channels or {}, "")


def _signal(channels: dict[str, str]) -> str:
    """The channel that filters and windows look at, where nobody names it."""
    if YEAST.signal in channels:
        return YEAST.signal
    if len(channels) == 1:
        return next(iter(channels))
    raise BadInput(f"--signal: say which of {', '.join(channels)} filters and windows without cells look at")
