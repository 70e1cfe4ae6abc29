r"""Derivatives of kernels in their continuous parameters, at a cosine: d kappa(u)/dp in floats, exact and without NaN.

A family is a public function, such as `laplace`, with arguments; `SLOPES` has a formula for each of its continuous
parameters (t = 1 - u). At u = 1, where logarithms and slopes of layers are infinite, the product with what vanishes
there is 0. Networks are differentiated layer by layer (`network_slopes`).

`laplace`, `exponential`, `cauchy` and `rational_quadratic` are elementary. A Matern kernel is M_nu(z),
z = nu t/scale^2, and M_nu' = -M_{nu-1}/(nu-1) for nu > 1, -z^{nu-1} Gamma(1-nu)/Gamma(nu) M_{1-nu} below, -2 K_0 at 1
(DLMF 10.29.4). The dual of leaky_relu and of elu is quadratic in its parameter, so that (kappa(p+1) - kappa(p-1))/2
is its derivative.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.arithmetic import FloatArithmetic
from ..numbers.precision import cached_property
from . import matern as bessel
from .cauchy import Cauchy, cauchy
from .duals import dual
from .families import Exponential, Laplace, exponential, laplace
from .layered import Dense, Residual, mlp, resnet
from .lengths import Lengths
from .network_slopes import dense_slope, residual_slope
from .points import Pair, Point
from .stationary import Matern, RationalQuadratic, matern, rational_quadratic
from .zonal import Zonal

Arguments = Mapping[str, Any]
Slope = Callable[[Arguments, Point], Any]
_HALF = Fraction(1, 2)


def exactly(value: Any) -> Any:
    """A float as the decimal that it prints: whatever an optimiser asks for is a number of its own."""
    return Fraction(repr(float(value))) if isinstance(value, float | np.floating) else value


# -- formulas ---------------------------------------------------------------------------------------


def _log(t: Any) -> Any:
    """log t, and 0 at t = 0, where it stands beside what vanishes."""
    return np.log(np.where(t == 0, 1.0, t))


def _exponential_sigma(of: Arguments, point: Point) -> Any:
    sigma = float(of["sigma"])
    return 2 * point.delta / sigma**3 * np.exp(-point.delta / sigma**2)


def _laplace_c(of: Arguments, point: Point) -> Any:
    power = point.defect_power(of["gamma"])
    return -power * np.exp(-float(of["c"]) * power)


def _laplace_gamma(of: Arguments, point: Point) -> Any:
    exponent = float(of["c"]) * point.defect_power(of["gamma"])
    return -exponent * _log(point.delta) * np.exp(-exponent)


def _cauchy_parts(of: Arguments, point: Point) -> tuple[Any, Any]:
    """x = c t^gamma and the kernel."""
    x = float(of["c"]) * point.defect_power(of["gamma"])
    return x, np.exp(-float(of["alpha"]) * np.log1p(x))


def _cauchy_alpha(of: Arguments, point: Point) -> Any:
    x, value = _cauchy_parts(of, point)
    return -np.log1p(x) * value


def _cauchy_c(of: Arguments, point: Point) -> Any:
    x, value = _cauchy_parts(of, point)
    return -float(of["alpha"]) / float(of["c"]) * x / (1 + x) * value


def _cauchy_gamma(of: Arguments, point: Point) -> Any:
    x, value = _cauchy_parts(of, point)
    return -float(of["alpha"]) * x / (1 + x) * _log(point.delta) * value


def _quadratic_parts(of: Arguments, point: Point) -> tuple[Any, Any]:
    """x = t/(alpha scale^2) and the kernel."""
    alpha = float(of["alpha"])
    x = point.delta / (alpha * float(of["scale"]) ** 2)
    return x, np.exp(-alpha * np.log1p(x))


def _quadratic_alpha(of: Arguments, point: Point) -> Any:
    # x/(1+x) - log(1+x) = -(y^2/2 + y^3/3 + ...), y = x/(1+x): to a rounding of y, where the kernel itself is 1.
    x, value = _quadratic_parts(of, point)
    y = x / (1 + x)
    small = np.minimum(y, 0.01)
    series = -(small**2) * sum(small**j / (j + 2) for j in range(8))
    return np.where(y < 0.01, series, y - np.log1p(x)) * value


def _quadratic_scale(of: Arguments, point: Point) -> Any:
    x, value = _quadratic_parts(of, point)
    return 2 * float(of["alpha"]) / float(of["scale"]) * x / (1 + x) * value


def _matern_scale(of: Arguments, point: Point) -> Any:
    nu, scale = Fraction(of["nu"]), float(of["scale"])
    rate = float(nu) / scale**2
    z = rate * point.delta
    if nu == 1:
        from scipy import special

        s = 2 * np.sqrt(z)
        return 2 / scale * 2 * z * special.k0(np.where(z == 0, 1.0, s))
    if nu > 1:
        return 2 / scale * z / float(nu - 1) * _matern_value(nu - 1, rate, point)
    ratio = math.gamma(1 - nu) / math.gamma(nu)
    return 2 / scale * z ** float(nu) * ratio * _matern_value(1 - nu, rate, point)


def _matern_value(nu: Fraction, rate: float, point: Point) -> Any:
    """M_nu(rate t)."""
    s = 2 * np.sqrt(rate * point.delta)
    if nu == _HALF:
        return np.exp(-s)
    if bessel.half_integer(nu):
        return bessel.read_half(nu, s, point.arithmetic)[0]
    return bessel.read(nu, Fraction(rate), Fraction(2 * math.sqrt(rate)), point)[0]


def _dual_in(name: str) -> Slope:
    def slope(of: Arguments, point: Point) -> Any:
        above, below = (dual(**{**of, name: exactly(of[name]) + step}) for step in (1, -1))
        return (point.pair(above).value - point.pair(below).value) / 2

    return slope


SLOPES: Mapping[str, Mapping[str, Slope]] = {
    "exponential": {"sigma": _exponential_sigma},
    "laplace": {"c": _laplace_c, "gamma": _laplace_gamma},
    "cauchy": {"alpha": _cauchy_alpha, "c": _cauchy_c, "gamma": _cauchy_gamma},
    "rational_quadratic": {"alpha": _quadratic_alpha, "scale": _quadratic_scale},
    "matern": {"scale": _matern_scale},
    "mlp": {name: functools.partial(dense_slope, name) for name in ("slope", "weight_variance", "bias_variance")},
    "resnet": {"alpha": residual_slope},
    "dual": {"slope": _dual_in("slope"), "alpha": _dual_in("alpha")},
}
# The functions, and the classes of which a kernel in an expression is known to be one of theirs.
FUNCTIONS: Mapping[str, Callable[..., Zonal]] = {
    each.__name__: each for each in (exponential, laplace, cauchy, rational_quadratic, matern, mlp, resnet, dual)
}
_CLASSES: Mapping[type, str] = {
    Exponential: "exponential",
    Laplace: "laplace",
    Cauchy: "cauchy",
    RationalQuadratic: "rational_quadratic",
    Matern: "matern",
    Dense: "mlp",
    Residual: "resnet",
}


# -- the derivative as a function of the cosine ------------------------------------------------------


@dataclass(frozen=True, repr=False)
class ParameterSlope(Zonal):
    """d kappa/dp of a family with these arguments, in floats of NumPy."""

    real_only = True

    family: str
    name: str
    given: tuple[tuple[str, Any], ...]

    @cached_property
    def arguments(self) -> dict[str, Any]:
        return {name: exactly(value) for name, value in self.given}

    @property
    def depth(self) -> int:
        """The layers that are read."""
        return int(self.arguments.get("depth", 1))

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most kernels
        return not self.arguments.get("bias_variance", 0)

    def pair(self, point: Point) -> Pair:
        _require_floats(self, point)
        value = self._at(point)
        return Pair(value, self._one - value, self._one)

    def between(self, point: Point, lengths: Lengths) -> Any:
        if self.homogeneous:
            return super().between(point, lengths)
        return dense_slope(self.name, self.arguments, point, lengths)

    @cached_property
    def _one(self) -> float:
        return float(self._at(Point.from_cosine(FloatArithmetic(), np.float64(1.0))))

    def _at(self, point: Point) -> Any:
        with np.errstate(all="ignore"):  # infinite slopes times what vanishes
            return SLOPES[self.family][self.name](self.arguments, point)

    def text(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.given)
        return f"d_{self.name}_{self.family}({words})"


def _require_floats(kernel: Zonal, point: Point) -> None:
    """TypeError in every other arithmetic: kappa'(1) is a float, of which no ball knows the error."""
    if not isinstance(point.arithmetic, FloatArithmetic):
        raise TypeError(f"{kernel.text()} is read in floats alone")


@dataclass(frozen=True, repr=False)
class ChainSlope(Zonal):
    """outer'(inner(u)) times the derivative `change` of the inner kernel in a parameter; 0 where that is 0."""

    real_only = True

    outer: Zonal
    inner: Zonal
    change: Zonal

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most kernels
        return self.outer.homogeneous and self.inner.homogeneous

    def pair(self, point: Point) -> Pair:
        _require_floats(self, point)
        value, one = self._at(point), self._one
        return Pair(value, one - value, one)

    @cached_property
    def _one(self) -> float:
        return float(self._at(Point.from_cosine(FloatArithmetic(), np.float64(1.0))))

    def _at(self, point: Point) -> Any:
        with np.errstate(all="ignore"):
            change = point.pair(self.change).value
            return np.where(change == 0, change, self.outer.slope_at(point.image(self.inner)) * change)

    def text(self) -> str:
        return f"d({self.outer.text()})@({self.inner.text()})*{self.change.text()}"


# -- families ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """A kernel as a function and its arguments; which of them are continuous, and its derivatives in them."""

    function: Callable[..., Zonal]
    arguments: Mapping[str, Any]

    @classmethod
    def of(cls, kernel: Zonal) -> Member | None:
        """The kernel as a member of its family; None where it has no continuous parameter."""
        family = _CLASSES.get(type(kernel))
        if family is None:
            return None
        if isinstance(kernel, Exponential):
            sigma = kernel.sigma
            given: dict[str, Any] = {"sigma": float(kernel.alpha) ** -0.5 if sigma is None else sigma}
        else:
            known: Any = kernel  # a dataclass, as those are
            given = {each.name: getattr(known, each.name) for each in fields(known)}
        return cls(FUNCTIONS[family], given)

    @property
    def family(self) -> str | None:
        name = getattr(self.function, "__name__", "")
        return name if FUNCTIONS.get(name) is self.function else None

    @property
    def continuous(self) -> tuple[str, ...]:
        """The names of the parameters > 0 that may vary: a network without biases has no scale of its weights."""
        if self.family is None:
            return ()
        names = [
            name
            for name in SLOPES[self.family]
            if not isinstance(self.arguments.get(name), str | None | bool) and self.arguments[name] > 0
        ]
        if self.family == "mlp" and "bias_variance" not in names:
            names = [name for name in names if name == "slope"]
        return tuple(names)

    @property
    def kernel(self) -> Zonal:
        """The kernel; ValueError, TypeError for arguments that the function refuses."""
        varying = SLOPES.get(self.family or "", ())
        return self.function(**{name: exactly(x) if name in varying else x for name, x in self.arguments.items()})

    def slope(self, name: str) -> Zonal:
        """The derivative in a parameter."""
        assert self.family is not None
        return ParameterSlope(self.family, name, tuple(sorted(self.arguments.items())))
