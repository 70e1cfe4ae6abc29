"""The page of `kernelspec --help`."""

from __future__ import annotations

from .parser import filled, page_width, paragraphs
from .verbs import VERBS

EXAMPLES = (
    "kernelspec spectrum 'ntk(3)' --dim 10 --degrees 0:10",
    "kernelspec expand 'ntk(3)' --at 1 --terms 4",
    "kernelspec decay 'ntk(4, bias=True)' --dim 10",
    "kernelspec compare 'ntk(3)' 'laplace()' --dim 5",
)
_KERNELS = """
    An expression EXPR is what `ks.parse` reads, which is what kernels print: named kernels with their
    parameters, numbers, and + - * / ** and @ (composition). In a shell it stands in quotes.

      'ntk(3)'  'ntk(4, bias=True)'  'rf(3, degree=2)'  'laplace(c=2, gamma=0.5)'  'exponential(0.6)'
      'arccos(1)@arccos(1)'  '0.5*matern(2.5) + 0.5*linear()'  "dual('gelu')"  'mlp(3, slope=1/5)'
"""
_STATUS = """
    0: done, or yes. 1 and 2: the answers of compare (different; undecided) and check (something failed; something
    is not known). 3: bad input, or an error, which one line on stderr explains. 130: interrupted.
"""


def page() -> str:
    """Name, synopsis, verbs, examples."""
    width = page_width()
    verbs = "\n".join(filled(text, width, " " * 16, f"    {verb}".ljust(16)) for verb, text in VERBS.items())
    parts = [
        (
            "NAME",
            filled(
                "kernelspec - kernels of deep networks as exact expressions, and their spectra on the sphere",
                width,
                "    ",
            ),
        ),
        (
            "SYNOPSIS",
            "    kernelspec VERB ... [--help]\n    kernelspec --help | --version\n    python -m kernelspec VERB ...",
        ),
        ("VERBS", verbs),
        ("KERNELS", paragraphs(_KERNELS, width)),
        ("EXAMPLES", "\n".join(f"    $ {line}" for line in EXAMPLES)),
        ("EXIT STATUS", paragraphs(_STATUS, width)),
    ]
    return "\n\n".join(f"{name}\n{text}" for name, text in parts) + "\n"
