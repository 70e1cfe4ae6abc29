"""Eigenvalues in closed form, term by term of a linear combination of kernels (claims 10, 11, 15, 16, 19-22).

A term states its own: the polynomial that it is (`polynomial_part`), or its `eigenvalue(d)`. Factors u come by the
three-term recurrence (Bietti & Bach 2021, Appendix A; claim 2). Source: Azevedo & Menegatto 2015 (claim 10), Bietti &
Bach 2021 (claims 15, 16, 22), Bach 2017, Appendix D (claims 19, 20), Bietti & Mairal 2019, NeurIPS (claim 21).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sphere
from ..kernels.atoms import Monomial
from ..kernels.expression import add, compose_layers
from ..kernels.powers import sines_raised
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar, as_sympy, ball, decimal
from ..numbers.rational import Polynomial
from ..sphere.gamma_products import ClosedForm
from ..sphere.power_eigenvalues import monomial_eigenvalue_and_log
from .eigenvalue_arrays import EPS, Array, Values, combine, zeros
from .route import Answer, Route

if TYPE_CHECKING:
    import sympy


def of_parity(kernel: Zonal, parity: int) -> list[tuple[Scalar, Zonal]]:
    """`expanded`, for degrees of one parity: mu_k of kappa(-u) is (-1)^k mu_k, so that mirrored terms meet."""
    mirror, terms = -Monomial(1), []
    for c, k in expanded(kernel):
        *outer, inner = k.as_layers
        if outer and inner == mirror:
            c, k = (-c if parity else c), compose_layers(tuple(outer))
        terms.append((c, k))
    return expanded(add(terms))


_CANCELS, _LARGEST_EXACT = (1e-12, 2000)  # relative errors, and degrees, of polynomials that are added exactly
_AT_ONCE = 1 << 14  # powers times degrees whose Gamma functions are computed together


def expanded(kernel: Zonal) -> list[tuple[Scalar, Zonal]]:
    """The kernel as a linear combination: sums multiplied out, two-layer tangent kernels written out."""
    out: list[tuple[Scalar, Zonal]] = []
    for c, k in kernel.as_sum:
        written = k.with_closed_terms
        if written is not k:
            out += [(c * c2, k2) for c2, k2 in expanded(written)]
        elif _has_sums(k):
            k = sines_raised(k)
            if len(k.as_product) == 1:
                out.append((c, k))
                continue
            product = add([(c, Monomial(0))])
            for factor in k.as_product:
                product = add([(c1 * c2, k1 * k2) for c1, k1 in product.as_sum for c2, k2 in factor.as_sum])
            out += product.as_sum
        else:
            out.append((c, k))
    return out


def _has_sums(kernel: Zonal) -> bool:
    """Whether the kernel is a product with sums among its factors."""
    return any(len(factor.as_sum) > 1 for factor in kernel.as_product)


def closed_form(kernel: Zonal, d: int, parity: int) -> ClosedForm | None:
    """The closed form for degrees of one parity, or None where there is none here."""
    part = kernel.polynomial_part(parity)
    return stated_form(kernel, d) if part is None else PolynomialForm(d, part)


def stated_form(kernel: Zonal, d: int) -> ClosedForm | None:
    """The closed form that the kernel's class states; TypeError where what it states is none."""
    form = kernel.eigenvalue(d)
    if form is not None and not isinstance(form, ClosedForm):
        raise TypeError(f"eigenvalue(d) of {kernel!r} must be a ks.sphere.GammaProduct or None; got {form!r}")
    return form


def floats(form: ClosedForm, k: Array) -> Values:
    """The form's values in floats."""
    return Values(*form.floats(k))


@dataclass(frozen=True)
class PolynomialForm:
    """mu_k of a polynomial sum_m b_m u^m (Azevedo & Menegatto 2015; claim 10)."""

    d: int
    coefficients: Polynomial

    def floats(self, k: Array) -> Values:
        """mu_k in float64: exact zeros beyond the polynomial's degree, and for the other parity."""
        return polynomial_values(self.coefficients, self.d, k)

    def ball(self, k: int) -> Any:
        """mu_k from exact numbers, as a ball."""
        return ball(self.exactly(k))

    def sympy(self, k: int) -> sympy.Expr:
        """mu_k from exact numbers, in sympy."""
        return as_sympy(self.exactly(k))

    def exactly(self, k: int) -> Scalar:
        """mu_k in exact numbers."""
        total: Scalar = Fraction(0)
        for m, q in self.coefficients.items():
            if m >= k and (m - k) % 2 == 0:
                total += q * sphere.monomial_eigenvalue_exact(self.d, m, k)
        return total


@dataclass(frozen=True)
class OverPi:
    """A closed form over a power of pi."""

    form: ClosedForm
    power: int

    def floats(self, k: Array) -> Values:
        """Values whose error is that of the form, and a rounding."""
        return combine([(math.pi**-self.power, floats(self.form, k))])

    def ball(self, k: int) -> Any:
        """The form's ball over that of the power."""
        return self.form.ball(k) / ball(1).pi() ** self.power

    def sympy(self, k: int) -> sympy.Expr:
        """The form's expression over the power."""
        import sympy

        return self.form.sympy(k) / sympy.pi**self.power


@dataclass(frozen=True)
class TimesU:
    """The eigenvalue k/(2k+d-2) mu_{k-1} + (k+d-2)/(2k+d-2) mu_{k+1} of u kappa, from the mu_k of kappa.

    Source: Bietti & Bach 2021, Appendix A (claim 2).
    """

    form: ClosedForm
    d: int

    def floats(self, k: Array) -> Values:
        """Values whose error grows where the two terms cancel."""
        return times_u(self.d, k, functools.partial(floats, self.form))

    def ball(self, k: int) -> Any:
        """The sum of two balls."""
        return self._sum(k, self.form.ball)

    def sympy(self, k: int) -> sympy.Expr:
        """The sum of two expressions."""
        return self._sum(k, self.form.sympy)

    def _sum(self, k: int, mu: Callable[[int], Any]) -> Any:
        if k == 0:
            return mu(1)
        return (k * mu(k - 1) + (k + self.d - 2) * mu(k + 1)) / (2 * k + self.d - 2)


def times_u(d: int, k: Array, read: Callable[[Array], Values]) -> Values:
    """mu_k of u kappa by the same recurrence, from what reads those of kappa."""
    # For k = 0 the first weight is 0, or the degree below is the one above (d = 2, where mu_{-1} = mu_1).
    below, above = read(np.abs(k - 1)), read(k + 1)
    if d == 2:
        return combine([(0.5, below), (0.5, above)])
    whole = 2.0 * k + d - 2
    return combine([(k / whole, below), ((k + d - 2) / whole, above)])


class ClosedRoute(Route):
    """The route of a closed form; each dimension d has its own."""

    name = "closed form"
    together = True

    def __init__(self, form: ClosedForm) -> None:
        self.form = form

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        return floats(self.form, k)


class TimesURoute(Route):
    """u kappa, from the route of kappa."""

    def __init__(self, route: Route) -> None:
        self.route, self.name, self.together = route, route.name, route.together
        self.owns_missing = route.owns_missing

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        return times_u(d, k, functools.partial(self.route.values, d, estimate=estimate))


class PolynomialRoute(Route):
    """A polynomial sum_m b_m u^m, or a series that is cut off; `whole`: the kernel has no other part of this parity.

    Source: Azevedo & Menegatto 2015 (claim 10).
    """

    together = True
    exact = "polynomial"

    def __init__(self, coefficients: Polynomial, name: str = exact, whole: bool = False) -> None:
        self.coefficients, self.name, self.whole = coefficients, name, whole

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        return polynomial_values(self.coefficients, d, k)

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        found = super().answer(d, k)
        beyond = self.whole and k.min() > max(self.coefficients, default=-1)
        return found._replace(names=("exact zero",)) if beyond else found


def polynomial_values(coefficients: Polynomial, d: int, k: Array) -> Values:
    """mu_k of a polynomial sum_m b_m u^m (Azevedo & Menegatto 2015; claim 10): parity zeros are exact."""
    found = _polynomial_sum(coefficients, d, k)
    exact = {m: q for m, q in coefficients.items() if isinstance(q, Fraction)}
    if len(exact) < len(coefficients) or max(exact, default=0) > _LARGEST_EXACT:
        return found
    for i in np.flatnonzero(~(found.error <= _CANCELS)):  # added exactly
        terms = (decimal(q) * sphere.monomial_eigenvalue_exact(d, m, int(k[i])) for m, q in exact.items())
        total = sum(terms, Fraction(0))
        if total:
            log_abs = math.log(abs(total.numerator)) - math.log(total.denominator)
            row = float(total), log_abs, math.copysign(1.0, total), 4 * EPS
        else:
            row = 0.0, -math.inf, 0.0, 0.0
        for target, entry in zip(found, row, strict=True):
            target[i] = entry
    return found


def _polynomial_sum(coefficients: Polynomial, d: int, k: Array) -> Values:
    powers = np.array(list(coefficients)).reshape(-1, *(1 for _ in k.shape))
    at_once = max(1, _AT_ONCE // max(1, k.size))
    parts: list[Values] = []
    for first in range(0, len(powers), at_once):
        value, log_abs = monomial_eigenvalue_and_log(d, powers[first : first + at_once], k)
        sign = np.isfinite(log_abs).astype(float)
        parts.extend(map(Values, value, log_abs, sign, 4 * EPS * sign))
    weighted = list(zip(map(float, coefficients.values()), parts, strict=True))
    return combine(weighted) if weighted else zeros(k.shape)


def exact(kernel: Zonal, d: int, k: int) -> sympy.Expr:
    """mu_k as a sympy expression; NotImplementedError that names the term without a closed form."""
    import sympy

    total = sympy.Integer(0)
    for c, term in expanded(kernel):
        form = closed_form(term, d, k % 2)
        if form is None:
            raise NotImplementedError(f"no closed form is known here for mu_{k} of {term!r} on S^{d - 1}")
        total += as_sympy(c) * form.sympy(k)
    return total
