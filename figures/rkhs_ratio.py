"""Ratios of eigenvalues of two kernels inside the band that is proved for every degree (claims 9, 25, 27, 28)."""

from __future__ import annotations

from collections.abc import Sequence

from kernelspec.plots import ratios
from kernelspec.plots.ratios import Ratio

NAME = "rkhs-ratio"
TITLE = "The same RKHS, proved: ratios of eigenvalues in their proved bands"
CAPTION = r"""
Ratios $\mu_k/\mu_k'$ of the eigenvalues of two kernels on $S^{d-1}$, $d = @d@$, from enclosures of 15 digits (dots:
even $k$; circles: odd $k$; $k = 0$ stands at $1/2$). The shaded band is proved to hold the ratios of all $k \geq 0$:
below the degree $K$ (dotted line) by enclosures, from there on by the asymptotic expansion with its proved remainder.
Black lines are the exact limits over even and odd $k$. So both kernels have the same RKHS, and the second norm lies
between $\sqrt{\mathrm{lower}}$ and $\sqrt{\mathrm{upper}}$ times the first: deep equals shallow, and both equal the
Laplace kernel, with constants.
"""
ORDER = 6

_PAIRS = tuple(" / ".join(pair) for pair in ratios.PAIRS)
draw, table = ratios.draw, ratios.table


def compute(
    quick: bool = False, *, pairs: tuple[str, ...] = _PAIRS, dims: tuple[int, ...] = (4,), last: int = 200
) -> list[Ratio]:
    """The ratios of all pairs at degrees up to `last`; `quick` at fewer."""
    if quick:
        last = min(last, 80)
    return ratios.pair_ratios(pairs, dims, last, 4 if quick else 14)


def caption(data: Sequence[Ratio]) -> str:
    """The caption for these dimensions."""
    return CAPTION.replace("@d@", ", ".join(map(str, dict.fromkeys(shown.d for shown in data))))
