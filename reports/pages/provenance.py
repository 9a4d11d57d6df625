"""Which commands, versions, files and weights made what this report shows."""

from __future__ import annotations

from cellswap.reports.ask import Source
from cellswap.reports.items import Item, Page, TableBody


def page(source: Source) -> Page:
    """The page of provenance."""
    return Page(
        "provenance",
        "Provenance",
        "Every row of the store names the run that wrote it. Seeds are made from the names of what is drawn, so a run "
        "draws the same on any machine.",
        (
            Item("Runs", "Every command that wrote to the store, in order.", source.ask("runs"), TableBody()),
            Item(
                "Networks and weights",
                "The hash is of the weights file.",
                source.ask("models"),
                TableBody(),
                ("cellswap extract --model pifia --weights FILE",),
            ),
            Item(
                "What the runs noted",
                "Things that a reader of the results must know.",
                source.ask("notes"),
                TableBody(),
            ),
            Item("Files that were read", "Names only; folders are not kept.", source.ask("inputs"), TableBody(100)),
            Item("Versions", "Programs and libraries that computed.", source.ask("versions"), TableBody()),
        ),
    )
