"""`kernelspec gram`: Gram matrices of files."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import DONE, UsageError, complain
from .parser import Parser, add_kernel, whole

if TYPE_CHECKING:
    from argparse import Namespace

    from numpy.typing import NDArray


T = TypeVar("T")
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "gram",
        """
        The Gram matrix K(x, y) = |x||y| kappa(cos(x, y)) of the rows of FILE (and of the rows of FILE2), each a file
        of NumPy's format (.npy) or of comma-separated numbers (.csv). Networks with biases have their own kernel off
        the sphere.

        With --out the matrix is written block by block into a .npy file, which gets its name when it is complete;
        where a run was cut off, the same command goes on. Without it the matrix is printed as CSV.
        """,
        [
            "kernelspec gram 'ntk(3)' points.csv",
            "kernelspec gram 'ntk(3)' points.npy --out K.npy --memory 2G",
            "kernelspec gram 'laplace()' train.npy test.npy --normalize --out K-test.npy",
        ],
    )
    add_kernel(made)
    made.add_argument("file", metavar="FILE", help="vectors, one a row: .npy or .csv")
    made.add_argument("other", metavar="FILE2", nargs="?", help="the vectors of the columns")
    made.add_argument("-o", "--out", metavar="K.npy", help="the file to be made; it must not exist")
    made.add_argument("--normalize", action="store_true", help="kappa(cos) alone, without the norms")
    made.add_argument(
        "--memory", metavar="BYTES", type=memory, default=2**30, help="working memory: 2e9, 512M, 2G (default 1G)"
    )
    made.add_argument(
        "--threads",
        metavar="N",
        type=whole(1, 4096),
        help="threads (default: one a core; more than one needs threadpoolctl)",
    )
    return made.finished()


def memory(text: str) -> int:
    """A number of bytes."""
    from .degrees import integer

    match = re.fullmatch(r"([\d.eE+]+?)\s*([KMGTkmgt]?)(?:i?[bB])?", text.strip())
    number = integer(match[1]) if match else None
    if match is None or not number:
        raise argparse.ArgumentTypeError(f"must be a number of bytes, such as 2e9, 512M or 2G, got {text!r}")
    return number * _UNITS[match[2].upper()]


def run(options: Namespace) -> int:
    """Print the matrix, or write it."""
    if options.out is not None and not options.out.lower().endswith(".npy"):
        raise UsageError(f"--out must name a file that ends in .npy; got {options.out!r}")
    import kernelspec as ks

    kernel = ks.parse(options.kernel)
    x = vectors(options.file)
    y = vectors(options.other) if options.other is not None else None
    try:
        matrix = kernel.gram(
            x,
            y,
            options.normalize,
            memory=options.memory,
            threads=options.threads,
            progress=Progress() if sys.stderr.isatty() else None,
            out=options.out,
        )
    except KeyboardInterrupt:
        again = "; the same command goes on where this one stopped" if options.out else ""
        raise KeyboardInterrupt(again) from None
    if options.out is None:
        for row in matrix.tolist():
            print(",".join(map(repr, row)))
        return DONE
    rows, columns = matrix.shape
    print(f"{options.out}: {rows} x {columns}, {matrix.dtype}")
    return DONE


def vectors(path: str) -> NDArray[Any]:
    """The array in a file; UsageError that names the file and says what is wrong."""
    import numpy as np

    ending = os.path.splitext(path)[1].lower()
    if ending not in (".npy", ".csv"):
        raise UsageError(f"FILE must end in .npy or .csv; got {path!r}")
    try:
        if ending == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            with open(path, encoding="utf-8-sig") as file:
                lines = file.readlines()
            numbers = _numbers(lines, path)
            if not numbers:
                raise UsageError(f"{path}: it holds no vectors")
            array = np.loadtxt(numbers, delimiter=",", ndmin=2)
    except (ValueError, EOFError) as error:
        reason = "it holds Python objects" if "pickle" in str(error).lower() else str(error)
        reason = reason.partition(";")[0]  # NumPy's advice is for programmers
        raise UsageError(f"{path}: not an array of numbers: {reason}") from None
    if array.size == 0:
        raise UsageError(f"{path}: it holds no vectors")
    return array


def _numbers(lines: list[str], path: str) -> list[str]:
    """The lines of a CSV file; the first of them may hold names, which is said."""
    filled = [line for line in lines if line.strip()]
    if filled and not any(_is_number(cell) for cell in filled[0].split(",")):
        complain(f"warning: {path}: the first line is read as names of columns", "gram")
        return filled[1:]
    return filled


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class Progress:
    """A line on stderr while the work goes on: `progress(iterable, total=...)`."""

    def __init__(self, pause: float = 0.2) -> None:
        self._pause = pause

    def __call__(self, steps: Iterable[T], total: int) -> Iterator[T]:
        """The steps, counted."""
        from ..numbers.quantities import duration_text

        begun = last = time.monotonic()
        try:
            for done, step in enumerate(steps, 1):
                yield step
                now = time.monotonic()
                if now - last >= self._pause:
                    last = now
                    left = (now - begun) / done * (total - done)
                    text = f"{100 * done // total}% done, {duration_text(round(left))} left"
                    sys.stderr.write(f"\r\x1b[K{text}")
                    sys.stderr.flush()
        finally:
            if last != begun:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
