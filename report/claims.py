"""The pages of the book of claims as Markdown: the index, one page a section, and the errata of the sources.

A run that has just ended and the run that is kept in the repository have the same pages. What an entry lacks (the time
it took, the line of its check) is left out.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kernelspec.citations.bibliography import named_in
from report.evidence import against_the_print, evidence
from report.text import VERDICTS, badge, code, markdown, seconds, table

Claim: TypeAlias = Mapping[str, Any]  # as in report.json
Report: TypeAlias = Mapping[str, Any]

#: Verdicts on a print, and the titles of the errata.
ERRATA = {"refuted as printed": "False as printed", "incomplete as printed": "True with what the print leaves out"}
_HEAD = r"""
Every checkable statement of the seminar "Foundations of Deep Convolutional Models through Kernel Methods" (A. Bietti,
16 February 2021) and of the papers that it summarises, with exact constants; where the print is wrong or leaves a
condition out, what is right. Each has a number that does not change, its source, a verdict that is computed from the
evidence, and a check that computes it: `make reproduce` runs all of them, `python -m paper_checks --only C15` one.
C numbers follow the sources; L numbers are questions beyond them.
""".strip()
_NOTATION = r"""
**Notation.** Inputs lie on the sphere $S^{d-1}$ of $R^d$ (some sources write $p$ for $d$), $\tau$ is the uniform
probability on it, $u = \cos\theta = x\cdot y$. Near an end point $t$ is the distance to it: $\kappa(1-t)$,
$\kappa(-1+t)$. $P_k$ are the Legendre polynomials of dimension $d$ with $P_k(1) = 1$, $N(d,k)$ the number of spherical
harmonics of degree $k$, $\mu_k$ the eigenvalues of a kernel: $\kappa(x\cdot y) = \sum_k\mu_kN(d,k)P_k(x\cdot y)$.
$\kappa_s$ is the arc-cosine kernel of degree $s$ with $\kappa_s(1) = 1$; a network of depth $L$ has $L-1$
compositions, its tangent kernel the value $L$ at $u = 1$; $\nu$ is the first power that is no integer in an
expansion at an end point, $c_1$ and $c_{-1}$ are its coefficients at $u = 1$ and $u = -1$, and $C(d,\nu)$ is the
constant of C15.
""".strip()
_NAMED = re.compile(r"\b([Cc]laims? )((?:[CL]?\d+[a-z]?(?:, | and )?)+)")


@dataclass(frozen=True)
class Layout:
    """Where the pages lie.

    Parameters
    ----------
    folder : of the index and the sections, seen from the errata: "claims/", or empty where all lie together.
    repository : the root of the repository, seen from the errata.
    """

    folder: str = ""
    repository: str = ""

    def path(self, page: str) -> str:
        """The file of a page: "index", "errata", or the letter of a section."""
        return "errata.md" if page == "errata" else f"{self.folder}{page.lower()}.md"

    def link(self, page: str, target: str) -> str:
        """The address of a page, seen from another."""
        return posixpath.relpath(self.path(target), posixpath.dirname(self.path(page)) or ".")

    def file(self, page: str, path: str) -> str:
        """The address of a file of the repository, seen from a page."""
        up = "../" * self.path(page).count("/")
        return posixpath.normpath(posixpath.join(up, self.repository, path))


class Book:
    """The pages of a report (`pages`).

    Parameters
    ----------
    report : "sections", "claims" and "meanings" of report.json; of a kept run, what `book` keeps of them.
    layout : where the pages lie.
    """

    def __init__(self, report: Report, layout: Layout) -> None:
        self._report, self._layout = report, layout
        self._claims: Sequence[Claim] = report["claims"]
        self._places: dict[str, tuple[str, str]] = {}  # C37 is the first of C37a, C37b, ...
        for claim in self._claims:
            for name in (claim["number"], re.sub(r"[a-z]$", "", claim["number"])):
                self._places.setdefault(name, (claim["section"], claim["number"]))

    def pages(self, title: str, before: Sequence[str] = ()) -> dict[str, str]:
        """All pages by their names.

        Parameters
        ----------
        title, before : of the index: its title, and blocks that stand before the verdicts.
        """
        found = {"index": _joined([f"# {title}", *before, *self._index()])}
        for section in self._report["sections"]:
            found[section["letter"]] = _joined(self._section(section))
        return found | {"errata": _joined(self._errata())}

    def _index(self) -> Iterable[str]:
        yield _HEAD
        yield f"[Errors and omissions in print]({self._layout.link('index', 'errata')}) are listed by themselves."
        counts = [claim["verdict"] for claim in self._claims]
        meanings = [(v, self._report["meanings"][v]) for v in VERDICTS if v in counts]
        yield table(
            ["verdict", "claims", "meaning"],
            [[badge(v), str(counts.count(v)), markdown(meaning)] for v, meaning in meanings],
            right=[1],
        )
        sections = self._report["sections"]
        yield "\n".join(
            f"- [{s['letter']}. {markdown(s['title'])}]({self._layout.link('index', s['letter'])}), "
            f"{sum(c['section'] == s['letter'] for c in self._claims)}"
            for s in sections
        )
        yield "## All claims"
        yield '<div class="claim-tools"></div>'
        yield table(["", "claim", "verdict", "source"], [self._line(claim) for claim in self._claims])
        yield _NOTATION

    def _line(self, claim: Claim) -> list[str]:
        plain = f"<br><small>{markdown(claim['plain'])}</small>" if claim.get("plain") else ""
        return [
            self._link("index", claim["number"]),
            markdown(claim["title"]) + plain,
            badge(claim["verdict"]),
            f"<small>{self._text('index', claim['where'])}{_recalled(claim)}</small>",
        ]

    def _section(self, section: Mapping[str, str]) -> Iterable[str]:
        letter = section["letter"]
        claims = [claim for claim in self._claims if claim["section"] == letter]
        yield f"# {letter}. {markdown(section['title'])}"
        yield f"[All claims]({self._layout.link(letter, 'index')}), with the notation."
        named: set[str] = set()
        for claim in claims:
            yield from self._entry(letter, claim, named)

    def _entry(self, page: str, claim: Claim, named: set[str]) -> Iterable[str]:
        number = claim["number"]
        # The first of C37a, C37b, ... has the anchor of C37, too.
        new = [n for n in dict.fromkeys((re.sub(r"[a-z]$", "", number), number)) if n not in named]
        named.update(new)
        yield "".join(f'<a id="{n}"></a>' for n in new)
        yield f"## {number}. {markdown(claim['title'])}"
        plain = f" {markdown(claim['plain'])}" if claim.get("plain") else ""
        yield badge(claim["verdict"]) + plain
        if not claim.get("as_recorded", True):
            yield f"**On record is: {claim['recorded'] or 'nothing'}.**"
        yield self._text(page, claim["statement"])
        lines = []
        if claim["printed"]:
            lines += [
                f"printed: {self._text(page, claim['printed'])}",
                f"right: {self._text(page, claim['corrected'])}",
            ]
        lines.append(f"source: {self._source(page, claim)}")
        lines.append(f"check: {self._check(page, claim)}")
        yield "\n".join(f"- {line}" for line in lines)
        if claim.get("error"):
            fence = "`" * (3 + claim["error"].count("`"))
            yield f"{fence}text\n{claim['error'].rstrip()}\n{fence}"
        yield evidence(claim["evidence"], unfolded=not claim.get("as_recorded", True))

    def _check(self, page: str, claim: Claim) -> str:
        command = code(f"python -m paper_checks --only {claim['number']}")
        words = [command + (f", {seconds(claim['seconds'])}" if claim.get("seconds") is not None else "")]
        if claim.get("file"):
            link = f"[{code(claim['function'])}]({self._layout.file(page, claim['file'])}"
            line = claim.get("line")
            place = f"{link}#L{line}), {claim['file']}, line {line}" if line else f"{link})"
            words.append(place)
        if claim["printed"] and claim["verdict"] in ERRATA and not claim.get("missing", "unknown"):
            words.append("it proves the corrected statement")
        return "; ".join(words)

    def _errata(self) -> Iterable[str]:
        yield "# Errata of the sources"
        yield (
            "Statements of the slides and the papers that are false as printed, or true only under a condition or a "
            f"convention that the print leaves out. [All claims]({self._layout.link('errata', 'index')})."
        )
        for verdict, title in ERRATA.items():
            claims = [claim for claim in self._claims if claim["printed"] and claim["recorded"] == verdict]
            if claims:
                yield f"## {title}"
            for claim in claims:
                yield f"### {self._link('errata', claim['number'])}. {markdown(claim['title'])}"
                lines = [f"printed: {self._text('errata', claim['printed'])}"]
                lines.append(f"right: {self._text('errata', claim['corrected'])}")
                lines.append(f"source: {self._source('errata', claim)}")
                shown = against_the_print(claim["evidence"])
                lines += [f"evidence: {shown}"] * bool(shown)
                lines += [f"this run: {badge(claim['verdict'])}"] * (claim["verdict"] != verdict)
                yield "\n".join(f"- {line}" for line in lines)

    def _source(self, page: str, claim: Claim) -> str:
        """Where a statement stands, with links to the papers, and the mark of a text that was not at hand."""
        where = self._text(page, claim["where"])
        more = []
        for paper in named_in(claim["where"]):
            if paper.link:
                name = markdown(paper.name)
                linked = f"[{name}]({paper.link})"
                if where.count(name) and f"[{name}](" not in where:
                    where = where.replace(name, linked, 1)
                else:
                    more.append(f"[{markdown(paper.title)}]({paper.link})")
        return "; ".join([where + _recalled(claim), *more])

    def _text(self, page: str, text: str) -> str:
        """A text with the claims that it names as links: "claim 15", "claims 43 and 48", "C15"."""

        def linked(match: re.Match[str]) -> str:
            return match[1] + re.sub(r"[CL]?\d+[a-z]?", lambda m: self._link(page, m[0]), match[2])

        return _NAMED.sub(linked, markdown(text))

    def _link(self, page: str, name: str) -> str:
        number = name if name[0] in "CL" else f"C{name}"
        if number not in self._places:
            return name
        section, heading = self._places[number]
        address = "" if section == page else self._layout.link(page, section)
        return f"[{name}]({address}#{heading})"


def _recalled(claim: Claim) -> str:
    """The mark of sources whose text was not at hand."""
    return f" (recalled: {markdown(claim['recalled'])})" if claim.get("recalled") else ""


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"
