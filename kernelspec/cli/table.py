"""`kernelspec table`: the tables of the seminar, run anew beside what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ERROR, UsageError
from .parser import Parser, whole

if TYPE_CHECKING:
    from argparse import Namespace

_TABLES = ("mnist", "fashion", "cifar10")


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "table",
        """
        Runs rows of the tables of MNIST, Fashion-MNIST and Cifar10 and shows the accuracies beside the printed ones;
        `list` names the rows and what is printed, `show` shows the results in files. With --out the results are kept in
        a file, and the same command goes on with what is missing. --estimate times a little of each row and runs none.

        This needs a clone of the repository, of which `experiments` is a part; `python -m experiments table` has more
        options.
        """,
        [
            "kernelspec table list mnist",
            "kernelspec table mnist --small",
            "kernelspec table cifar10 --small --rows '2 layers, exp-exp'",
        ],
    )
    made.add_argument(
        "what", metavar="TABLE", choices=(*_TABLES, "list", "show"), help="mnist, fashion, cifar10, list or show"
    )
    made.add_argument("of", metavar="NAME", nargs="*", help="for list: a table; for show: files")
    made.add_argument("--data", metavar="DIR", help="folder with the data sets (else KERNELSPEC_DATA)")
    made.add_argument("--small", action="store_true", help="made-up images instead: some seconds")
    made.add_argument("-o", "--out", metavar="FILE", help="keep the results as JSON in this file")
    made.add_argument("--train", metavar="N", type=whole(1), help="training images")
    made.add_argument("--test", metavar="N", type=whole(1), help="test images")
    made.add_argument("--splits", metavar="S", type=whole(1, 1000), help="permutations of the training images")
    made.add_argument("--rows", metavar="NAME", action="append", help="only this row (may be given several times)")
    made.add_argument("--dtype", choices=("float32", "float64"), help="of the kernel matrices (default float64)")
    made.add_argument("--estimate", action="store_true", help="say what the rows would cost, and run none")
    return made.finished()


def run(options: Namespace) -> int:
    """Hand the options to `experiments`; bad input has the status of bad input here, not the 2 that it has there."""
    from importlib.util import find_spec

    if find_spec("experiments") is None:
        raise UsageError(
            "the tables are run in a clone of the repository, by `experiments`, which is not installed: "
            "start kernelspec in its folder"
        )
    given = {
        name: getattr(options, name) for name in ("data", "small", "out", "train", "test", "splits", "rows", "dtype")
    } | {"estimate": options.estimate}
    if options.what in _TABLES:
        if options.of:
            raise UsageError(f"{options.what} takes no further names; got {options.of[0]!r}")
        words = [word for name, value in given.items() for word in _words(name, value)]
    else:
        named = [name for name, value in given.items() if value]
        if named:
            raise UsageError(f"--{named[0]} is for a table that is run, not for {options.what}")
        if options.what == "list" and (len(options.of) > 1 or not {*options.of} <= {*_TABLES}):
            raise UsageError(f"list takes one of {', '.join(_TABLES)}, or nothing; got {' '.join(options.of)!r}")
        if options.what == "show" and not options.of:
            raise UsageError("show takes one file of results or more")
        words = list(options.of)
    from experiments.__main__ import main

    status = main(["table", options.what, *words])
    return ERROR if status == 2 else status


def _words(name: str, value: object) -> list[str]:
    """An option as it is typed."""
    if value is True:
        return [f"--{name}"]
    if isinstance(value, list):
        return [f"--{name}", *value]
    return [f"--{name}", str(value)] if value else []
