"""The classes that a connection's views show: of the scheme that was asked for, or the only one that has labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import duckdb

from cellswap import sql
from cellswap.errors import BadInput, UnknownName, shown

# In the place of a scheme, where each condition is a class of its own.
CONDITION = "condition"
# Words that stand where no scheme does: whoever reads them in a table or a message must not take them for one's name.
NO_SCHEME = (CONDITION, "none", "null")
EXAMPLES = 3
_asked: ContextVar[tuple[str | None, int | None]] = ContextVar("classes", default=(None, None))


def asked() -> Mapping[str, str | int | None]:
    """The scheme that this command asked for, and the least grade of its labels that count; None where it said nothing."""
    return dict(zip(("scheme", "least_grade"), _asked.get(), strict=True))


@contextmanager
def of(scheme: str | None, least_grade: int | None) -> Iterator[None]:
    """Within the block, connections show the classes of this scheme, by labels of this grade or more."""
    token = _asked.set((scheme, least_grade))
    try:
        yield
    finally:
        _asked.reset(token)


def name_of(scheme: str) -> str:
    """The scheme's name itself; BadInput for one that says something else where schemes are named."""
    word = scheme.strip().casefold()
    if word == CONDITION:
        raise BadInput(f"--as {scheme}: in the place of a scheme, {CONDITION} says that each condition is a class; give another name")
    if not word or word in NO_SCHEME:
        raise BadInput(f"--as '{scheme}': in the place of a scheme this says that there is none; give another name")
    return scheme


def scheme(connection: duckdb.DuckDBPyConnection) -> str:
    """The chosen scheme; BadInput where several have labels and nobody says which, or none is there, UnknownName for one that is not."""
    schemes = [name for (name,) in connection.execute("SELECT DISTINCT scheme FROM classes ORDER BY 1").fetchall()]
    found = connection.execute("SELECT scheme FROM chosen_scheme").fetchone()
    if not schemes:
        raise BadInput(
            "the store has no classes yet; read them from a table: cellswap ingest labels TABLE --layout table --condition COLUMN"
            " --class COLUMN --as SCHEME"
        )
    if found is None:
        raise BadInput(f"the store has labels of {len(schemes)} schemes ({', '.join(schemes)}); say which with --scheme")
    if found[0] not in schemes:
        raise UnknownName("scheme", found[0], schemes)
    return found[0]


def known(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The chosen scheme's classes that are used, in its order."""
    scheme(connection)
    return tuple(name for (name,) in connection.execute("SELECT class FROM chosen_classes ORDER BY rank").fetchall())


def left_out(connection: duckdb.DuckDBPyConnection, screen: str | None) -> str | None:
    """What a command must say of conditions with kept crops, of this screen or of all, that several classes keep from counting for any.

    None where there are none. A condition of which single crops have a class of their own is not left out.
    """
    [(of_any,)] = connection.execute("SELECT count(*) FROM condition_classes WHERE len(classes) > 1").fetchall()
    if not of_any:
        return None
    found = connection.execute(sql.query("left_out"), {"screen": screen}).fetchall()
    several = [name for name, is_left_out in found if is_left_out]
    if not several:
        return None
    [(word,)] = connection.execute("SELECT condition_word FROM store_facts").fetchall()
    names = ", ".join(shown(name) for name in several[:EXAMPLES])
    which = f"{len(several)} of {len(found)} {word}s with kept crops have several classes in {scheme(connection)} ({names})"
    return f"{which}: no classifier learns from them"


def spelled(name: str, among: tuple[str, ...]) -> str:
    """The class of that name as the scheme spells it, whatever its capitals and with _ for a blank; UnknownName for none."""
    if name in among:
        return name
    folded = {_fold(one): one for one in among}
    if _fold(name) not in folded:
        raise UnknownName("class", name, among)
    return folded[_fold(name)]


def _fold(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()
