"""What can go wrong for a user, and the exit code of each.

Anything that is not one of these is a bug and shows its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

SHOWN_CHARACTERS = 160
PLACE_CHARACTERS = 1000


class CellswapError(Exception):
    """A reason in one line: what was expected, what was found, where, what to do."""

    exit_code = 1


class BadInput(CellswapError):  # noqa: N818 - named for what the user gave, not for the mechanism
    """A file, row or argument is not what it should be."""

    exit_code = 2


class UnknownName(BadInput):
    """A name that the store or the program does not know; says the nearest ones that it does."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name[:SHOWN_CHARACTERS], names, n=3, cutoff=0.5)
        listed = near or names[:12]
        lead = "did you mean" if near else "known are" if names else "there is none yet"
        hint = f"; {lead} {', '.join(map(shown, listed))}" if listed else f"; {lead}"
        more = f" and {len(names) - len(listed)} more" if not near and len(names) > len(listed) else ""
        super().__init__(f"unknown {kind} '{shown(name)}'{hint}{more}")


class Locked(CellswapError):  # noqa: N818 - named as BadInput
    """Another command is at work on the same thing; the same command later will do."""

    exit_code = 3


class BrokenStore(CellswapError):  # noqa: N818 - named for what is broken, as BadInput
    """A folder is not a store, or not one that this version reads."""

    exit_code = 2


def first_line(error: BaseException) -> str:
    """The first line of another library's error, cut at 160 letters; its class where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)[:160]


def lacking(error: BaseException, package: str, extra: str) -> str:
    """What an import lacks and how to install it, for a package of an optional extra: itself, or something that it needs."""
    missing = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    if missing.partition(".")[0] == package or (not missing and isinstance(error, ModuleNotFoundError)):
        return f"{package}, which is not installed; install it with: pip install 'cellswap[{extra}]'"
    if missing:
        install = f"pip install {missing.partition('.')[0]}"
        return f"{package}, which is installed but needs {missing}, which is not; install that with: {install}"
    return f"{package}, which is installed but can't be imported ({first_line(error)}); install it anew"


@contextmanager
def needed(what: str, package: str, extra: str) -> Iterator[None]:
    """BadInput where the import inside fails, saying what is to be installed; `what` is what needs the package."""
    try:
        yield
    except Exception as error:  # a package made for another version of what it needs may raise anything
        raise BadInput(f"{what} needs {lacking(error, package, extra)}") from error


@contextmanager
def at(place: object) -> Iterator[None]:
    """Put the place (a file, a row) in front of a bare reason raised inside."""
    try:
        yield
    except CellswapError as error:
        error.args = (f"{shown(place, PLACE_CHARACTERS)}: {error}",)
        raise


def shown(text: object, most: int = SHOWN_CHARACTERS) -> str:
    """A text that came from outside as a message may show it: one line, nothing that a terminal obeys, at most so many characters.

    Control characters, marks that turn the direction of text, lone surrogates and the like are written as escapes.
    """
    whole = str(text)
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in whole[:most])
    return plain if len(whole) <= most else f"{plain}… ({len(whole):,} characters)"
