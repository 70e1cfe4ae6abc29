"""The pages of the site on the claims: ``docs/claims/`` and ``docs/errata.md``, from the registry and the kept run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kernelspec.files.atomic import write_atomically
from paper_checks.registry import Section, sort_key
from paper_checks.verdicts import MEANINGS
from report.claims import Book, Layout
from report.data import read_json

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "kernelspec" / "explore" / "claims.json"
_LAYOUT = Layout(folder="claims/", repository="..")
_FOUND = ("verdict", "evidence", "seconds", "missing")  # what the kept run says of a claim


def site_pages(sections: Sequence[Section], kept: Mapping[str, Any]) -> dict[str, str]:
    """The pages by their paths from ``docs/``.

    Parameters
    ----------
    sections : as `registry.discover` gives them; a chapter has the title of its first section.
    kept : the book of a whole run (`report.book`). A claim that is not in it has not run.
    """
    titles: dict[str, str] = {}
    claims = []
    found = {claim["number"]: {name: claim[name] for name in _FOUND} for claim in kept["claims"]}
    for section in sections:
        titles.setdefault(section.letter, section.title)
        for claim in section.claims:
            absent = {"verdict": "not run", "evidence": [], "missing": "it has not run"}
            record = claim.record | {"section": section.letter} | found.get(claim.number, absent)
            claims.append({name: value for name, value in record.items() if name != "line"})  # it moves with every edit
    report = {
        "sections": [{"letter": letter, "title": titles[letter]} for letter in sorted(titles)],
        "claims": sorted(claims, key=lambda c: (c["section"], sort_key(c["number"]))),
        "meanings": MEANINGS,
    }
    made = "*Written by `python -m paper_checks --pages docs` from the checks, and from their last whole run, kept of "
    pages = Book(report, _LAYOUT).pages("The book of claims", [f"{made}{kept['created'].replace('T', ' ')}.*"])
    names = "\n".join([*(letter.lower() for letter in sorted(titles))])
    pages["index"] += f"\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    return {_LAYOUT.path(name): text for name, text in pages.items()}


def write_site_pages(sections: Sequence[Section], docs: Path) -> int:
    """Write the pages, and remove those of sections that are gone; how many there are. OSError where that fails."""
    pages = site_pages(sections, read_json(KEPT))
    for path, text in pages.items():
        write_atomically(docs / path, text)
    for old in (docs / _LAYOUT.folder).glob("?.md"):
        if f"{_LAYOUT.folder}{old.name}" not in pages:
            old.unlink()
    return len(pages)
