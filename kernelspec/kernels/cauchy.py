r"""The generalised Cauchy kernel, :math:`(1 + c (1-u)^\gamma)^{-\alpha}` (Gneiting & Schlather 2004).

On R^d it is (1 + (r/l)^{2 gamma})^{-alpha} of r = |x-y|, which on the unit sphere is (2 (1-u))^{1/2}. The smoothness
gamma and alpha, how fast it falls with the distance, are chosen apart. It is to the rational quadratic kernel, that
with gamma = 1, what the generalised Laplace kernel is to the exponential one.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar, power
from ..numbers.rational import as_fraction
from ..numbers.scalar_text import latex_exponent, latex_number
from .atoms import Atom
from .expression import add
from .families import _positive
from .points import Pair, Point
from .powers import DefectPower
from .stationary import RationalQuadratic
from .text import bracket
from .zonal import Zonal

_HALF = Fraction(1, 2)


@dataclass(frozen=True, repr=False)
class Cauchy(Atom):
    """(1 + c (1-u)^gamma)^{-alpha}, 0 < gamma < 1."""

    # (1 + x)^{-alpha} is completely monotone and x = c t^gamma a Bernstein function, so that the kernel is completely
    # monotone in t = 1 - u (Schilling, Song & Vondracek 2012, Theorem 3.7): its derivatives in u at 0 are >= 0.
    series_sign = 1
    # |arg (1-u)^gamma| <= gamma pi < pi but for u >= 1: 1 + c (1-u)^gamma does not meet (-oo, 0].
    singular = frozenset({1})
    smooth_in_angle = True  # 1 + c (1-u)^gamma > 0 on [-1, 1]
    singularities = (Fraction(1),)

    _: KW_ONLY
    alpha: Fraction = Fraction(1)
    c: Scalar = Fraction(1)
    gamma: Fraction = _HALF

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        one, alpha = arithmetic.number(Fraction(1)), arithmetic.number(self.alpha)
        x = arithmetic.number(self.c) * point.defect_power(self.gamma)
        if arithmetic.closed_form:
            value = arithmetic.power(1 + x, -self.alpha)
            return Pair(value, one - value, one)
        point.off_cut(1 + x)
        exponent = -alpha * arithmetic.log1p(x)
        return Pair(arithmetic.exp(exponent), -arithmetic.expm1(exponent), one)

    def derivative(self) -> Zonal:
        slope = self.alpha * self.c * self.gamma
        return add([(slope, DefectPower(self.gamma - 1) * replace(self, alpha=self.alpha + 1))])

    def latex_of(self, argument: str) -> str:
        c = "" if self.c == 1 else f"{latex_number(self.c)}\\,"
        root = f"\\left(1-{bracket(argument)}\\right)^{{{latex_exponent(self.gamma)}}}"
        return f"\\left(1+{c}{root}\\right)^{{-{latex_exponent(self.alpha)}}}"


def cauchy(alpha: Any = 1, c: Any = 1, gamma: Any = _HALF) -> Zonal:
    r"""The generalised Cauchy kernel :math:`(1 + c (1-u)^\gamma)^{-\alpha}`, with r = |x-y|:

    .. math:: \kappa(u) = \Big(1 + \Big(\frac{r}{\ell}\Big)^{2\gamma}\Big)^{-\alpha}, \qquad c = (2/\ell^2)^\gamma

    Parameters
    ----------
    alpha : how fast it falls with the distance, a rational number from 1e-6 to 1e6.
    c : the scale > 0, a number or an exact one such as sympy.sqrt(2).
    gamma : the smoothness, a rational number with 0 < gamma <= 1. Eigenvalues decay like k^{-(d + 2 gamma - 1)} (claims
        14, 15); gamma = 1 is the rational quadratic kernel, and equal to it.

    It is positive definite on every sphere.

    Raises
    ------
    ValueError, TypeError
        for parameters outside of these ranges, or no real numbers.

    Source: Gneiting & Schlather (2004), Stochastic models that separate fractal dimension and the Hurst effect,
    equation 1.

    >>> cauchy(2, gamma=0.25).decay(3).exponent
    5/2
    >>> cauchy(gamma=1)
    rational_quadratic()
    """
    exponent, smoothness = as_fraction(alpha, "alpha"), as_fraction(gamma, "gamma")
    if not Fraction(1, 10**6) <= exponent <= 10**6:
        raise ValueError(f"alpha must lie between 1e-6 and 1e6; got {alpha}")
    if not 0 < smoothness <= 1:
        raise ValueError(f"gamma must lie in (0, 1]: beyond, the kernel is not positive definite; got {gamma}")
    scale = _positive(c, "c", 100)
    if smoothness == 1:
        return RationalQuadratic(alpha=exponent, scale=power(1 / (exponent * scale), _HALF))
    return Cauchy(alpha=exponent, c=scale, gamma=smoothness)
