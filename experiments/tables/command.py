"""``python -m experiments table``: run a table, show results, list rows."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.datasets import data_folder
from experiments.tables import features, page, pools, run, setups, show, timing
from experiments.tables.setups import Row
from experiments.tables.whitening import POWERS
from kernelspec.files.atomic import file_path, write_atomically
from kernelspec.results.tables import Table

_SMALL = {"mnist": (200, 200), "fashion": (200, 200), "cifar10": (20, 10)}  # training and test images
_USUAL = {"mnist": (50_000, 10_000), "fashion": (50_000, 10_000), "cifar10": (1000, 1000)}
_FORMATS = ("text", "markdown", "csv", "latex")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the status is 0 when it is done, 2 for bad input, 130 when it is interrupted."""
    typed = _parser().parse_args(arguments)
    try:
        text: str = typed.run(typed)
    except (ValueError, TypeError, OSError) as error:
        print(f"experiments: {_sentence(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it was", file=sys.stderr)
        return 130
    print(text)
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _run(typed: argparse.Namespace) -> str:
    """Run the rows; what came out, beside the printed numbers."""
    table = typed.table
    options = _options(typed)
    rows = setups.chosen(table, _names(typed.rows), _numbers("--depths", typed.depths, 1))
    if options.nystrom is not None:
        rows = features.suited(rows, options.nystrom, all_of_them=bool(typed.rows))
    if typed.out is not None and not typed.out.parent.is_dir():
        raise ValueError(f"--out must lie in a folder that exists; got {typed.out}")
    pool = _pool(typed)
    if typed.estimate:
        return _shown(timing.estimates(rows, pool, options), "text")
    results = run.run(rows, pool, options, typed.out, typed.note)
    names = {run.blank(row, pool, options).key for row in rows}
    mine = tuple(record for record in results.records if record.key in names)
    return _shown(show.compared(replace(results, records=mine)), "text")


def _pool(typed: argparse.Namespace) -> pools.Pool:
    if typed.small:
        return pools.small(typed.table)
    folder = data_folder(typed.data)
    if folder is None:
        raise ValueError("--data DIR must name the folder with the data sets (or KERNELSPEC_DATA; --small needs none)")
    return pools.pool(typed.table, folder)


def _options(typed: argparse.Namespace) -> run.Options:
    train, test = (_SMALL if typed.small else _USUAL)[typed.table]
    nystrom = _numbers("--nystrom", typed.nystrom, 1) if typed.nystrom else None
    if nystrom is not None and typed.table == "cifar10" and not typed.small:
        train, test = 50_000, 10_000
    whole = typed.table != "cifar10"
    return run.Options(
        train=typed.train or train,
        test=typed.test or test,
        splits=typed.splits or (5 if whole and not typed.small else 1),
        dtype=typed.dtype,
        method=typed.method,
        whitening=typed.whitening,
        nystrom=nystrom,
        lambdas=_lambdas(typed.lambdas) if typed.lambdas else None,
        memory=typed.memory << 20,
        threads=typed.threads,
    )


def _show(typed: argparse.Namespace) -> str:
    """The results of one or several files."""
    return _shown(show.compared(*page.read_all(typed.files)), typed.format)


def _page(typed: argparse.Namespace) -> str:
    """The page of the results that are kept."""
    path = file_path(typed.out, ".md")
    write_atomically(path, page.page(page.kept(typed.folder)))
    return f"{path} is written"


def _list(typed: argparse.Namespace) -> str:
    """The rows of the tables, and what is printed."""
    lines = []
    for table in [typed.of] if typed.of else setups.TABLES:
        for row in setups.rows(table):
            lines += [_printed(row, place) for place in range(len(row.printed))]
    return _shown(Table(lines, digits=4), typed.format)


def _printed(row: Row, place: int) -> dict[str, object]:
    number = row.printed[place]
    return {
        "table": row.table,
        "row": row.name,
        "printed": number.accuracy,
        "std": number.spread,
        "way": number.way,
        "n": number.train,
        "lambda by": number.selection,
        "source": number.source,
    }


def _shown(table: Table, form: str) -> str:
    if form == "csv":
        return table.to_csv().rstrip("\n")
    if form == "latex":
        return table.to_latex().rstrip("\n")
    text = show.markdown(table) if form == "markdown" else f"{table.caption}\n{table!r}"
    return text.strip("\n")


def _names(texts: Sequence[str]) -> list[str]:
    return [name for name in texts if name.strip()]


def _numbers(name: str, texts: Sequence[str], lowest: int) -> tuple[int, ...]:
    """Whole numbers with commas or blanks between them; ValueError for other text."""
    words = [word for text in texts for word in text.replace(",", " ").split()]
    if not all(word.isdigit() and int(word) >= lowest for word in words):
        raise ValueError(f"{name} must be whole numbers from {lowest} on, got {' '.join(texts)!r}")
    return tuple(map(int, words))


def _lambdas(texts: Sequence[str]) -> tuple[float, ...]:
    """Positive numbers with commas or blanks between them; ValueError for other text."""
    words = [word for text in texts for word in text.replace(",", " ").split()]
    try:
        found = tuple(map(float, words))
    except ValueError:
        found = ()
    if not found or not all(0 < value < math.inf for value in found):
        raise ValueError(f"--lambdas must be positive numbers, got {' '.join(texts)!r}")
    return found


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 1, got {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m experiments", description="Run the experiments of the seminar.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    table = commands.add_parser("table", help="the tables of MNIST, Fashion-MNIST and Cifar10")
    tables = table.add_subparsers(required=True, metavar="TABLE")
    for name in setups.TABLES:
        _add_table(tables.add_parser(name, help=f"run rows of the table {name}"), name)
    shown = tables.add_parser("show", help="results in files beside the printed numbers")
    shown.add_argument("files", nargs="+", type=Path, metavar="FILE")
    shown.add_argument("--format", choices=_FORMATS, default="text")
    shown.set_defaults(run=_show)
    paged = tables.add_parser("page", help="write the page of the results that are kept")
    paged.add_argument("folder", nargs="?", type=Path, default=page.FOLDER, help=f"of files of results ({page.FOLDER})")
    paged.add_argument("--out", type=Path, default=Path("docs/tables.md"), metavar="FILE", help="(docs/tables.md)")
    paged.set_defaults(run=_page)
    listed = tables.add_parser("list", help="the rows, and what is printed")
    listed.add_argument("of", nargs="?", choices=setups.TABLES, metavar="TABLE")
    listed.add_argument("--format", choices=_FORMATS, default="text")
    listed.set_defaults(run=_list)
    return parser


def _add_table(parser: argparse.ArgumentParser, table: str) -> None:
    convolutional = table == "cifar10"
    add = parser.add_argument
    add("--data", metavar="DIR", help="folder with data sets (else KERNELSPEC_DATA)")
    add("--small", action="store_true", help="made-up images instead: some seconds")
    add("--out", type=Path, metavar="FILE", help="results as JSON; a rerun goes on with what is in it")
    add("--note", default="", metavar="TEXT", help="on the data, kept with every number")
    add("--train", type=_positive, metavar="N", help=f"training images ({_USUAL[table][0]})")
    add("--test", type=_positive, metavar="N", help=f"test images ({_USUAL[table][1]})")
    add("--splits", type=_positive, metavar="S", help=f"permutations ({1 if convolutional else 5})")
    add("--rows", nargs="+", default=[], metavar="NAME", help="only these (`list` names them)")
    add("--dtype", choices=("float32", "float64"), default="float64", help="of the kernel matrices (float64)")
    add("--lambdas", nargs="+", default=[], metavar="X", help="a grid in place of that of the table, in its units")
    add("--estimate", action="store_true", help="time a little of each row, and run none")
    add("--memory", type=_positive, default=256, metavar="MIB", help="working memory of networks (256)")
    add("--threads", type=_positive, metavar="T", help="workers for the matrices (one a core)")
    if convolutional:
        add("--whitening", choices=tuple(POWERS), default="authors", help="of the patches (authors)")
        add(
            "--nystrom", nargs="+", default=[], metavar="M", help="components of each layer, in place of exact matrices"
        )
        parser.set_defaults(depths=[], method=None)
    else:
        add("--depths", nargs="+", default=[], metavar="L", help="only these depths")
        add("--method", metavar="NAME", help="of regression.ridge_path (its own choice)")
        parser.set_defaults(whitening="none", nystrom=[])
    parser.set_defaults(run=_run, table=table)
