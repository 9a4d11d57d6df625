"""A report in a real browser, opened from disk: it draws, sorts, filters and saves, asks nobody for anything, and axe finds no fault."""

import json
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import axe_core_python
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from cellswap.reports import run

pytestmark = pytest.mark.browser
_, *REST = (module.__name__.rpartition(".")[2] for module in run.PAGES)
PAGES = ("index", "compare", *REST)
# Of each chart its name, how wide it is drawn, and the room that it has; and texts that are cut or leave their chart.
ROOM = """
    const charts = [...document.querySelectorAll("[data-chart]")];
    return charts.map(({ dataset, parentElement: p }) => [dataset.chart, p.scrollWidth, p.clientWidth]);
"""
CUT = """
    return [...document.querySelectorAll('.chart svg')].flatMap((svg) => {
        const box = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent);
        return texts.filter((text) => {
            const { left, right } = text.getBoundingClientRect();
            return text.textContent.includes('\u2026') || left < box.left - 1 || right > box.right + 1;
        }).map((text) => text.textContent);
    })
"""
# Leaves a table as many rows as there are names, and writes these into its first column.
RENAMED = """
    const rows = [...document.querySelector("[data-name=table1-table]").tBodies[0].rows];
    rows.forEach((row, i) => i < arguments[0].length ? row.cells[0].textContent = arguments[0][i] : row.remove());
"""
LINES = """
    const all = document.createRange();
    all.selectNodeContents(arguments[0]);
    return new Set([...all.getClientRects()].map((line) => line.top)).size;
"""
AXE = Path(axe_core_python.__file__).with_name("axe.min.js")


def open_page(browser, path):
    """Open a page and wait until its charts are drawn."""
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())
    WebDriverWait(browser, 60).until(
        lambda b: b.execute_script("return [...document.querySelectorAll('[data-chart]')].every(c => c.dataset.drawn)")
    )


def requests(browser):
    """Every address that the page asked for since it was opened."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def set_theme(browser, theme):
    Select(browser.find_element(By.ID, "theme")).select_by_value(theme)


def faults(browser, options="{}"):
    """What axe finds, in short."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script("const done = arguments[0]; axe.run(document, " + options + ").then(done)")
    return [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"]) for v in found["violations"]]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_draws_says_nothing_wrong_and_asks_nobody(browser, folder, page):
    open_page(browser, folder / f"{page}.html")
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    assert [url for url in requests(browser) if not url.startswith(("file://", "data:"))] == []
    assert browser.title.startswith(browser.find_element(By.TAG_NAME, "h1").text)
    for chart in browser.find_elements(By.CSS_SELECTOR, "[data-chart]"):
        assert chart.find_elements(By.CSS_SELECTOR, "svg .mark-rect path, svg .mark-symbol path, svg .mark-line path, svg .mark-rule line")


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_violation(browser, folder, page):
    open_page(browser, folder / f"{page}.html")
    set_theme(browser, "light")
    assert faults(browser) == []
    set_theme(browser, "dark")
    assert faults(browser, "{runOnly: ['color-contrast']}") == []


def test_axe_finds_no_violation_with_everything_open(browser, folder):
    open_page(browser, folder / "accuracy.html")
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert faults(browser) == []


@pytest.mark.parametrize("page", ["index", "galleries"])
def test_an_empty_report_is_clean_too(browser, folder, page):
    open_page(browser, folder.with_name("empty") / f"{page}.html")
    assert faults(browser) == []
    assert "To get them, run:" in browser.find_element(By.TAG_NAME, "main").text


def test_one_file_holds_all_pages(browser, folder):
    open_page(browser, folder.with_name("report.html"))
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    assert [url for url in requests(browser) if not url.startswith(("file://", "data:"))] == []
    assert [s.get_attribute("id") for s in browser.find_elements(By.CSS_SELECTOR, "section.page")] == ["overview", *PAGES[1:]]
    # What its parts look like is tested page by page; here only what putting them together could break.
    together = ["landmark-unique", "duplicate-id-aria", "heading-order", "page-has-heading-one", "region", "bypass"]
    assert faults(browser, f"{{runOnly: {together}}}") == []


def column(browser, name, i):
    return [c.text for c in browser.find_elements(By.CSS_SELECTOR, f"[data-name={name}] tbody tr:not([hidden]) td:nth-child({i})")]


def test_a_table_sorts_by_number_and_says_so(browser, folder):
    open_page(browser, folder / "accuracy.html")
    head = browser.find_element(By.CSS_SELECTOR, "[data-name=table1-table] th:nth-child(5)")
    button = head.find_element(By.TAG_NAME, "button")
    button.click()
    up = [float(v) for v in column(browser, "table1-table", 5)]
    assert up == sorted(up)
    assert head.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert [float(v) for v in column(browser, "table1-table", 5)] == sorted(up, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize(
    ("names", "in_order"),
    [
        (["9a52f0c1d7", "404e11aa90", "41b0c2d3e4"], ["404e11aa90", "41b0c2d3e4", "9a52f0c1d7"]),
        (["conv10", "conv2", "conv1"], ["conv1", "conv2", "conv10"]),
    ],
)
def test_digests_sort_by_letters_and_names_by_their_numbers(browser, folder, names, in_order):
    open_page(browser, folder / "accuracy.html")
    browser.execute_script(RENAMED, names)
    browser.find_element(By.CSS_SELECTOR, "[data-name=table1-table] th:nth-child(1) button").click()
    assert column(browser, "table1-table", 1) == in_order


def test_a_long_text_stands_in_one_line_until_it_is_clicked(browser, folder):
    open_page(browser, folder / "provenance.html")
    cell = browser.find_element(By.CSS_SELECTOR, "tbody td.clamped")
    text = cell.get_attribute("textContent")
    assert cell.get_attribute("title") == text
    assert browser.execute_script(LINES, cell) == 1
    browser.execute_script("arguments[0].click()", cell)
    assert browser.execute_script(LINES, cell) > 1
    assert cell.text == text


def test_a_table_filters_by_words(browser, folder):
    open_page(browser, folder / "accuracy.html")
    browser.find_element(By.ID, "table1-table-filter").send_keys("deeploc swap")
    assert column(browser, "table1-table", 1) == ["deeploc"] * 3
    assert browser.find_element(By.CSS_SELECTOR, "#accuracy [role=status]").text == "3 of 15"


def test_the_theme_changes_what_charts_are_drawn_in(browser, folder):
    open_page(browser, folder / "index.html")
    seen = []
    for theme in ("light", "dark"):
        set_theme(browser, theme)
        seen.append(browser.execute_script(
            "return getComputedStyle(document.querySelector('[data-chart=funnel-chart] .mark-rect path')).fill"
            " + getComputedStyle(document.querySelector('[data-chart=funnel-chart] .mark-text text')).fill"
        ))  # fmt: skip
    assert seen[0] != seen[1]
    browser.refresh()
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("data-theme") == "dark"
    set_theme(browser, "auto")


def wait_for(path):
    for _ in range(100):
        if path.exists():
            return path
        time.sleep(0.1)
    return pytest.fail(f"no {path.name} was saved")


def test_a_chart_is_saved_as_svg_that_stands_alone(browser, folder, downloads):
    open_page(browser, folder / "plates.html")
    browser.find_element(By.CSS_SELECTOR, "[data-svg=plates-chart]").click()
    text = wait_for(downloads / "plates-chart.svg").read_text()
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - our own file
    assert "var(" not in text
    assert "currentColor" not in text


def test_rows_are_saved_from_the_one_file(browser, folder, downloads):
    open_page(browser, folder.with_name("report.html"))
    link = browser.find_element(By.CSS_SELECTOR, "a[download='table1.csv']")
    browser.execute_script("arguments[0].click()", link)
    assert wait_for(downloads / "table1.csv").read_bytes() == (folder / "data/table1.csv").read_bytes()


def test_pictures_are_there_and_keep_their_place(browser, folder):
    open_page(browser, folder / "galleries.html")
    for picture in browser.find_elements(By.CSS_SELECTOR, ".tiles img"):
        browser.execute_script("arguments[0].loading = 'eager'", picture)
        WebDriverWait(browser, 10).until(lambda b, p=picture: b.execute_script("return arguments[0].complete", p))
        width, height = browser.execute_script("return [arguments[0].naturalWidth, arguments[0].naturalHeight]", picture)
        assert (str(width), str(height)) == (picture.get_attribute("width"), picture.get_attribute("height"))


def test_sql_is_copied(browser, folder):
    open_page(browser, folder / "plates.html")
    item = browser.find_element(By.ID, "plates-chart")
    item.find_element(By.TAG_NAME, "summary").click()
    button = item.find_element(By.CSS_SELECTOR, "[data-copy]")
    button.click()
    WebDriverWait(browser, 5).until(lambda _: button.text in {"Copied", "Selected: press Ctrl+C"})
    assert button.text == "Copied"


def test_the_first_tab_leads_to_the_content(browser, folder):
    open_page(browser, folder / "index.html")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.text == "Skip to the content"
    skip.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "main"


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_a_phone(browser, folder, page):
    size = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        open_page(browser, folder / f"{page}.html")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        assert [name for name, width, room in browser.execute_script(ROOM) if width > room] in ([], ["plates-chart"])
        assert browser.execute_script(CUT) == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_wide_page_keeps_its_legends_in_a_row_and_its_titles_in_one_line(browser, folder):
    open_page(browser, folder / "heldout.html")
    names = "return [...document.querySelectorAll('.role-legend-label text')].map(t => Math.round(t.getBoundingClientRect().top))"
    assert len(set(browser.execute_script(names))) == 1
    assert browser.execute_script("return document.querySelectorAll('.role-title-text tspan').length") == 0


def test_it_reads_without_scripts(without_scripts, folder):
    without_scripts.get((folder / "accuracy.html").as_uri())
    rows = without_scripts.find_elements(By.CSS_SELECTOR, "[data-name=table1-table] tbody tr")
    assert len(rows) == 15
    assert rows[0].text.startswith("pifia baseline 0.90")
    assert "drawn by JavaScript" in without_scripts.find_element(By.TAG_NAME, "noscript").text
    assert not without_scripts.find_element(By.ID, "theme").is_displayed()
    assert not without_scripts.find_elements(By.CSS_SELECTOR, "thead button")


def test_paper_gets_black_on_white(browser, folder):
    open_page(browser, folder / "index.html")
    set_theme(browser, "dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        colours = browser.execute_script("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
        assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert not browser.find_element(By.TAG_NAME, "nav").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        set_theme(browser, "auto")
