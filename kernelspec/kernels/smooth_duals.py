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

*At a variance q* the function is f(q^{1/2} x): poles come nearer by q^{1/2}, and with them the series and the rule
converge more slowly, which `missing` says. The derivative of the dual in u is q times the dual of f' and has a series
and a `missing` of its own.

*Parity.* tanh is odd; sigmoid = 1/2 + odd; softplus = x/2 + even; silu = x/2 + even: these parts of kappa are 0, 1/4,
u/4, u/4, exactly (q u/4 at a variance q).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import precision
from ..numbers.rational import Polynomial, decimal_of, known_to, number_text
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
_SURE, _DIGITS = 96, 40  # bits and digits of a mean square

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
    """The dual of one of `NAMES` at a variance: a Hermite series with a stated error, C^oo on [-1, 1].

    `steep` is its derivative, with an error of its own: what layers read.
    """

    bounded = False
    infinitely_smooth = True
    series_sign = 1  # squares of Hermite coefficients (claim 10)
    maker = "dual"

    name: str
    _: KW_ONLY
    variance: Scalar = Fraction(1)
    steep: bool = False

    def majorant(self, r: Fraction) -> Fraction | None:
        if r > 1:
            return None
        known = sum(map(Fraction, self.cut_off.coefficients), Fraction(0))
        return known + Fraction(self.truncation)

    @property
    def cut_off(self) -> PowerSeries:
        """The series that its values and eigenvalues come from."""
        return _series(self.name, self.variance)[int(self.steep)]

    def pair(self, point: Point) -> Pair:
        return self.cut_off.pair(point)

    def series(self, point: SeriesPoint) -> Any:
        raise ValueError(f"no expansion is known for {self!r}")

    def derivative(self) -> Zonal:
        return self.cut_off.derivative()

    def text(self) -> str:
        """`dual` where that makes it; else the steps whose kernel has its values, c K'/q for own biases c = q."""
        if self.variance == 1 and not self.steep:
            return super().text()
        q = number_text(self.variance)
        if not self.steep:
            return f"network({self.name!r}, variance={q}, scaled=True)"
        return f"network({f'dense(1, 0, 0, {q}) > {self.name}'!r}, variance={q}, tangent=True, scaled=True)"

    def latex_of(self, argument: str) -> str:
        mark = "'" if self.steep else ""
        return f"\\kappa{mark}_{{\\mathrm{{{self.name}}}}}\\left({argument}\\right)"

    @property
    def truncation(self) -> float:
        return self.cut_off.truncation

    @property
    def slope_bound(self) -> float:
        return self.cut_off.slope_bound

    def known(self, parity: int) -> Polynomial:
        """The terms that are known of one parity."""
        return self.cut_off.known(parity)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        exact = _exact_part(self.name, self.variance)
        if exact is None or parity != (exact[0] + self.steep) % 2:
            return None
        return {i - 1: i * q for i, q in exact[1].items() if i} if self.steep else exact[1]


def series_one(kernel: Zonal) -> Fraction:
    """kappa(1) of a series as it was cut off and rounded."""
    assert isinstance(kernel, SmoothDual | PowerSeries)
    series = kernel.cut_off if isinstance(kernel, SmoothDual) else kernel
    return sum(map(Fraction, series.coefficients), Fraction(0))


def _exact_part(name: str, q: Scalar) -> tuple[int, Polynomial] | None:
    """The parity that is known exactly, and its terms at a variance."""
    if name not in _POLYNOMIAL_PARTS:
        return None
    parity, part = _POLYNOMIAL_PARTS[name]
    return parity, {i: c * q**i for i, c in part.items()}


def _functions() -> dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]:
    """The functions and their derivatives."""

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + (-x).exp())

    def softplus(x: Any) -> Any:
        return x.exp().log1p()

    def bump(x: Any) -> Any:  # sigmoid'
        return sigmoid(x) * sigmoid(-x)

    def mish_slope(x: Any) -> Any:
        t = softplus(x).tanh()
        return t + x * (1 - t * t) * sigmoid(x)

    return {
        "tanh": (lambda x: x.tanh(), lambda x: 1 - x.tanh() ** 2),
        "sigmoid": (sigmoid, bump),
        "softplus": (softplus, sigmoid),
        "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) + x * bump(x)),
        "mish": (lambda x: x * softplus(x).tanh(), mish_slope),
    }


@functools.lru_cache(maxsize=256)
def mean_square(name: str, q: Scalar) -> Scalar:
    """E f(q^{1/2} z)^2, known to `_SURE` bits."""
    with precision(_BITS):
        _, norm = _expanded(_functions()[name][0], q)
        if not float(norm.rel_accuracy_bits()) > _SURE:
            raise ValueError(f"the variance {float(q):g} is too large for {name}: its mean square is not known")
        return known_to(decimal_of(norm, _DIGITS), _SURE)


def _expanded(function: Callable[[Any], Any], q: Scalar, terms: int = 0) -> tuple[list[Any], Any]:
    """E f(q^{1/2} z) h_i(z), i < terms, and E f(q^{1/2} z)^2, as balls."""
    import flint

    scale = 1 / (flint.arb(_STEP) * (2 * flint.arb.pi()).sqrt())
    sums, norm = [flint.arb(0)] * terms, flint.arb(0)
    roots = [flint.arb(i).sqrt() for i in range(terms + 1)]
    deviation = ball(q).sqrt()
    for j in range(_RANGE * _STEP + 1):
        x = flint.arb(flint.fmpq(j, _STEP))
        weight = scale * (-x * x / 2).exp() / (1 if j else 2)
        right, left = function(deviation * x), function(-deviation * x)
        norm += weight * (right * right + left * left)
        parts = weight * (right + left), weight * (right - left)  # the even and the odd one
        before, now = flint.arb(0), flint.arb(1)
        for i in range(terms):
            sums[i] += parts[i % 2] * now
            before, now = now, (x * now - roots[i] * before) / roots[i + 1]
    return sums, norm


@functools.lru_cache(maxsize=64)
def _series(name: str, q: Scalar) -> tuple[PowerSeries, PowerSeries]:
    """The series of the dual and of its derivative."""
    with precision(_BITS):
        function, slope = _functions()[name]
        sums, norm = _expanded(function, q, _TERMS)
        _, slope_norm = _expanded(slope, q)
        squares = [a * a for a in sums]
        exact = _exact_part(name, q)
        if exact is not None:
            for i in range(exact[0], _TERMS, 2):
                squares[i] = ball(exact[1].get(i, Fraction(0)))
        rising = [i * b for i, b in enumerate(squares)][1:]
        return _kept(squares, norm), _kept(rising, ball(q) * slope_norm)


def _kept(coefficients: list[Any], whole: Any) -> PowerSeries:
    rest = whole - sum(coefficients[1:], coefficients[0])
    # Twice what is missing: kappa over the sum of its series errs by what is missing of both.
    missing = max(2 * float(abs(rest).upper()), _FLOOR)
    return PowerSeries(tuple(float(b.mid()) for b in coefficients), missing)
