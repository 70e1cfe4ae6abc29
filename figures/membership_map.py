"""Which powers of a coordinate are in the RKHS of which kernel, by kernel and depth (claims 8, 19, 24 to 29, 32)."""

from __future__ import annotations

from collections.abc import Sequence

from kernelspec.plots import memberships
from kernelspec.plots.memberships import Line

NAME = "membership-map"
TITLE = "What an RKHS on the sphere contains: smoothness of the function against kernel and depth"
CAPTION = r"""
$\max(0,x_1)^s$ and $|x_1|^s$ on $S^{d-1}$, $d = @d@$, in the RKHS of a kernel (dots) or not (small circles), each
decided with a proof, or not decided (question marks: no expansion of the eigenvalues is known). $\beta$ is the exponent
of $\mu_k\sim k^{-2\beta}$ (where the parities differ: of even; of odd degrees; a dash where $\mu_k=0$ for large $k$),
and decay alone allows $s > \beta-1/2$ (bars). Depth does not matter to ReLU networks and tangent kernels from $L = 3$
on, and at $L = 2$ a parity is missing; the RKHS of step networks grows with depth. Dots left of a bar are even powers,
that is, polynomials; a smooth kernel contains no kink at all.
"""
ORDER = 40

draw, table = memberships.draw, memberships.table


def compute(
    quick: bool = False,
    *,
    kernels: tuple[str, ...] = memberships.KERNELS,
    dims: tuple[int, ...] = (5,),
    powers: tuple[float, ...] | None = None,
) -> list[Line]:
    """Every kernel and power; `quick` the same, as it takes a few seconds."""
    return memberships.memberships(kernels, dims, powers)


def caption(data: Sequence[Line]) -> str:
    """The caption for these dimensions."""
    return CAPTION.replace("@d@", ", ".join(map(str, dict.fromkeys(shown.d for shown in data))))
