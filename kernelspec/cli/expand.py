"""`kernelspec expand`: expansions at the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parser import Parser, add_digits, add_formats, add_kernel, whole

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "expand",
        """
        The expansion of kappa(1 - t) (--at 1) or kappa(-1 + t) (--at -1) in powers of t, with exact coefficients.
        kappa_n(x) in a coefficient is the arc-cosine kernel of degree n at x.
        """,
        [
            "kernelspec expand 'ntk(3)'",
            "kernelspec expand 'ntk(3)' --terms 4 --sigma",
            "kernelspec expand 'ntk(4)' --at -1 --terms 2 --latex",
            "kernelspec expand 'laplace()' --digits 30",
        ],
    )
    add_kernel(made)
    made.add_argument("--at", metavar="U", default="1", choices=("1", "-1"), help="the end, 1 or -1 (default 1)")
    made.add_argument(
        "--terms",
        metavar="N",
        type=whole(1, 1000),
        default=3,
        help="how many terms (default 3); a polynomial may have fewer",
    )
    made.add_argument(
        "--sigma",
        action="store_true",
        help="in powers of sigma = sqrt(t/2): sin(theta/2) at u = 1, cos(theta/2) at u = -1",
    )
    add_digits(made, "certify N digits of the coefficients")
    add_formats(made, "plot the kernel and its expansion near the end")
    return made.finished()


def run(options: Namespace) -> int:
    """Print the expansion, and a row for each term."""
    from .output import Answer, check_files, give

    check_files(options)
    import kernelspec as ks

    kernel = ks.parse(options.kernel)
    at = int(options.at)
    found = kernel.expand(at=at, terms=options.terms)
    shown = found.in_sigma() if options.sigma else found
    argument = "1 - t" if at == 1 else "-1 + t"
    table = shown.table() if options.digits is None else shown.table(options.digits)
    text = f"kappa({argument}) = {shown!r}"
    if options.sigma:
        text += ", sigma = sqrt(t/2)"
    answer = Answer(
        table,
        head=text,
        latex=rf"\kappa({argument}) = {shown.latex()}",
        facts={"kernel": repr(kernel), "at": at, "variable": shown.variable, "order": shown.order},
        draw=lambda: found.plot(),
        result=shown,
    )
    return give(options, answer, "expand")
