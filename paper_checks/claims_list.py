"""The list of claims that stands in the documentation: ``docs/claims.md``, written from the registry."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from kernelspec.files.atomic import write_atomically
from paper_checks.registry import Claim, Section, sort_key
from paper_checks.unchecked import CONVOLUTIONAL, EXPERIMENTS, SPACES, UNCHECKED, Unchecked
from paper_checks.verdicts import MEANINGS

_HEAD = r"""# The claims

Every checkable statement of the seminar "Foundations of Deep Convolutional Models through Kernel Methods" (A. Bietti,
16 February 2021) and of the papers that it summarises, with exact constants; where the print is wrong or leaves a
condition out, what is right. Each has a number that does not change (docstrings and checks refer to it), its source,
its verdict, and the check that computes the verdict: `make reproduce`, or `python -m paper_checks --only C15` for one.
C numbers follow the sources; L numbers are questions beyond them.

This page is written by `python -m paper_checks --claims docs/claims.md` from the checks themselves.

**Notation.** Inputs lie on the sphere $S^{d-1}$ of $R^d$ (some sources write $p$ for $d$), $\tau$ is the uniform
probability on it, $u = \cos\theta = x\cdot y$. Near an end point $t$ is the distance to it: $\kappa(1-t)$,
$\kappa(-1+t)$. $P_k$ are the Legendre polynomials of dimension $d$ with $P_k(1) = 1$, $N(d,k)$ the number of spherical
harmonics of degree $k$, $\mu_k$ the eigenvalues of a kernel: $\kappa(x\cdot y) = \sum_k\mu_kN(d,k)P_k(x\cdot y)$.
$\kappa_s$ is the arc-cosine kernel of degree $s$ with $\kappa_s(1) = 1$; a network of depth $L$ has $L-1$
compositions, its tangent kernel the value $L$ at $u = 1$; $\nu$ is the first power that is no integer in an
expansion at an end point, $c_1$ and $c_{-1}$ are its coefficients at $u = 1$ and $u = -1$, and $C(d,\nu)$ is the
constant of C15.
"""


def claims_list(sections: Iterable[Section]) -> str:
    """The list in Markdown: a chapter for each letter, an anchor (`c15`) for each claim.

    Parameters
    ----------
    sections : as `registry.discover` gives them; a chapter has the title of its first section.
    """
    chapters: dict[str, tuple[str, list[Claim]]] = {}
    for section in sections:
        chapters.setdefault(section.letter, (section.title, []))[1].extend(section.claims)
    claims = [claim for _, found in chapters.values() for claim in found]
    for letter, title in (SPACES, CONVOLUTIONAL, EXPERIMENTS):
        chapters.setdefault(letter, (title, []))
    parts = [_HEAD, _verdicts(claims)]
    named: set[str] = set()
    for letter, (title, found) in sorted(chapters.items()):
        parts.append(f"## {letter}. {title}\n")
        entries: list[Claim | Unchecked] = [*found, *(c for c in UNCHECKED if c.section == letter)]
        for claim in sorted(entries, key=lambda c: sort_key(c.number)):
            parts.append(_anchors(claim.number, named) + _entry(claim))
    return "\n".join(parts)


def _anchors(number: str, named: set[str]) -> str:
    """The anchor of a claim; the first of C37a, C37b, ... has that of C37, too. `named` are those that are taken."""
    new = [n for n in (re.sub(r"[a-z]$", "", number), number) if n not in named]
    named.update(new)
    return "".join(f'<a id="{n.lower()}"></a>' for n in new) + "\n"


def write_claims_list(sections: Sequence[Section], path: Path) -> int:
    """Write the list, whole or not at all; how many claims there are. OSError where it cannot be written."""
    write_atomically(path, claims_list(sections))
    return sum(len(section.claims) for section in sections)


def _verdicts(claims: Sequence[Claim]) -> str:
    counts = Counter(claim.verdict for claim in claims)
    rows = [f"| {verdict} | {counts[verdict]} | {MEANINGS[verdict]} |" for verdict in counts]
    return "\n".join(["| verdict | claims | meaning |", "|---|---|---|", *sorted(rows), ""])


def _entry(claim: Claim | Unchecked) -> str:
    head = [f"### {claim.number}. {claim.title}\n"]
    says = _linked(claim.statement) + "\n"
    if isinstance(claim, Unchecked):
        lines = [*head, "*no check yet*\n", says, f"- Source: {_sentence(claim.where)}\n"]
        return "\n".join(lines)
    file = claim.module.replace(".", "/") + ".py"
    lines = [*head, f"*{claim.verdict}* · [`{claim.function.__name__}`](../{file})\n", says]
    if claim.printed:
        lines.append(f"- Printed: {_sentence(claim.printed)}")
        lines.append(f"- Right: {_sentence(claim.corrected)}")
    recalled = f" (recalled: {claim.recalled})" if claim.recalled else ""
    lines.append(f"- Source: {_sentence(claim.where + recalled)}\n")
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return _linked(text).rstrip(".") + "."


def _linked(text: str) -> str:
    """The text, with the claims that it names as links."""
    return re.sub(r"\bclaim (\d+[a-z]?)\b", lambda m: f"[claim {m[1]}](#c{m[1]})", text, flags=re.IGNORECASE)
