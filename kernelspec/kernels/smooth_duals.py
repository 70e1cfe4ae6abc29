r"""Dual kernels of PyTorch's smooth activations: tanh, sigmoid, softplus, silu, mish, by their Hermite series.

*Series.* a_i = E[f h_i], h_i the normalised Hermite polynomials, by the trapezoidal rule with step h. For an f that is
analytic in |Im x| < a it errs by O(e^{-2 pi a/h}) (Trefethen & Weideman 2014, Theorem 5.1). The nearest poles are at
distance pi/2 for tanh, pi for sigmoid, softplus and silu, 3 pi/4 for mish ((1+e^x)^2 = -1), so that h = 1/20 leaves
1e-85 and a_i^2 falls about as e^{-2a sqrt(i)}. `missing` is E f^2 less the sum of what is kept, by the same rule.

*Decay* (claim 31). Every derivative of these f is bounded (f itself grows at most linearly): f^(n)(x) is a polynomial
in e^x/(1+e^x) and its companions, times x at most once, with no real pole and finite limits at +-oo. So every
derivative is in L^2 of the Gaussian measure, kappa^(n)(u) = E[f^(n)(a) f^(n)(b)] is continuous on [-1, 1] for every n,
and kappa is C^oo there, up to both ends. mu_k = (-k(k+d-2))^{-m} mu_k[Delta^m kappa], Delta the Laplace-Beltrami
operator of the sphere, for every m: the eigenvalues fall faster than any power.

*Parity.* tanh is odd; sigmoid = 1/2 + odd; softplus = x/2 + even; silu = x/2 + even: these parts of kappa are 0, 1/4,
u/4, u/4, exactly.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.precision import precision
from ..numbers.rational import Polynomial
from .atoms import Atom
from .hermite import PowerSeries
from .points import Pair, Point
from .zonal import Zonal

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint

_TERMS = 600
_STEP = 20  # nodes to a unit
_RANGE = 26  # e^{-26^2/4} = 1e-73, what is beyond of f h_i phi
_BITS = 600  # balls of the recurrence widen: too few would show in `missing`
_FLOOR = 1e-60

NAMES = ("tanh", "sigmoid", "softplus", "silu", "mish")
_QUARTER = Fraction(1, 4)
_POLYNOMIAL_PARTS: dict[str, tuple[int, Polynomial]] = {
    "tanh": (0, {}),
    "sigmoid": (0, {0: _QUARTER}),
    "softplus": (1, {1: _QUARTER}),
    "silu": (1, {1: _QUARTER}),
}


@dataclass(frozen=True, repr=False)
class SmoothDual(Atom):
    """The dual of one of `NAMES`: a Hermite series with a stated error, C^oo on [-1, 1]."""

    bounded = False
    infinitely_smooth = True
    series_sign = 1  # squares of Hermite coefficients (claim 10)
    maker = "dual"

    name: str

    def majorant(self, r: Fraction) -> Fraction | None:
        if r > 1:
            return None
        known = sum(map(Fraction, self.cut_off.coefficients), Fraction(0))
        return known + Fraction(self.truncation)

    @property
    def cut_off(self) -> PowerSeries:
        """The series that its values and eigenvalues come from."""
        return _series(self.name)

    def pair(self, point: Point) -> Pair:
        return self.cut_off.pair(point)

    def series(self, point: SeriesPoint) -> Any:
        raise ValueError(f"no expansion is known for {self!r}")

    def derivative(self) -> Zonal:
        return self.cut_off.derivative()

    def latex_of(self, argument: str) -> str:
        return f"\\kappa_{{\\mathrm{{{self.name}}}}}\\left({argument}\\right)"

    @property
    def truncation(self) -> float:
        return self.cut_off.truncation

    def known(self, parity: int) -> Polynomial:
        """The terms that are known of one parity."""
        return self.cut_off.known(parity)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        known, part = _POLYNOMIAL_PARTS.get(self.name, (None, {}))
        return part if parity == known else None


def _functions() -> dict[str, Callable[[Any], Any]]:
    def sigmoid(x: Any) -> Any:
        return 1 / (1 + (-x).exp())

    def softplus(x: Any) -> Any:
        return x.exp().log1p()

    return {
        "tanh": lambda x: x.tanh(),
        "sigmoid": sigmoid,
        "softplus": softplus,
        "silu": lambda x: x * sigmoid(x),
        "mish": lambda x: x * softplus(x).tanh(),
    }


@functools.cache
def _series(name: str) -> PowerSeries:
    import flint

    function = _functions()[name]
    with precision(_BITS):
        scale = 1 / (flint.arb(_STEP) * (2 * flint.arb.pi()).sqrt())
        sums, norm = [flint.arb(0)] * _TERMS, flint.arb(0)
        roots = [flint.arb(i).sqrt() for i in range(_TERMS + 1)]
        for j in range(_RANGE * _STEP + 1):
            x = flint.arb(flint.fmpq(j, _STEP))
            weight = scale * (-x * x / 2).exp() / (1 if j else 2)
            right, left = function(x), function(-x)
            norm += weight * (right * right + left * left)
            parts = weight * (right + left), weight * (right - left)  # the even and the odd one
            before, now = flint.arb(0), flint.arb(1)
            for i in range(_TERMS):
                sums[i] += parts[i % 2] * now
                before, now = now, (x * now - roots[i] * before) / roots[i + 1]
        squares = [a * a for a in sums]
        if name in _POLYNOMIAL_PARTS:
            parity, exact = _POLYNOMIAL_PARTS[name]
            for i in range(parity, _TERMS, 2):
                q = exact.get(i, Fraction(0))
                squares[i] = flint.arb(flint.fmpq(q.numerator, q.denominator))
        rest = norm - sum(squares, flint.arb(0))
        missing = max(float(abs(rest).upper()), _FLOOR)
    return PowerSeries(tuple(float(b.mid()) for b in squares), missing)
