"""The sphere and the cube: eigenvalues part where the square of the degree is of the order of the dimension."""

from __future__ import annotations

from collections.abc import Sequence

from kernelspec.plots import cubes
from kernelspec.plots.cubes import Domains

NAME = "sphere-and-cube"
TITLE = "The sphere's rates fail on the cube once the degree squared is of the order of the dimension"
CAPTION = r"""
@kernel@ on the sphere $S^{d-1}$ and on the cube $\{-1,1\}^d$, all numbers from enclosures. (a) The eigenvalue $\xi_k$
of the parities of $k$ coordinates over that of the harmonics of degree $k$: it is 1 for $k^2 \ll d$, and $e^{k^2/d}$
(line; of $u^k$ it is $\prod_{j<k}(1+2j/d)$) leaves every power of $k$ behind from $k^2 = d$ on. (b) The effective
dimension $D(\lambda)$ (numbers: $d$); on the cube it stays below $2^d$. (c) Cube over sphere at $\lambda=\mu_k$. There
are fewer parities than harmonics, $\binom dk/N(d,k) \approx e^{-k^2/d}$, so that degree $k$ has nearly the same share
of the trace on both; where many degrees beyond $k$ have theirs, as for networks, effective dimensions part much later
than eigenvalues.
"""
ORDER = 42

draw, table = cubes.draw, cubes.table


def compute(
    quick: bool = False,
    *,
    kernel: str = "ntk(3)",
    dims: tuple[int, ...] = cubes.DIMS,
    last: float = 10.0,
    least: float = 1e-12,
) -> list[Domains]:
    """Ratios at all degrees with k^2/d up to `last`; `quick` in dimensions up to 100, at fewer lambda."""
    if quick:
        dims = tuple(d for d in dims if d <= 100) or dims[:1]
    return cubes.all_domains(kernel, dims, last, least, 13 if quick else 37)


def caption(data: Sequence[Domains]) -> str:
    """The caption for this kernel."""
    return CAPTION.replace("@kernel@", data[0].label)
