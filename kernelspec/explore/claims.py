"""The views of the page of claims: the book of claims, searched, each with its verdict and the evidence for it.

The book is a file of this package, `claims.json`: what the last whole run of the checks found (`python -m paper_checks`
in the repository, then `--book`).
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from .address import Fields
from .fields import chosen, whole
from .view import View, dollars, escape, folded

BOOK = Path(__file__).resolve().parent / "claims.json"
VERDICTS = ("proved", "holds", "refuted as printed", "incomplete as printed", "open", "not run")
ANY = "any"
PAGE = 12  # claims that are shown at once
_BADGES = {"proved": "proved", "holds": "holds", "refuted as printed": "refuted", "incomplete as printed": "incomplete"}
_LEADS = {"step": "step: ", "conclusion": "so: ", "print": "print: ", "given": "print, completed: "}

Evidence: TypeAlias = Mapping[str, Any]  # of a check, as JSON


@dataclass(frozen=True)
class Claim:
    """A claim as it stands in the book: its number, what it says and where, the verdict and the evidence.

    `plain` says it in a plain sentence, `recalled` names the sources whose printed text was not at hand.
    """

    number: str
    title: str
    section: str
    plain: str
    statement: str
    where: str
    verdict: str
    printed: str
    corrected: str
    recalled: str
    evidence: tuple[Evidence, ...]

    @functools.cached_property
    def words(self) -> str:
        """All of its text, for the search."""
        pieces = [self.number, self.title, self.plain, self.statement, self.where, self.printed, self.corrected]
        pieces += ["recalled", self.recalled] if self.recalled else []
        pieces += [str(piece.get("label", "")) for piece in self.evidence]
        return " ".join(pieces).lower()


@functools.cache
def book() -> tuple[tuple[Claim, ...], dict[str, str]]:
    """The claims, and the titles of their sections by letter."""
    data = json.loads(BOOK.read_text(encoding="utf-8"))
    names = [field.name for field in dataclasses.fields(Claim)]
    claims = tuple(
        Claim(**{name: claim[name] for name in names} | {"evidence": tuple(claim["evidence"])})
        for claim in data["claims"]
    )
    return claims, {section["letter"]: section["title"] for section in data["sections"]}


def sections() -> tuple[str, ...]:
    """The letters of the sections."""
    return tuple(book()[1])


def search(text: str = "", verdict: str = ANY, section: str = ANY) -> list[Claim]:
    """The claims that have every word of a text, with a verdict, of a section.

    Parameters
    ----------
    text : words, of which each must be in the claim or in the labels of its evidence; a number such as C15 finds C15
        and C15a; letters' case does not matter.
    verdict : one of "proved", "holds", "refuted as printed", "incomplete as printed", "open", "not run", or "any".
    section : a letter, or "any".

    >>> [claim.number for claim in search("c15", verdict="refuted as printed")]
    ['C15']
    """
    chosen("verdict", verdict, (ANY, *VERDICTS))
    chosen("section", section, (ANY, *sections()))
    wanted = text.lower().split()
    return [
        claim
        for claim in book()[0]
        if verdict in (ANY, claim.verdict)
        and section in (ANY, claim.section)
        and all(_has(claim, word) for word in wanted)
    ]


def _has(claim: Claim, word: str) -> bool:
    if re.fullmatch(r"[cl]\d+[a-z]?", word):
        return re.fullmatch(rf"{word}[a-z]?", claim.number.lower()) is not None
    return word in claim.words


FIELDS = Fields(
    {
        "text": ("", str),
        "verdict": (ANY, lambda text: chosen("verdict", text, (ANY, *VERDICTS))),
        "section": (ANY, lambda text: chosen("section", text, (ANY, *sections()))),
        "page": (1, lambda text: whole("page", text, 1, 1000)),
    }
)


def pages_of(count: int) -> int:
    """How many pages so many claims take."""
    return max(1, -(-count // PAGE))


def view(text: str = "", verdict: str = ANY, section: str = ANY, page: int = 1) -> View:
    """The claims that are found, a page of them with verdict, statement and evidence."""
    from ..results.tables import Table

    found = search(text, verdict, section)
    page = min(page, pages_of(len(found)))
    shown = found[(page - 1) * PAGE : page * PAGE]
    counts = [f"{sum(c.verdict == v for c in found)} {v}" for v in VERDICTS]
    words = f"{len(found)} claims: {', '.join(c for c in counts if not c.startswith('0 '))}"
    words = words if found else "No claim has all of these words: take one away, or another verdict."
    rows = [
        {
            "number": c.number,
            "verdict": c.verdict,
            "title": c.title,
            "plain": c.plain,
            "statement": c.statement,
            "where": c.where,
            "recalled": c.recalled,
        }
        for c in found
    ]
    code = f"""from kernelspec.explore import claims

for claim in claims.search({text!r}, verdict={verdict!r}, section={section!r}):
    print(claim.number, claim.verdict, claim.title, sep="   ")"""
    html = f'<p class="ks-quiet">{escape(words)}</p>{"".join(map(_card, shown))}'
    files: dict[str, str | bytes] = {}
    if found:
        table = Table(rows, caption="Claims of the papers, and what was found")
        files = {"claims.csv": table.to_csv(), "claims.tex": table.to_latex(), "claims.json": _json(found)}
    return View(html, code, files, (), {"numbers": [claim.number for claim in found]})


def _json(found: list[Claim]) -> str:
    return json.dumps([dataclasses.asdict(c) for c in found], ensure_ascii=False, indent=1)


def _card(claim: Claim) -> str:
    badge = f'<span class="ks-badge {_BADGES.get(claim.verdict, "other")}">{claim.verdict}</span>'
    parts = [f"<h3>{badge}{claim.number} · {dollars(claim.title)}</h3>", f"<p>{dollars(claim.plain)}</p>"]
    parts.append(f"<p>{dollars(claim.statement)}</p>")
    if claim.printed:
        parts.append(f"<p><b>printed</b> {dollars(claim.printed)} &emsp; <b>right</b> {dollars(claim.corrected)}</p>")
    recalled = f"; recalled, not at hand: {dollars(claim.recalled)}" if claim.recalled else ""
    parts.append(f'<p class="ks-quiet">{dollars(claim.where)}{recalled}; {escape(book()[1][claim.section])}</p>')
    evidence = "".join(f"<li>{_piece(piece)}</li>" for piece in claim.evidence)
    if evidence:
        parts.append(folded(f"Evidence ({len(claim.evidence)})", f"<ol>{evidence}</ol>"))
    return f'<article class="ks-claim">{"".join(parts)}</article>'


def _piece(piece: Evidence) -> str:
    """A piece of evidence: what it says, measured against expected, and why that is the tolerance."""
    out = [_LEADS.get(str(piece["role"]), "") + dollars(str(piece.get("label", "")))]
    if "measured" in piece:
        line = f"measured {escape(piece['measured'])}"
        line += f", expected {escape(piece['expected'])}" if "expected" in piece else ""
        line += f", tolerance {escape(piece['tolerance'])}" if "tolerance" in piece else ""
        out.append(line)
    out += [dollars(str(piece[name])) for name in ("detail", "why") if piece.get(name)]
    if piece.get("exact"):
        out.append("exact")
    if piece.get("passed") is False:
        out.append("<b>not passed</b>")
    return " – ".join(out)
