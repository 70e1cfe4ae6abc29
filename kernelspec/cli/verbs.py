"""The verbs of the command line, and the modules that hold them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parser import Parser

# What a verb does, in the words of its help.
VERBS = {
    "spectrum": "eigenvalues of a kernel on the sphere, each with its error",
    "expand": "exact expansion of a kernel at u = 1 or u = -1",
    "decay": "exponent and exact constants of the decay of the eigenvalues",
    "compare": "do two kernels have the same RKHS? With a proof",
    "norm": "is a function in the RKHS of a kernel, and at what norm?",
    "dimension": "effective dimension of a kernel on the sphere or the cube",
    "curve": "learning curve of a kernel, as its spectrum predicts it",
    "plan": "what a kernel ridge regression costs, before it is computed",
    "table": "the tables of the seminar, run anew beside what is printed",
    "gram": "Gram matrix of the rows of a file",
    "cite": "BibTeX of the library, and of the papers that kernels and results rest on",
    "check": "check a kernel, or a claim of the papers",
    "explore": "open the interactive pages in a browser",
    "version": "versions of kernelspec and of what it computes with",
    "completion": "completion of the command line for bash, zsh and fish",
}


def module_of(verb: str) -> ModuleType:
    """The module of a verb, imported."""
    return import_module(f"{__package__}.{verb}")


def parser_of(verb: str) -> Parser:
    """The parser of a verb."""
    made: Parser = module_of(verb).parser()
    return made
