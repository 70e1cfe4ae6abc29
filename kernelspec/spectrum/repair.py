"""What a spectrum falls back on where its first route has lost digits.

A sum's closed forms and integrals may cancel (kernels whose leading powers at u = 1 are opposite), and on the contour's
bottom the values may be much larger than mu_k. In this order, each for the degrees that are still lost:

1. the contour of the whole kernel: what cancels between the terms cancels node by node, in balls where it must;
2. the Taylor series, for degrees that are small next to the dimension;
3. the expansion, summed in float64, with its proved remainder (`asymptotic`), for degrees that are large enough;
4. quadrature in balls (`certified`), for degrees up to 2000.

What none of them knows to 1e-6 is NaN (`values.without_lost`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.rounded_parameters import as_decimals
from ..kernels.zonal import Zonal
from ..numbers.precision import at_least, with_balls
from .contour_route import ContourRoute
from .taylor import LARGEST_DEGREE, TaylorRoute, falls
from .values import EPS, Array, Values, combine, from_logs, unknown

if TYPE_CHECKING:
    from .asymptotic import Remainder

CONTOUR = "branch-cut integral"
# A value with this relative error or more is computed again, by the Taylor series, which is cheap, already from `WEAK`
# on.
WEAK, LOST = 1e-11, 1e-9
LARGEST_IN_BALLS = 2000  # degree and dimension
_EXPANSION_TERMS = (3, 8, 20)
_REMAINDERS = 16  # degrees for which the remainder is evaluated; between them it falls faster than the first term
_TAYLOR_TERMS, _TAYLOR_DIGITS = 1024, 480
_PRECISION = 96  # bits, of logarithms


@functools.lru_cache(maxsize=256)
def contour_route(kernel: Zonal) -> ContourRoute:
    """Kernel values on the contour do not depend on d: spectra of one kernel share them."""
    return ContourRoute(kernel)


@functools.lru_cache(maxsize=64)
def _taylor_route(kernel: Zonal) -> TaylorRoute:
    return TaylorRoute(kernel, _TAYLOR_TERMS, _TAYLOR_DIGITS)


def repaired(
    kernel: Zonal, d: int, k: Array, found: Values, by_contour: bool = True, names: list[str] | None = None
) -> Values:
    """The values, those that have lost digits - an unknown sign is 0 - by the first other route that knows them better.

    `by_contour`: whether the contour of the whole kernel is another route. `names`, for one degree, holds the routes
    that its value is made by, and becomes the one that replaces it.
    """
    found, kernel = Values(*(part.copy() for part in found)), as_decimals(kernel)
    # Without a singularity the contour's bottom is all there is: balls are soon better.
    routes = [
        ("Taylor series", _by_taylor, WEAK),
        ("asymptotic expansion", _by_expansion, LOST),
        ("quadrature in balls", in_balls, LOST if kernel.singular else WEAK),
    ]
    for name, route, least in [(CONTOUR, _by_contour, LOST)] * by_contour + routes:
        known = np.where(found.sign == 0, np.inf, found.error)
        here = np.flatnonzero(~(known <= least))
        if not here.size:
            continue
        other = route(kernel, d, k[here])
        if other is None:
            continue
        better = other.error < known[here]
        for target, source in zip(found, other, strict=True):
            target[here[better]] = source[better]
        if names is not None and better.any():
            names[:] = [name]
    return found


def _by_contour(kernel: Zonal, d: int, k: Array) -> Values | None:
    route = contour_route(kernel)
    served = kernel.singular and 0 not in kernel.singular and route.usable
    return route.values(d, k) if served else None


def _by_expansion(kernel: Zonal, d: int, k: Array) -> Values | None:
    """The terms in float64, with the proved remainder and what they lose by cancelling as error."""
    from ..sphere.power_eigenvalues import log_power_eigenvalue
    from .asymptotic import remainder

    best: Values | None = None
    if not kernel.singular:
        return None
    for count in _EXPANSION_TERMS:
        try:
            proved = remainder(kernel, d, count)
        except (ValueError, ArithmeticError, NotImplementedError):
            break
        large = k >= proved.start
        if not large.any():
            break
        safe = np.where(large, k, k.max())
        parts = []
        for nu, a, b in proved.terms:
            weight = np.where(k % 2 == 0, float(a + b), float(a - b))
            sign, log_abs = log_power_eigenvalue(d, float(nu), safe)
            error = EPS * (8 + 3 * np.abs(log_abs))
            parts.append((weight, from_logs(np.asarray(sign), np.asarray(log_abs), error)))
        found = combine(parts)
        error = found.error + _relative_bound(proved, d, safe, found.log_abs)
        found = found._replace(error=np.where(large & (found.sign != 0), error, np.inf))
        if best is None:
            best = found
        better = found.error < best.error
        best = Values(*(np.where(better, a, b) for a, b in zip(found, best, strict=True)))
        if np.all(best.error <= LOST):
            break
    return best


def _relative_bound(proved: Remainder, d: int, k: Array, log_abs: Array) -> Array:
    """The remainder's bound over |mu_k|: it falls faster than the first term, so that a few degrees do for all."""
    from ..sphere.power_eigenvalues import log_power_eigenvalue

    degrees = np.unique(k)
    chosen = np.unique(np.round(np.geomspace(1, degrees.size, _REMAINDERS)).astype(int)) - 1
    chosen = degrees[chosen]
    nu = float(proved.terms[0][0])
    with at_least(_PRECISION):
        logs = np.array([float(proved.bound(int(x)).log()) for x in chosen])
    logs -= log_power_eigenvalue(d, nu, chosen)[1]
    above = logs[np.searchsorted(chosen, k, side="right") - 1]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(np.minimum(above + log_power_eigenvalue(d, nu, k)[1] - log_abs, 700.0))


def _by_taylor(kernel: Zonal, d: int, k: Array) -> Values | None:
    out = np.array(unknown(k.size))
    route = _taylor_route(kernel)
    for i, degree in enumerate(k):
        if degree > LARGEST_DEGREE or not falls(d, degree, _TAYLOR_TERMS):
            continue
        try:
            found = route.values(d, np.array([degree]))
        except ValueError:
            break  # too many digits are lost
        out[:, i] = [part[0] for part in found]
    out[3][out[2] == 0] = np.inf
    return Values(*out)


@with_balls
def in_balls(kernel: Zonal, d: int, k: Array) -> Values | None:
    """Certified eigenvalues, rounded; None where there are none."""
    from .certified import certified

    served = (k <= LARGEST_IN_BALLS) & (d <= LARGEST_IN_BALLS)
    if not served.any():
        return None
    unique, inverse = np.unique(k[served], return_inverse=True)
    try:
        found = certified(kernel, d, [int(x) for x in unique], 18)
    except (ValueError, ArithmeticError):
        return None
    with at_least(_PRECISION):
        log_abs = np.array([float(abs(mu).log()) if mu != 0 else -np.inf for mu in found])
        value = np.array([float(mu) for mu in found])
        sign = np.array([float((mu > 0) - (mu < 0)) for mu in found])
    out = np.array(unknown(k.size))
    out[:, served] = np.array([value, log_abs, sign, np.full(unique.size, 2 * EPS)])[:, inverse]
    return Values(*out)
