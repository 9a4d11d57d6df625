"""The localization table of Huh et al. 2003: one row a protein, 23 columns of T and F.

Reads the table as published (`yORF`, `gene name`) and the copy that ships with the package (`orf`, `gene`).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cellswap import sql
from cellswap.ingest import names, text_table
from cellswap.ingest.text_table import Rule, Sifted
from cellswap.store.vocabulary import LOCALIZATIONS, OTHER_LOCALIZATIONS

COLUMNS = LOCALIZATIONS + OTHER_LOCALIZATIONS
OURS = {"yORF": "orf", "gene name": "gene"}
# The same in every row of the published table.
CONSTANT = ("GFP tagged?", "GFP visualized?")
SHIPPED = "huh.csv of this package"


def read(path: Path | None) -> pl.DataFrame:
    """The table at `path`, else the copy that ships with the package, as text; BadInput where a needed column is missing."""
    rows = text_table.read(path) if path else text_table.read(Path(SHIPPED), sql.reference("huh").encode())
    rows = text_table.spelled(rows, ("orf", "gene", "abundance", *OURS, *COLUMNS))
    rows = rows.rename({theirs: ours for theirs, ours in OURS.items() if theirs in rows.columns and ours not in rows.columns})
    text_table.need(rows, ("orf", "gene", "abundance", *COLUMNS))
    orf = text_table.said("orf").map_elements(names.standard, pl.String)
    return rows.with_columns(orf, text_table.said("gene")).rename({"orf": "condition"})


def unknown_columns(rows: pl.DataFrame) -> list[str]:
    """Columns that are no localization of the vocabulary and nothing else that the table is known to hold."""
    known = {text_table.ROW, "condition", "gene", "abundance", *COLUMNS, *CONSTANT}
    return [name for name in rows.columns if name not in known]


def conditions(rows: pl.DataFrame) -> Sifted:
    """The rows of the table `proteins`; a protein has a single localization where exactly one of the 23 is T."""
    sifted = text_table.sift(rows, _rules(unknown_columns(rows)))
    seen = pl.concat_list(pl.when(pl.col(c) == "T").then(pl.lit(c)) for c in COLUMNS).list.drop_nulls()
    abundance = text_table.number("abundance")
    positive = abundance > 0
    single = (pl.col("classes").list.len() == 1) & pl.col("classes").list.first().is_in(LOCALIZATIONS)
    made = sifted.kept.with_columns(seen.alias("classes")).select(
        "condition",
        "gene",
        "classes",
        pl.when(single).then(pl.col("classes").list.first()).alias("class"),
        pl.when(positive).then(abundance).alias("abundance"),
        pl.when(positive.fill_null(value=False).not_()).then(pl.col("abundance")).alias("abundance_note"),
        pl.lit(None, pl.Float64).alias("purity"),
    )
    return Sifted(made.sort("condition"), sifted.rejects)


def _rules(unknown: list[str]) -> list[Rule]:
    orf, same = pl.col("condition"), pl.col("condition").map_elements(names.fold, pl.String)
    first = pl.col(text_table.ROW).first().over(same)
    flag = {c: pl.col(c).is_in(["T", "F"]).fill_null(value=False).not_() for c in COLUMNS}
    which_flag = pl.coalesce(
        pl.when(bad).then(pl.format(f"{c}: expected T or F, found {{}}", pl.col(c).fill_null("nothing"))) for c, bad in flag.items()
    )
    rules = [
        Rule(orf.is_null(), "missing ORF", pl.lit("expected a systematic name such as YAL001C, found nothing")),
        Rule(same.is_first_distinct().not_(), "doubled ORF", pl.format("{} stands in row {} already", orf, first)),
        Rule(pl.any_horizontal(*flag.values()), "localization is not T or F", which_flag),
    ]
    if unknown:
        seen = {c: (pl.col(c) == "T").fill_null(value=False) for c in unknown}
        which = pl.coalesce(pl.when(bad).then(pl.lit(f"{c}: the vocabulary has no such localization")) for c, bad in seen.items())
        rules.append(Rule(pl.any_horizontal(*seen.values()), "unknown localization", which))
    return rules
