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

from ..duals import ExponentialDual
from ..exact_numbers import REMEDY, Exact, Rounded, Scalar, as_number
from ..expression import Compose, Monomial, Product, Sum
from ..families import ArcCosine, DefectPower, Exponential, Laplace, SinePower
from ..hermite import PowerSeries
from ..layered import Dense, Residual
from ..networks import NeuralTangent
from ..piecewise import PiecewiseDual
from ..stationary import Matern, RationalQuadratic
from ..zonal import Zonal
from . import closed_values, kinks
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


def _scaled(series: Series, c: Scalar) -> Series:
    """The multiple by an exact number; a rounded float is known to within its rounding."""
    return series.times(as_number(c)) if isinstance(c, Exact | Rounded) else series.scaled(c)


def _exponent(q: Fraction) -> Fraction:
    """An exponent, known exactly."""
    if isinstance(q, Rounded):
        raise ValueError(f"the law rests on an exponent that was rounded, {q}; {REMEDY}")
    return q


def _sum(place: Place, kernel: Sum) -> Series:
    result = place.constant(0)
    for c, k in kernel.terms:
        result = result + _scaled(place.expand(k), c)
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


def _power_series(place: Place, kernel: PowerSeries) -> Series:
    kernel.require_whole("it has no expansion, and no law of decay")
    result = place.constant(0)
    for c in reversed(kernel.coefficients):
        result = result * place.u + place.constant(Fraction(c))
    return result


def _piecewise(place: Place, kernel: PiecewiseDual) -> Series:
    """kappa = sum_j c_j w^{j/2} with w = 1 - u(t) or 1 + u(t), where u(t) starts from an end."""
    u = place.inner()
    if u.start.rational not in (1, -1):
        raise NotImplementedError(f"no expansion of {kernel!r} is known inside (-1, 1)")
    end = int(u.start.rational)
    distance = place.defect() if end == 1 else place.constant(1) + u
    root = distance.leading().power(_HALF)
    count = max(-(-place.u.order * root.q // (place.u.q * max(root.v, 1))), 2)
    first, *others = reversed(kinks.end_coefficients(kernel.activation, end, count))
    result = place.constant(first)
    for c in others:
        result = result * root + place.constant(c)
    return result.truncated(count * root.v * result.q // root.q)


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


def _entire_exponential(place: Place, alpha: Scalar) -> Series:
    return _scaled(place.u - place.constant(1), alpha).exponential()


def _entire(z: Series, b: Fraction, place: Place) -> Series:
    """0F1(; b; z) for a series z that starts with 0."""
    count = max(math.ceil(place.u.order * z.q / (place.u.q * max(z.v, 1))), 1) + 1
    result = place.constant(1)
    for j in range(count, 0, -1):
        result = place.constant(1) + (z * result).scaled(1 / (j * (b + j - 1)))
    return result


def _matern(place: Place, kernel: Matern) -> Series:
    """The two series of `bessel` at u = 1, where powers below t^nu cancel; elsewhere the Taylor series of K_nu."""
    nu, z = kernel.nu, _scaled(place.defect(), kernel.rate)
    if not z.start:
        if nu.denominator == 1:
            raise NotImplementedError(
                f"{kernel!r} has a logarithm at u = 1: no expansion is known for an integer nu"
            )
        tail = z.power(nu).times(
            closed_values.gamma(-nu) * closed_values.inverse(closed_values.gamma(nu))
        )
        return _entire(z, 1 - nu, place) + tail * _entire(z, 1 + nu, place)
    start, h = z.start, z - place.constant(z.start)
    # W_mu' = -W_{mu-1}, and W_{mu-1} = (W_{mu+1} - mu W_mu)/z.
    inverse = closed_values.inverse(start)
    w, lower = closed_values.bessel(nu, start), closed_values.bessel(abs(nu - 1), start)
    if nu < 1:  # W_{-mu} = z^{-mu} W_mu
        lower = lower * closed_values.power(start, nu - 1)
    constants, mu = [w, lower], nu - 1
    count = max(math.ceil(Fraction(place.u.order * z.q, place.u.q * max(h.v, 1))), 1) + 1
    while len(constants) <= count:
        above, here = constants[-2], constants[-1]
        constants.append((above - here.scaled(mu)) * inverse)
        mu -= 1
    result = place.constant(0)
    for j in range(count, -1, -1):
        result = (
            place.constant(constants[j].scaled(Fraction((-1) ** j, math.factorial(j)))) + h * result
        )
    return result.times(closed_values.inverse(closed_values.gamma(nu)).scaled(2))


def _rational_quadratic(place: Place, kernel: RationalQuadratic) -> Series:
    defect = place.constant(1) - place.u
    return (place.constant(1) + _scaled(defect, kernel.rate)).power(-_exponent(kernel.alpha))


_RULES: dict[type, Callable[[Place, Any], Series]] = {
    Sum: _sum,
    Product: _product,
    Compose: _compose,
    Monomial: lambda place, k: place.u.natural_power(k.degree),
    PowerSeries: _power_series,
    PiecewiseDual: _piecewise,
    ArcCosine: lambda place, k: place.arc_cosine(k.degree),
    NeuralTangent: _tangent,
    Dense: _network,
    Residual: _network,
    Exponential: lambda place, k: _entire_exponential(place, k.alpha),
    Laplace: lambda place, k: _scaled(place.defect().power(_exponent(k.gamma)), -k.c).exponential(),
    DefectPower: lambda place, k: place.defect().power(_exponent(k.nu)),
    SinePower: lambda place, k: (
        (place.constant(1) - place.inner() * place.inner())
        .power(k.power)
        .times(closed_values.pi_power(-1))
    ),
    ExponentialDual: _exponential_dual,
    Matern: _matern,
    RationalQuadratic: _rational_quadratic,
}
