"""The line that does a recorded command again."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellswap.store import command_line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["ingest", "fields", "my plate", "--store", "s"], "(cd '/a b' && cellswap ingest fields 'my plate' --store /new/s)"),
        (["ingest", "labels", "--store=s", "--json"], "(cd '/a b' && cellswap ingest labels --json --store /new/s)"),
        (["evaluate", "pairs", "--shard", "2/3"], "(cd '/a b' && cellswap evaluate pairs --store /new/s)"),
        (["extract", "--shard", "2/3"], "(cd '/a b' && cellswap extract --shard 2/3 --store /new/s)"),
        (["init", "s", "--preset", "yeast"], "cellswap init /new/s"),
        (["demo", "d"], "(cd '/a b' && cellswap demo d)"),
    ],
)
def test_the_line_works_from_anywhere_on_the_store_where_it_is_now(words, line):
    assert command_line.again(Path("/new/s"), {"words": words, "folder": "/a b"}) == line
