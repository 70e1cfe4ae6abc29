"""`kernelspec plan`: what a kernel ridge regression costs on this machine, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parser import Parser, add_dimension, add_formats, add_kernel, whole

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    from .dimension import regularisations

    made = Parser(
        "plan",
        """
        What kernel ridge regression with N samples in R^D takes on this machine: the Gram matrix, timed on a few of its
        entries, and each method of solving it for all values of lambda, with its time and memory, the advised one
        first. The spectrum of the kernel bounds the condition number, and says how many components a Nystrom
        approximation needs and which lambda rounding allows, whatever the data on the sphere are.
        """,
        [
            "kernelspec plan 'ntk(3)' --dim 10 --samples 10000",
            "kernelspec plan 'laplace()' --dim 784 --samples 50000 --lam 1,0.1,0.01 --outputs 10 --dtype float32",
        ],
    )
    add_kernel(made)
    add_dimension(made)
    made.add_argument(
        "-n", "--samples", metavar="N", type=whole(1, 10**7), required=True, help="training points, from 1 to 10^7"
    )
    made.add_argument(
        "--lam",
        metavar="LAMBDA",
        type=regularisations,
        default=[1e-3],
        help="values of lambda in K + n lambda I, with commas between them (default 1e-3)",
    )
    made.add_argument(
        "--outputs", metavar="T", type=whole(1, 10**6), default=1, help="columns of the targets (default 1)"
    )
    made.add_argument(
        "--dtype", choices=("float64", "float32"), default="float64", help="of the matrix (default float64)"
    )
    made.add_argument(
        "--workers", metavar="W", type=whole(1, 10**6), default=1, help="workers that share the matrix (default 1)"
    )
    add_formats(made, "plot seconds over memory of each method", save=False)
    return made.finished()


def run(options: Namespace) -> int:
    """Print the plan."""
    from .output import Answer, check_files, give, wrapped

    check_files(options)
    import kernelspec as ks
    from kernelspec import regression

    kernel = ks.parse(options.kernel)
    gram = ks.learning.plan_gram(kernel, (options.samples, options.dim), dtype=options.dtype, workers=options.workers)
    plan = regression.plan(
        options.samples, kernel, d=options.dim, lambdas=options.lam, outputs=options.outputs, dtype=options.dtype
    )
    table = plan.table()
    text = "\n\n".join([repr(gram), repr(table), *([wrapped("\n".join(plan.advice))] if plan.advice else [])])
    facts: dict[str, object] = {
        "kernel": repr(kernel),
        "d": options.dim,
        "n": options.samples,
        "dtype": options.dtype,
        "lam": list(plan.lambdas),
        "pairs": gram.pairs,
        "gram seconds": gram.seconds,
        "gram bytes on disk": gram.disk,
        "advice": list(plan.advice),
    }
    return give(options, Answer(table, text=text, facts=facts, draw=plan.plot, result=table), "plan")
