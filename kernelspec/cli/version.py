"""`kernelspec version`: the versions of what computes, for a report or a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parser import Parser, add_formats

if TYPE_CHECKING:
    from argparse import Namespace


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "version",
        """
        The versions of kernelspec, of Python and of the packages that it computes with, as far as they are installed:
        what a report of a wrong number needs. `kernelspec --version` prints the first alone.
        """,
        ["kernelspec version", "kernelspec version --json"],
    )
    add_formats(made, save=False)
    return made.finished()


def run(options: Namespace) -> int:
    """Print a line for each package."""
    from ..results.tables import Table
    from .output import Answer, give

    found = versions()
    rows = [{"package": name, "version": number} for name, number in found.items()]
    return give(options, Answer(Table(rows), facts=dict(found)), "version")


def versions() -> dict[str, str]:
    """Versions by name: kernelspec, Python, the machine, and those packages of its metadata that are there."""
    import platform
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    from kernelspec import __version__

    system = f"{platform.system()} {platform.machine()}"
    found = {"kernelspec": __version__, "python": platform.python_version(), "system": system}
    try:
        names = [re.split(r"[^\w-]", line, maxsplit=1)[0] for line in requires("kernelspec") or ()]
    except PackageNotFoundError:  # a folder of the source that was not installed
        names = ["numpy", "scipy", "sympy", "mpmath", "python-flint", "matplotlib"]
    for name in names:
        try:
            found.setdefault(name, version(name))
        except PackageNotFoundError:  # of an extra
            continue
    return found
