r"""The polynomials of fits against kernels, proved in balls: what a fit states bounds more than what was measured.

kappa as a function of the fit's y is shown to be analytic in a Bernstein ellipse E_rho and bounded there by M
(`spectrum.analyticity`). Its interpolant at n Chebyshev points is off by at most 4 M rho^{1-n} / (rho - 1) (Trefethen
2013, Approximation Theory and Approximation Practice, theorem 8.2), and from the fit by at most the sum of the
differences of their Chebyshev coefficients; both are computed in balls. This is the polynomial without the roundings of
its evaluation, which nothing proves.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from flint import acb, arb
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec.gram.fitted import fitted_halves
from kernelspec.gram.polynomials import Fitted
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import BallArithmetic
from kernelspec.numbers.precision import precision
from kernelspec.spectrum.analyticity import cover
from kernelspec.spectrum.region_points import REGION, Curve, RegionError, RegionPoint

EPS = 2.0**-52
KERNELS = [
    ks.exponential(),
    ks.laplace(),
    ks.cauchy(),
    ks.matern(1.5),
    ks.arccos(0),
    ks.arccos(1),
    ks.rf(5),
    ks.ntk(2),
    ks.ntk(3),
    ks.ntk(10),
    2 + ks.ntk(3) * ks.laplace(),
]
INTERVALS = [(0.0, 1.0), (-1.0, 0.0), (-0.25, 0.25)]


def local(fit: Fitted, y: Any) -> Any:
    """The root of the distance from the fit's end, or u, at y."""
    beta, alpha = map(arb, fit.variable.line)
    t, shift = (y - alpha) / beta, fit.variable.shift
    return t if fit.end == 0 or shift is None else shift * t / (1 - t)


def slope_of_local(fit: Fitted, y: Any) -> Any:
    """The derivative of `local`."""
    beta, alpha = map(arb, fit.variable.line)
    t, shift = (y - alpha) / beta, fit.variable.shift
    return 1 / beta if fit.end == 0 or shift is None else shift / beta / (1 - t) ** 2


def cosines(fit: Fitted, z: Any) -> tuple[Any, Any, Any]:
    """u, 1 - u and 1 + u."""
    if fit.end == 0:
        return z, 1 - z, 1 + z
    x = z * z
    return (1 - x, x, 2 - x) if fit.end == 1 else (x - 1, 2 - x, x)


def largest(kernel: ks.Zonal, fit: Fitted, rho: float) -> Any:
    """M; None where kappa is not shown to be analytic in the ellipse."""
    beta, alpha = fit.variable.line
    if fit.end and fit.variable.shift is not None and beta + alpha <= (rho + 1 / rho) / 2:
        return None  # y = alpha + beta is s = infinity

    def turn(tau: Any) -> Any:
        return acb(0, arb.pi() * tau).exp() * rho

    def around(tau: Any) -> Any:
        return (turn(tau) + 1 / turn(tau)) / 2

    def slope(tau: Any, z: Any) -> Any:
        return slope_of_local(fit, around(tau)) * acb(0, arb.pi()) * (turn(tau) - 1 / turn(tau)) / 2

    curve = Curve(lambda tau: local(fit, around(tau)), slope)

    def point(z: Any, centre: RegionPoint | None) -> RegionPoint:
        orders = (2 * (fit.end == 1), 2 * (fit.end == -1))
        return RegionPoint(REGION, *cosines(fit, z), z, *orders, by_left=fit.end == -1, centre=centre)

    try:
        bounds = [piece.bound for piece in cover(kernel, curve, [point])]
    except RegionError:
        return None
    found = bounds[0]
    for bound in bounds[1:]:
        found = found.max(bound)
    return found


def chebyshev_coefficients(fit: Fitted) -> list[Any]:
    """Those of the fit, without rounding."""
    given = [arb(float(c)) for c in fit.coefficients]
    if fit.chebyshev:
        return given
    found = [arb(0)]
    for c in reversed(given):  # found * y + c
        longer = [arb(0)] * (len(found) + 1)
        for k, b in enumerate(found):
            longer[k + 1] += b if k == 0 else b / 2
            longer[k - 1 if k else 0] += 0 if k == 0 else b / 2
        longer[0] += c
        found = longer
    return found


def value(kernel: ks.Zonal, fit: Fitted, y: Any) -> Any:
    return Point(BallArithmetic(), *cosines(fit, local(fit, y))).pair(kernel).value


def proved_error(kernel: ks.Zonal, fit: Fitted) -> float:
    """A bound of |kappa - p| on the fit's interval, p the polynomial without roundings."""
    with precision(160):
        for rho in (3.0, 1.75):
            bound = largest(kernel, fit, rho)
            if bound is not None:
                break
        else:
            raise AssertionError(f"{kernel!r} is not shown to be analytic about {fit.low}, {fit.high}")
        n = 1 + math.ceil(math.log(8 * float(bound.upper()) / ((rho - 1) * 1e-18 * fit.size), rho))
        error = 4 * bound * arb(rho) ** (1 - n) / (rho - 1)
        at = [value(kernel, fit, (arb.pi() * (2 * j + 1) / (2 * n)).cos()) for j in range(n)]
        table = [(arb.pi() * m / (2 * n)).cos() for m in range(4 * n)]
        mine = chebyshev_coefficients(fit)
        for k in range(max(n, len(mine))):
            c = sum((at[j] * table[k * (2 * j + 1) % (4 * n)] for j in range(n)), arb(0)) * (2 if k else 1) / n
            error += abs((c if k < n else arb(0)) - (mine[k] if k < len(mine) else arb(0)))
        return float(error.upper()) * (1 + 1e-10)  # the line's floats put the ends of y within 1e-15 of 1 and -1


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_fits_state_bounds_their_polynomials(kernel: ks.Zonal, dtype: DTypeLike, rng: np.random.Generator) -> None:
    for low, high in INTERVALS:
        for fit in fitted_halves(kernel, dtype, low, high) or ():
            proved = proved_error(kernel, fit)
            # The sum of the coefficients' roundings, of the size of EPS each, is larger than they are together.
            assert proved <= fit.error + (0 if dtype == np.float32 else 4 * EPS * fit.size)
            with precision(160):
                for y in map(arb, rng.uniform(-1, 1, 8)):
                    polynomial = sum((c * y.chebyshev_t(k) for k, c in enumerate(chebyshev_coefficients(fit))), arb(0))
                    assert abs(polynomial - value(kernel, fit, y)) < proved


def test_a_polynomial_that_is_off_is_not_proved() -> None:
    kernel = ks.ntk(2)
    (fit,) = fitted_halves(kernel, np.float64, 0.0, 1.0) or ()
    for place in (0, 3, fit.degree):
        changed = fit.coefficients.copy()
        changed[place] += 4 * fit.error
        off = Fitted(fit.variable, changed, fit.chebyshev, fit.error, fit.size)
        proved = proved_error(kernel, off)
        # c T_k of a degree has coefficients whose sum is c
        assert 3 * fit.error < proved < 6 * fit.error
