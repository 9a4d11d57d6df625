"""Pages: escaped, offline, readable without a script, and saying what to run where there is nothing."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cellswap.reports import html, run
from cellswap.reports.items import GalleryBody

from ...report_store import HOSTILE  # noqa: TID252 - tests have no package of their own to name

ALLOWED = ("data:", "assets/", "data/", "images/", "#")


class Links(HTMLParser):
    """Every src and href of a page, and every script's text."""

    def __init__(self, text):
        super().__init__()
        self.links, self.scripts, self._inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in {"src", "href"}]
        assert not [name for name, _ in attrs if name.startswith("on")], f"{tag} with a handler"
        if tag == "script":
            self._inside = True
            self.scripts.append([dict(attrs), ""])

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "script"

    def handle_data(self, data):
        if self._inside:
            self.scripts[-1][1] += data


def test_what_comes_from_data_stays_text(report):
    for page in report.pages:
        text = html.folder_page(report, page)
        assert HOSTILE not in text
        found = Links(text)  # a handler that got through fails there
        assert [s for s in found.scripts if "src" not in s[0] and s[0].get("type") != "application/json"] == []
    gallery = next(p for p in report.pages if p.slug == "galleries")
    assert "&lt;/script&gt;&lt;script&gt;document.title" in html.folder_page(report, gallery)


def test_charts_carry_their_rows_as_json_that_nothing_can_leave(report):
    plates = next(p for p in report.pages if p.slug == "plates")
    specs = [text for attributes, text in Links(html.folder_page(report, plates)).scripts if attributes.get("type") == "application/json"]
    assert all("<" not in text for text in specs)
    wells = json.loads(specs[-1])
    assert HOSTILE in {row["content"] for row in csv.DictReader(io.StringIO(wells["datasets"]["rows"]))}


def test_a_page_points_nowhere_but_into_its_folder(report):
    pages = {report.file_of(page) for page in report.pages}
    for page in report.pages:
        for link in Links(html.folder_page(report, page)).links:
            assert link in pages or link.startswith(ALLOWED), link


def test_one_file_points_nowhere_but_into_itself(report):
    text = html.single_page(report)
    assert [link for link in Links(text).links if not link.startswith(("#", "data:"))] == []
    anchors = {link[1:] for link in Links(text).links if link.startswith("#")}
    ids = re.findall(r' id="([^"]+)"', text)
    assert anchors <= set(ids)
    assert len(ids) == len(set(ids))


def test_the_policy_knows_every_script_of_the_one_file(report):
    text = html.single_page(report)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    for attributes, script in Links(text).scripts:
        if "type" not in attributes:
            assert html._digest(script) in policy[1].replace("&#43;", "+").replace("&#39;", "'")


def test_every_item_shows_its_sql_and_links_its_rows(report):
    for page in report.pages:
        text = html.folder_page(report, page)
        for item in page.items:
            assert f'id="{item.name}-sql"' in text
            assert (f'href="data/{item.answer.name}.parquet"' in text) is not item.is_empty


def test_accuracies_of_this_store_stand_beside_what_its_weights_are(report):
    for slug in ("overview", "accuracy"):
        text = html.folder_page(report, next(p for p in report.pages if p.slug == slug))
        assert "Weights of tiny: pseudo-random" in text


def test_an_empty_store_says_what_to_run(empty_store):
    report = run.gathered(empty_store, "Empty")
    text = "".join(html.folder_page(report, page) for page in report.pages)
    for command in ("cellswap ingest fields PATH", "cellswap ingest published", "cellswap evaluate pairs"):
        assert command in text
    assert "vega.js" not in text


@pytest.mark.parametrize(("n", "folded"), [(3, []), (4, ["open", "", "", ""])])
def test_of_many_groups_of_pictures_only_the_first_stands_open(report, n, folded):
    page = next(p for p in report.pages if p.slug == "galleries")
    item = next(item for item in page.items if item.kind == "gallery" and not item.is_empty)
    ((_, tiles), *_) = item.body.groups
    body = GalleryBody((*((f"group {i}", tiles) for i in range(n)), *([("without pictures", ())] if n > 3 else [])))
    text = html.folder_page(report, replace(page, items=(replace(item, body=body),)))
    assert re.findall(r'<details class="group" ?(open)?>', text) == folded
    assert text.count(f'<span class="unit">({len(tiles)})</span></summary>') == len(folded)
