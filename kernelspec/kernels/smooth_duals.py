r"""Dual kernels of PyTorch's smooth activations: tanh, sigmoid, softplus, silu, mish, by their Hermite series.

*Series.* kappa(u) = sum_i a_i^2 u^i, a_i = E[f h_i], h_i the normalised Hermite polynomials, as balls with a proved
error (`hermite_balls`). The nearest poles are at distance pi/2 for tanh, pi for sigmoid, softplus and silu, 3 pi/4 for
mish ((1+e^x)^2 = -1), and a_i^2 falls about as e^{-2a sqrt(i)}, a that distance. `missing` bounds E f^2 less the sum of
what is kept, which balls around the kernel add.

*Decay* (claim 31; proof derived here). Every derivative of these f is bounded (f itself grows at most linearly):
f^(n)(x) is a polynomial in e^x/(1+e^x) and its companions, times x at most once, with no real pole and finite limits at
+-oo. So every derivative is in L^2 of the Gaussian measure, kappa^(n)(u) = E[f^(n)(a) f^(n)(b)] is continuous on [-1,
1] for every n, and kappa is C^oo there, up to both ends. mu_k = (-k(k+d-2))^{-m} mu_k[Delta^m kappa], Delta the
Laplace-Beltrami operator of the sphere, for every m: the eigenvalues fall faster than any power.

*At a variance q* the function is f(q^{1/2} x): poles come nearer by q^{1/2}, and with them the series and the rule
converge more slowly, which `missing` and the number of nodes say. The derivative of the dual in u is q times the dual
of f' and has a series and a `missing` of its own. Where a series of `_LEAST_TERMS` terms misses something, floats are
those of the whole one, summed in floats (`smooth_tables`), with rounding errors only.

*Parity.* tanh is odd; sigmoid = 1/2 + odd; softplus = x/2 + even; silu = x/2 + even: these parts of kappa are 0, 1/4,
u/4, u/4, exactly (q u/4 at a variance q). The other parts of f are no entire functions, so that those of kappa are
singular at u = 1 (`end_facts`): tanh, tanh(x/2)/2 and x tanh(x/2)/2 have poles, log(2 cosh(x/2)) branch points, and
mish has poles at log(2)/2 +- 3 pi i/4 and none at minus that, in either part; derivatives have what their functions
have.
"""

from __future__ import annotations

import functools
import math
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.arithmetic import BallArithmetic, FloatArithmetic, MpmathArithmetic
from ..numbers.exact_numbers import Scalar
from ..numbers.outward import rational
from ..numbers.precision import precision
from ..numbers.rational import Polynomial, decimal_of, known_to, number_text
from .atoms import Atom
from .hermite import PowerSeries
from .points import Pair, Point
from .zonal import Zonal

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint
    from .smooth_tables import Table

_LEAST_TERMS, _MOST_TERMS = 600, 1 << 14  # of the series that values in floats come from, and of that of others
_MISSED = 2.0**-280  # of K(1): what is missing of a series that is summed in floats to where b_m has fallen by e^-200
_FALL = 23  # a strip of width a takes (_FALL/a)^2 terms to fall by e^{-2 _FALL} = 1e-20
_BITS = 400  # in which the terms of a series are added
_SPARE = 64  # bits beyond those that are needed
_MOST_BITS = 640  # by which coefficients may fall: at a small variance, they fall without end
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
        if self.tabled:
            return Fraction(math.nextafter(float(whole(self.name, self.variance, self.steep)), math.inf))
        known = sum(map(Fraction, self.cut_off.coefficients), Fraction(0))
        return known + Fraction(self.truncation)

    @property
    def tabled(self) -> bool:
        """Whether floats are those of the whole series."""
        return _wanted(self.name, self.variance) > _LEAST_TERMS

    @property
    def rational_one(self) -> Scalar | None:
        return whole(self.name, self.variance, self.steep) if self.tabled else None

    @property
    def cut_off(self) -> PowerSeries:
        """The series that its values and eigenvalues in floats come from, where that is not the whole one."""
        return _series(self.name, self.variance, self.steep)[0]

    @property
    def singular_parts(self) -> tuple[bool, bool]:
        return self.polynomial_part(0) is None, self.polynomial_part(1) is None

    def angle_root(self, at: int) -> int:
        return 1

    def taylor_squares(self, terms: int, bits: int) -> tuple[list[Any], Any]:
        return balls(self.name, self.variance, self.steep, terms, bits)

    def pair(self, point: Point) -> Pair:
        arithmetic, words = point.arithmetic, (self.name, self.variance, self.steep)
        floats = hasattr(arithmetic, "xp")
        if isinstance(arithmetic, BallArithmetic) and not isinstance(point.u, arithmetic.flint.arb):
            self.require_whole("it has no values off [-1, 1]")
        if not self.tabled:
            return _series(*words)[not floats].pair(point)
        if floats:
            return self._table.pair(point)
        if isinstance(arithmetic, MpmathArithmetic) and _wanted(self.name, self.variance) > _MOST_TERMS:
            ends = (float(x) for x in (point.u, point.delta, point.codelta))
            read = self._table.pair(Point(FloatArithmetic(), *ends))
            return Pair(*(arithmetic.mp.mpf(float(x)) for x in read))
        return _series(*words)[1].pair(point)

    @property
    def _table(self) -> Table:
        from .smooth_tables import table

        return table(self.name, self.variance, self.steep)

    def normalized(self) -> Zonal:
        """What the activation does to correlations, which is 1 at u = 1 by its form; a derivative has no such form."""
        from .activated import Activated
        from .scaled_duals import Phi

        return super().normalized() if self.steep else Activated(Phi(self.name), self.variance)

    def series(self, point: SeriesPoint) -> Any:
        """By Taylor coefficients where u starts, known to 96 bits."""
        from ..expansions.smooth_series import along

        return point.computed(functools.partial(along, self.name, self.variance, self.steep), point.inner)

    def derivative(self) -> Zonal:
        if self.steep:
            raise NotImplementedError(f"no derivative is known of {self!r}: nothing bounds what its series lacks")
        return SmoothDual(self.name, variance=self.variance, steep=True)

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
        if self.tabled:
            return _MISSED * self.at_one
        return self.cut_off.truncation

    @property
    def slope_bound(self) -> float:
        return self._table.slope if self.tabled else self.cut_off.slope_bound

    def known(self, parity: int) -> Polynomial | None:
        """The terms that are known of one parity."""
        return None if self.tabled else self.cut_off.known(parity)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        known, part = exact_part(self.name, self.variance)
        if known is None or parity != (known + self.steep) % 2:
            return None
        return {i - 1: i * q for i, q in part.items() if i} if self.steep else part


def series_one(kernel: Zonal) -> Scalar:
    """kappa(1): of a series as it was cut off, of a whole one to 96 bits, and of a callable as it was rounded."""
    assert isinstance(kernel, SmoothDual | PowerSeries)
    if kernel.rational_one is not None:
        return kernel.rational_one
    series = _series(kernel.name, kernel.variance, kernel.steep)[1] if isinstance(kernel, SmoothDual) else kernel
    return sum(map(Fraction, series.coefficients), Fraction(0))


def exact_part(name: str, q: Scalar) -> tuple[int | None, Polynomial]:
    """The parity that is known exactly, and its terms at a variance; None where there is none."""
    parity, part = _POLYNOMIAL_PARTS.get(name, (None, {}))
    return parity, {i: c * q**i for i, c in part.items()}


def mean_square(name: str, q: Scalar) -> Scalar:
    """E f(q^{1/2} z)^2, known to `_SURE` bits."""
    return whole(name, q, False)


@functools.lru_cache(maxsize=256)
def whole(name: str, q: Scalar, steep: bool) -> Scalar:
    """K(1) or K'(1), known to `_SURE` bits."""
    from .hermite_balls import coefficients

    with precision(_SURE + _below(q) + _SPARE):
        one = slope_at_one(name, q) if steep else coefficients(name, q, 0)[1]
    with precision(_SURE + _SPARE):
        return known_to(decimal_of(one, _DIGITS), _SURE)


def _below(q: Scalar) -> int:
    """-log2 q where it is positive: E f(q^{1/2} z)^2 is about q, or about a constant."""
    return max(0, math.ceil(-math.log2(float(q))))


def balls(name: str, q: Scalar, steep: bool, terms: int, bits: int) -> tuple[list[Any], Any]:
    """The first coefficients of the series, the last ones known to `bits` bits, and what the others add up to."""
    from .hermite_balls import strip

    # a_i is some e^{-strip i^{1/2}}, and what is missing its square.
    fallen = math.ceil(2 * math.log2(math.e) * strip(name, q) * math.sqrt(terms + steep))
    with precision(bits + min(fallen, _MOST_BITS + _below(q))):
        squares, whole = at_precision(name, q, terms + steep, bits + 8)  # no more nodes than small ones need
        if steep:
            squares, whole = [i * b for i, b in enumerate(squares)][1:], slope_at_one(name, q)
        return squares, whole - sum(squares[1:], squares[0])


def at_precision(name: str, q: Any, terms: int, least: int | None = None) -> tuple[list[Any], Any]:
    """The first coefficients of the dual, and the sum of all of them, to the precision in force.

    q is exact, or a ball, for all numbers in which they serve; `least` is that of `coefficients`.
    """
    from .hermite_balls import as_ball, coefficients

    known, whole = coefficients(name, q, terms, least=least)
    squares = [a * a for a in known]
    if name in _POLYNOMIAL_PARTS:
        parity, part = _POLYNOMIAL_PARTS[name]
        for i in range(parity, terms, 2):
            squares[i] = as_ball(part.get(i, Fraction(0))) * as_ball(q) ** i
    return squares, whole


def slope_at_one(name: str, q: Any) -> Any:
    """K'(1) = q E phi'^2, to the precision in force."""
    from .hermite_balls import as_ball, coefficients

    return as_ball(q) * coefficients(name, q, 0, slope=True)[1]


@functools.lru_cache(maxsize=64)
def _series(name: str, q: Scalar, steep: bool) -> tuple[PowerSeries, PowerSeries]:
    """The series of the dual or of its derivative, its coefficients in floats and beyond."""
    terms = min(max(_LEAST_TERMS, math.ceil(_wanted(name, q))), _MOST_TERMS)
    with precision(_BITS):
        coefficients, rest = balls(name, q, steep, terms, _SPARE)
        coefficients = [1 * b for b in coefficients]
        rounded = sum((b.rad() for b in coefficients), abs(rest))
        # Twice what is missing: kappa over the sum of its series errs by what is missing of both.
        missing = 2 * float(rounded.upper())
    known: Any = tuple(rational(b.mid()) for b in coefficients)  # fractions serve as floats do
    return PowerSeries(tuple(map(float, known)), missing), PowerSeries(known, missing)


@functools.lru_cache(maxsize=1024)
def _wanted(name: str, q: Scalar) -> float:
    """How many terms of its series leave nothing that floats tell."""
    from .hermite_balls import strip

    return (_FALL / strip(name, q)) ** 2
