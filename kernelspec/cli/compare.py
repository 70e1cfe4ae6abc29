"""`kernelspec compare`: the same RKHS, or not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .parser import Parser, add_dimension, add_formats, add_kernel

if TYPE_CHECKING:
    from argparse import Namespace


SAME, DIFFERENT, UNDECIDED = 0, 1, 2
_STATUS = """
    0: the same RKHS. 1: different ones. 2: not decided. 3: bad input, or an error, which one line on stderr
    explains. 130: interrupted.
"""


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "compare",
        """
        Whether two kernels have the same RKHS on S^(D-1), with proved constants: lower <= mu_k(EXPR1)/mu_k(EXPR2) <=
        upper at every degree k (but those at which both vanish), which are the constants of the equivalence of the
        norms. Eigenvalues up to some degree are enclosed, and the ratio beyond is bounded by the remainder of the
        expansion; where no remainder is bounded, the exact laws of both kernels decide, and lower and upper are 0 and
        inf. --proof prints these steps.
        """,
        [
            "kernelspec compare 'ntk(3)' 'laplace()' --dim 5",
            "kernelspec compare 'ntk(3)' 'ntk(10)' --dim 4 --proof",
            "kernelspec compare 'ntk(2)' 'ntk(3)' --dim 4 --quiet || echo not the same",
        ],
        _STATUS,
    )
    add_kernel(made, "first", "EXPR1")
    add_kernel(made, "second", "EXPR2")
    add_dimension(made)
    made.add_argument("--proof", action="store_true", help="print the steps of the proof as well")
    made.add_argument("-q", "--quiet", action="store_true", help="print nothing: the exit status is the answer")
    add_formats(made, "plot the ratio of the eigenvalues in the band that is proved")
    return made.finished()


def run(options: Namespace) -> int:
    """Print the verdict."""
    from .gram import Progress
    from .output import Answer, check_files, give

    check_files(options)
    import kernelspec as ks

    progress = Progress() if sys.stderr.isatty() else None
    verdict = ks.same_rkhs(ks.parse(options.first), ks.parse(options.second), options.dim, progress=progress)
    status = {True: SAME, False: DIFFERENT, None: UNDECIDED}[verdict.same]
    text = repr(verdict)
    if options.proof and verdict.proof is not None:
        text += f"\n\n{verdict.proof}"
    facts = {
        "kernels": [repr(verdict.kernel), repr(verdict.other)],
        "d": verdict.d,
        "same": verdict.same,
        "lower": verdict.lower,
        "upper": verdict.upper,
        "excluded": verdict.parity,
        "why": verdict.why,
    }
    if options.proof and verdict.proof is not None:
        facts["proof"] = verdict.proof.data()
    answer = Answer(verdict.table(), text=text, facts=facts, draw=lambda: verdict.plot(), result=verdict, status=status)
    return give(options, answer, "compare")
