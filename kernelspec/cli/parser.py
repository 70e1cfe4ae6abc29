"""A parser whose errors are one line with status 3, and whose help reads like a page of the manual."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Sequence
from typing import NoReturn

from .errors import ERROR, UsageError
from .verbs import VERBS

_WIDEST = 100
_INDENT = "    "
_LEFT = 22  # where the explanation of an option begins
STATUS = f"0: done. {ERROR}: bad input, or an error, which one line on stderr explains. 130: interrupted."


class Parser(argparse.ArgumentParser):
    """The parser of one verb.

    Parameters
    ----------
    verb : its name; what it does stands in `verbs`.
    description : paragraphs.
    examples : command lines, without the prompt; the tests run them.
    status : what the exit status says.
    """

    def __init__(self, verb: str, description: str, examples: Sequence[str], status: str = STATUS) -> None:
        super().__init__(prog=f"kernelspec {verb}", description=description, add_help=False, allow_abbrev=False)
        self.verb, self.examples, self.status = verb, tuple(examples), status

    def finished(self) -> Parser:
        """The parser, its last option the help."""
        self.add_argument("-h", "--help", action="help", help="show this page")
        return self

    def error(self, message: str) -> NoReturn:
        """In place of argparse's usage and status 2, which is an answer here."""
        raise UsageError(f"{message} (see {self.prog} --help)")

    def format_help(self) -> str:
        """The page."""
        width = page_width()
        wide = argparse.HelpFormatter(self.prog, width=width - len(_INDENT))
        wide.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, prefix="")
        parts = [
            ("NAME", _INDENT + f"{self.prog} - {VERBS[self.verb]}"),
            ("SYNOPSIS", textwrap.indent(wide.format_help().strip(), _INDENT)),
            ("DESCRIPTION", paragraphs(self.description or "", width)),
            ("OPTIONS", "\n".join(_option(action, width) for action in self._actions)),
            ("EXAMPLES", "\n".join(f"{_INDENT}$ {line}" for line in self.examples)),
            ("EXIT STATUS", paragraphs(self.status, width)),
        ]
        return "\n\n".join(f"{name}\n{text}" for name, text in parts if text.strip()) + "\n"


def page_width() -> int:
    """The width of a page of help."""
    import shutil

    return max(40, min(shutil.get_terminal_size().columns, _WIDEST))


def paragraphs(text: str, width: int) -> str:
    """Text, filled and indented; blank lines part paragraphs, and lines that begin with two spaces stay as they are."""
    out = []
    for paragraph in textwrap.dedent(text).strip("\n").split("\n\n"):
        if paragraph.startswith("  "):
            out.append(textwrap.indent(paragraph, _INDENT))
        else:
            out.append(filled(paragraph, width, _INDENT))
    return "\n\n".join(out)


def filled(text: str, width: int, indent: str, first: str | None = None) -> str:
    """One paragraph, filled; words are not broken."""
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _option(action: argparse.Action, width: int) -> str:
    name = str(action.metavar or action.dest)
    value = "" if action.nargs == 0 else f" [{name}]" if action.nargs == "?" else f" {name}"
    left = ", ".join(action.option_strings) + value if action.option_strings else name
    column = " " * _LEFT
    first = f"{_INDENT}{left}"
    text = (action.help or "").replace("%%", "%")
    if len(first) + 2 > _LEFT:
        return f"{first}\n{filled(text, width, column)}"
    return filled(text, width, column, first.ljust(_LEFT))


# -- arguments that several verbs take ---------------------------------------------------------------------------


def whole(lowest: int, highest: int = 2**53) -> Callable[[str], int]:
    """A reader of whole numbers; 1e9 is one."""

    def read(text: str) -> int:
        from .degrees import integer

        number = integer(text)
        if number is None or not lowest <= number <= highest:
            most = "2^53" if highest == 2**53 else str(highest)
            raise argparse.ArgumentTypeError(f"must be an integer from {lowest} to {most}, got {text!r}")
        return number

    return read


def add_kernel(parser: Parser, dest: str = "kernel", metavar: str = "EXPR") -> None:
    """A kernel expression."""
    parser.add_argument(
        dest,
        metavar=metavar,
        help="a kernel, as ks.parse reads it: 'ntk(3)', 'laplace(c=2) + 0.5*rf(3)', 'arccos(1)@arccos(1)'",
    )


def add_dimension(parser: Parser, default: int | None = None) -> None:
    """The dimension of the space around the sphere."""
    said = "" if default is None else f" (default {default})"
    parser.add_argument(
        "-d",
        "--dim",
        metavar="D",
        type=whole(2),
        required=default is None,
        default=default,
        help=f"dimension of the space around the sphere S^(D-1), at least 2{said}",
    )


def add_digits(parser: Parser, what: str, most: int = 10_000) -> None:
    """How many digits are certified."""
    parser.add_argument("--digits", metavar="N", type=whole(1, most), help=what)


def add_formats(parser: Parser, plot: str = "", save: bool = True) -> None:
    """The forms in which a result can be had."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV, with all digits")
    form.add_argument("--latex", action="store_true", help="print LaTeX")
    if plot:
        parser.add_argument(
            "--plot",
            metavar="FILE",
            nargs="?",
            const="-",
            help=f"{plot}: into a file that ends in .png, .svg or .pdf, or, without a file (or with -), in characters "
            "on the terminal",
        )
    if save:
        parser.add_argument("--save", metavar="FILE", help="also save the result as JSON, for ks.load")


def options_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options and positional arguments of a parser."""
    return list(parser._actions)
