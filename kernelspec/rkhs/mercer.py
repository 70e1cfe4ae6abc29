r"""The Mercer spectrum of a kernel on S^{d-1} as enclosed levels, each parity by itself, and what is left out.

Where the even or odd part of kappa is a polynomial, its eigenvalues are finitely many exact numbers. Where they fall
like a power of k, the first ones are certified one by one and all others stand in the nodes of `degree_sums`. Where
they fall faster, or no remainder is known, the levels end somewhere, and behind them the trace is what they leave of

.. math:: \sum_{k \text{ even}} N(d,k) \mu_k = \frac{\kappa(1) + \kappa(-1)}2, \qquad
          \sum_{k \text{ odd}} N(d,k) \mu_k = \frac{\kappa(1) - \kappa(-1)}2

(Bietti & Bach 2021, Appendix A, claim 7, at t = 1 and t = -1). An eigenvalue behind degree K is at most that trace
divided by N(d,K). Where no Taylor coefficient of kappa is negative, it is at most the one before it in its parity, too,
as mu_{k+2}(u^m)/mu_k(u^m) = (m-k)/(m+k+d) for m >= k (Azevedo & Menegatto 2015; claim 10). A concave f with f(0) = 0
then adds between f(c)/c and f'(0) times the trace, c the largest eigenvalue left out (`capacity`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from .. import sphere
from ..kernels.ball_values import require_balls, values_at
from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import as_decimals
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least
from .degree_sums import BITS, PowerTail
from .tail import OPEN, UndecidedError

# f(mu) of a ball, concave with f(0) = 0; the slope f'(0) stands beside it.
Concave: TypeAlias = Callable[[Any], Any]

_DIGITS = 40
_FEW_DIGITS = 24  # of kernels that are read on panels, where more digits take longer (`spectrum.panel_balls`)
_STEP = 64  # degrees that are certified at a time
MOST = 2000  # the last degree that is certified for a parity without a law
_NARROW, _LESS_NARROW = 1e-16, 1e-12  # of a sum, how much what is left out may widen it; that of kernels on panels


class Level(NamedTuple):
    """An eigenvalue, a ball, and how often it stands there."""

    value: Any
    multiplicity: int
    degree: int


class Finite:
    """A parity with finitely many eigenvalues > 0: where kappa's part is a polynomial, or on the cube."""

    def __init__(self, levels: list[Level]) -> None:
        self.levels = levels

    def sum(self, f: Concave, slope: Any) -> Any:
        return sum((level.multiplicity * f(level.value) for level in self.levels), ball(0))


class Power:
    """A parity whose eigenvalues fall like a power of k."""

    def __init__(self, kernel: Zonal, d: int, parity: int) -> None:
        self.tail = PowerTail(kernel, d, parity)
        self.levels = _certified(kernel, d, range(parity, self.tail.start, 2), _DIGITS)
        self._left = [_trace(kernel, parity) - _trace_of(self.levels)]
        self._first = self._left[0]

    def left(self, i: int) -> Any:
        """The trace behind the i-th block, by the law and by what the levels leave of the whole."""
        nodes = self.tail.nodes
        while len(self._left) <= i:
            j = len(self._left)
            before, after = self.tail.ends[j - 1].nodes, self.tail.ends[j].nodes
            self._left.append(self._left[-1] - sum((m * w for m, w in nodes[before:after]), ball(0)))
        return _both(self.tail.ends[i].trace, self._left[i])

    def sum(self, f: Concave, slope: Any) -> Any:
        total = sum((level.multiplicity * f(level.value) for level in self.levels), ball(0))
        done, i = 0, 0
        while True:
            if i == len(self.tail.ends):
                self.tail.extend()
            end = self.tail.ends[i]
            for mu, weight in self.tail.nodes[done : end.nodes]:
                total += weight * f(mu)
            done = end.nodes
            rest = _beyond(f, slope, self.left(i), end.largest)
            if rest.rad() <= _NARROW * (total + rest).abs_lower() or i >= self.tail.most:
                return total + rest
            i += 1


class Certified:
    """A parity of which nothing is used but certified eigenvalues and the trace."""

    def __init__(self, kernel: Zonal, d: int, parity: int) -> None:
        if kernel.series_sign != 1:
            raise ValueError(
                f"{kernel!r} is not shown to be positive definite on S^{d - 1}: neither its Taylor coefficients nor a "
                "law of decay say that all eigenvalues are >= 0"
            )
        self.kernel, self.d, self.parity = kernel, d, parity
        self.digits, self.narrow = _digits(kernel), _LESS_NARROW if kernel.real_only else _NARROW
        self._known: dict[int, list[Level]] = {}

    @property
    def levels(self) -> list[Level]:
        return self.through(_STEP, self.digits)

    def through(self, count: int, digits: int) -> list[Level]:
        """The first `count` degrees, to so many digits."""
        known = self._known.setdefault(digits, [])
        if len(known) < count:
            first = self.parity + 2 * len(known)
            known += _certified(self.kernel, self.d, range(first, self.parity + 2 * count, 2), digits)
        return known[:count]

    def left(self, levels: list[Level]) -> tuple[Any, Any]:
        """The trace behind these levels, and the largest eigenvalue there."""
        rest = _trace(self.kernel, self.parity) - _trace_of(levels)
        rest = _both(rest, ball(0).union(rest.upper()))
        following = sphere.multiplicity(self.d, self.parity + 2 * len(levels))
        return rest, min(rest.upper() / following, levels[-1].value.upper())

    def sum(self, f: Concave, slope: Any) -> Any:
        # A trace that is left is known to so many digits as the whole one: small eigenvalues need more of them.
        steep = max(0.0, float((slope * _trace(self.kernel, self.parity)).abs_upper().log()) / math.log(10))
        digits = self.digits * (1 + int((steep + 10) // self.digits))
        count = 0
        with at_least(BITS + int(digits * 3.33)):
            while True:
                # Batches grow, as each reads the kernel anew.
                count = min(max(_STEP // 4, count * 3 // 2), MOST // 2)
                levels = self.through(count, digits)
                total = sum((level.multiplicity * f(level.value) for level in levels), ball(0))
                rest = _beyond(f, slope, *self.left(levels))
                if rest.rad() <= self.narrow * (total + rest).abs_lower() or 2 * count >= MOST:
                    return total + rest


Part: TypeAlias = Finite | Power | Certified


@functools.lru_cache(maxsize=64)
def mercer(kernel: Zonal, d: int, domain: str = "sphere") -> tuple[Part, Part]:
    """The even and the odd eigenvalues of a kernel on S^{d-1}, or on the cube {-1, 1}^d.

    Raises ValueError where kappa(1) is infinite, an eigenvalue is negative, or none can be certified.
    """
    require_formula(kernel, "an effective dimension or a trace with proved digits")
    require_balls(kernel, "its eigenvalues have no certified digits, nor have sums of them")
    if math.isinf(kernel.at_one):
        raise ValueError(f"{kernel!r} is infinite at u = 1: its eigenvalues have no finite sum")
    kernel = as_decimals(kernel)
    with at_least(BITS):
        if domain == "cube":
            return _on_cube(kernel, d, 0), _on_cube(kernel, d, 1)
        return _part(kernel, d, 0), _part(kernel, d, 1)


def _on_cube(kernel: Zonal, d: int, parity: int) -> Part:
    degrees = list(range(parity, d + 1, 2))
    balls = kernel.spectrum(d, domain="cube").certified(degrees, _DIGITS)
    return Finite(_levels(degrees, balls, [math.comb(d, k) for k in degrees], f"{kernel!r} on the cube {{-1, 1}}^{d}"))


def _part(kernel: Zonal, d: int, parity: int) -> Part:
    if kernel.polynomial_part(parity) is not None:
        degree = max(kernel.polynomial_part(parity) or {}, default=-1)
        return Finite(_certified(kernel, d, range(parity, degree + 1, 2), _DIGITS))
    # Where this cannot be done, nothing can, and it says so.
    _certified(kernel, d, range(parity, parity + 1), _digits(kernel))
    try:
        return Power(kernel, d, parity)
    except OPEN as error:
        if isinstance(error, UndecidedError) or kernel.series_sign == 1:
            return Certified(kernel, d, parity)
        raise


def _digits(kernel: Zonal) -> int:
    return _FEW_DIGITS if kernel.real_only else _DIGITS


def trace_of(kernel: Zonal) -> Any:
    """kappa(1), a ball."""
    return values_at(as_decimals(kernel), [Fraction(1)])[0]


def _trace(kernel: Zonal, parity: int) -> Any:
    import flint

    return _trace_to(kernel, parity, flint.ctx.prec)


@functools.lru_cache(maxsize=64)
def _trace_to(kernel: Zonal, parity: int, bits: int) -> Any:
    with at_least(bits):
        one, other = values_at(kernel, [Fraction(1), Fraction(-1)])
        return (one + other if parity == 0 else one - other) / 2


def _trace_of(levels: list[Level]) -> Any:
    return sum((level.multiplicity * level.value for level in levels), ball(0))


def _certified(kernel: Zonal, d: int, degrees: range, digits: int) -> list[Level]:
    if not degrees:
        return []
    balls = kernel.spectrum(d).certified(list(degrees), digits)
    counts = sphere.multiplicity(d, list(degrees)).tolist()
    return _levels(list(degrees), balls, counts, f"{kernel!r} on S^{d - 1}")


def _levels(degrees: list[int], balls: list[Any], counts: list[int], where: str) -> list[Level]:
    for k, mu in zip(degrees, balls, strict=True):
        if mu < 0:
            raise ValueError(f"{where} is not positive definite: its eigenvalue of degree {k} is {mu.str(6)} < 0")
    return [Level(1 * mu, n, k) for k, mu, n in zip(degrees, balls, counts, strict=True) if mu != 0]


def _both(a: Any, b: Any) -> Any:
    """The numbers >= 0 that lie in both balls."""
    import flint

    low, high = max(a.lower(), b.lower(), flint.arb(0)), min(a.upper(), b.upper())
    return low.union(high) if low <= high else low


def _beyond(f: Concave, slope: Any, trace: Any, largest: Any) -> Any:
    """The sum of f over eigenvalues up to `largest` of this trace."""
    if not largest > 0:
        return ball(0)
    least = trace.lower() * f(largest) / largest
    return least.lower().union((trace.upper() * slope).upper())
