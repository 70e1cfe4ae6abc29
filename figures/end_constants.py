"""The constants of the singular powers at both ends by depth (claims 24, 25, 26, 29)."""

from __future__ import annotations

from kernelspec.plots import ends
from kernelspec.plots.ends import Blocks

NAME = "end-constants"
TITLE = "The constants at both ends, by depth"
CAPTION = r"""
The least non-integer power $t^\nu$ of $\kappa(1-t)$ and of $\kappa(-1+t)$ has the coefficients $c_{+1}$ and $c_{-1}$,
here for networks of $L$ layers. The eigenvalues in every dimension follow:
$\mu_k \sim (c_{+1} + (-1)^k c_{-1})\,C(d,\nu)\,k^{-d-2\nu+1}$. (a) Their sizes; what is 0 is missing. With a bias, and
in step networks of three layers or more, the first power at $-1$ is higher than the one at $+1$, and the parities
decay alike. (b) The limit of even over odd eigenvalues, $(c_{+1}+c_{-1})/(c_{+1}-c_{-1})$, less 1: parity
fades with depth. The exact coefficients are in the files end-constants.tex and end-constants.csv beside this figure.
"""
ORDER = 22

draw, table, latex = ends.draw, ends.table, ends.printed


def compute(quick: bool = False, *, depths: tuple[int, ...] = ends.DEPTHS) -> Blocks:
    """The rows of each family; `quick` leaves out the deepest."""
    return ends.blocks(depths[:-1] if quick and depths == ends.DEPTHS else depths)
