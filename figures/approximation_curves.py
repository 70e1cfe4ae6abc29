"""How well functions of a given norm in the RKHS approximate a kink, a jump and a smooth function (claim 34)."""

from __future__ import annotations

from collections.abc import Sequence

from kernelspec.plots import approximations
from kernelspec.plots.approximations import Curve

NAME = "approximation-curves"
TITLE = "Approximation at a given norm: exact curves against the claimed rates"
CAPTION = r"""
$D(r)=\min\{\|f-g\|_{L_2}: \|g\|_{\mathcal H}\leq r\}$ on $S^{d-1}$, $d = @d@$, from all harmonics: lower and upper
bounds differ by less than a line's width. Dotted: slopes of the rate of all even Lipschitz functions,
$r^{-1/(\beta-1)}$ with $\mu_k \sim k^{-2\beta}$, proved in $L_2$ and claimed in the sup norm. A single function does
better: with a kink $|x_1|^s$, or a jump ($s=0$), $D(r)\sim r^{-\sigma/(\beta-\sigma)}$, $\sigma=s+1/2$ (powers at
the right). A function in the RKHS is reached at its norm (triangles).
"""
ORDER = 41

draw, table = approximations.draw, approximations.table


def compute(
    quick: bool = False,
    *,
    targets: tuple[str, ...] = approximations.TARGETS,
    kernels: tuple[str, ...] = approximations.KERNELS,
    dims: tuple[int, ...] = (10,),
    radii: tuple[float, ...] = approximations.RADII,
) -> list[Curve]:
    """Every target and kernel; `quick` with two kernels, at fewer radii."""
    if quick:
        kernels = kernels[1::2] or kernels
    low, high = radii
    return approximations.curves(targets, kernels, dims, (low, high), 13 if quick else 41)


def caption(data: Sequence[Curve]) -> str:
    """The caption for these dimensions."""
    return CAPTION.replace("@d@", ", ".join(map(str, dict.fromkeys(shown.d for shown in data))))
