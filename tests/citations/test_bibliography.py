"""The bibliography: entries that BibTeX can read, and a paper behind every name in a docstring and a claim."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kernelspec.citations import bibliography
from kernelspec.citations.bibliography import Paper, named_in, papers

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "kernelspec/citations/references.bib").read_text(encoding="utf-8")
# What an entry of its kind must have, beside author and title.
NEEDED = {
    "article": {"journal", "year"},
    "inproceedings": {"booktitle", "year"},
    "incollection": {"booktitle", "publisher", "year"},
    "book": {"publisher", "year"},
    "techreport": {"institution", "year"},
    "misc": {"howpublished"},
}
# A family name or several, and a year: "Cho & Saul 2009", "Lee et al. (2018)".
FAMILY = r"(?:(?:van|der|De) )*[A-Z][\w'’-]+"
NAMED = re.compile(
    rf"\b{FAMILY}(?:, {FAMILY})*(?: et al\.|,? (?:&|and) {FAMILY})? \(?(?:18|19|20)\d\d\b(?![-/]\d)", re.UNICODE
)
NO_PAPER = {"February 2021"}  # a date


def test_every_entry_of_the_file_is_read() -> None:
    assert len(papers()) == SOURCE.count("\n@") > 80
    read = "\n\n".join(paper.bibtex for paper in papers().values())
    assert SOURCE[SOURCE.index("\n@") :].strip() == read


@pytest.mark.parametrize("paper", papers().values(), ids=lambda paper: paper.key)
def test_an_entry_is_whole(paper: Paper) -> None:
    kind = paper.bibtex[1 : paper.bibtex.index("{")]
    assert {"author", "title"} | NEEDED[kind] <= set(paper.fields)
    assert paper.bibtex.count("{") == paper.bibtex.count("}") and "&" not in paper.bibtex
    assert paper.bibtex.count(" = ") == len(paper.fields)  # no line that was not read
    if paper.year:  # the key is that of the first author, whose accents fall, and the year
        first = bibliography._unaccented(paper.families[0]).lower().translate({ord(c): None for c in " '-"})
        assert re.fullmatch(rf"{first}{paper.year}[a-z]+", paper.key)
    assert ("eprint" in paper.fields) == ("archiveprefix" in paper.fields)
    assert re.fullmatch(r"\d{4}\.\d{4,5}", paper.fields.get("eprint", "0000.00000"))
    assert re.fullmatch(r"10\.\d{4,5}/\S+", paper.fields.get("doi", "10.1000/x"))
    if "eprint" in paper.fields:  # it was put there in the year of its print or before
        assert 2000 + int(paper.fields["eprint"][:2]) <= int(paper.year)
    assert named_in(f"so says {paper.name}, Theorem 1.")[0].families == paper.families


def test_identifiers_are_of_one_paper_each() -> None:
    for field in ("doi", "eprint"):
        given = [paper.fields[field] for paper in papers().values() if field in paper.fields]
        assert len(set(given)) == len(given)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Bietti & Mairal 2019, JMLR (claim 42), and NeurIPS (claim 49)", ["bietti2019group", "bietti2019inductive"]),
        ("Bietti & Mairal (2019, NeurIPS); JMLR", ["bietti2019inductive"]),
        ("Bietti & Mairal (2019), norms. JMLR", ["bietti2019group", "bietti2019inductive"]),
        ("Huang, Wang, Tao & Zhao (2020), and Huang et al. 2020", ["huang2020why"]),
        ("Favero, Cagnetta and\nWyart 2021; Xiao 2022", ["favero2021locality", "xiao2022eigenspace"]),
        ("Hardy, Littlewood & Polya 1929; DLMF 10.2", ["hardy1929simple", "dlmf"]),
        ("Nobody & Bach 2017, Bach 20171, Offenbach 2017", []),
        ("", []),
    ],
)
def test_papers_named_in_a_text(text: str, keys: list[str]) -> None:
    assert [paper.key for paper in named_in(text)] == keys


def docstrings() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "kernelspec").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                found.append((str(path.relative_to(ROOT)), ast.get_docstring(node) or ""))
    return found


def unknown(text: str) -> list[str]:
    """What a text names as people name a paper, and is no name of one."""
    names = NAMED.findall(" ".join(text.split()))
    return [name for name in names if not named_in(name) and name not in NO_PAPER]


def test_every_paper_that_a_docstring_names_is_in_the_bibliography() -> None:
    assert unknown("as Nobody & Bach (2017) say") == ["Nobody & Bach (2017"]
    assert {(path, name) for path, text in docstrings() for name in unknown(text)} == set()
