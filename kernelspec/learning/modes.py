"""What gradient flow and gradient descent learn along each eigenvector of a kernel, to all digits at any time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numbers.checks import FloatArray


@dataclass(frozen=True, eq=False)
class Modes:
    """The eigenvalues k >= 0 and the shift s: what is learnt of each, and what is left.

    Both methods return g_t(k) and r_t(k) of `dynamics`, shapes (p, n); g = 0 where k + s = 0.
    """

    values: FloatArray
    shift: float

    @property
    def total(self) -> FloatArray:
        return self.values + self.shift

    def flow(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        some = self.total > 0
        exponent = np.where(some, np.where(some, self.total, 1.0) * times[:, None], 0.0)
        return self._both(-np.expm1(-exponent), np.exp(-exponent), some)

    def descent(self, steps: FloatArray, rate: float) -> tuple[FloatArray, FloatArray]:
        some = self.total > 0
        product = rate * self.total  # below 2
        # log |1 - product|: both differences are exact where they are small
        with np.errstate(divide="ignore"):
            size = np.where(product < 1, np.log1p(-np.minimum(product, 1.0)), np.log(np.maximum(product - 1, 0.0)))
        count = steps[:, None]
        exponent = np.where(some & (count > 0), np.where(some, size, -1.0) * np.maximum(count, 1.0), 0.0)
        odd = (product > 1) & (np.where(np.isfinite(count), count, 0.0) % 2 == 1)
        kept = np.where(odd, -np.exp(exponent), np.exp(exponent))
        return self._both(np.where(odd, 1 - kept, -np.expm1(exponent)), kept, some)

    def _both(self, gone: FloatArray, kept: FloatArray, some: Any) -> tuple[FloatArray, FloatArray]:
        """From 1 - e_t and e_t."""
        total = np.where(some, self.total, 1.0)
        return np.where(some, gone / total, 0.0), np.where(some, (self.shift + self.values * kept) / total, 1.0)


def stable_rate(rate: float, modes: Modes, power: int) -> float:
    """The learning rate, in the units of the eigenvalues; ValueError where gradient descent diverges."""
    fastest = float(modes.total.max())
    if rate * fastest >= 2:
        raise ValueError(
            f"rate must be < 2/(largest eigenvalue + n lambda) = {math.ldexp(2 / fastest, -power):.6g}, where gradient "
            f"descent diverges; got {math.ldexp(rate, -power)!r}"
        )
    return rate
