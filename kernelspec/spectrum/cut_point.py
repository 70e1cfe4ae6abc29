r"""Points on the branch cuts, at which a product of complex powers is computed with its exact phase.

(1-f)^{1/3} (1-g)^{2/3} with f = g = 1 at u = 1 is real on the cut to leading order, but the product of two complex
numbers is not: what rounding leaves of the imaginary part would pass for a jump. With 1 - f_i ~ t^{m_i}, t the distance
to the end,

.. math:: \prod_i (1-f_i)^{q_i} = t^{\sum m_i q_i} \prod_i \Big(\frac{1-f_i}{t^{m_i}}\Big)^{q_i},

where the ratios are next to the positive numbers, and a total that is an integer needs no complex power. It is taken
where it agrees with the plain product, so that no branch is changed.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernels.atoms import Monomial
from ..kernels.expression import compose_layers
from ..kernels.points import Pair, Point
from ..kernels.zonal import Zonal

_AGREES = 1e-9


class CutPoint(Point):
    """A complex point next to an end of [-1, 1], or further off."""

    def pair(self, kernel: Zonal) -> Pair:
        known = kernel in self._images
        found = super().pair(kernel)
        if known or len(kernel.as_product) == 1:
            return found
        for at in (1, -1):
            powers = _powers(kernel, at)
            if powers:
                value = self._value(kernel, at, powers)
                near = self.near if at == 1 else ~self.near
                near = near & (np.abs(value - found.value) <= _AGREES * np.abs(found.value))
                value = np.where(near, value, found.value)
                found = self._images[kernel] = Pair(value, found.one - value, found.one)
        return found

    def _value(self, kernel: Zonal, at: int, powers: tuple[_Power, ...]) -> Any:
        distance = self.delta if at == 1 else self.codelta
        total = sum((m * q for _, _, m, q in powers), Fraction(0))
        value = self._raised(distance, total)
        for _, inner, m, q in powers:
            defect = self.delta if inner == Monomial(1) else self.image(inner).delta
            value = value * self._raised(defect / self._raised(distance, m), q)
        taken = [factor for factor, *_ in powers]
        for factor in kernel.as_product:
            if factor not in taken:
                value = value * self.pair(factor).value
        return value


_Power = tuple[Zonal, Zonal, Fraction, Fraction]


@functools.lru_cache(maxsize=256)
def _powers(kernel: Zonal, at: int) -> tuple[_Power, ...]:
    """Factors (1-f)^q with f = 1 at an end, as (factor, f, m, q); none where their total is no simpler than they."""
    from .region_points import departure

    found: list[_Power] = []
    for factor in kernel.as_product:
        outer, *rest = factor.as_layers
        nu = outer.defect_exponent
        if nu is not None:
            inner = compose_layers(tuple(rest)) if rest else Monomial(1)
            start, m = departure(inner, at)
            if start == 1:
                found.append((factor, inner, m, nu))
    total = sum((m * q for _, _, m, q in found), Fraction(0))
    simpler = any(total.denominator < (m * q).denominator for _, _, m, q in found)
    return tuple(found) if simpler else ()
