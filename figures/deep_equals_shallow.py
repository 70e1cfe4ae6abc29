"""Deep equals shallow, on eigenvalues from k = 1 to 10^9: the picture of the README."""

from __future__ import annotations

from kernelspec.plots import deep
from kernelspec.plots.deep import Comparison

NAME = "deep-equals-shallow"
TITLE = "Deep equals shallow, from the first eigenvalue to the billionth"
CAPTION = r"""
(a) Eigenvalues on $S^{d-1}$ at degrees up to $10^9$ (dots: even $k$; circles: odd $k$), and their asymptotes (lines).
(b) Eigenvalues of tangent kernels of $L$ layers over those of the kernel @shallow@, $d = @d@$. They tend to constants
(lines): both kernels have the same RKHS. Over a two-layer one with bias the limits are exactly $(L(L-1)/2 \pm
\Pi_L)/2$, the sign being the parity. Two layers without bias ($L = 2$) have $\mu_k = 0$ at all odd $k \geq 3$, and a
smaller space.
"""
ORDER = 5

draw, table = deep.draw, deep.table


def compute(
    quick: bool = False,
    *,
    depths: tuple[int, ...] = deep.DEPTHS,
    dims: tuple[int, ...] = deep.DIMS,
    kernel: str = "ntk(3)",
    shallow: str = "ntk(2, bias=True)",
    d: int = 10,
) -> Comparison:
    """Eigenvalues at degrees up to 10^9, ratios up to 10^4; `quick` at fewer of them."""
    return deep.comparison(depths, dims, kernel, shallow, d, (10, 12) if quick else (28, 30))


def caption(data: Comparison) -> str:
    """The caption for these kernels."""
    first = data.ratios[0]
    return CAPTION.replace("@shallow@", first.label).replace("@d@", str(first.d))
