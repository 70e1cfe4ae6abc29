r"""Every kernel expression as a truncated series in t at an end point, over exact numbers or over balls.

A kernel is expanded along u(t), a `Series` with values in [-1, 1]: at first u = 1 - t or -1 + t, in a composition
the series of the layers below. An arc-cosine kernel needs no case for the value that u starts from, because it is
an integral (claim 12: kappa_0' = (1-u^2)^{-1/2}/pi, kappa_n' = n^2/(2n-1) kappa_{n-1}):

.. math:: \kappa_0(u(t)) = \kappa_0(u(0)) + \frac1\pi \int_0^t \frac{u'(s)\,ds}{\sqrt{1-u(s)^2}}, \qquad
   \kappa_n(u(t)) = \kappa_n(u(0)) + \frac{n^2}{2n-1} \int_0^t \kappa_{n-1}(u(s))\, u'(s)\, ds,

termwise in rational powers of s; the square root comes out positive for u -> 1 and u -> -1 alike, and u' knows the
direction. At u(0) = +-1 this is claim 13.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..duals import ExponentialDual, PowerSeries
from ..expression import Compose, Monomial, Product, Sum
from ..families import ArcCosine, DefectPower, Exponential, Laplace, SinePower
from ..layered import Dense, Residual
from ..networks import NeuralTangent
from ..zonal import Zonal
from . import closed_values
from .constants import ONE, Number, rational
from .rings import Ring
from .series import Series, constant

_HALF = Fraction(1, 2)


def at_end(kernel: Zonal, at: int, length: Fraction, ring: Ring) -> Series:
    """kappa(1-t) (at = 1) or kappa(-1+t) (at = -1) from u = +-(1-t) + O(t^{1 + length}), or a little further.

    Its order may be less than `length` (after a root) or more. ValueError where the argument of a layer leaves
    [-1, 1]; NotImplementedError for a kernel of unknown kind.
    """
    q = 1
    while q * length < 8 and q * length != math.ceil(q * length):
        q *= 2
    body = [ring.number(rational(-at))] + [ring.zero] * (math.ceil(length * q) - 1)
    return Place(Series(ring, q, rational(at), q, body, 1)).expand(kernel)


class Place:
    """A series u(t) along which kernels are expanded, each of them once."""

    def __init__(self, u: Series) -> None:
        self.u = u
        self._series: dict[Any, Series] = {}
        self._places: dict[Zonal, Place] = {}

    def expand(self, kernel: Zonal) -> Series:
        """The series of kernel(u(t))."""
        found = self._series.get(kernel)
        if found is None:
            found = self._series[kernel] = self._expand(kernel)
        return found

    def image(self, kernel: Zonal) -> Place:
        """The place kernel(u(t)), at which an outer kernel reads; no further than u is known."""
        found = self._places.get(kernel)
        if found is None:
            series = self.expand(kernel)
            order = self.u.refined(series.q).order if series.q % self.u.q == 0 else series.order
            found = self._places[kernel] = Place(series.truncated(order))
        return found

    def _expand(self, kernel: Zonal) -> Series:
        rule = _RULES.get(type(kernel))
        if rule is not None:
            return rule(self, kernel)
        if hasattr(kernel, "expression"):
            return self.expand(kernel.expression())
        found = kernel.series(self)
        if found is None:
            raise NotImplementedError(f"no expansion is known for {kernel!r}")
        return found

    # -- the argument ---------------------------------------------------------------------------------------

    def constant(self, x: Number | Fraction | int) -> Series:
        """A constant, known as far as u."""
        return constant(self.u.ring, x if isinstance(x, Number) else rational(x), self.u)

    def inner(self) -> Series:
        """u with the value that it starts from: +-1 by its form, or a number in between."""
        if "inner" not in self._series:
            u = self.u.centred().leading()
            if u.start.rational not in (1, -1):
                for end in (1, -1):
                    sign = (ONE - u.start.scaled(end)).sign()
                    if sign < 0:
                        raise ValueError("the argument of a layer leaves [-1, 1]")
                    if sign == 0:
                        u = self.constant(end) + u - self.constant(u.start)
            self._series["inner"] = u
        return self._series["inner"]

    def defect(self) -> Series:
        """1 - u."""
        if "defect" not in self._series:
            self._series["defect"] = self.constant(1) - self.inner()
        return self._series["defect"]

    def arc_cosine(self, n: int) -> Series:
        """kappa_n(u(t)): the integrals of the module's docstring."""
        u = self.inner()
        start = closed_values.arc_cosine(n, u.start)
        if not u.body:  # a constant, as far as is known
            order = u.order if abs(u.start.rational or 0) != 1 else max(u.order // 2, 1)
            residues = 0 if u.residues == 0 else None
            return Series(u.ring, u.q, start, order, [], residues)
        if n:
            integrand = self.expand(ArcCosine(n - 1)).scaled(Fraction(n * n, 2 * n - 1))
        else:
            square = self.constant(1) - u * u
            integrand = square.power(-_HALF).times(closed_values.pi_power(-1))
        return (integrand * u.euler()).integrated(start)


def _sum(place: Place, kernel: Sum) -> Series:
    result = place.constant(0)
    for c, k in kernel.terms:
        result = result + place.expand(k).scaled(c)
    return result


def _product(place: Place, kernel: Product) -> Series:
    result = place.expand(kernel.factors[0])
    for k in kernel.factors[1:]:
        result = result * place.expand(k)
    return result


def _compose(place: Place, kernel: Compose) -> Series:
    for k in reversed(kernel.layers[1:]):
        place = place.image(k)
    return place.expand(kernel.layers[0])


def _polynomial(place: Place, coefficients: tuple[float, ...]) -> Series:
    result = place.constant(0)
    for c in reversed(coefficients):
        result = result * place.u + place.constant(Fraction(c))
    return result


def _tangent(place: Place, kernel: NeuralTangent) -> Series:
    order, tangent = place.u.order, place.u + place.constant(int(kernel.bias))
    step, ramp, q = ArcCosine(0), ArcCosine(1), place.u.q
    for _ in range(kernel.depth - 1):
        tangent = tangent * place.expand(step) + place.expand(ramp)
        tangent = tangent.truncated(order * tangent.q // q)
        place = place.image(ramp)
    return tangent


def _network(place: Place, kernel: Dense | Residual) -> Series:
    """rho_L, or T_L / share, of `layered`: T_l = psi_l'(rho_{l-1}) T_{l-1} + s_l(rho_{l-1})."""
    residual = isinstance(kernel, Residual) and kernel.tangent
    added = NeuralTangent(2, False) if residual else None
    tangent: Series | None = None
    for i, layer in enumerate(kernel.layers):
        if kernel.tangent:
            more = place.expand(layer if added is None else added)
            tangent = more if tangent is None else place.expand(layer.derivative()) * tangent + more
        elif i == len(kernel.layers) - 1:
            return place.expand(layer)
        place = place.image(layer)
    assert tangent is not None
    return tangent.scaled(Fraction(1, 2 * len(kernel.layers))) if residual else tangent


def _exponential_dual(place: Place, kernel: ExponentialDual) -> Series:
    u = place.u
    if kernel.name == "exp":
        return (place.constant(1) + u).exponential()
    mirrored = (-u).exponential().scaled(-1 if kernel.name == "sin" else 1)
    return (u.exponential() + mirrored).times(closed_values.e_power(-1)).scaled(_HALF)


def _entire_exponential(place: Place, alpha: Fraction) -> Series:
    return (place.u - place.constant(1)).scaled(alpha).exponential()


_RULES: dict[type, Callable[[Place, Any], Series]] = {
    Sum: _sum,
    Product: _product,
    Compose: _compose,
    Monomial: lambda place, k: place.u.natural_power(k.degree),
    PowerSeries: lambda place, k: _polynomial(place, k.coefficients),
    ArcCosine: lambda place, k: place.arc_cosine(k.degree),
    NeuralTangent: _tangent,
    Dense: _network,
    Residual: _network,
    Exponential: lambda place, k: _entire_exponential(place, k.alpha),
    Laplace: lambda place, k: (
        _entire_exponential(place, k.c)
        if k.gamma == 1
        else place.defect().power(k.gamma).scaled(-k.c).exponential()
    ),
    DefectPower: lambda place, k: place.defect().power(k.nu),
    SinePower: lambda place, k: (
        (place.constant(1) - place.inner() * place.inner())
        .power(k.power)
        .times(closed_values.pi_power(-1))
    ),
    ExponentialDual: _exponential_dual,
}
