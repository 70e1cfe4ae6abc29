r"""A proved bound of the eigenvalues of a kernel that is analytic in a disc |u| < R, R > 1, for every degree.

With M the supremum of |kappa| on |u| = r, 1 < r < R, Cauchy's estimate bounds the Taylor coefficients by M r^{-m}, and

.. math:: |\mu_k| \le M r^{-k} \mu_k(t^k) \frac{G^k}{\sqrt{1-r^{-2}}}, \qquad G = 2r^2 \big(1 - \sqrt{1-r^{-2}}\big).

*Proof.* mu_k = sum_j b_{k+2j} mu_k(t^{k+2j}) with mu_k(t^{k+2j}) / mu_k(t^k)
= (k+2j)!/(k! 4^j j!) Gamma(k+d/2)/Gamma(k+j+d/2) (Azevedo & Menegatto 2015; claim 10), which decreases in d. At d = 2
it is 4^{-j} binom(k+2j, j), and sum_j binom(k+2j, j) y^j = B^k/sqrt(1-4y) with B = (1-sqrt(1-4y))/(2y); put y =
r^{-2}/4. QED

M is bounded by balls on the circle, on which `analyticity` proves the kernel analytic inside.
"""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np

from .. import sphere
from ..kernels.zonal import Zonal
from .analyticity import cover
from .boundaries import disc
from .eigenvalue_arrays import Array
from .region_points import RegionError

_RADII = tuple(Fraction(q) for q in "16 8 4 2.6 1.9 1.7 1.45 1.3 1.2 1.1 1.05".split())
_READINGS = 4000
_ENOUGH = 4  # radii: a large one serves large degrees, if the kernel is not large there


def log_bound(kernel: Zonal, d: int, k: Array) -> Array:
    """An upper bound of log|mu_k| for each degree, infinite where none is proved."""
    best = np.full(k.shape, np.inf)
    for r, log_size in _circles(kernel):
        # log G = log(2r^2) + log(1-c), c = (1-r^{-2})^{1/2}; rounded up by 1e-9 in the end
        c = np.sqrt(1 - float(r) ** -2)
        growth = np.log(2 * float(r) ** 2) + np.log1p(-c) - np.log(float(r))
        logs = log_size + k * growth - np.log(c) + sphere.log_monomial_eigenvalue(d, k, k)
        best = np.minimum(best, logs + 1e-9 * (1 + np.abs(logs)))
    return best


@functools.lru_cache(maxsize=64)
def _circles(kernel: Zonal) -> tuple[tuple[Fraction, float], ...]:
    """Radii of discs in which the kernel is analytic, each with the logarithm of a bound on its circle."""
    found: list[tuple[Fraction, float]] = []
    for r in _RADII:
        try:
            pieces = cover(kernel, *disc(r), readings=_READINGS)
        except RegionError:
            continue
        found.append((r, max(float(piece.bound.log()) for piece in pieces)))
        if len(found) == _ENOUGH:
            break
    return tuple(found)
