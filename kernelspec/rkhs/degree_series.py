r"""Quantities of the degree k as expansions in 1/x, x = k + d/2 - 1, with a proved remainder: what tails are summed by.

A `DegreeSeries` states, for every x >= X,

.. math:: \Big| y(x) - x^{-p} \sum_{j<n} a_j x^{-ej} \Big| \le r\, x^{-p-en} .

Sums, products and reciprocals of such statements are such statements; so is, for the ratio of Gamma functions in
every eigenvalue that is a power (claim 15), with s = nu + (d-1)/2,

.. math:: q_s(x) = x^{2s}\, \frac{\Gamma(x+\frac12-s)}{\Gamma(x+\frac12+s)} ,

which has even powers of 1/x only: its logarithm is sum_j h_{2j} (2j)!/(2j) x^{-2j} with sinh(st)/sinh(t/2) = sum h_{2j}
t^{2j} (integrate psi, as in `onset`). The coefficients and the remainder come from Stirling's series for both Gamma
functions, whose error is below the first term that is left out (DLMF 5.11(ii), for positive arguments). Then

.. math:: \sum_{t \ge 0} y(x_0 + mt) = \sum_j a_j m^{-p-ej} \zeta\Big(p+ej, \frac{x_0}{m}\Big)
          \pm r\, m^{-p-en} \zeta\Big(p+en, \frac{x_0}{m}\Big)

by the zeta function of Hurwitz. All of it is derived here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import ball

_LONGER = 4  # how many times as many terms of an exponential are added before a bound takes over
_WIDER = 8


class ShortSeriesError(ArithmeticError):
    """x begins too early for an expansion with a remainder."""


@dataclass(frozen=True)
class DegreeSeries:
    """y(x) = x^-power (sum a_j x^(-step j) + remainder), for x >= start; see the module."""

    power: Fraction
    step: Fraction
    coefficients: tuple[Any, ...]
    remainder: Any
    start: Fraction

    @property
    def width(self) -> Any:
        """start^-step, the largest value of the variable."""
        return ball(self.start) ** ball(-self.step)

    @property
    def order(self) -> Fraction:
        """The power of the remainder."""
        return self.power + self.step * len(self.coefficients)

    @property
    def size(self) -> Any:
        """An upper bound of |y x^power|."""
        v = self.width
        total = sum((abs(a) * v**j for j, a in enumerate(self.coefficients)), ball(0))
        return (total + self.remainder * v ** len(self.coefficients)).upper()

    def times(self, factor: Any) -> DegreeSeries:
        """The series times a number, a ball or exact."""
        c = ball(factor) if isinstance(factor, int | Fraction) else factor
        coefficients = tuple(a * c for a in self.coefficients)
        return DegreeSeries(self.power, self.step, coefficients, (self.remainder * abs(c)).upper(), self.start)

    def raised(self, power: Fraction) -> DegreeSeries:
        """The series times x^-power."""
        return DegreeSeries(self.power + power, self.step, self.coefficients, self.remainder, self.start)

    def __add__(self, other: DegreeSeries) -> DegreeSeries:
        first, second = (self, other) if self.power <= other.power else (other, self)
        n, v = len(first.coefficients), first.width
        shift = (second.power - first.power) / first.step
        if shift.denominator != 1 or first.step != second.step or first.start != second.start:
            raise ValueError("the series have powers that do not meet")
        moved = int(shift)
        total, rest = list(first.coefficients), first.remainder
        for j, a in enumerate(second.coefficients):
            if j + moved < n:
                total[j + moved] += a
            else:
                rest += abs(a) * v ** (j + moved - n)
        last = moved + len(second.coefficients) - n
        if last < 0:
            raise ValueError("the shorter series must be the one of the higher power")
        rest += second.remainder * v**last
        return DegreeSeries(first.power, first.step, tuple(total), rest.upper(), first.start)

    def __mul__(self, other: DegreeSeries) -> DegreeSeries:
        import flint

        n, v = len(self.coefficients), self.width
        product = flint.arb_poly(list(self.coefficients)) * flint.arb_poly(list(other.coefficients))
        rest = sum((abs(product[j]) * v ** (j - n) for j in range(n, 2 * n - 1)), ball(0))
        top = v**n
        sizes = [sum((abs(a) * v**j for j, a in enumerate(y.coefficients)), ball(0)) for y in (self, other)]
        rest += self.remainder * sizes[1] + other.remainder * sizes[0] + self.remainder * other.remainder * top
        coefficients = tuple(product[j] for j in range(n))
        return DegreeSeries(self.power + other.power, self.step, coefficients, rest.upper(), self.start)

    def reciprocal(self) -> DegreeSeries:
        """1/y, where y is shown to keep its sign: B/(1 + E) for B y = 1 + E, |E| <= epsilon x^(-step n).

        The balls of B hold the inverse of each series that those of y hold, so that E has no terms below x^(-step n).
        """
        first, n = self.coefficients[0], len(self.coefficients)
        if first.contains(0):
            raise ShortSeriesError("the leading coefficient is not told from 0")
        inverse = [1 / first]
        for j in range(1, n):
            inverse.append(-sum((self.coefficients[i] * inverse[j - i] for i in range(1, j + 1)), ball(0)) / first)
        tried = DegreeSeries(-self.power, self.step, tuple(inverse), ball(0), self.start)
        product, top = self * tried, self.width**n
        epsilon = product.remainder
        left = 1 - epsilon * top
        if not left > 0:
            raise ShortSeriesError("the remainder is not below the leading term")
        return DegreeSeries(-self.power, self.step, tuple(inverse), (tried.size * epsilon / left).upper(), self.start)

    def sum(self, first: Fraction, stride: int) -> Any:
        """The sum over x = first, first + stride, ..., a ball; ShortSeriesError for a power of 1 or below."""
        total, m, at = ball(0), ball(stride), ball(first / stride)
        powers = [self.power + self.step * j for j in range(len(self.coefficients) + 1)]
        for p, a in zip(powers, (*self.coefficients, _either() * self.remainder), strict=True):
            if a == 0:
                continue
            if p <= 1:
                raise ShortSeriesError(f"what falls like x^-{p} has no sum")
            total += a * ball(p).zeta(at) / m ** ball(p)
        return total

    def at(self, x: Fraction) -> Any:
        """The ball of y(x)."""
        z = ball(x)
        total = sum((a * z ** ball(-self.power - self.step * j) for j, a in enumerate(self.coefficients)), ball(0))
        return total + _either() * self.remainder * z ** ball(-self.order)


def _either() -> Any:
    """The ball from -1 to 1."""
    import flint

    return flint.arb(0, 1)


def bounded(bound: Any, power: Fraction, like: tuple[Fraction, int, Fraction]) -> DegreeSeries:
    """A series without terms: |y| <= bound x^(-power - step n)."""
    step, n, start = like
    return DegreeSeries(power, step, (ball(0),) * n, bound.upper(), start)


@functools.lru_cache(maxsize=4096)
def _gamma_ratio(s: Fraction, n: int, start: Fraction, bits: int) -> tuple[tuple[Any, ...], Any]:
    """Coefficients of x^0, x^-2, ..., x^(2-2n) of q_s, and a bound r of the rest over x^-2n, for x >= start."""
    del bits  # flint's precision in force
    ends = (Fraction(1, 2) - s, Fraction(1, 2) + s)
    z, m = 1 / ball(start), 2 * n
    if max(map(abs, ends)) * 2 > start:
        raise ShortSeriesError(f"degrees must begin beyond {2 * max(map(abs, ends))}")
    total, rest = [ball(0)] * m, ball(0)
    for sign, a in zip((1, -1), ends, strict=True):
        # (x - 1/2 + a) log(1 + a z): powers of z up to m of the logarithm, of which one is lost to x.
        big, near = ball(a), abs(ball(a)) * z
        log = [ball(0), *(-((-big) ** j) / j for j in range(1, m + 1))]
        for j in range(m):
            total[j] += sign * (log[j + 1] + (big - ball(Fraction(1, 2))) * log[j])
        beyond = abs(big) ** (m + 1) / (m + 1) / (1 - near)
        rest += beyond + abs(big - ball(Fraction(1, 2))) * (abs(log[m]) + beyond * z)
        for i in range(1, n + 1):  # B_2i/(2i (2i-1)) (x + a)^(1-2i)
            weight, e = ball(_bernoulli(2 * i)) / (2 * i * (2 * i - 1)), 2 * i - 1
            binomial = ball(1)
            for j in range(m - e):
                total[e + j] += sign * weight * binomial
                binomial *= -big * (e + j) / (j + 1)
            # sum_{j >= J} (e+j-1 over j) t^j <= (e+J-1 over J) t^J (1-t)^(-e-J), term by term; here e + J = m
            rest += abs(weight * binomial) * (1 - near) ** -m
        last = abs(ball(_bernoulli(2 * n + 2))) / ((2 * n + 2) * (2 * n + 1))
        rest += last * z * (1 - near) ** (-2 * n - 1)
    if not rest.is_finite():
        raise ShortSeriesError("degrees begin too early for Stirling's series")
    log_q = [ball(0), *(total[2 * j] for j in range(1, n))]  # odd powers and the constant are 0
    v = z * z
    # Its exponential, and that of the sizes, which bounds what is left out.
    longest = _LONGER * n
    found, sizes = [ball(1)], [ball(1)]
    for j in range(1, longest):
        top = min(j, n - 1)
        sizes.append(sum((i * abs(log_q[i]) * sizes[j - i] for i in range(1, top + 1)), ball(0)) / j)
        if j < n:
            found.append(sum((i * log_q[i] * found[j - i] for i in range(1, top + 1)), ball(0)) / j)
    wide = sum((abs(c) * (_WIDER * v) ** j for j, c in enumerate(log_q)), ball(0)).exp()
    left_out = sum((sizes[j] * v ** (j - n) for j in range(n, longest)), ball(0))
    left_out += wide / ball(_WIDER) ** longest / v**n
    whole = sum((abs(c) * v**j for j, c in enumerate(found)), ball(0)) + left_out * v**n
    error = rest * v**n  # of the logarithm
    factor = rest * error.exp()  # e^error - 1 <= error e^error
    return tuple(found), (left_out + whole * factor).upper()


@functools.cache
def _bernoulli(n: int) -> Fraction:
    import flint

    b = flint.fmpq.bernoulli(n)
    return Fraction(int(b.p), int(b.q))


def gamma_ratio(s: Fraction, like: tuple[Fraction, int, Fraction], scale: Fraction = Fraction(1)) -> DegreeSeries:
    """x^(2s) Gamma(y + 1/2 - s)/Gamma(y + 1/2 + s) scale^(2s) with y = scale x, as a series of power 0."""
    import flint

    step, n, start = like
    spacing = 2 / step
    assert spacing.denominator == 1
    wide = -(-n // int(spacing)) + 1
    found, rest = _gamma_ratio(s, wide, start * scale, flint.ctx.prec)
    coefficients = [ball(0)] * n
    v, beyond = ball(start) ** ball(-step), rest / ball(scale) ** (2 * wide) * ball(start) ** ball(step * n - 2 * wide)
    for j, c in enumerate(found):
        place, value = j * int(spacing), c / ball(scale) ** (2 * j)
        if place < n:
            coefficients[place] = value
        else:
            beyond += abs(value) * v ** (place - n)
    return DegreeSeries(Fraction(0), step, tuple(coefficients), beyond.upper(), start)


def multiplicities(d: int, like: tuple[Fraction, int, Fraction]) -> DegreeSeries:
    """N(d, k) = 2 x Gamma(x + d/2 - 1)/(Gamma(x - d/2 + 2) Gamma(d - 1)), for k >= 1."""
    s = Fraction(d - 3, 2)
    scale = 2 / ball(d - 1).gamma()
    # The ratio upside down: q_{-s} = 1/q_s.
    return gamma_ratio(-s, like).times(scale).raised(Fraction(2 - d))
