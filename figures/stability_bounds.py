"""Stability to deformations: the theorem's bound and what is measured, by gradient, depth and size of the patches."""

from __future__ import annotations

from kernelspec.plots import bounds
from kernelspec.plots.bounds import Stability

NAME = "stability-bounds"
TITLE = "Stability to deformations: bound and measurement"
CAPTION = r"""
Relative distances $\|\Phi(L_\tau x)-\Phi(x)\|/\|x\|$ of convolutional networks on the line, of CKN and of tangent
kernels, and the bounds of the stability theorem with all its constants, proved on $R$ (lines without marks; they stop
at what the norms alone give). Bands: least to largest over noise, a smooth signal, a single point and a wave, and over
random fields; marks: their root mean square. (a) By $\|\nabla\tau\|_\infty$, two layers with patches of three pixels
and Gaussian pooling: the powers are 1 and 1/2. (b) By the number of layers at $\|\nabla\tau\|_\infty=0.01$: the bounds
grow like $n$ and $n^{3/2}$; distances of the CKN do not grow, those of the tangent kernel about like $\sqrt n$, as its
norm does. (c) By the size of the patches, one layer, $\|\nabla\tau\|_\infty=0.01$: the bounds grow linearly, where
$\beta^{d+1}$ is the order in the sources.
"""
ORDER = 74

draw, table = bounds.draw, bounds.table


def compute(
    quick: bool = False,
    *,
    depths: tuple[int, ...] = bounds.DEPTHS,
    grads: tuple[float, ...] = bounds.GRADS,
    patches: tuple[int, ...] = bounds.PATCHES,
    kernel: str = "arccos(1)",
    seed: int = 2019,
) -> Stability:
    """Distances of a few signals under a few fields; fewer, on a coarser grid, when `quick`."""
    factor, fields = (2, 1) if quick else (4, 3)
    if quick:
        grads, depths, patches = grads[::3], depths[:3], patches[:3]
    return bounds.distances_and_bounds(grads, depths, patches, kernel, factor, fields, seed)
