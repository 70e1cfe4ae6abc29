r"""Finite-dimensional features of a convolutional kernel network against its exact kernel (`ckn.Nystrom`, Mairal 2016).

The anchors are chosen from other images than those on which the Gram matrices are compared.
"""

from __future__ import annotations

import numpy as np

import kernelspec as ks
from experiments.datasets import digits
from kernelspec import ckn
from kernelspec.plots import features
from kernelspec.plots.features import Convergence

NAME = "nystrom-convergence"
TITLE = "Explicit features converge to the exact convolutional kernel"
CAPTION = r"""
Relative error $|\hat K - K|_F / |K|_F$ of the Gram matrix of images of handwritten digits ($8 \times 8$ pixels) when
each of the two layers has $m$ features in place of its infinitely many: root mean squares over draws (lines) and the
middle 80 % of them (bands). (a) ReLU layers: random features converge like $m^{-1/2}$ (grey); as many anchor points,
patches of other images, are more accurate by a factor of 100 and more from $m = 64$ on, and most accurate when
spherical $k$-means chooses them. (b) Exponential layers, $\sigma = 0.6$, for which there are anchors only. Both
networks: patches $3 \times 3$, Gaussian pooling and subsampling by 2, then patches $3 \times 3$ and the mean.
"""
ORDER = 70

KERNELS = {"ReLU": "arccos(1)", r"exponential, $\sigma = 0.6$": "exponential(0.6)"}

draw, table = features.draw, features.table


def network(kernel: str) -> ckn.Network:
    """Two layers that leave one position of 8 x 8 images."""
    patch = ks.parse(kernel)
    return ckn.Network((ckn.Layer(3, patch, ckn.gaussian(2), stride=2), ckn.Layer(3, patch, ckn.average(3), stride=3)))


def compute(
    quick: bool = False, *, components: tuple[int, ...] = features.COMPONENTS, seed: int = 2016
) -> list[Convergence]:
    """The errors of both networks for m up to 512; up to 64, on fewer images, when `quick`."""
    if quick:
        components = components[:5]
    images, draws = (60, 2) if quick else (200, 4)
    rng = np.random.default_rng(seed)
    found = []
    for title, kernel in KERNELS.items():
        shuffled = rng.permutation(digits().pixels).reshape(-1, 8, 8, 1)[: 2 * images]
        methods = tuple(features.METHODS)[0 if kernel == "arccos(1)" else 1 :]
        net = network(kernel)
        found.append(features.convergence(net, shuffled, title, components, draws, methods))
    return found
