"""Dual kernels of activations: kappa_sigma(u) = E[sigma(a) sigma(b)], (a, b) standard Gaussian with correlation u.

Not normalised: relu gives kappa_1/2 (claim 12); `ks.dual(...).normalized()` divides by kappa(1),
exactly. Closed forms: relu, leaky relu, abs, step (arc-cosine kernels; kappa_1(-u) = kappa_1(u) - u); erf
(Williams 1997: (2/pi) arcsin(2u/3)); sin, cos, exp (Hermite generating function: e^{-1} sinh u, e^{-1} cosh u,
e^{1+u}); gelu (here, by Stein's lemma applied twice to E[a b Phi(a) Phi(b)]:
u/4 + u arcsin(u/2)/(2 pi) + 1/(2 pi sqrt(4-u^2))). Activations with kinks: `piecewise`. Smooth ones by name:
`smooth`. Any other by its Hermite coefficients: `hermite`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.checks import integer, reals
from ..numbers.precision import default_errors
from ..numbers.rational import Polynomial, as_exact
from ..sphere.gamma_products import ClosedForm
from . import activations, named_activations
from . import smooth_duals as smooth
from .atoms import Atom, Monomial
from .base_points import Constant, combination, exponential
from .expression import add, compose
from .families import ArcCosine
from .hermite import PowerSeries, from_callable
from .piecewise import dual_of
from .points import Pair, Point
from .powers import SinePower
from .text import bracket
from .zonal import Zonal

_CLOSED = ("relu", "step", "erf", "sin", "cos", "exp", "gelu", "leaky_relu", "abs")
_NAMES = (*_CLOSED, *named_activations.NAMED, *smooth.NAMES)
_HALF = Fraction(1, 2)
_MOST_TERMS = 1000


@dataclass(frozen=True, repr=False)
class ExponentialDual(Atom):
    """The duals of sin, cos and exp: e^{-1} sinh u, e^{-1} cosh u, e^{1+u}."""

    bounded = False

    series_sign = 1
    maker = "dual"

    name: str

    def pair(self, point: Point) -> Pair:
        arithmetic, u = point.arithmetic, point.u
        number = arithmetic.number
        e = math.e if hasattr(arithmetic, "xp") else arithmetic.exp(number(Fraction(1)))
        if self.name == "exp":
            one = e * e
            return Pair(e * arithmetic.exp(u), -one * arithmetic.expm1(-point.delta), one)
        sign = -1 if self.name == "sin" else 1
        rising, falling = arithmetic.exp(u), arithmetic.exp(-u)
        value = (rising + sign * falling) / (2 * e)
        if self.name == "sin":  # next to u = 0 they cancel
            value = (arithmetic.expm1(u) - arithmetic.expm1(-u)) / (2 * e)
        # cosh 1 - cosh u and sinh 1 - sinh u through expm1, so that nothing cancels near u = 1.
        step = arithmetic.select(point.near, point.delta, point.codelta) if sign > 0 else point.delta
        defect = (-e * arithmetic.expm1(-step) - sign * arithmetic.expm1(step) / e) / (2 * e)
        return Pair(value, defect, (e + sign / e) / (2 * e))

    def exact_at(self, at: int) -> Constant | None:
        if self.name == "exp":
            return exponential(Fraction(1 + at))
        sign = Fraction(-1 if self.name == "sin" else 1, 2)
        rising, falling = exponential(Fraction(at - 1)), exponential(Fraction(-at - 1))
        return combination([(_HALF, rising), (sign, falling)])

    def rise(self, point: Point, at: int) -> Any:
        if at == 0 and self.name != "sin":
            arithmetic, u = point.arithmetic, point.u
            if self.name == "exp":
                return point.start(self, 0) * arithmetic.expm1(u)
            # cosh u - 1 = (e^u - 1)^2 e^{-u} / 2
            return point.start(self, 0) * arithmetic.expm1(u) ** 2 * arithmetic.exp(-u) / 2
        if at == -1 and self.name == "exp":
            return point.start(self, -1) * point.arithmetic.expm1(point.codelta)
        return super().rise(point, at)

    def derivative(self) -> Zonal:
        return ExponentialDual({"sin": "cos", "cos": "sin", "exp": "exp"}[self.name])

    def latex_of(self, argument: str) -> str:
        if self.name == "exp":
            return f"e^{{1+{bracket(argument)}}}"
        return f"e^{{-1}}\\{self.name}h\\left({argument}\\right)"

    def eigenvalue(self, d: int) -> ClosedForm:
        """That of e^{1+u}; e^{-1} sinh u and e^{-1} cosh u are the odd and the even part of e^{u-1}."""
        from ..spectrum.bessel import BesselForm

        return BesselForm(d, Fraction(1), Fraction(1 if self.name == "exp" else -1))

    @property
    def exponential_rate(self) -> Fraction | None:
        return Fraction(1) if self.name == "exp" else None

    exponential_type = Fraction(1)

    @property
    def radius(self) -> float:
        return math.inf

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return {} if (self.name, parity) in (("sin", 0), ("cos", 1)) else None


@default_errors
def dual(
    activation: str | Callable[[Any], Any] | Sequence[float],
    slope: Any = None,
    terms: int = 64,
    kinks: Any = None,
    alpha: Any = None,
) -> Zonal:
    r"""The dual kernel of an activation, :math:`\kappa_\sigma(u) = E[\sigma(a)\sigma(b)]`.

    Parameters
    ----------
    activation : a name; or a sequence of coefficients a_i in the normalised Hermite polynomials; or a callable taking
        and returning a float array, whose first `terms` Hermite coefficients are computed by quadrature. The result is
        then a series that is cut off: its `truncation` is what the rest can add, and exact eigenvalues, expansions
        and (without `kinks`) decay are refused. Names: relu, step, erf, sin, cos, exp, gelu, leaky_relu, abs (closed
        forms); elu, selu, relu6, hardtanh, hardswish (`piecewise`: exact decay and expansions); tanh, sigmoid,
        softplus, silu, mish (`smooth`: series with a proved error below 1e-30). All are PyTorch's, with its parameters.
    slope : the slope on the negative side, for leaky_relu only (default 0.01).
    terms : how many Hermite coefficients of a callable, from 1 to 1000.
    kinks : {x: (r, J)} for a callable that is smooth but for jumps J of its r-th derivative at x, all of them: it is
        taken at your word for the decay law (the kink rule, `kernelspec.expansions.kinks`), and the quadrature is split
        there.
    alpha : for elu only (default 1).

    Source: Daniely, Frostig & Singer 2016; Bietti & Bach 2021, Appendix B.1 (claim 10).

    >>> dual("relu")
    0.5*arccos(1)
    """
    if kinks is not None and (isinstance(activation, str) or not callable(activation)):
        raise ValueError("kinks belong to a callable only")
    if isinstance(activation, str):
        return _named(activation, slope, alpha)
    if slope is not None or alpha is not None:
        raise ValueError("slope belongs to leaky_relu only, alpha to elu only")
    if callable(activation):
        return from_callable(activation, integer("terms", terms, 1, _MOST_TERMS), kinks)
    try:
        hermite = reals("the coefficients of the activation", activation)
    except TypeError as error:
        raise TypeError(
            f"activation must be a name, a callable or coefficients; got {activation!r} ({error})"
        ) from None
    if hermite.ndim != 1 or not hermite.size:
        raise ValueError("activation: Hermite coefficients must be a non-empty sequence of finite numbers")
    return PowerSeries(tuple(a * a for a in map(float, hermite)))


def _named(name: str, slope: Any, alpha: Any) -> Zonal:
    if alpha is not None:
        if name != "elu":
            raise ValueError("alpha belongs to elu only")
        return dual_of(named_activations.elu(activations.exactly(alpha, "alpha")))
    if slope is not None and name != "leaky_relu":
        raise ValueError("slope belongs to leaky_relu only")
    if name in named_activations.NAMED:
        return dual_of(named_activations.NAMED[name])
    if name in smooth.NAMES:
        return smooth.SmoothDual(name)
    if name not in _CLOSED:
        raise ValueError(f"activation must be one of {', '.join(_NAMES)}, a callable or coefficients; got {name!r}")
    ramp, u = ArcCosine(1), Monomial(1)
    if name == "relu":
        return _HALF * ramp
    if name == "step":
        return _HALF * ArcCosine(0)
    if name == "abs":
        return 2 * ramp - u
    if name == "leaky_relu":
        a = as_exact(Fraction(1, 100) if slope is None else slope, "slope")
        return add([((1 - a) ** 2 / 2, ramp), (a, u)])
    if name == "erf":
        return 2 * compose(ArcCosine(0), add([(Fraction(2, 3), u)])) - 1
    if name == "gelu":
        half = add([(_HALF, u)])
        return _HALF * u * compose(ArcCosine(0), half) + _HALF**2 * compose(SinePower(-_HALF), half)
    return ExponentialDual(name)
