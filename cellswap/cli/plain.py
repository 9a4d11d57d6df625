"""Texts from data, as a terminal may have them: nothing in them moves the cursor, changes a title or turns a line around."""

from __future__ import annotations

import re

import typer

# C0 and C1 with DEL; marks that reorder or break a line; halves of pairs, which stand for bytes that are no text
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
KEPT = "\n\t"


def plain(text: str, keep: str = "") -> str:
    r"""The text with each control character spelled out, such as \x1b; those of `keep` stay."""
    return UNSAFE.sub(lambda found: found[0] if found[0] in keep else found[0].encode("unicode_escape").decode("ascii"), text)


def say(line: str, *, err: bool = False, keep: str = "") -> None:
    """Print a line that may hold texts from data: to stdout, or to stderr."""
    typer.echo(plain(line, keep), err=err)
