r"""Kernels off the sphere: how K(x, y) depends on the lengths |x| and |y| of the vectors.

Without biases a ReLU network is homogeneous, and its kernel K(x, y) = |x||y| kappa(cos): so every zonal kernel is read
off the sphere (Bietti & Mairal 2019, JMLR; claim 37). A network with biases has a kernel of its own there. Its layers,
with w_l and c_l = 1 - w_l the shares of weights and bias in the variance of an input of length 1 (Lee et al. 2018;
claim L7), map the variances and covariances

.. math:: q_l(x) = w_l\, q_{l-1}(x) + c_l, \qquad
   K_l(x, y) = w_l \sqrt{q_{l-1}(x)\, q_{l-1}(y)}\; h_l(\rho_{l-1}) + c_l, \qquad \rho_l = K_l / \sqrt{q_l(x)\, q_l(y)}

with q_0 = |x|^2, rho_0 = cos, h_1(u) = u. With tan phi_l(x) = (c_l / (w_l q_{l-1}(x)))^{1/2}, an angle for each vector,

.. math:: \rho_l = \cos\phi_l(x) \cos\phi_l(y)\, h_l(\rho_{l-1}) + \sin\phi_l(x) \sin\phi_l(y), \qquad
   1 - \rho_l = \cos\phi_l(x) \cos\phi_l(y)\, (1 - h_l(\rho_{l-1})) + 2 \sin^2 \frac{\phi_l(x) - \phi_l(y)}{2}:

sums of terms >= 0, so that near-coincident vectors keep their digits in every layer. The tangent kernel is
T_L sqrt(q_L(x) q_L(y)) with T_1 = rho_1, T_l = cos phi_l(x) cos phi_l(y) h_l'(rho_{l-1}) T_{l-1} + rho_l.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .points import Point
from .zonal import Zonal


class Lengths:
    """The lengths of the rows and columns of a tile: `left` and `right` broadcast to its shape.

    Each side has `norm`; `parts`, where norms are so large or small that their products may leave the floats before
    the kernel's value brings them back: the mantissa and two powers of 2 whose product the norm is; and `nonzero`,
    which rows have a length, or None where all have.
    """

    def __init__(self, xp: Any, left: Any, right: Any, unit: bool) -> None:
        self.xp, self.left, self.right = xp, left, right
        self.unit = unit  # all of them are 1 up to rounding

    def times(self, value: Any) -> Any:
        """|x||y| times the value; 0 where x or y is 0, whatever the value."""
        value = self.without_zeros(value)
        if self.left.parts is None and self.right.parts is None:
            return value * self.left.norm * self.right.norm
        (m, first, second), (n, third, fourth) = self.left.split(), self.right.split()
        return value * (m * n) * (first * third) * (second * fourth)

    def without_zeros(self, value: Any) -> Any:
        """The value; 0 where x or y is 0 and has no direction."""
        for side in (self.left, self.right):
            if side.nonzero is not None:
                value = self.xp.where(side.nonzero, value, self.xp.zeros_like(value))
        return value


def with_biases(layers: Sequence[tuple[float, float, Zonal]], tangent: bool, point: Point, lengths: Lengths) -> Any:
    """K_L or the tangent kernel of the module's docstring; a layer is (w, c, h)."""
    xp, arithmetic = lengths.xp, point.arithmetic
    roots = [lengths.left.norm, lengths.right.norm]  # sqrt(q_l) of both
    total: Any = None
    for weights, bias, layer in layers:
        a, c = math.sqrt(weights), math.sqrt(bias)
        angles = [xp.atan2(xp.zeros_like(root) + c, a * root) for root in roots]
        cosines = xp.cos(angles[0]) * xp.cos(angles[1])
        pair = point.pair(layer)
        if total is not None:
            total = total * cosines * point.pair(layer.derivative()).value
        apart = xp.sin((angles[0] - angles[1]) / 2)
        value = cosines * pair.value + xp.sin(angles[0]) * xp.sin(angles[1])
        delta = cosines * pair.defect + 2 * apart * apart
        # The value as it is where it is small, from the defect where that is.
        value = xp.where(delta < 0.25, 1 - delta, value)
        point = Point(arithmetic, value, delta, arithmetic.nonnegative(1 + value))
        total = value if total is None else total + value
        roots = [xp.hypot(a * root, xp.zeros_like(root) + c) for root in roots]
    return (total if tangent else point.u) * roots[0] * roots[1]
