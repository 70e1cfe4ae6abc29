"""Eigenvalues of ReLU networks, Laplace kernels and step networks with their exact asymptotes."""

from __future__ import annotations

from collections.abc import Sequence

from kernelspec.plots import eigenvalues
from kernelspec.plots.eigenvalues import Line

NAME = "eigenvalue-decay"
TITLE = "Eigenvalue decay and its exact asymptotes"
CAPTION = r"""
Eigenvalues of kernels on $S^{d-1}$, $d = @d@$. Left: $\mu_k$ with the asymptotes
$(c_1 + (-1)^k c_{-1})\,C(d,\nu)\,\Gamma(k-\nu)/\Gamma(k+\nu+d-1)$ as black lines; the power of $k$
stands beside each name. Filled marks are even degrees, hollow ones odd. Right: the relative distance from the
asymptote. It shrinks like $k^{-2}$ for ReLU networks and the Laplace kernel, and slowly for deep step networks, whose
next non-integer powers are close to the first; where it dips, it changes sign.
"""
ORDER = 20

draw, table = eigenvalues.draw_decay, eigenvalues.decay_table


def compute(
    quick: bool = False,
    *,
    kernels: tuple[str, ...] = eigenvalues.KERNELS,
    dims: tuple[int, ...] = (4,),
    depths: tuple[int, ...] | None = None,
    last: int = 10**6,
) -> list[Line]:
    """Eigenvalues at even and odd degrees up to `last`; fewer of them when `quick`."""
    return eigenvalues.decay_lines(kernels, dims, depths, last, 12 if quick else 24)


def caption(data: Sequence[Line]) -> str:
    """The caption for these dimensions."""
    return CAPTION.replace("@d@", ", ".join(map(str, dict.fromkeys(line.d for line in data))))
