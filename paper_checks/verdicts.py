"""The verdict that evidence carries; the table at the top of `registry` says what each one means."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from paper_checks.evidence import SUPPORTING, Evidence

Recorded: TypeAlias = Literal["proved", "holds", "refuted as printed", "incomplete as printed", "open"]
Verdict: TypeAlias = Literal[
    "proved", "holds", "refuted as printed", "incomplete as printed", "open", "not run", "failed", "crashed"
]
#: What each verdict says to a reader.
MEANINGS: dict[Verdict, str] = {
    "proved": "the entry carries a proof to its end: steps, each with its argument or its evidence "
    "(symbolic, rational, or in ball arithmetic), and why they imply all that the statement names",
    "holds": "every piece of evidence agrees, measurements within their tolerance; it is no proof",
    "refuted as printed": "a print at hand is false: it disagrees with the evidence, the corrected statement agrees",
    "incomplete as printed": "the print is true under a condition or a convention that it leaves "
    "out, and fails without it",
    "open": "cannot be decided here; the entry says why",
    "not run": "what the check needs (a data set) is absent",
    "failed": "a measurement is outside its tolerance",
    "crashed": "the check did not come to its end",
}


def computed_verdict(evidence: Iterable[Evidence]) -> Verdict:
    """The verdict that the evidence carries."""
    pieces = list(evidence)
    roles = {e.role for e in pieces}
    supporting = [e for e in pieces if e.role in SUPPORTING]
    on_print = [e for e in pieces if e.role == "print"]
    if not all(e.passed for e in (*supporting, *on_print)):
        return "failed"
    if "not run" in roles:
        return "not run"
    if "undecided" in roles:
        return "open"
    if not supporting or ("given" in roles and not on_print):
        return "failed"
    if on_print:
        return "incomplete as printed" if "given" in roles else "refuted as printed"
    return "holds" if missing_in_proof(pieces) else "proved"


def missing_in_proof(evidence: Sequence[Evidence]) -> str:
    """What the evidence lacks of a proof that is carried to its end; empty where it lacks nothing.

    A proof names its steps. Each has an argument, or evidence, all of it exact; the evidence of a
    step that has an argument is exact, too. A conclusion says why the steps imply the statement;
    what comes after it is no part of the proof. Nothing supports the claim before the first step.
    """
    ends = [i for i, e in enumerate(evidence) if e.role == "conclusion"]
    starts = [i for i, e in enumerate(evidence) if e.role == "step"]
    if not starts:
        return "it names no steps"
    if len(ends) != 1:
        return "it has no conclusion" if not ends else "it has several conclusions"
    (end,) = ends
    if starts[-1] > end:
        return f"the step {evidence[starts[-1]].label!r} comes after the conclusion"
    loose = [e.label for e in evidence[: starts[0]] if e.role in SUPPORTING]
    if loose:
        return f"{loose[0]!r} belongs to no step"
    for start, after in zip(starts, [*starts[1:], end], strict=True):
        pieces = [e for e in evidence[start:after] if e.role in SUPPORTING]
        inexact = [e.label for e in pieces if not e.exact]
        if inexact:
            return f"{inexact[0]!r} is not exact"
        if not (pieces or evidence[start].detail.strip()):
            return f"the step {evidence[start].label!r} has no argument and no evidence"
    return ""
