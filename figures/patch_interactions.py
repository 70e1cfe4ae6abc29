"""Which architecture learns an interaction of two patches; what one layer smooths (claims 53-57, L17)."""

from __future__ import annotations

from kernelspec.plots import interactions
from kernelspec.plots.interactions import Interactions

NAME = "patch-interactions"
TITLE = "Interactions of two patches: norms and learning curves of architectures"
CAPTION = r"""
$f(x)=\sum_u g_1(x_u)\,g_2(x_{u+r})$ over @n@ patches on a circle, each uniform on $S^2$, harmonics $g_1,g_2$ of the
degrees @k@ and @l@. Two layers ($\kappa_1=e^{u-1}$, $\kappa_2=e^{(u-1)/0.36}$ by default) whose windows read @window@
patches, not pooled, averaged over @omega@ windows or over all; two layers with one window; $\kappa_2$ of all patches
at once (fully connected); one layer. (a) The exact norm, $|f|^2\,\mathbb{E}K(x,x)$ over the power of $f$: pooling
leaves $|f|$ as it is and divides $\mathbb{E}K$. A window that does not hold both patches has no such function (no
mark), nor has one layer for any $r$. With windows the norm grows with $r$, as fewer of them hold both patches. (b)
Test errors over the power of $f$, $r=1$. Lines: the eigenlearning equations; marks: kernel ridge regression,
$\lambda=10^{-6}\,\mathbb{E}K(x,x)$. The order is that of (a); one layer learns nothing. (c, d) One layer: the
function $\sum_ue_j[u]\,Y_k(x_u)$ has the squared norm $1/(s_j\mu_k)$, here over that of $j=0$, $k=1$. Pooling ($s_j$,
Gaussian of scale $q$ on 32 positions) asks for smoothness over positions; the kernel ($\mu_k$ on $S^2$) for
smoothness within patches. At the peaks the Gaussian, which is cut off after $q$ positions, passes next to nothing.
"""
ORDER = 82

draw, table = interactions.draw, interactions.table


def compute(
    quick: bool = False,
    *,
    positions: int = 10,
    window: int = 4,
    omega: int = 3,
    degrees: tuple[int, ...] = (1, 1),
    first: str = interactions.FIRST,
    second: str = interactions.SECOND,
    seed: int = 0,
) -> Interactions:
    """Norms, predicted curves and regressions on up to 400 points; 80 when `quick`."""
    samples, points = (80, 8) if quick else (400, 32)
    return interactions.interactions(positions, window, omega, degrees, first, second, samples, seed, points)


def caption(data: Interactions) -> str:
    """The caption with the numbers of this run."""
    words = {"n": data.positions, "k": data.degrees[0], "l": data.degrees[1]}
    words |= {"window": data.window, "omega": data.omega}
    text = CAPTION
    for name, number in words.items():
        text = text.replace(f"@{name}@", str(number))
    return text
