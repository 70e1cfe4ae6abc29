r"""Functions f = sum_i c_i k(w_i, .) + p with a polynomial p: the kernel's own, whose norms need no sum over degrees.

.. math:: \|f\|_H^2 = \sum_{ij} c_i c_j \kappa(\langle w_i, w_j\rangle) + 2 \sum_i c_i p(w_i) + \|p\|_H^2

by the reproducing property (Aronszajn 1950). It serves where the sum over degrees is out of reach: for kernels whose
eigenvalues fall fast and have no known two-sided bounds, and for those whose expansions begin late.
"""

from __future__ import annotations

from typing import Any

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from .components import angle_cosine
from .ridge import Function


def without(kernel: Zonal, f: Function) -> Function:
    """f without its multiples of k(w, .): it is in the RKHS exactly if f is."""
    return Function(f.d, tuple((c, g, w) for c, g, w in f.ridges if g != kernel), f.polynomial)


def reproduced(kernel: Zonal, f: Function) -> Any:
    """|f|^2 less |p|^2, at flint's precision in force; None for what is no combination of k(w_i, .) and p."""
    if without(kernel, f).ridges or not f.ridges:
        return None
    total, one = ball(0), kernel(ball(1))
    for i, (c, _, w) in enumerate(f.ridges):
        total += ball(c * c) * one
        for b, _, v in f.ridges[:i]:
            total += 2 * ball(c * b) * kernel(angle_cosine(w, v))
        root = ball(w.square).sqrt()
        for k, y in enumerate(f._harmonics.values(w.w) if f.polynomial else ()):
            total += 2 * ball(c) * ball(y) / root**k
    return total
