"""How far kernel maps move their inputs apart, with the sharp Hoelder constants that are enclosed in balls."""

from __future__ import annotations

import math

from experiments.tangent_balls import peak
from kernelspec.plots import maps
from kernelspec.plots.maps import Smoothness

NAME = "kernel-map-smoothness"
TITLE = "How smooth kernel maps are"
CAPTION = r"""
(a) $|\Phi(x)-\Phi(y)|$ against $|x-y|$ for unit vectors and networks of $L$ layers. Random features (RF)
have slope 1 and stay below $|x-y|$: their maps are non-expansive. Tangent kernels (NTK) have slope
$\frac{1}{2}$: their maps are not Lipschitz. The grey line above each is the bound
$\sqrt{A|x-y|+L|x-y|^2}$, $A=L(L-1)/\pi$. (b) $|\Phi(x)-\Phi(y)|$ over $\sqrt{A|x-y|}$. Circles: the sharp
constants $H_L/\sqrt{A}$ for $L\leq5$, enclosed in balls; from $L=6$ on it is 1, the limit of small distances.
(c) $|\Phi(x)-\Phi(y)|^2$ over its bound $A\min(|x|,|y|)|x-y|+L|x-y|^2$ off the sphere, $L=@L@$. It
is below 1 everywhere, as proved for every depth, and tends to 1 where one vector vanishes and where vectors
of equal norm meet: neither constant can be smaller.
"""
ORDER = 60

_INNER = (2, 3, 4, 5)  # depths whose largest ratio is not the limit of small distances

draw, table = maps.draw, maps.table


def compute(
    quick: bool = False,
    *,
    depths: tuple[int, ...] = maps.DEPTHS,
    scaled: tuple[int, ...] = maps.SCALED,
    shared: int = 2,
) -> Smoothness:
    """Distances from 1e-6 to 2, ratios from 0.002 to 2, and a grid off the sphere; coarser when `quick`."""
    peaks = {}
    for n in (n for n in scaled if n in _INNER):
        found = peak(n)
        peaks[n] = float(found.distance), float(found.constant) / math.sqrt(maps.hoelder(n))
    return maps.smoothness(depths, scaled, shared, peaks, 40 if quick else 300)


def caption(data: Smoothness) -> str:
    """The caption for this depth of the last panel."""
    return CAPTION.replace("@L@", str(data.shared))
