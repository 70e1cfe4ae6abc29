r"""One layer of a wide ReLU network as a map of correlations.

Ramp, line and constant, psi(u) = (1 - a - c) kappa_1(u) + a u + c (`ReluLayer`), make slopes, biases and skip
connections; `networks` reads stacks of them. Source: Lee et al. 2018, Jacot et al. 2018 (claims L6, L7), Huang et al.
2020 (claim L8).
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial, as_exact
from .atoms import Atom, Monomial
from .base_points import Constant, exact_at
from .expression import add
from .families import ArcCosine
from .points import Pair, Point
from .zonal import Zonal


@dataclass(frozen=True, repr=False)
class ReluLayer(Atom):
    """(1 - linear - constant) kappa_1 + linear u + constant: what one layer does to the correlation."""

    # The dual of a ramp with slopes and a bias: squares of Hermite coefficients (claim 10).
    series_sign = 1
    smooth_in_angle = True

    _: KW_ONLY
    linear: Scalar = Fraction(0)
    constant: Scalar = Fraction(0)

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.constant

    @cached_property
    def ramp(self) -> Scalar:
        """The coefficient of kappa_1."""
        return 1 - self.linear - self.constant

    def pair(self, point: Point) -> Pair:
        arithmetic, ramp = point.arithmetic, point.pair(ArcCosine(1))
        number = arithmetic.number
        one, a, r = number(Fraction(1)), number(self.linear), number(self.ramp)
        value = r * ramp.value + a * point.u + number(self.constant)
        defect = r * ramp.defect + a * point.delta
        if self.linear < 0:  # close to u^2 -> |u| the defect is small at u = -1, too
            far = number(1 - self.constant + self.linear) - self.rise(point, -1)
            defect = arithmetic.select(point.near, defect, far)
        close = arithmetic.near(number(Fraction(1, 4)) - defect)  # the coefficients round
        return Pair(arithmetic.select(close, one - defect, value), defect, one)

    def exact_at(self, at: int) -> Constant | None:
        return exact_at(self.expression(), at)

    def rise(self, point: Point, at: int) -> Any:
        if at == 1:
            return -point.pair(self).defect
        number, step = point.arithmetic.number, point.u if at == 0 else point.codelta
        ramp = number(self.ramp) * ArcCosine(1).rise(point, at)
        return ramp + number(self.linear) * step

    def expression(self) -> Zonal:
        """The same kernel as a sum."""
        return add([(self.ramp, ArcCosine(1)), (self.linear, Monomial(1)), (self.constant, Monomial(0))])

    @cached_property
    def slope(self) -> Zonal:
        """The derivative, (1 - linear - constant) kappa_0 + linear."""
        return self.expression().derivative()

    def derivative(self) -> Zonal:
        return self.slope

    def latex_of(self, argument: str) -> str:
        return f"\\left({self.expression().latex_of(argument)}\\right)"

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self.expression().polynomial_part(parity)

    @property
    def rectifier(self) -> tuple[Scalar, Scalar] | None:
        return None if self.constant else (self.linear, self.ramp)


def relu_layer(linear: Any = 0, constant: Any = 0) -> Zonal:
    r"""What a layer of an infinitely wide ReLU network with a skip or a bias does to the correlation u of two inputs,

    .. math:: \psi(u) = (1 - a - c)\,\kappa_1(u) + a u + c, \qquad |a| \le 1 - c, \quad 0 \le c \le 1.

    Parameters
    ----------
    linear : a, the share of the line: 2s/(1+s^2) for slope s on the negative side (claim L6), the share of the
        variance that a skip connection carries (claim L8). Negative slopes give a negative one.
    constant : c, the share of the variance that a bias carries (claim L7).

    Raises
    ------
    ValueError, TypeError
        for a and c outside of these ranges, or no real numbers.

    Source: Lee et al. 2018, Jacot et al. 2018 (claims L6, L7), Huang et al. 2020 (claim L8).

    >>> relu_layer(), relu_layer(linear=1), relu_layer(linear=0.5, constant=0.25)
    (arccos(1), linear(), relu_layer(linear=0.5, constant=0.25))
    """
    a, c = as_exact(linear, "linear"), as_exact(constant, "constant")
    if not 0 <= c <= 1:
        raise ValueError(f"constant must lie in [0, 1]; got {constant}")
    if not abs(a) <= 1 - c:
        raise ValueError(f"linear must lie in [-(1 - constant), 1 - constant]; got {linear}")
    return layer_of(a, c)


def layer_of(linear: Scalar, constant: Scalar) -> Zonal:
    """The layer; a line, or the ramp alone, by its own name."""
    layer = ReluLayer(linear=linear, constant=constant)
    return layer if layer.ramp and (linear or constant) else layer.expression()


def as_ratio(value: Any, name: str) -> Scalar:
    """An exact real number, 0 or between 1e-100 and 1e100 in size."""
    number = as_exact(value, name)
    if number and not Fraction(1, 10**100) <= abs(number) <= 10**100:
        raise ValueError(f"{name} must be 0 or lie between 1e-100 and 1e100 in size; got {value}")
    return number
