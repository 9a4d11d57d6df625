"""What is in doubt about fields that were read: counted over a run, with an example, for whoever reads its results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# By kind: what to say of so many fields, one of which is the example; n counts what the kind is of.
TEXTS = {
    "structure": (
        "{fields} fields without any cell found are not taken for empty, since something stands in them ({example}): none of their"
        " windows is kept as cell-free. Look at the segmentation, or say which wells are empty with --empty-wells"
    ),
    "missed": (
        "{fields} fields show something in the windows that are far from every cell found ({example}): cells may have been missed,"
        " so none of their windows counts as certainly empty"
    ),
    "said empty, has cells": "{fields} fields of wells that are said to be empty have {n} cells ({example}), which are kept",
    "said empty, shows structure": "{fields} fields are taken for empty as somebody says, though something stands in them ({example})",
    "scattered": (
        "{n} labels of {fields} label images lie in several parts far from each other ({example}): such a label gives no crop"
        " where no part is most of it"
    ),
    "full": (
        "{fields} label images reach the last number of their dtype ({example}): cells beyond it share a label or are missing;"
        " save them with more bits"
    ),
    "elsewhere": (
        "in {fields} fields most labels are no brighter than what lies outside all of them ({example}): is the label image that of this"
        " field, and not turned or mirrored?"
    ),
    "odd size": (
        "{n} objects of {fields} fields are no nuclei by their size and were left out ({example}): where these are many, give another"
        " --cell-diameter"
    ),
    "lossy": "{n} images of fields were compressed as JPEG, which has changed their values ({example}): take the originals if you can",
    "absent": (
        "{n} chunks of {fields} fields have no file, so that their pixels were read as the fill value ({example}): was every file copied?"
    ),
    "no label": "{fields} label images have no label at all ({example})",
}


@dataclass(frozen=True)
class Doubt:
    """One kind of doubt about one field: how many of what it counts, and an example in words."""

    kind: str
    example: str
    n: int = 1


def summed(found: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """The doubts about one field with one of each kind: the first's example, and how many all count."""
    by_kind: dict[str, list[Doubt]] = {}
    for doubt in found:
        by_kind.setdefault(doubt.kind, []).append(doubt)
    return tuple(Doubt(kind, of_kind[0].example, sum(doubt.n for doubt in of_kind)) for kind, of_kind in by_kind.items())


def columns(found: Iterable[tuple[str, Doubt]]) -> dict[str, list[object]]:
    """The columns of the table `field_doubts`."""
    rows = [(field, doubt.kind, doubt.example, doubt.n) for field, doubt in found]
    return {name: [row[i] for row in rows] for i, name in enumerate(("field_id", "kind", "example", "n"))}


def notes(found: Iterable[tuple[str, Doubt]]) -> list[str]:
    """A line for each kind, from (field, doubt): how many, and the first as an example."""
    by_kind: dict[str, list[tuple[str, Doubt]]] = {}
    for field, doubt in sorted(found, key=lambda pair: pair[0]):
        by_kind.setdefault(doubt.kind, []).append((field, doubt))
    made = []
    for kind, text in TEXTS.items():
        if of_kind := by_kind.get(kind):
            field, first = of_kind[0]
            n = sum(doubt.n for _, doubt in of_kind)
            made.append(text.format(fields=len(of_kind), n=n, example=f"{field}: {first.example}"))
    return made
