"""What the harmonics of a function are made of: the eigenvalues of a kernel, and the coefficients of a profile.

An atom knows the power of the degree with which it falls, and its expansion in 1/x with a proved remainder.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import cached_property
from .degree_series import DegreeSeries, ShortSeriesError, bounded, gamma_ratio
from .profiles import PowerProfile
from .tail import NAMES, UndecidedError

Like: TypeAlias = "tuple[Fraction, int, Fraction]"  # step, number of terms, start of x


@dataclass(frozen=True)
class KernelAtom:
    """The eigenvalues of a kernel over one parity, in which it is no polynomial."""

    kernel: Zonal
    d: int
    parity: int
    factor: Scalar = Fraction(1)

    @cached_property
    def law(self) -> Any:
        """`decay.Parity`."""
        return self.kernel.decay(self.d).parities[self.parity]

    @property
    def fast(self) -> bool:
        """Whether it falls faster than any power."""
        return bool(self.law.kind == "super-polynomial")

    @property
    def power(self) -> Fraction:
        """p in x^-p."""
        if self.law.kind != "power":
            raise UndecidedError(f"the decay of the {NAMES[self.parity]} eigenvalues of {self.kernel!r} is not known")
        return Fraction(int(self.law.exponent.p), int(self.law.exponent.q))

    def terms(self, length: Fraction) -> Any:
        """The expansion with its remainder, whose order is `length` beyond the leading power of x."""
        from ..spectrum.asymptotic import remainder

        if self.fast:
            return None
        nu, count, before = (self.power - self.d + 1) / 2, 4, -1
        while True:
            found = remainder(self.kernel, self.d, count)
            if 2 * (found.order - nu) >= length:
                return found
            if len(found.terms) == before:
                raise UndecidedError(f"the expansion of {self.kernel!r} ends")
            before, count = len(found.terms), 2 * count

    def step(self, length: Fraction) -> Fraction:
        """A common divisor of the distances of the powers of x."""
        if self.fast:
            return Fraction(2)
        exponents = [e for e, _, _ in self.terms(length).terms]
        return common(2 * (e - exponents[0]) for e in exponents)

    def series(self, like: Like, over: Fraction = Fraction(0)) -> DegreeSeries:
        """The factor times mu_k, beyond the start; `over` is the power of the eigenvalues that divide it."""
        return self._series(like, over).times(ball(self.factor))

    def _series(self, like: Like, over: Fraction) -> DegreeSeries:
        step, n, start = like
        first = _degree(self.d, start)
        if self.fast:
            return self._fast(like, over)
        found, p = self.terms(step * n), self.power
        if first < found.start:
            raise ShortSeriesError(f"degrees must begin at {found.start}")
        total: DegreeSeries | None = None
        for e, a, b in found.terms:
            s = e + Fraction(self.d - 1, 2)
            if 2 * s < p:
                continue  # the exact expansions say that both ends cancel
            if 2 * s >= p + step * n:
                rest = (a + b if self.parity == 0 else a - b) * _sine(e) * _constant(self.d, e)
                size = abs(rest) * gamma_ratio(s, like).size
                assert total is not None
                total += bounded(size * ball(start) ** ball(p + step * n - 2 * s), p, like)
                continue
            factor = -_sine(e) * (a + b if self.parity == 0 else a - b) * _constant(self.d, e)
            term = gamma_ratio(s, like).times(factor).raised(2 * s)
            total = term if total is None else total + term
        assert total is not None
        s, top = found.order + Fraction(self.d - 1, 2), p + step * n
        jump = found.constant * _constant(self.d, found.order) * gamma_ratio(s, like).size
        total += bounded(jump * ball(start) ** ball(top - 2 * s), p, like)
        return total + bounded(_exponential(found.beyond(first), found.height, start, top), p, like)

    def _fast(self, like: Like, over: Fraction) -> DegreeSeries:
        from ..spectrum.asymptotic import Remainder
        from ..spectrum.end_expansions import expansion

        step, n, start = like
        height, largest = expansion(self.kernel).strip
        rest = Remainder(self.d, (), Fraction(0), ball(0), height, largest, 0)
        # The product of two, over these eigenvalues and times N(d,k), is to have a sum.
        power = Fraction(2 * self.d + 24 + max(0, math.ceil(over) - 3 * self.d))
        top = power + step * n
        return bounded(_exponential(rest.beyond(_degree(self.d, start)), height, start, top), power, like)


@dataclass(frozen=True)
class PowerAtom:
    """c times the coefficients of a profile with a power at u = 0, for k = r mod 4."""

    profile: PowerProfile
    d: int
    factor: Fraction
    r: int
    fast = False

    @property
    def power(self) -> Fraction:
        """p in x^-p."""
        return self.profile.power(self.d)

    def step(self, length: Fraction) -> Fraction:
        """The distance of the powers of x."""
        return Fraction(2)

    def series(self, like: Like, over: Fraction = Fraction(0)) -> DegreeSeries:
        """c lambda_k beyond the start."""
        del over
        if _degree(self.d, like[2]) <= self.profile.s:
            raise ShortSeriesError(f"degrees must begin beyond {self.profile.s}")
        return self.profile.series(self.d, self.r, like).times(self.factor)


Atom: TypeAlias = "KernelAtom | PowerAtom"


def _degree(d: int, start: Fraction) -> int:
    return math.floor(start - Fraction(d, 2) + 1)


def _sine(e: Fraction) -> Any:
    import flint

    return flint.arb.sin_pi_fmpq(flint.fmpq(e.numerator, e.denominator))


@functools.lru_cache(maxsize=4096)
def _constant_at(d: int, nu: Fraction, bits: int) -> Any:
    from ..sphere.power_eigenvalues import cut_power

    del bits
    return cut_power(d, nu).part(moving=False).ball(0)


def _constant(d: int, nu: Fraction) -> Any:
    """E_k(nu) over Gamma(k - nu)/Gamma(k + nu + d - 1)."""
    import flint

    return _constant_at(d, nu, flint.ctx.prec)


def _exponential(first: Any, height: Any, start: Fraction, top: Fraction) -> Any:
    """sup y(x) x^top over x >= start, for y(x+1) <= e^-height y(x): it is taken at the start."""
    # (x+1)^top/x^top decreases, so that this holds at every later x, too.
    if not (-height).exp() * (1 + 1 / ball(start)) ** ball(top) < 1:
        raise ShortSeriesError("what falls exponentially is not yet below the powers")
    return first * ball(start) ** ball(top)


def common(distances: Iterable[Fraction]) -> Fraction:
    """The greatest common divisor of these numbers and 2."""
    found = Fraction(2)
    for x in distances:
        found = Fraction(
            math.gcd(found.numerator * x.denominator, x.numerator * found.denominator),
            found.denominator * x.denominator,
        )
    return found
