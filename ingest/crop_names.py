"""What a reader must hear of the names that crops came with: those that no condition has, and those that were matched by gene."""

from __future__ import annotations

from collections.abc import Iterable

from cellswap.errors import shown
from cellswap.ingest import names
from cellswap.ingest.names import Known
from cellswap.store import wording

NAMED_GENES = 12


def notes(found: Iterable[str], known: Known) -> list[str]:
    """One note a kind, with how many names and examples."""
    genes = sorted(found)
    made = (_by_gene(genes, known), _unknown(genes, known), _ambiguous(genes, known), names.date_note(genes, "folders"))
    return [note for note in made if note]


def _by_gene(genes: list[str], known: Known) -> str | None:
    matched = [f"{shown(gene)} = {condition}" for gene in genes if not known.has(gene) and (condition := known.of_gene(gene))]
    if not matched:
        return None
    return (
        f"{len(matched)} of {len(genes)} names were matched by gene, not by {wording.well_name()}, for example {names.some(matched)}:"
        f" right only where the crops are of the species of the store's {wording.conditions()}"
    )


def _unknown(genes: list[str], known: Known) -> str | None:
    unknown = [shown(gene) for gene in genes if known.condition(gene) is None]
    if not unknown:
        return None
    more = f" and {len(unknown) - NAMED_GENES} more" if len(unknown) > NAMED_GENES else ""
    return (
        f"no {wording.condition()} of the store is called {', '.join(unknown[:NAMED_GENES])}{more}: their crops have none;"
        " ingest labels that name them and run this again"
    )


def _ambiguous(genes: list[str], known: Known) -> str | None:
    of = {gene: known.genes.get(names.fold(gene), ()) for gene in genes if not known.has(gene)}
    several = [f"{shown(gene)} ({', '.join(conditions)})" for gene, conditions in of.items() if len(conditions) > 1]
    if not several:
        return None
    return (
        f"{len(several)} names are genes of more than one {wording.condition()}, for example {names.some(several)}: their crops have none"
    )
