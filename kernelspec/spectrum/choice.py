"""Which routes serve a kernel, term by term of its linear combination: mu_k is linear in the kernel.

1. Closed forms (`closed`): polynomials, whose mu_k is exactly 0.0 beyond their degree (Azevedo & Menegatto 2015; claim
   10); arc-cosine kernels of every degree and u times them - so also ntk(2), with and without bias -, exponentials,
   powers (1-u)^nu and (1-u^2)^p;
   Series that are cut off, too; where that drowns the value, sums of proved coefficients (`hermite_sums`); duals of
   smooth activations at large variances, and powers of u times them, by sums over all of the series (`whole_series`);
2. duals of piecewise smooth activations, and powers of u times them - so also networks of one hidden layer without
   biases -, by `radial` integrals; other networks that hold such duals by `panel_quadrature`, with series that are cut
   off beside them by quadrature in balls; functions of the user's own by `quadrature`;
3. kernels without a singularity on [-1, 1] by their `taylor` series: duals of smooth activations, their products and
   compositions; deep ones, of which it is long, by the integral over a `circle`;
4. everything else by the `branch_cut` integral: all deeper networks, Laplace, step networks, products.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from ..kernels.atoms import Monomial
from ..kernels.expression import add
from ..kernels.network_readings import has_steps
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar
from ..numbers.rational import Polynomial
from .ball_route import BallRoute, BallsBehind
from .circle_or_taylor import CircleOrTaylor, has_long_series
from .closed import ClosedRoute, PolynomialRoute, TimesURoute, of_parity, stated_form
from .eigenvalue_arrays import Array, combine
from .fallbacks import ContourOrOther, Repaired
from .panel_quadrature import panel_route
from .quadrature import Deferred, quadrature_route
from .radial import radial_route
from .route import Answer, Route
from .taylor import LARGEST_DEGREE, TaylorRoute
from .whole_series import has_whole_series, whole_series

# Analytic parts are left out where they are below e^-42 = 6e-19 of the rest.
_NEGLIGIBLE = 42.0


def route_of(kernel: Zonal, d: int, parity: int) -> Route:
    """The route to mu_k over one parity."""
    polynomial: Polynomial = {}
    parts: list[tuple[float, Route]] = []
    rest: list[tuple[Scalar, Zonal]] = []
    by_panels: list[tuple[Scalar, Zonal]] = []
    for c, term in _by_pieces(of_parity(kernel, parity), d, parity):
        part = term.polynomial_part(parity)
        if part is not None:
            for m, q in part.items():
                polynomial[m] = polynomial.get(m, Fraction(0)) + c * q
        elif (route := _own_route(term, d, parity)) is not None:
            parts.append((float(c), route))
        else:
            if term.truncation and (term.real_floats or math.isinf(term.truncation)):
                if _by_steps(kernel):
                    return BallRoute(kernel)
                raise ValueError(
                    f"{term!r} holds the dual of an activation with kinks, of which floats are read on [-1, 1] only: "
                    "products and compositions of it with a series that is cut off have no eigenvalues here"
                )
            (by_panels if _of_pieces(term) else rest).append((c, term))
    # Terms that may cancel are better added before they are integrated, and share one contour.
    if by_panels:
        parts.append((1.0, panel_route(add(by_panels))))
    if rest:
        parts.append((1.0, ContourOrOther(add(rest))))
    if any(polynomial.values()) or not parts:
        parts.append((1.0, PolynomialRoute(polynomial)))
    # What is known by its values alone has no other route.
    alone = bool(kernel.user_functions or kernel.truncation or kernel.real_floats)
    combination = LinearCombination(kernel, parts, estimates=not alone)
    if kernel.truncation and not rest and not combination.owns_missing:
        from .hermite_sums import HermiteRoute

        found = HermiteRoute.of(kernel, d, parity, combination)
        return BallsBehind(kernel, found) if found is combination and _by_steps(kernel) else found
    if alone or len(parts) == 1 and not rest:
        return combination
    return Repaired(kernel, combination, by_contour=bool(rest), several=len(parts) > 1)


def _by_pieces(terms: list[tuple[Scalar, Zonal]], d: int, parity: int) -> list[tuple[Scalar, Zonal]]:
    """The terms; those that hold duals of pieces are written out where each part has a route of its own."""
    out: list[tuple[Scalar, Zonal]] = []
    for c, term in terms:
        whole = has_whole_series(term)
        written = written_out(term) if whole or _of_pieces(term) else []
        served = written and all(
            part.polynomial_part(parity) is not None
            or (whole_series(part) if whole else _radial(part)) is not None
            or stated_form(part, d) is not None
            for _, part in written
        )
        out += [(c * c2, part) for c2, part in written] if served else [(c, term)]
    return out


def _by_steps(kernel: Zonal) -> bool:
    """Whether quadrature in balls has its eigenvalues, though it misses something in floats."""
    return all(has_steps(k) for _, k in kernel.as_sum)


def _of_pieces(kernel: Zonal) -> bool:
    """Whether it is known in as many digits as wanted, though only on [-1, 1]."""
    return kernel.real_floats and not kernel.truncation and not kernel.user_functions


def written_out(kernel: Zonal) -> list[tuple[Scalar, Zonal]]:
    """The kernel as a linear combination of products, in which no name stands for an expression."""
    if (written := kernel.written) is not kernel:
        return written_out(written)
    if len(terms := kernel.as_sum) != 1 or terms[0][1] is not kernel:
        return [(c * c2, part) for c, term in terms for c2, part in written_out(term)]
    if len(kernel.as_product) == 1:
        return [(Fraction(1), kernel)]
    product: list[tuple[Scalar, Zonal]] = [(Fraction(1), Monomial(0))]
    for factor in kernel.as_product:
        parts = written_out(factor)
        product = [(c1 * c2 * c, k) for c1, a in product for c2, b in parts for c, k in (a * b).as_sum]
    return product


def _radial(kernel: Zonal) -> Route | None:
    """The route to a power of u times the dual of an activation with pieces; None for any other kernel."""
    *powers, last = kernel.as_product
    if last.kinked_activation is None or any(k.power_of_u is None for k in powers):
        return None
    route: Route = radial_route(last)
    for _ in range(sum(k.power_of_u or 0 for k in powers)):
        route = TimesURoute(route)
    return route


def _own_route(term: Zonal, d: int, parity: int) -> Route | None:
    """The route to a term that is no polynomial; None where `panel_quadrature` or the branch cut has to serve."""
    if (route := whole_series(term)) is not None:
        return route
    if (known := term.known(parity)) is not None:
        return PolynomialRoute(known, "truncated series")
    if term.taylor_squares(2, 64) is not None:
        return Deferred(term)
    if (route := _radial(term)) is not None:
        return route
    if term.by_values:
        steps = math.isinf(term.truncation) and has_steps(term)
        return None if steps or _of_pieces(term) else quadrature_route(term)
    if (form := stated_form(term, d)) is not None:
        return ClosedRoute(form)
    if _of_pieces(term):  # analytic on [-1, 1] or not
        return None
    if has_long_series(term):
        return CircleOrTaylor(term)
    return TaylorRoute(term) if term.radius > 1 else None


class LinearCombination(Route):
    """The routes of a kernel's terms, with their coefficients; `estimates`: whether their errors may be estimated."""

    def __init__(self, kernel: Zonal, parts: list[tuple[float, Route]], estimates: bool) -> None:
        self.kernel, self.parts, self.estimates = kernel, parts, estimates
        self.together = all(route.together for _, route in parts)
        # The others miss nothing of their own.
        self.owns_missing = any(route.owns_missing for _, route in parts) and all(
            route.owns_missing or isinstance(route, ClosedRoute) or route.name == PolynomialRoute.exact
            for _, route in parts
        )

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        answers = [route.answer(d, k, estimate and self.estimates) for _, route in self.parts]
        parts = [(c, answer.values) for (c, _), answer in zip(self.parts, answers, strict=True)]
        total = combine(parts)
        for scale, part in parts:  # what is only bounded must not matter
            bounded = (part.sign == 0) & np.isfinite(part.log_abs) | np.isposinf(part.log_abs)
            matters = part.log_abs + math.log(abs(scale)) > total.log_abs - _NEGLIGIBLE
            if np.any(bounded & (matters | (total.sign == 0))):
                raise ValueError(
                    f"k must be at most {LARGEST_DEGREE} for {self.kernel!r}, of which an analytic part that "
                    "decays faster than any power is known only by a bound beyond, and counts there; "
                    f"got {int(k.max())}"
                )
        return Answer(total, tuple(name for answer in answers for name in answer.names))
