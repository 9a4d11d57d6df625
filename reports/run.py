"""A report from a store: ask, gather pages, write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cellswap import __version__
from cellswap.reports import compare as comparison
from cellswap.reports import own_words, write
from cellswap.reports.ask import Compose, Source
from cellswap.reports.items import Page, Report
from cellswap.reports.pages import (
    accuracy,
    compare,
    embedding_map,
    galleries,
    heldout,
    layers,
    neighbours,
    overview,
    plates,
    proportions,
    provenance,
    quality,
    sensitivity,
    training,
)
from cellswap.store import database, wording
from cellswap.store.folder import Store

PAGES = (
    overview,
    accuracy,
    layers,
    heldout,
    proportions,
    neighbours,
    sensitivity,
    training,
    plates,
    embedding_map,
    galleries,
    quality,
    provenance,
)


def report(
    store: Store, out: Path, title: str | None, *, single_file: bool, compose: Compose | None = None, beside: str | None = None
) -> Report:
    """The report that was written to `out`: a folder of pages, or one file that needs no other.

    `compose` makes the pictures of planned swaps, which no table holds; without it they are left out.
    `beside` is a store or a run of this store to compare with.

    Raises BadInput where `out` is something else than a former report, before anything is computed.
    """
    write.refuse_to_overwrite(out, single_file=single_file)
    made = gathered(store, title or f"Cellswap report: {store.path.name}", compose, beside)
    if single_file:
        write.single_file(made, out)
    else:
        write.folder(made, out)
    return made


def gathered(store: Store, title: str, compose: Compose | None = None, beside: str | None = None) -> Report:
    """All pages of the store as it is now; with `beside`, the comparison comes second."""
    second = _comparison(store, beside) if beside else ()
    with database.connect(store, threads=1) as connection:
        source = Source(store, connection, compose)
        first, *rest = (own_words.of_page(module.page(source), source.words) for module in PAGES)
        notes = tuple(source.ask("notes").rows.column("note").to_pylist())
        words, shows_paper = source.words, source.shows_paper
    made_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    return Report(title, store.path.name, made_at, __version__, (first, *second, *rest), notes, words, shows_paper)


def _comparison(store: Store, beside: str) -> tuple[Page]:
    this, other = comparison.sides(store, beside)
    words = wording.of(store.facts)
    answers = {name: own_words.of_answer(answer, words) for name, answer in comparison.compared(this, other).items()}
    return (own_words.of_page(compare.page(this, other, answers), words),)
