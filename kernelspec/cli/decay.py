"""`kernelspec decay`: the law of the eigenvalues' decay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parser import Parser, add_dimension, add_formats, add_kernel

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "decay",
        """
        How mu_k decays on S^(D-1), over the even and over the odd degrees k: mu_k ~ constant * k^(-exponent), exponent
        = D + 2 nu - 1, where t^nu is the least non-integer power in the kernel's expansions at u = 1 and -1. The
        constants are exact. A parity may vanish beyond a degree, or decay faster than any power.
        """,
        [
            "kernelspec decay 'ntk(4, bias=True)' --dim 10",
            "kernelspec decay 'ntk(2)' --dim 3 --latex",
            "kernelspec decay 'exponential(0.6)' --dim 3",
            "kernelspec decay 'ntk(3)' --dim 10 --plot",
        ],
    )
    add_kernel(made)
    add_dimension(made)
    add_formats(made, "plot the eigenvalues and their law")
    return made.finished()


def run(options: Namespace) -> int:
    """Print the law of each parity."""
    from .output import Answer, check_files, give

    check_files(options)
    import kernelspec as ks

    found = ks.parse(options.kernel).decay(options.dim)
    answer = Answer(
        found.table(), facts={"kernel": repr(found.kernel), "d": found.d}, draw=lambda: found.plot(), result=found
    )
    return give(options, answer, "decay")
