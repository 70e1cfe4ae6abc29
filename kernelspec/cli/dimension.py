"""`kernelspec dimension`: the effective dimension of a kernel."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .parser import Parser, add_dimension, add_formats, add_kernel

if TYPE_CHECKING:
    from argparse import Namespace

_MOST = 10_000


def regularisations(text: str) -> list[float]:
    """Positive numbers with commas between them."""
    found = []
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            value = 0.0
        if not 1e-300 <= value <= 1e300:
            raise argparse.ArgumentTypeError(f"write numbers from 1e-300 to 1e300 like 0.1,1e-3; got {text!r}")
        found.append(value)
    if len(found) > _MOST:
        raise argparse.ArgumentTypeError(f"at most {_MOST} numbers at a time; got {len(found)}")
    return found


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "dimension",
        """
        The effective dimension sum_i mu_i/(mu_i + lambda) of a kernel over all eigenvalues, each as often as it stands
        there, for uniform data on the sphere S^(D-1) or on the cube {-1, 1}^D: how many directions ridge regression
        with this lambda fits. On every other data set on the sphere it is at most that.

        With --certified the values are balls, proved.
        """,
        [
            "kernelspec dimension 'ntk(3)' --dim 4 --lam 0.1,0.01,1e-3",
            "kernelspec dimension 'ntk(3)' --dim 10 --lam 1e-4 --domain cube",
            "kernelspec dimension 'laplace()' --dim 3 --lam 1e-5 --certified",
            "kernelspec dimension 'ntk(3)' --dim 4 --plot",
        ],
    )
    add_kernel(made)
    add_dimension(made)
    made.add_argument(
        "--lam",
        metavar="LAMBDA",
        type=regularisations,
        default=[10.0**-j for j in range(7)],
        help="values of lambda > 0, with commas between them (default 1,0.1,...,1e-6)",
    )
    made.add_argument(
        "--domain", choices=("sphere", "cube"), default="sphere", help="where the data are (default sphere)"
    )
    made.add_argument("--certified", action="store_true", help="enclosures, proved in ball arithmetic")
    add_formats(made, "plot the effective dimension against lambda", save=False)
    return made.finished()


def run(options: Namespace) -> int:
    """Print the effective dimensions."""
    from .output import Answer, check_files, give

    check_files(options)
    import kernelspec as ks

    space = ks.parse(options.kernel).rkhs(options.dim, domain=options.domain)
    table = space.table(options.lam, certified=options.certified)
    facts: dict[str, object] = {"kernel": repr(space.kernel), "d": space.d, "domain": options.domain}
    answer = Answer(table, facts=facts, draw=lambda: space.plot(lam=options.lam), result=table)
    return give(options, answer, "dimension")
