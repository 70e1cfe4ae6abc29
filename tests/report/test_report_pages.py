"""The pages of a report: whole, linked, and fetching nothing."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from html_audit import audit

from kernelspec.explore.claims import BOOK
from paper_checks.verdicts import MEANINGS
from report.book import book
from report.claims import Book, Layout
from report.html import markdown_pages, write_pages

HOSTILE = "<script>alert('x')</script> & \"quotes\" $<b>\\kappa$ `<i>` $\\"


def report_of(text: str) -> dict[str, Any]:
    piece = {"role": "supports", "label": text, "measured": text, "expected": 1e-300, "tolerance": None, "rtol": 1e-12}
    piece |= {"margin": "inf", "passed": False, "exact": True, "why": text, "detail": text}
    others = [
        piece | {"role": r, "passed": True}
        for r in ("print", "given", "step", "conclusion", "note", "undecided", "not run")
    ]
    rows = piece | {"role": "table", "rows": [[text, "k"], [1e-7, text], [None, True]]}
    texts = ("title", "plain", "statement", "where", "printed", "corrected", "recalled", "error", "missing")
    claim = {"number": "C1", "section": "A", "recorded": "refuted as printed", "verdict": "failed", "seconds": 0.2}
    claim |= dict.fromkeys(texts, text) | {"evidence": [piece, *others, rows], "as_recorded": False}
    claim |= {"file": "paper_checks/c_decay.py", "function": "exponent", "line": 26}
    return {
        "created": "2021-02-16T00:00:00Z",
        "versions": {"kernelspec": text},
        "meanings": MEANINGS | {"failed": text},
        "tier": {"quick": True, "data": False, "only": text, "jobs": 1},
        "seconds": 1.0,
        "as_recorded": False,
        "counts": {"failed": 1},
        "sections": [{"letter": "A", "title": text}],
        "claims": [claim],
    }


def written(folder: Path, **files: Any) -> dict[str, str]:
    for name, data in files.items():
        (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    write_pages(folder)
    pages = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    for page in pages.values():
        audit(page, folder)
    return pages


def test_the_pages_are_well_formed_and_fetch_nothing(tmp_path: Path) -> None:
    speed = {"tables": [{"title": HOSTILE, "columns": [HOSTILE], "rows": [[HOSTILE], [1e9]]}, [{"a": HOSTILE}]]}
    pages = written(tmp_path, report=report_of(HOSTILE), accuracy={"odd": HOSTILE}, speed=speed)
    assert set(pages) == {"index", "a", "errata", "accuracy", "speed"}
    for name, page in pages.items():
        assert "<script>alert" not in page and "<script>alert('x')" in unescape(page), name


def test_the_pages_of_the_kept_run(tmp_path: Path) -> None:
    """Every claim has its anchor, its command, its verdict; every link between them leads somewhere."""
    kept = json.loads(BOOK.read_text(encoding="utf-8"))
    plain = {"jobs": 1, "quick": False, "data": False, "only": ""}
    claims = [claim | {"as_recorded": True, "recorded": claim["verdict"]} for claim in kept["claims"]]
    report = kept | {"claims": claims, "tier": plain, "versions": {}, "seconds": 1.0, "meanings": MEANINGS}
    pages = written(tmp_path, report=report)
    for claim in claims:
        page, number = pages[claim["section"].lower()], claim["number"]
        assert page.count(f'id="{number}"') == 1, number
        assert f"python -m paper_checks --only {number}</code>" in page
        assert f'href="{claim["section"].lower()}.html#{number}"' in pages["index"]
        on_errata = f'html#{number}">' in pages["errata"]
        assert on_errata == (claim["verdict"] in ("refuted as printed", "incomplete as printed")), number
    false, incomplete = pages["errata"].split("True with what the print leaves out")
    counts = [sum(c["verdict"] == v for c in claims) for v in ("refuted as printed", "incomplete as printed")]
    assert [false.count("<h3>"), incomplete.count("<h3>")] == counts
    assert 'id="C37"></a><a id="C37a"' in pages["g"]  # claim 37 is C37a and C37b
    assert 'claims <a href="#C43">43</a> and <a href="#C48">48</a>' in pages["h"]
    assert '<a href="https://arxiv.org/abs/2009.14397">Bietti &amp; Bach 2021</a>' in pages["c"]
    assert sum(len(page) for page in pages.values()) < 3_000_000


def test_a_section_that_is_gone_has_no_page(tmp_path: Path) -> None:
    (tmp_path / "z.html").write_text("of an earlier run")
    assert "z" not in written(tmp_path, report=report_of("x"))


def test_a_check_is_linked_with_its_line(tmp_path: Path) -> None:
    text = Book(report_of("x"), Layout(repository="../..")).pages("T")["A"]
    assert "[`exponent`](../../paper_checks/c_decay.py#L26), paper_checks/c_decay.py, line 26" in text
    report = report_of("x")
    del report["claims"][0]["line"]
    text = Book(report, Layout(folder="claims/", repository="..")).pages("T")["A"]
    assert "[`exponent`](../../paper_checks/c_decay.py)\n" in text


def test_a_proof_of_the_corrected_statement_is_said() -> None:
    report = report_of("x")
    said = "it proves the corrected statement"
    assert said not in Book(report, Layout()).pages("T")["A"]
    report["claims"][0] |= {"verdict": "refuted as printed", "missing": ""}
    assert said in Book(report, Layout()).pages("T")["A"]
    report["claims"][0]["missing"] = "it names no steps"
    assert said not in Book(report, Layout()).pages("T")["A"]


def test_a_broken_file_beside_the_report_is_named_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "speed.json").write_text("{")
    assert "speed.json is not valid JSON" in written(tmp_path)["speed"]


def test_a_figure_is_a_file_beside_the_pages(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    entry = {"name": "f", "title": "A & $k$", "caption": "It *rises*."}
    assert "figures" not in markdown_pages(None, [entry], tmp_path, {})
    (tmp_path / "figures" / "f.png").write_bytes(b"pixels")
    assert 'src="figures/f.png"' in markdown_pages(None, [entry], tmp_path, {})["figures"]
    (tmp_path / "figures" / "f.svg").write_text("<svg></svg>")
    (tmp_path / "figures" / "figures.json").write_text(json.dumps([entry]))
    page = written(tmp_path)["figures"]
    assert 'alt="A &amp; $k$" src="figures/f.svg"' in page and "It *rises*." in page


@pytest.mark.parametrize(
    ("folder", "page", "target", "address"),
    [
        ("claims/", "index", "C", "c.md"),
        ("claims/", "C", "errata", "../errata.md"),
        ("claims/", "errata", "C", "claims/c.md"),
        ("", "errata", "C", "c.md"),
    ],
)
def test_where_pages_lie(folder: str, page: str, target: str, address: str) -> None:
    assert Layout(folder=folder).link(page, target) == address


def test_what_is_kept_of_a_run() -> None:
    report = report_of("x")
    report["tier"] = {"only": "", "quick": False}
    found = book(report)["claims"][0]
    assert {"plain", "seconds", "missing"} < set(found) and not {"line", "file"} & set(found)
    failed, against = found["evidence"][:2]
    assert failed["passed"] is False and failed["exact"] is True and failed["expected"] == "1e-300"
    assert "passed" not in against and "tolerance" not in against
    assert found["evidence"][-1]["rows"] == [["x", "k"], ["1e-07", "x"], [None, True]]
