r"""The constants of commutators against the size of the patch, and of displacements: proved, attained, measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments import commutator_search as search
from kernelspec.ckn import stability
from kernelspec.ckn.stability.norms import norm
from kernelspec.ckn.stability.operators import Grid
from kernelspec.plots import commutators
from kernelspec.plots.looks import integers

NAME = "commutator-growth"
TITLE = "The commutator's constant grows linearly with the patch, whatever the dimension"
CAPTION = r"""
First panels: the constant $C_\beta$ of $\|[T_cA,L_\tau]\|\leq C_\beta\|\nabla\tau\|_\infty$ for small deformations of
signals in $d$ dimensions; $A$ is a Gaussian filter of standard deviation $\sigma$ and $|c|=\beta\sigma$ the size of
the patch. It lies between the two lines, both of the slope $e^{-1/2}$ in $\beta$; operator norms on grids for
sinusoids of up to 128 standard deviations (circles, $\|\nabla\tau\|_\infty=0.05$) follow the lower one, those for
random fields (dots) stay below; they are measured for $d\leq2$. Grey: $\beta^{d+1}$, the order of the bound in the
sources, through the circle at $\beta=1$. Last panel: $\|L_\tau A-A\|$ over $\|\tau\|_\infty/\sigma$ for
$\|\nabla\tau\|_\infty\leq\frac12$, marks as before: for small displacements the sharp constant is $e^{-1/2}$, that of
translations. Grey: the paper's constant, as recalled.
"""
ORDER = 72

Array = NDArray[np.float64]
GRAD = 0.05  # of the deformations measured: small

draw, table = commutators.draw, commutators.table


def compute(quick: bool = False, *, dims: tuple[int, ...] = (1, 2)) -> commutators.Commutators:
    """Constants of dimensions 1 and 2 with norms measured, of others without; coarser when `quick`."""
    rng = np.random.default_rng(44)
    dims = integers("dims", dims, 1, 8)
    constants = [growth(d, quick, rng) if d < 3 else commutators.growth(d) for d in dims]
    return constants, displacements(quick, rng)


def growth(d: int, quick: bool, rng: np.random.Generator) -> commutators.Growth:
    """The bounds, and the largest norms of sinusoids and of random fields."""
    measured = np.array([1.0, 8.0] if quick else [0.25, 0.5, 1, 2, 4, 8, 16, 32])
    sigma, length = (4.0, 512) if d == 1 else (2.0, 128 if quick else 256)
    waves = [search.plane_waves(beta, GRAD, d, (1, 4), sigma, length) for beta in measured]
    # Fast ones: they do not feel the patch. A wave of 8 pixels, a filter of 24.
    n = 48
    fast = search.both_axes(0.0, GRAD, n, 8.0, 24.0) if d == 2 else search.plane_waves(0.0, GRAD, 1, (n // 8,), 24.0, n)
    shape, blur = ((160,), 2.5) if d == 1 else ((40, 40), 2.2)
    scales = (8.0, 5.0) if quick else (16.0, 11.0, 8.0, 6.0, 5.0)
    deformed = [stability.field(shape, GRAD, scale, rng=rng) for scale in scales]
    fields = np.full(len(measured), np.nan)
    for place, beta in enumerate(measured):
        if beta * blur > shape[0] / 4:  # a patch of a quarter of the period: the field comes back
            continue
        ways = rng.normal(size=(len(scales), 1, d))
        norms = [
            norm(Grid(shape).commutator(tau, blur, way * (beta * blur / np.linalg.norm(way))), rtol=1e-3)
            for tau, way in zip(deformed, ways, strict=True)
        ]
        fields[place] = max(found.value for found in norms) / GRAD
    return commutators.growth(
        d, measured=measured, waves=np.array([max(wave, fast) for wave in waves], dtype=np.float64), fields=fields
    )


def displacements(quick: bool, rng: np.random.Generator) -> commutators.Displacements:
    """Curves over four decades, and fields from 2 to 128 standard deviations."""
    sigma, n = 4.0, 512
    grid = Grid((n,))
    pooled = grid.gaussian(sigma)

    def point(tau: stability.Field) -> list[float]:
        found = norm(grid.deformation(tau) @ pooled - pooled, rtol=1e-3).value
        return [tau.sup / sigma, found * sigma / tau.sup]

    counts = (1, 8) if quick else (1, 2, 4, 8, 16)
    grads = (0.05, 0.5) if quick else (0.005, 0.02, 0.1, 0.25, 0.5)
    waves = [point(stability.sinusoid(n, eps, n / count)) for count in counts for eps in grads]
    fields = []
    for scale in (20.0,) if quick else (80.0, 40.0, 20.0, 10.0):
        tau = stability.field(n, 0.5, scale, rng=rng)
        fields += [point(factor * tau) for factor in ((1.0,) if quick else (1.0, 0.2, 0.04))]
    return commutators.displacements(waves=np.array(waves), fields=np.array(fields))
