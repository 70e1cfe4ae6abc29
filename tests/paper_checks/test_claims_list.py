"""The list of claims in the documentation: it is that of the registry, and every number that is named stands in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from paper_checks.__main__ import main
from paper_checks.claims_list import claims_list
from paper_checks.registry import Section, discover
from paper_checks.unchecked import UNCHECKED

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "claims.md"


def test_the_list_is_written_from_the_registry() -> None:
    """A claim that was added, dropped or worded anew: python -m paper_checks --claims docs/claims.md."""
    assert LIST.read_text(encoding="utf-8") == claims_list(discover())


def test_every_claim_has_an_entry_with_its_check_and_its_source() -> None:
    text = claims_list(discover())
    entries = dict(re.findall(r'<a id="(\w+)"></a>\n(.*?)(?=\n<a id=|\n## |\Z)', text, flags=re.DOTALL))
    anchors = set(re.findall(r'<a id="(\w+)">', text))
    claims = [claim for section in discover() for claim in section.claims]
    numbers = {claim.number for claim in claims}
    assert numbers.isdisjoint(claim.number for claim in UNCHECKED), "it has a check now"
    assert set(entries) == {n.lower() for n in numbers | {claim.number for claim in UNCHECKED}}
    for claim in claims:
        entry = entries[claim.number.lower()]
        file = re.search(r"\]\(\.\./(\S+\.py)\)", entry)
        assert file and f"def {claim.function.__name__}(" in (ROOT / file[1]).read_text("utf-8")
        assert entry.startswith(f"### {claim.number}. ") and f"*{claim.verdict}*" in entry
        assert ("- Printed: " in entry) == ("- Right: " in entry) == bool(claim.printed)
        assert "- Source: " in entry and entry.count("$") % 2 == 0
        assert set(re.findall(r"\(#(\w+)\)", entry)) <= anchors, claim.number


def test_every_claim_that_the_library_names_is_in_the_list() -> None:
    anchors = set(re.findall(r'<a id="(\w+)">', LIST.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "kernelspec").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for named in re.findall(r"\bclaims?\s+((?:C?L?\d+[a-z]?(?:,\s|\sand\s|-)?)+)", text, flags=re.IGNORECASE):
            for number in re.findall(r"C?(L?\d+[a-z]?)", named):
                anchor = number.lower() if number[0] == "L" else f"c{number}"
                assert anchor in anchors, f"{path.name} names claim {number}"


def test_a_docstring_names_the_source_of_a_claim() -> None:
    """An author and a year (Lee et al. 2018; Cho & Saul (2009)), or "derived here"."""
    source = re.compile(r"[A-Z][a-z]+(?: et al\.|, [A-Z]+)? \(?(?:19|20)\d\d\b|derived here")
    for path in sorted((ROOT / "kernelspec").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = " ".join((ast.get_docstring(node) or "").split())
                if re.search(r"\bclaims? L?\d", text, flags=re.IGNORECASE):
                    assert source.search(text), f"{path.name}, {getattr(node, 'name', 'its head')}: {text[:100]}"


def test_the_command_writes_it_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "claims.md"
    assert main(["--claims", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == LIST.read_text(encoding="utf-8")
    assert main(["--claims", str(tmp_path / "none" / "claims.md")]) in (0, 2)
    broken = Section("Z", "Broken", "paper_checks.z", (), error="ImportError: no")
    monkeypatch.setattr("paper_checks.__main__.discover", lambda package: [broken])
    assert main(["--claims", str(tmp_path / "other.md")]) == 2
    assert "paper_checks.z cannot be imported" in capsys.readouterr().err
    assert not (tmp_path / "other.md").exists()
