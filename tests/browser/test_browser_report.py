"""The report of a run in a browser, from its files: filters, search, and nothing out of view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kernelspec.explore.claims import BOOK
from paper_checks.verdicts import MEANINGS
from report.html import write_pages

WIDER = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pages of the kept run."""
    folder = tmp_path_factory.mktemp("report")
    kept = json.loads(BOOK.read_text(encoding="utf-8"))
    claims = [claim | {"as_recorded": True, "recorded": claim["verdict"]} for claim in kept["claims"]]
    tier = {"jobs": 1, "quick": False, "data": False, "only": ""}
    run = kept | {"claims": claims, "tier": tier, "versions": {}, "seconds": 1.0, "meanings": MEANINGS}
    (folder / "report.json").write_text(json.dumps(run), encoding="utf-8")
    write_pages(folder)
    return folder


def shown(page: Any) -> list[str]:
    rows = page.locator(".claim-tools ~ .scroll tbody tr:visible td:first-child")
    return [text.strip() for text in rows.all_inner_texts()]


def test_claims_are_filtered_and_searched_from_a_file(browser: Any, report: Path) -> None:
    claims = json.loads(BOOK.read_text(encoding="utf-8"))["claims"]
    page = browser.new_page()
    page.goto((report / "index.html").as_uri())
    assert shown(page) == [claim["number"] for claim in claims]
    refuted = [claim["number"] for claim in claims if claim["verdict"] == "refuted as printed"]
    page.get_by_role("button", name=f"refuted as printed {len(refuted)}").click()
    assert shown(page) == refuted
    assert page.locator("output").inner_text() == f"{len(refuted)} of {len(claims)} claims"
    page.get_by_role("searchbox").fill("c15")
    assert shown(page) == ["C15"]
    page.reload()  # what is chosen stands in the address
    assert shown(page) == ["C15"]
    page.get_by_role("button", name="all").click()
    assert shown(page) == ["C15", "C15a"]
    page.get_by_role("searchbox").fill("laplace KERNEL")
    assert 0 < len(shown(page)) < len(claims)
    page.get_by_role("searchbox").fill("no claim says this")
    assert shown(page) == [] and page.locator("output").inner_text() == f"0 of {len(claims)} claims"
    page.close()


@pytest.mark.parametrize("width", [400, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_out_of_view(browser: Any, report: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in sorted(report.glob("*.html")):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width, path.name
        assert page.evaluate(WIDER) == 0, path.name
        wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 2).length"
        assert page.evaluate(wide) == 0, path.name
    assert faults == []
    page.close()
