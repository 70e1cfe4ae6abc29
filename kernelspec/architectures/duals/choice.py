"""Which dual an activation has: a closed form, a Hermite series, or quadrature."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...kernels.piecewise import kinked_power
from ...kernels.points import Point
from ...numbers.rational import as_exact
from ..activations import Activation
from .conditional import Conditional
from .dual import Dual
from .gaussian_integrals import Erf, Exp, Gabor, Gaussian, Gelu, Sine
from .homogeneous import Formal, Homogeneous, NormalizedExponential
from .series import Polynomial, series_of


class Numerical(Dual):
    """A smooth function's dual: by the series where it converges for all deviations at hand, else by quadrature."""

    sums, growth = True, 1.0

    def __init__(self, otherwise: Conditional, rough: bool, exact: bool) -> None:
        self.otherwise, self.rough = otherwise, rough
        self.exact = exact  # whether the derivative is known better than by differences

    def _of(self, *several: Any) -> Dual:
        largest = max(float(np.max(s, initial=0.0)) for s in several)
        return series_of(self.otherwise.function, largest) or self.otherwise

    def deviation(self, s: Any) -> Any:
        return self._of(s).deviation(s)

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return self._of(s, t).value(s, t, point)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        if self.exact:
            largest = max(float(np.max(x, initial=0.0)) for x in (s, t))
            found = series_of(self.otherwise.derivative, largest)
            if found is not None:
                return found.value(s, t, point)
        return self._of(s, t).slope(s, t, point)

    def defect(self, s: Any, t: Any, point: Point) -> Any:
        return self._of(s, t).defect(s, t, point)

    def next(self, s: Any, t: Any, above: Any, beside: Any, point: Point, fine: bool = True) -> Point:
        return self._of(s, t).next(s, t, above, beside, point, fine)


@functools.lru_cache(maxsize=256)
def dual_of(activation: Activation) -> Dual:
    """The dual of an activation.

    Closed forms at every variance: `abrelu`, `sign`, `step`, `rectified_monomial`, `exp_normalized`, `hermite`
    (`homogeneous`); `erf`, `gelu`, `sin`, `cos`, `rbf`, `exp`, `gaussian`, `gabor` (`gaussian_integrals`); `polynomial`
    (`series`). Series with a stated error: tanh, sigmoid, softplus, silu, mish and callables, and quadrature where the
    variance is too large for them (`conditional`); quadrature with the kinks known: pieces.
    """
    family, parameters = activation.family, activation.parameters
    if family == "abrelu":
        a, b = (as_exact(x, name) for x, name in zip(parameters, "ab", strict=True))
        # The mean of both slopes, and half of their difference, squared.
        p, q = (float(each) ** 2 for each in ((parameters[0] + parameters[1]) / 2, (parameters[1] - parameters[0]) / 2))
        return Homogeneous(1, kinked_power(1, a, b), odd=a == b, kinked=(p, q) if q else None)
    if family in ("sign", "step", "rectified_monomial"):
        degree = int(parameters[0]) if parameters else 0
        below = -1 if family == "sign" else 0
        kernel = kinked_power(degree, as_exact(below, "below"), as_exact(1, "above"))
        return Homogeneous(degree, kernel, at_zero=float(family != "sign" and degree == 0), odd=family == "sign")
    if family == "hermite":
        return Formal(int(parameters[0]))
    if family == "exp_normalized":
        return NormalizedExponential(*parameters[:2])
    if family == "polynomial":
        return Polynomial(parameters)
    if family == "cos":
        return Sine(parameters[0], parameters[1], parameters[2] + np.pi / 2)
    if family == "rbf":
        return Sine(np.sqrt(2.0), np.sqrt(2 * parameters[0]), np.pi / 4)
    if family == "gelu":
        return Gelu()
    closed: dict[str, type[Dual]] = {"erf": Erf, "sin": Sine, "exp": Exp, "gaussian": Gaussian, "gabor": Gabor}
    if family in closed:
        return closed[family](*parameters)
    if activation.pieces is not None:
        breaks = [float(x) for x in activation.pieces.breaks]
        return Conditional(activation.values, activation.slopes, breaks)
    # A derivative that is given may jump; one by differences has none that does (`Activation.slopes`).
    given = activation.derivative is not None
    exact = given or activation.function is None
    quadrature = Conditional(activation.values, activation.slopes, [0.0], by_differences=not exact)
    return Numerical(quadrature, given, exact)
