"""The site's pages of claims are those of the registry and of the kept run; every number that is named stands there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from paper_checks.__main__ import main
from paper_checks.registry import Section, discover
from paper_checks.site_pages import KEPT, site_pages, write_site_pages

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SAID = "python -m paper_checks --pages docs"


def test_the_pages_are_written_from_the_registry_and_the_kept_run() -> None:
    """A claim was added, dropped or worded anew, or a new run is kept: python -m paper_checks --pages docs."""
    pages = site_pages(discover(), json.loads(KEPT.read_text(encoding="utf-8")))
    for path, text in pages.items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, f"{path} is not as {SAID} writes it"
    assert {f"claims/{path.name}" for path in (DOCS / "claims").iterdir()} | {"errata.md"} == set(pages)


def test_every_claim_has_an_entry_with_its_check_and_its_source() -> None:
    claims = [(section.letter, claim) for section in discover() for claim in section.claims]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (DOCS / "claims").glob("?.md")}
    for letter, claim in claims:
        text = texts[letter.lower()]
        start = text.index(f'<a id="{claim.number}"></a>\n\n## {claim.number}. ')
        entry = re.split(r"\n## |\n<details>", text[start:].replace("\n## ", "", 1))[0]
        link = re.search(rf"\[`{claim.function.__name__}`\]\(\.\./\.\./(\S+\.py)\)", entry)
        assert link and f"def {claim.function.__name__}(" in (ROOT / link[1]).read_text("utf-8")
        assert claim.verdict in entry or "not run" in entry
        assert ("- printed: " in entry) == ("- right: " in entry) == bool(claim.printed)
        assert "- source: " in entry and entry.count("$") % 2 == 0


def test_a_claim_that_has_not_run_says_so() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    kept["claims"] = [claim for claim in kept["claims"] if claim["number"] != "C15"]
    text = site_pages(discover(), kept)["claims/c.md"]
    entry = text[text.index("## C15. ") : text.index("## C15a. ")]
    assert "– not run</span>" in entry and "<details>" not in entry


def test_every_claim_that_the_library_names_is_in_the_list() -> None:
    anchors = {
        a for path in (DOCS / "claims").glob("?.md") for a in re.findall(r'<a id="(\w+)">', path.read_text("utf-8"))
    }
    for path in sorted((ROOT / "kernelspec").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for named in re.findall(r"\bclaims?\s+((?:C?L?\d+[a-z]?(?:,\s|\sand\s|-)?)+)", text, flags=re.IGNORECASE):
            for number in re.findall(r"C?(L?\d+[a-z]?)", named):
                anchor = number if number[0] == "L" else f"C{number}"
                assert anchor in anchors, f"{path.name} names claim {number}"


def test_a_docstring_names_the_source_of_a_claim() -> None:
    """An author and a year (Lee et al. 2018; Cho & Saul (2009)), or "derived here"."""
    source = re.compile(r"[A-Z]\w+(?: et al\.|, [A-Z]+)? \(?(?:19|20)\d\d\b|derived here")
    for path in sorted((ROOT / "kernelspec").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = " ".join((ast.get_docstring(node) or "").split())
                if re.search(r"\bclaims? L?\d", text, flags=re.IGNORECASE):
                    assert source.search(text), f"{path.name}, {getattr(node, 'name', 'its head')}: {text[:100]}"


def test_the_command_writes_them_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "z.md").write_text("a section that is gone")
    assert main(["--pages", str(tmp_path)]) == 0
    for path in ("errata.md", "claims/index.md", "claims/c.md"):
        assert (tmp_path / path).read_text(encoding="utf-8") == (DOCS / path).read_text(encoding="utf-8")
    assert not (tmp_path / "claims" / "z.md").exists()
    broken = Section("Z", "Broken", "paper_checks.z", (), error="ImportError: no")
    monkeypatch.setattr("paper_checks.__main__.discover", lambda package: [broken])
    assert main(["--pages", str(tmp_path)]) == 2
    assert "paper_checks.z cannot be imported" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        write_site_pages(discover(), tmp_path / "file")
