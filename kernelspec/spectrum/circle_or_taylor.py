"""Circles or the Taylor series: which of the two serves kernels that are analytic on [-1, 1]."""

from __future__ import annotations

import numpy as np

from ..kernels.zonal import Zonal
from .circle import circle_route, pair_at
from .eigenvalue_arrays import Array
from .route import Answer, Route
from .taylor import LARGEST_DEGREE, WEAK, TaylorRoute

_SMALL_RADIUS, _LOW_DEGREE = 1.2, 5.0
_ENDLESS = 0.0025  # arccosh R: R^-m is above 1e-18 up to m = 16384, more terms than `taylor` takes


class CircleOrTaylor(Route):
    """The circle integral, and the Taylor series where that is not known to `WEAK`."""

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel
        self._circle, self._taylor = circle_route(kernel), TaylorRoute(kernel)

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        found, names = self._circle.values(d, k, estimate), (self._circle.name,)
        lost = np.flatnonzero(~(found.error <= WEAK) & (k <= LARGEST_DEGREE))
        if lost.size and not has_endless_series(self.kernel):
            try:
                other = self._taylor.values(d, k[lost])
            except ValueError:
                return Answer(found, names)  # too many terms, or digits
            for target, source in zip(found, other, strict=True):
                target[lost] = source
            names = (self._taylor.name,)
        return Answer(found, names)


def has_long_series(kernel: Zonal) -> bool:
    """Whether circles serve the kernel, and the Taylor series takes long: of a small radius, or of high terms.

    kappa'(1)/kappa(1) is the mean degree of the terms.
    """
    if kernel.singular or kernel.series_sign != 1:
        return False
    if kernel.radius < _SMALL_RADIUS:
        return True
    small = 1e-10
    _, defect = pair_at(kernel, np.array([complex(0.0, -small)]))
    return not -float(defect.real[0]) <= _LOW_DEGREE * kernel.at_one * small**2 / 2


def has_endless_series(kernel: Zonal) -> bool:
    """Whether the singularity is so near that no Taylor series ends, and no quadrature in balls: 1.002 and below."""
    return has_long_series(kernel) and circle_route(kernel).singularity < _ENDLESS
