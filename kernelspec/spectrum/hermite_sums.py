"""Certified eigenvalues of kernels whose Taylor coefficients come as balls: duals of smooth activations by name.

Their coefficients b_m are squares, and the sum of all of them is kappa(1) (`kernels.smooth_duals`): what comes behind
the first terms is known. The sums and the bound of their tails are those of `taylor_sums`, from where the weights fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flint

from ..kernels.zonal import Zonal
from .taylor_sums import first_falling, first_terms, summed

_LENGTHS = (160, 320, 640, 1280, 2560)  # terms; more take minutes
_SPARE = 56  # bits of the precision in force that a sum may lose: the caller takes 64 more than it wants


@dataclass(frozen=True)
class SeriesForm:
    """mu_k of such a kernel on the sphere of R^d."""

    kernel: Zonal
    d: int

    def ball(self, k: int) -> Any:
        """mu_k to the precision in force, but for `_SPARE` bits; ArithmeticError where that takes too many terms."""
        for terms in _LENGTHS:
            count = (terms - k + 1) // 2
            if count <= first_falling(self.d, k):
                continue
            known = self.kernel.taylor_squares(terms, flint.ctx.prec)
            assert known is not None  # `certified` asked
            value = first_terms(self.d, k)[k] * summed(known[0], known[1], self.d, k, count)
            if value.rel_accuracy_bits() >= flint.ctx.prec - _SPARE:
                return value
        raise ArithmeticError(
            f"mu_{k} of {self.kernel!r} on S^{self.d - 1} to so many digits takes more than {_LENGTHS[-1]} terms of "
            "its Hermite series"
        )
