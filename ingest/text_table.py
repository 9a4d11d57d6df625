"""CSV files as text, and their rows sifted into those that are kept and those that are not, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput, UnknownName
from cellswap.store import vocabulary

ROW = "_row"  # no published list has a column of that name
SHOWN_NAMES = 8
FIRST_ROW = 2  # row 1 is the header, as an editor counts


@dataclass(frozen=True)
class Rule:
    """Rows for which `bad` holds are dropped for `reason`; `detail` says what was expected and found."""

    bad: pl.Expr
    reason: str
    detail: pl.Expr


@dataclass(frozen=True)
class Sifted:
    """The rows kept, and (row, reason, detail) of each one that was not."""

    kept: pl.DataFrame
    rejects: list[tuple[int, str, str]]


def read(path: Path, source: bytes | None = None) -> pl.DataFrame:
    """All columns of a CSV file (or of `source`, its bytes) as text, blanks as null, and `_row`, the row as an editor counts.

    Raises BadInput, without the path, where there is no such file or it is not CSV.
    """
    if source is None and not path.is_file():
        raise BadInput("expected a CSV file, found " + ("a folder" if path.is_dir() else "no such file"))
    try:
        rows = pl.read_csv(source or path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadInput(
            f"expected a CSV file with a header; it cannot be read as one ({str(error).splitlines()[0]})"
        ) from error
    text = [pl.col(name).str.strip_chars().replace("", None) for name in rows.columns]
    return rows.select(text).rename(str.strip).with_row_index(ROW, FIRST_ROW)


def need(rows: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raise BadInput unless all these columns are there."""
    missing = [name for name in columns if name not in rows.columns]
    if missing:
        found = [name for name in rows.columns if name != ROW]
        raise BadInput(f"expected columns that are not there: {_some(missing)}; found: {_some(found)}")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more


def sift(rows: pl.DataFrame, rules: Sequence[Rule]) -> Sifted:
    """The rows that break no rule, and the first rule that each of the others breaks."""
    broken = pl.coalesce(pl.when(rule.bad).then(pl.lit(i, pl.Int32)) for i, rule in enumerate(rules))
    detail = pl.coalesce(pl.when(rule.bad).then(rule.detail.cast(pl.String)) for rule in rules)
    judged = rows.with_columns(broken.alias("_rule"), detail.alias("_detail"))
    bad = judged.filter(pl.col("_rule").is_not_null()).select(ROW, "_rule", "_detail")
    rejects = [(row, rules[rule].reason, detail or "") for row, rule, detail in bad.iter_rows()]
    return Sifted(judged.filter(pl.col("_rule").is_null()).drop("_rule", "_detail"), rejects)


def localizations(texts: pl.Series, known: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """For each distinct text its localization among `known`, and for each of the others why there is none."""
    found, unknown = {}, {}
    for text in texts.drop_nulls().unique().to_list():
        try:
            found[text] = _among(vocabulary.localization(text), known)
        except UnknownName as error:
            unknown[text] = str(error)
    return found, unknown


def _among(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise UnknownName("localization", name, known)
    return name


def number(column: str) -> pl.Expr:
    """The column as a number, null where it is none."""
    return pl.col(column).cast(pl.Float64, strict=False)


def drop_all(drop: Callable[[str, str, str], None], place: object, rejects: Iterable[tuple[int, str, str]]) -> None:
    """Tell a run of every rejected row: `place row N`."""
    for row, reason, detail in rejects:
        drop(f"{place} row {row}", reason, detail)
