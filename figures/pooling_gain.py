"""Effective dimensions and learning curves of one convolutional layer, with and without pooling (claims 55, L16)."""

from __future__ import annotations

import math

from kernelspec.plots import pooling
from kernelspec.plots.pooling import PoolingGain

NAME = "pooling-gain"
TITLE = "What convolution and pooling gain: effective dimension and learning curves"
CAPTION = r"""
One layer on signals of $p = @p@$ signs on a circle with patches of $q = @q@$: the kernel $\sum_{u,v}(A^TA)_{uv}
h(\langle x_u,x'_v\rangle/q)$, as in Figure 1 of Misiakiewicz and Mei (2021). Averages over @omega@ positions (local)
or over all of them (global), and one patch that reads all positions (fully connected). The targets are
$p^{-1/2}\sum_i s_i$ times the product of @l@ signs from $x_i$ on: $s_i=1$ is the lowest frequency, $s_i=(-1)^i$ the
highest. (a) The effective dimension $\mathrm{Tr}\,T(T+\lambda)^{-1}$ from exact spectra, over $\lambda$ in units of
the eigenvalue of the target of low frequency. Marked at 1: the number of samples of which half of the target is
learned. (b, c) Test errors over the power of the target. Lines: the eigenlearning equations, a theory for Gaussian
eigenfunctions; marks: kernel ridge regression without noise, $\lambda=10^{-8}\,\mathbb{E}K(x,x)$, means over disjoint
sets of points of the seed. The error of the target of low frequency is at most a half from @low@ samples on, in the
order of the legend; that of high frequency from @high@. Global pooling does not see the alternating sum, and its
error has a peak where there are as many samples as the kernel has eigenfunctions; it leaves the panel.
"""
ORDER = 80

draw, table = pooling.draw, pooling.table


def compute(
    quick: bool = False,
    *,
    positions: int = 30,
    patch: int = 10,
    omega: int = 5,
    degree: int = 3,
    kernel: str = pooling.KERNEL,
    seed: int = 0,
) -> PoolingGain:
    """Spectra, predicted curves and regressions on up to 800 points; 100 when `quick`."""
    samples, points = (100, 8) if quick else (800, 32)
    return pooling.pooling(positions, patch, omega, degree, kernel, samples, seed, points)


def caption(data: PoolingGain) -> str:
    """The caption with the numbers of this run."""
    words = {"p": data.positions, "q": data.patch, "omega": data.omega, "l": data.degree}
    text = CAPTION
    for name, number in words.items():
        text = text.replace(f"@{name}@", str(number))
    for name, several in zip(pooling.FREQUENCIES, data.half.T, strict=True):
        numbers = ["never" if math.isinf(x) else f"{x:.0f}" for x in several]
        text = text.replace(f"@{name}@", f"{', '.join(numbers[:-1])} and {numbers[-1]}")
    return text
