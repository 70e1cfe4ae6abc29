"""`kernelspec curve`: the learning curve of a kernel that its spectrum predicts, and one that is measured."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .parser import Parser, add_dimension, add_formats, add_kernel, whole

if TYPE_CHECKING:
    from argparse import Namespace

    from matplotlib.axes import Axes

_SIZES = (10, 20, 50, 100, 200, 500, 1000)
_MOST = 1000
_LARGEST = 10**9  # samples


def _samples(text: str) -> list[int]:
    """Whole numbers with commas between them."""
    read = whole(1, _LARGEST)
    found = [read(part) for part in text.split(",")]
    if len(found) > _MOST:
        raise argparse.ArgumentTypeError(f"at most {_MOST} numbers at a time; got {len(found)}")
    return found


def _number(text: str) -> float:
    """A number >= 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number >= 0, got {text!r}")
    return value


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "curve",
        """
        The test error of kernel ridge regression of a function on the sphere S^(D-1), for each number of samples, as
        the eigenlearning equations predict it from the spectrum of the kernel; they are a theory, and no theorem.
        FUNCTION is written as for `kernelspec norm`: step(0.7), relu(2), x1*x2, sums of multiples of these.

        With --measure, regressions on so many draws of points are made as well, and their mean error is shown with its
        standard error.
        """,
        [
            "kernelspec curve 'ntk(3)' 'step(0.7)' --dim 4",
            "kernelspec curve 'laplace()' 'x1*x2' --dim 4 --samples 10,30,100 --lam 1e-4 --measure 5",
            "kernelspec curve 'ntk(2)' 'relu(1)' --dim 10 --lam 1e-6 --noise 0.1 --plot",
        ],
    )
    add_kernel(made)
    made.add_argument("function", metavar="FUNCTION", help="a function on the sphere: see above")
    add_dimension(made)
    made.add_argument(
        "--samples",
        metavar="N",
        type=_samples,
        default=list(_SIZES),
        help="numbers of samples, with commas between them (default 10,20,50,...,1000)",
    )
    made.add_argument(
        "--lam",
        metavar="LAMBDA",
        type=_number,
        default=0.0,
        help="lambda >= 0 in K + n lambda I (default 0: the interpolant of least norm)",
    )
    made.add_argument(
        "--noise",
        metavar="SIGMA",
        type=_number,
        default=0.0,
        help="standard deviation of the targets' noise (default 0)",
    )
    made.add_argument(
        "--measure", metavar="DRAWS", type=whole(2, 1000), help="measure the errors, too, in so many draws; needs --lam"
    )
    made.add_argument("--seed", metavar="N", type=whole(0), default=0, help="seed of the draws (default 0)")
    add_formats(made, "plot the test error against the number of samples", save=False)
    return made.finished()


def run(options: Namespace) -> int:
    """Print the curve."""
    from .errors import UsageError
    from .output import Answer, check_files, give

    check_files(options)
    if options.measure and not options.lam:
        raise UsageError("--measure needs a --lam > 0, as rounding decides about an interpolant")
    import kernelspec as ks

    kernel = ks.parse(options.kernel)
    f = ks.rkhs.parse(options.function, options.dim)
    curve = ks.learning.curve(kernel, f, options.dim, options.samples, options.lam, options.noise)
    rows, columns = [dict(row) for row in curve.table()], list(curve.table().columns)
    seen: Any = None
    if options.measure:
        seen = ks.learning.measured(
            kernel, f, options.dim, options.samples, options.lam, options.noise, draws=options.measure, rng=options.seed
        )
        for row, error, spread in zip(rows, seen.error, seen.standard_error, strict=True):
            row |= {"measured": float(error), "standard error": float(spread)}
        columns[2:2] = ["measured", "standard error"]
    table = ks.Table(rows, columns, f"Test error of {kernel!r} for {f!r} on S^{options.dim - 1}")

    law = "" if curve.law is None else f"\n\n{curve.law!r}"

    def draw() -> Axes:
        ax: Axes = curve.plot(label="predicted")
        return ax if seen is None else seen.plot(ax, label="measured")

    facts: dict[str, object] = {
        "law": law.strip(),
        "kernel": repr(kernel),
        "function": repr(f),
        "d": options.dim,
        "lam": options.lam,
        "noise": options.noise,
    }
    text = f"{table.caption}\n{table!r}{law}"
    return give(options, Answer(table, text=text, facts=facts, draw=draw, result=table), "curve")
