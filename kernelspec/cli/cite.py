"""`kernelspec cite`: BibTeX of the library and of what kernels and saved results rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parser import Parser, add_formats, whole

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "cite",
        """
        The BibTeX of this software, and of the papers that kernels and saved results rest on: those that their
        documentation names as its sources. With --dim also what the eigenvalues on S^(D-1) and the law of their decay
        rest on.
        """,
        ["kernelspec cite", "kernelspec cite 'ntk(3)' 'laplace()' --dim 5", "kernelspec cite 'matern(5/2)' --csv"],
    )
    made.add_argument(
        "kernels", metavar="EXPR", nargs="*", help="kernels, as ks.parse reads them; without any the software alone"
    )
    made.add_argument(
        "-d", "--dim", metavar="D", type=whole(2), help="dimension of the space around the sphere S^(D-1), at least 2"
    )
    made.add_argument("--result", metavar="FILE", help="also what a result rests on that --save has written")
    add_formats(made, save=False)
    return made.finished()


def run(options: Namespace) -> int:
    """Print the entries."""
    from .errors import UsageError
    from .output import Answer, give

    if options.dim is not None and not options.kernels:
        raise UsageError("--dim needs a kernel whose eigenvalues are meant; got none")
    import kernelspec as ks

    kernels = [ks.parse(text) for text in options.kernels]
    things: list[object] = [*kernels, *([] if options.result is None else [ks.load(options.result)])]
    if options.dim is not None:
        for kernel in kernels:
            spectrum = kernel.spectrum(options.dim)
            spectrum.values([0, 1])  # by the routes of both parities
            things += [spectrum, kernel.decay(options.dim)]
    found = ks.cite(*things)
    return give(options, Answer(found.table(), text=repr(found), facts={"bibtex": repr(found)}), "cite")
