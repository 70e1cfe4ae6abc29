"""The server of the pages and a headless chromium, for tests that `make test-browser` asks for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = _missing()
    for item in items:
        if reason and Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.skip(reason=reason))


def _missing() -> str:
    """Why these tests cannot run, or are not asked for; empty where they run."""
    if not os.environ.get("KERNELSPEC_BROWSER"):
        return "the pages are tested in a browser by make test-browser"
    for name in ("marimo", "playwright"):
        try:
            __import__(name)
        except ModuleNotFoundError:
            return f"the pages are tested in a browser with {name}, which is not installed"
    if not any(map(shutil.which, NAMES)):
        return "the pages are tested in chromium, which is not installed (apt-get install chromium)"
    return ""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address, with its token, of a server that runs for these tests."""
    script = "from kernelspec import explore; explore.serve(open_browser=False)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    try:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+", server.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A chromium that all tests share."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


class Tab:
    """A page in a context of its own, which remembers what went wrong in its console."""

    def __init__(self, browser: Any, address: str, width: int, scheme: str) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.address = address

    def open(self, path: str) -> Any:
        base, _, token = self.address.partition("/?")
        self.page.goto(f"{base}{path}{'&' if '?' in path else '?'}{token}")
        return self.page

    def section(self, title: str) -> Any:
        """The place with a heading."""
        return self.page.locator("section.ks-section").filter(
            has=self.page.get_by_role("heading", name=title, exact=True)
        )

    def shown(self, title: str) -> Any:
        """The place with a heading, once it shows a view and no progress."""
        place = self.section(title)
        place.locator(".ks-files, .ks-code").first.wait_for(timeout=90_000)
        return place


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator[Callable[..., Tab]]:
    """Makes tabs: of a width, light or dark."""
    tabs: list[Tab] = []

    def make(width: int = 1400, scheme: str = "light") -> Tab:
        tabs.append(Tab(browser, address, width, scheme))
        return tabs[-1]

    yield make
    for made in tabs:
        made.context.close()
        assert made.errors == []
