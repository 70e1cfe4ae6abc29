"""`kernelspec spectrum`: eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .degrees import degrees
from .errors import UsageError
from .parser import Parser, add_digits, add_dimension, add_formats, add_kernel

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "spectrum",
        """
        The eigenvalues mu_k of f -> E_y[kappa(x.y) f(y)] on the sphere S^(D-1), y uniform, for the degrees k that are
        asked for: the multiplicity N(D, k) of each, its value, an estimate of its relative error that is meant never
        to fall short of the true one, the logarithm to base 10 (also where the value is beyond the range of floats),
        and the method. A value that no method knows to six digits is nan, and a line on stderr says so. The estimate
        takes a second quadrature, some milliseconds for a degree.

        With --digits the values are certified: enclosures [value +/- radius], proved in ball arithmetic.
        """,
        [
            "kernelspec spectrum 'ntk(3)' --dim 10 --degrees 0:6",
            "kernelspec spectrum 'ntk(3)' --dim 10 --degrees 1,10,100,1e9 --csv",
            "kernelspec spectrum 'laplace(c=2)' --dim 5 --degrees 20 --digits 40",
            "kernelspec spectrum 'ntk(3)' --dim 10 --degrees 0:200 --plot",
            "kernelspec spectrum 'ntk(3)' --dim 10 --degrees 0:200 --plot decay.pdf",
        ],
    )
    add_kernel(made)
    add_dimension(made)
    made.add_argument(
        "-k",
        "--degrees",
        metavar="K",
        type=degrees,
        default=list(range(11)),
        help="degrees: 7, 0:50 (50 left out, as in Python), 0:50:2, 1,5,10, 1e9, or several of these with commas "
        "(default 0:11)",
    )
    add_digits(made, "certify N digits, from 1 to 10000")
    add_formats(made, "plot the eigenvalues on logarithmic axes")
    return made.finished()


def run(options: Namespace) -> int:
    """Print the eigenvalues."""
    from .output import Answer, check_files, give

    check_files(options)
    if options.plot is not None and not any(options.degrees):
        raise UsageError("--plot must have degrees from 1 on, the axis being logarithmic; got 0 alone")
    import numpy as np

    import kernelspec as ks

    spectrum = ks.parse(options.kernel).spectrum(options.dim)
    wanted = np.array(options.degrees, dtype=np.int64)
    table = spectrum.table(wanted, digits=options.digits)
    answer = Answer(
        table,
        facts={"kernel": repr(spectrum.kernel), "d": spectrum.d, "digits": options.digits},
        draw=lambda: spectrum.plot(degrees=wanted),
        result=table,
    )
    return give(options, answer, "spectrum")
