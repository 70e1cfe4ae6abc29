"""`kernelspec check`: a kernel, or a claim of the papers."""

from __future__ import annotations

import re
from typing import Any

from .errors import DONE, ERROR, UsageError
from .parser import Parser, add_dimension, add_formats

CLAIMS = re.compile(r"[CcLl]\d+[a-z]?(?:-[CcLl]?\d+)?(?:,[CcLl]?\d+[a-z]?(?:-[CcLl]?\d+)?)*")
_STATUS = """
    0: everything is ok (a claim: its verdict is the one on record). 1: something failed. 2: nothing failed, but
    something is not known. 3: bad input, or an error, which one line on stderr explains. 130: interrupted.
"""


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "check",
        """
        Checks a kernel on the sphere S^(D-1), a line for each check: its text reads back; |kappa| <= kappa(1) is
        proved; it is positive semi-definite, proved; eigenvalues in floats lie in their certified balls; the
        eigenvalues add up to kappa(1); the expansions at u = 1 and -1 agree with values. What is not known is said
        so, with the reason.

        With the number of a claim (C25, C20-C22, L6), checks that claim of the papers anew and shows the verdict: this
        needs a clone of the repository, of which `paper_checks` is a part.
        """,
        ["kernelspec check 'ntk(3)'", "kernelspec check 'ntk(2) - linear()' --dim 4"],
        _STATUS,
    )
    made.add_argument("what", metavar="EXPR|CLAIM", help="a kernel, as ks.parse reads it, or the number of a claim")
    add_dimension(made, default=3)
    add_formats(made, save=False)
    return made.finished()


def run(options: Any) -> int:
    """Print a line for each check."""
    if CLAIMS.fullmatch(options.what.strip()):
        return _claims(options)
    import kernelspec as ks

    from ..results.tables import Table
    from ..testing.kernel_checks import lines_of
    from ..testing.laws import FAILED, NOT_KNOWN
    from .output import Answer, give

    kernel = ks.parse(options.what)
    lines = lines_of(kernel, options.dim)
    results = [line.result for line in lines]
    status = 1 if FAILED in results else 2 if NOT_KNOWN in results else DONE
    rows = [{"result": x.result, "check": x.law, "why": x.why} for x in lines]
    answer = Answer(
        Table(rows),
        text="\n".join([f"{kernel!r} on S^{options.dim - 1}", *map(_text, lines)]),
        facts={"kernel": repr(kernel), "d": options.dim},
        status=status,
    )
    return give(options, answer, "check")


def _text(line: Any) -> str:
    """A line, or a few where the terminal is narrow."""
    from .parser import filled, page_width

    return filled(line.why, page_width(), " " * 24, f"{line.result:<11}{line.law:<13}")


def _claims(options: Any) -> int:
    """Run the checks of the papers; bad input has the status of bad input here, not the 2 that it has there."""
    from importlib.util import find_spec

    if find_spec("paper_checks") is None:
        raise UsageError(
            f"{options.what}: the claims of the papers are checked in a clone of the repository, by `paper_checks`, "
            "which is not installed"
        )
    if options.json or options.csv or options.latex:
        raise UsageError("--json, --csv and --latex are for kernels; the report of claims is JSON and HTML")
    from pathlib import Path

    import paper_checks
    from paper_checks.__main__ import main

    root = Path(paper_checks.__file__ or "").resolve().parent.parent
    status = main(["--only", options.what.strip(), "--out", str(root / "build" / "report")])
    return ERROR if status == 2 else status
