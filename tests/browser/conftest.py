"""Reports of the stand-in store, and a headless chromium that keeps a log of what pages ask for."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from cellswap.reports import run, write
from cellswap.store.create import create

from ..report_results import fill_all  # noqa: TID252 - tests are no package

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """The paths of chromium and its driver; tests that need them are skipped where one is absent."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (browser and driver):
        pytest.skip("no chromium and chromedriver on PATH (Debian: apt-get install chromium chromium-driver)")
    return browser, driver


@pytest.fixture(scope="session")
def folder(chromium, tmp_path_factory) -> Path:
    """A report as a folder, with one file beside it."""
    place = tmp_path_factory.mktemp("report")
    store = create(place / "store")
    fill_all(store)
    report = run.gathered(store, "A report", beside=str(store.path))
    write.folder(report, place / "report")
    write.single_file(report, place / "report.html")
    empty = create(place / "empty_store")
    write.folder(run.gathered(empty, "An empty report"), place / "empty")
    return place / "report"


def start(chromium: tuple[str, str], place: Path, *, scripts: bool = True) -> webdriver.Chrome:
    """A headless chromium that puts downloads into `place` and logs the console and every request."""
    options = webdriver.ChromeOptions()
    options.binary_location = chromium[0]
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,900", *QUIET):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={place / 'profile'}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    wanted = {"download.default_directory": str(place), "download.prompt_for_download": False}
    if not scripts:
        wanted["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", wanted)
    service = webdriver.ChromeService(chromium[1], log_output=os.devnull)
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(120)
    return driver


@pytest.fixture(scope="session")
def downloads(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def browser(chromium, downloads) -> Iterator[webdriver.Chrome]:
    """One browser for all tests."""
    driver = start(chromium, downloads)
    yield driver
    driver.quit()


@pytest.fixture
def without_scripts(chromium, tmp_path) -> Iterator[webdriver.Chrome]:
    """A browser in which JavaScript is off."""
    driver = start(chromium, tmp_path, scripts=False)
    yield driver
    driver.quit()
