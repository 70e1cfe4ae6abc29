"""What the coefficients of a series are, and how series of them are multiplied: exact numbers, or balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

import flint

from ..numbers import ball_series
from ..numbers.closed_values import power
from ..numbers.constants import ONE, ZERO, Number, total

# A `Number` in an `ExactRing`, a ball in a `BallRing`: a series is written once for both.
Coefficient: TypeAlias = Any

LONGEST = 1 << 14  # coefficients of one series; what is beyond is cut off


class ExactRing:
    """Coefficients are `Number`s; series have at most `longest` of them."""

    zero = ZERO

    def __init__(self, longest: int = LONGEST) -> None:
        self.longest = longest

    def number(self, x: Number) -> Coefficient:
        """The exact number in this ring."""
        return x

    def scale(self, c: Coefficient, q: Fraction | int) -> Coefficient:
        """A rational multiple of a coefficient."""
        return c.scaled(q)

    def vanishes(self, c: Coefficient) -> bool:
        """Whether a leading coefficient is zero."""
        return c.is_zero()

    def add(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """The sum of two coefficients."""
        return a + b

    def multiply(self, a: list[Coefficient], b: list[Coefficient], n: int) -> list[Coefficient]:
        """The first n coefficients of the product."""
        left = [(i, c) for i, c in enumerate(a[:n]) if c]
        right = [(i, c) for i, c in enumerate(b[:n]) if c]
        sums: dict[int, list[Number]] = {}
        for i, c in left:
            for j, e in right:
                if i + j >= n:
                    break
                sums.setdefault(i + j, []).append(c * e)
        out = [ZERO] * n
        for i, parts in sums.items():
            out[i] = total(parts) if len(parts) > 1 else parts[0]
        return out

    def power(self, a: list[Coefficient], q: Fraction) -> list[Coefficient]:
        """a^q by the recurrence n a_0 b_n = sum_k (k(q+1) - n) a_k b_{n-k} (J.C.P. Miller)."""
        inverse = power(a[0], Fraction(-1))
        steps = [(k, c * inverse) for k, c in enumerate(a) if k and c]
        out = [power(a[0], q)]
        for n in range(1, len(a)):
            parts = [(c * out[n - k]).scaled((k * (q + 1) - n) / n) for k, c in steps if k <= n and out[n - k]]
            out.append(total(parts) if parts else ZERO)
        return out

    def exponential(self, a: list[Coefficient]) -> list[Coefficient]:
        """e^a for a series a that starts with 0: n b_n = sum_k k a_k b_{n-k}."""
        steps = [(k, c) for k, c in enumerate(a) if c]
        out = [ONE]
        for n in range(1, len(a)):
            parts = [(c * out[n - k]).scaled(Fraction(k, n)) for k, c in steps if k <= n]
            out.append(total(parts) if parts else ZERO)
        return out


class BallRing:
    """Coefficients are Arb balls at the working precision in force; `bits` is that precision."""

    def __init__(self, bits: int) -> None:
        self.bits, self.longest = bits, LONGEST
        self.zero = flint.arb(0)

    def number(self, x: Number) -> Coefficient:
        """A ball around the exact number."""
        return x.ball(self.bits)

    def scale(self, c: Coefficient, q: Fraction | int) -> Coefficient:
        """A rational multiple of a coefficient."""
        if q.denominator == 1:
            return c * q.numerator
        return c * flint.fmpz(q.numerator) / flint.fmpz(q.denominator)

    def vanishes(self, c: Coefficient) -> bool:
        """Whether a leading coefficient is exactly zero; ValueError where the ball cannot tell."""
        if c == 0:
            return True
        if c.contains(0):
            raise ValueError(
                f"a leading coefficient is in {c.str(5)}, which contains 0: its balls cannot tell where "
                "the next layer starts (more precision, or an exact expansion, may)"
            )
        return False

    def add(self, a: Coefficient, b: Coefficient) -> Coefficient:
        """The sum of two coefficients."""
        return a + b

    def multiply(self, a: list[Coefficient], b: list[Coefficient], n: int) -> list[Coefficient]:
        """The first n coefficients of the product."""
        return self._list(flint.arb_series(a[:n], n) * flint.arb_series(b[:n], n), n)

    def power(self, a: list[Coefficient], q: Fraction) -> list[Coefficient]:
        """a^q; the first coefficient is not 0, and positive for a root."""
        if q.denominator > 1 and not a[0] > 0:
            raise ValueError(f"a root of a series that starts with {a[0].str(5)} is not real")
        result = ball_series.power(flint.arb_series(a, len(a)), q)
        return self._list(result, len(a))

    def exponential(self, a: list[Coefficient]) -> list[Coefficient]:
        """e^a for a series a that starts with 0."""
        return self._list(flint.arb_series(a, len(a)).exp(), len(a))

    def _list(self, series: flint.arb_series, n: int) -> list[Coefficient]:
        found = series.coeffs()
        if series.prec < n:
            raise ArithmeticError("a series lost terms")
        return found + [self.zero] * (n - len(found))


Ring = ExactRing | BallRing
