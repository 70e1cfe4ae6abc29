"""Certified eigenvalues (`certified`), rounded to float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.precision import at_least, with_balls
from .eigenvalue_arrays import EPS, Array, Values, cut_off, unknown
from .route import Answer, Route
from .taylor import WEAK

LARGEST_IN_BALLS = 2000  # degree and dimension
_DIGITS = 18
_PRECISION = 96  # bits, of logarithms


class BallRoute(Route):
    """Quadrature in balls for degrees and dimensions up to 2000; the others are unknown."""

    name = "quadrature in balls"
    owns_missing = True
    together = True

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel

    @with_balls
    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        from .certified import certified

        found = unknown(k.size)
        served = (k <= LARGEST_IN_BALLS) & (d <= LARGEST_IN_BALLS)
        if not served.any():
            return found
        unique, inverse = np.unique(k[served], return_inverse=True)
        try:
            balls = certified(self.kernel, d, [int(x) for x in unique], _DIGITS)
        except (ValueError, ArithmeticError):
            return found
        for target, column in zip(found, rounded(balls), strict=True):
            target[served] = column[inverse]
        return found


def rounded(balls: list[Any]) -> Values:
    """The floats next to balls that have their digits."""
    with at_least(_PRECISION):
        log_abs = np.array([float(abs(mu).log()) if mu != 0 else -np.inf for mu in balls])
        value = np.array([float(mu) for mu in balls])
        sign = np.array([float((mu > 0) - (mu < 0)) for mu in balls])
    return Values(value, log_abs, sign, np.full(len(balls), 2 * EPS))


class BallsBehind(BallRoute):
    """Another route, and balls where that, with what its series misses, is not known to `WEAK`."""

    def __init__(self, kernel: Zonal, first: Route) -> None:
        super().__init__(kernel)
        self.first = first

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        found, names = self.first.answer(d, k, estimate)
        found = cut_off(found, self.kernel.truncation)
        weak = np.flatnonzero(~(found.error <= WEAK))
        if weak.size:
            balls = self.values(d, k[weak], estimate)
            told = ~np.isinf(balls.error)
            for target, source in zip(found, balls, strict=True):
                target[weak[told]] = source[told]
            names = (*names, self.name) if told.any() and weak.size < k.size else (self.name,) if told.any() else names
        return Answer(found, names)
