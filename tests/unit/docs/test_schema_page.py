"""The schema page is what the schema says today."""

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_page_is_not_stale():
    made = runpy.run_path(str(DOCS / "make_schema_page.py"))["page"]()
    assert (DOCS / "schema.md").read_text(encoding="utf-8") == made, "run: make docs"
