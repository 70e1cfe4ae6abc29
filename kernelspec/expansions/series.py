r"""Truncated series in w = t^{1/q}, over exact numbers or over Arb balls: one class for both.

A `Series` is start + sum_j body[j] w^{v+j} + O(w^{v + len(body)}), with an exact constant term `start` (a `Number`,
also where the body is of balls: whether a layer starts from u = 1 is no matter of rounding) and v >= 1. A series
with negative powers has v <= 0 and start 0. Two series meet at the least common multiple of their q, and a root
that needs a finer q makes it.

`residues` is a bit mask: bit r says that exponents congruent to r/q modulo 1 may occur. It tells how fine a w the
expansion really needs (kappa_0^2 at u = -1 needs none).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..numbers.closed_values import exponential, power
from ..numbers.constants import ONE, ZERO, Number
from .rings import BallRing, Coefficient, Ring

FINEST = 1 << 12  # the largest q for which the masks are kept


class TooShortError(ValueError):
    """A longer series is needed to go on."""


@dataclass(frozen=True, eq=False)
class Series:
    """start + sum_j body[j] w^{v+j} + O(w^order), w = t^{1/q}; see the module."""

    ring: Ring
    q: int
    start: Number
    v: int
    body: list[Coefficient]
    residues: int | None  # None: all of them

    def __post_init__(self) -> None:
        if self.q > FINEST and self.residues:
            object.__setattr__(self, "residues", None)

    @property
    def order(self) -> int:
        """The power of w from which on nothing is known."""
        return self.v + len(self.body)

    def finest(self) -> int:
        """The least q' for which all exponents that may occur are multiples of 1/q'."""
        if self.residues is None:
            return self.q
        return self.q // math.gcd(self.q, *_bits(self.residues))

    def may_have(self, e: Fraction) -> bool:
        """Whether t^e may occur."""
        if self.residues is None or (e == 0 and self.start):
            return (e * self.q).denominator == 1
        r = e % 1 * self.q
        return r.denominator == 1 and bool(self.residues >> int(r) & 1)

    # -- shapes -------------------------------------------------------------------------------------------

    def refined(self, q: int) -> Series:
        """The same in t^{1/q}, q a multiple of the present one; cut where it would be too long."""
        m = q // self.q
        if m == 1:
            return self
        length = self.order_in(q) - self.v * m
        body = [self.ring.zero] * length
        for j in range(0, length, m):
            body[j] = self.body[j // m]
        mask = self.residues
        if mask is not None:
            mask = sum(1 << (r * m) for r in _bits(mask)) if q <= FINEST else mask and None
        return Series(self.ring, q, self.start, self.v * m, body, mask)

    def order_in(self, q: int) -> int:
        """The order of `refined(q)`."""
        m = q // self.q
        length = len(self.body) if m == 1 else min(len(self.body) * m, self.ring.longest)
        return self.v * m + length

    def truncated(self, order: int) -> Series:
        """The terms below w^order only."""
        if order >= self.order:
            return self
        return replace(self, v=min(self.v, order), body=self.body[: max(order - self.v, 0)])

    def leading(self) -> Series:
        """The same with a body that is empty or begins with a coefficient that is not 0."""
        j = 0
        while j < len(self.body) and self.ring.vanishes(self.body[j]):
            j += 1
        return replace(self, v=self.v + j, body=self.body[j:]) if j else self

    def whole(self) -> tuple[int, list[Coefficient]]:
        """(v, coefficients) with the start among the coefficients."""
        if self.v < 1 or not self.start:
            return self.v, self.body
        padding = [self.ring.zero] * (min(self.v, self.ring.longest) - 1)
        found = [self.ring.number(self.start), *padding, *self.body]
        return 0, found if self.v < self.ring.longest else found[: self.ring.longest]

    def centred(self) -> Series:
        """The same with v >= 1; ValueError where it is unbounded or its constant term is known as a ball only."""
        if self.v >= 1:
            return self
        found = self.leading()
        if found.v >= 1:
            return found
        if not found.body:
            raise TooShortError("not even the constant term is known at this length")
        if found.v < 0 or not isinstance(found.body[0], Number):
            raise ValueError("a layer of a composition starts from no exactly known number")
        return replace(found, start=found.body[0], v=1, body=found.body[1:])

    def met(self, other: Series) -> tuple[Series, Series]:
        """Both in the same w."""
        q = math.lcm(self.q, other.q)
        return self.refined(q), other.refined(q)

    # -- arithmetic ---------------------------------------------------------------------------------------

    def __add__(self, other: Series) -> Series:
        a, b = self.met(other)
        order = min(a.order, b.order)
        if a.v >= 1 and b.v >= 1:
            start, (v, first), (w, second) = a.start + b.start, (a.v, a.body), (b.v, b.body)
            mask = _union(a.residues, b.residues)
        else:
            start, (v, first), (w, second) = ZERO, a.whole(), b.whole()
            mask = _union(_with_start(a), _with_start(b))
        low = min(v, w, order)
        body = [a.ring.zero] * (min(v, order) - low) + first[: max(order - v, 0)]
        body += [a.ring.zero] * (order - low - len(body))
        for j, c in enumerate(second[: max(order - w, 0)], w - low):
            body[j] = a.ring.add(body[j], c)
        return Series(a.ring, a.q, start, low, body, mask)

    def plus(self, x: Number) -> Series:
        """The sum with an exact number."""
        if self.v < 1:
            return self + constant(self.ring, x, self)
        return replace(self, start=self.start + x)

    def __neg__(self) -> Series:
        return self.scaled(-1)

    def __sub__(self, other: Series) -> Series:
        return self + -other

    def scaled(self, q: Fraction | int) -> Series:
        """A rational multiple."""
        if q == 1:
            return self
        body = [self.ring.scale(c, q) for c in self.body]
        return replace(self, start=self.start.scaled(q), body=body)

    def times(self, x: Number) -> Series:
        """The multiple by an exact number."""
        c = self.ring.number(x)
        body = self.ring.multiply([c], self.body, len(self.body))
        return replace(self, start=self.start * x, body=body)

    def __mul__(self, other: Series) -> Series:
        a, b = self.met(other)
        if a.v < 1 or b.v < 1:
            (v, first), (w, second) = a.whole(), b.whole()
            n = min(len(first), len(second))
            mask = _sums(_with_start(a), _with_start(b), a.q)
            body = a.ring.multiply(first, second, n)
            if v + w == 0 and body and isinstance(body[0], Number):
                return Series(a.ring, a.q, body[0], 1, body[1:], mask)
            return Series(a.ring, a.q, ZERO, v + w, body, mask)
        orders = [a.v + b.order, b.v + a.order]
        orders += [b.order] if a.start else []
        orders += [a.order] if b.start else []
        order = min(orders)
        parts = [(a.v + b.v, a.ring.multiply(a.body, b.body, max(order - a.v - b.v, 0)))]
        masks = [_sums(a.residues, b.residues, a.q)]
        for x, y in ((a, b), (b, a)):
            if x.start:
                parts.append((y.v, y.times(x.start).body))
                masks.append(y.residues)
        low = min(order, *(v for v, _ in parts))
        body = [a.ring.zero] * (order - low)
        for v, part in parts:
            for j, c in enumerate(part[: max(order - v, 0)], v - low):
                body[j] = a.ring.add(body[j], c)
        return Series(a.ring, a.q, a.start * b.start, low, body, _union(*masks))

    def power(self, p: Fraction) -> Series:
        """The p-th power: of a series that is not 0, with a positive leading coefficient for a root."""
        found = self if self.start and self.v >= 1 else self.leading()
        if not found.body and not (found.start and found.v >= 1):
            return Series(self.ring, self.q, ZERO, math.floor(found.v * p), [], None)
        v, _ = found.whole()
        found = found.refined(found.q * (v * p).denominator)
        v, body = found.whole()
        if isinstance(self.ring, BallRing) and v == 0 and found.v >= 1:
            start, rest = power(found.start, p), self.ring.power(body, p)[1:]
        else:
            out = self.ring.power(body, p)
            v = int(v * p)
            mask = _rotated(_group(_rotated(found.residues, -found.v, found.q), found.q), v, found.q)
            if v != 0 or not isinstance(out[0], Number):
                return Series(self.ring, found.q, ZERO, v, out, mask)
            start, rest = out[0], out[1:]
        mask = _group(found.residues, found.q)
        skip = min(max(found.v - 1, 0), len(rest)) if found.v >= 1 else 0
        return Series(self.ring, found.q, start, 1 + skip, rest[skip:], mask)

    def exponential(self) -> Series:
        """e^series, for v >= 1."""
        u = self.centred().truncated(self.ring.longest)
        body = u.ring.exponential([u.ring.zero] * u.v + u.body)[u.v :]
        found = Series(u.ring, u.q, ONE, u.v, body, _group(u.residues, u.q))
        return found.times(exponential(u.start))

    def euler(self) -> Series:
        """t d/dt."""
        body = [self.ring.scale(c, Fraction(self.v + j, self.q)) for j, c in enumerate(self.body)]
        return replace(self, start=ZERO, body=body)

    def integrated(self, start: Number) -> Series:
        """start + the integral with dt/t, of a series with v >= 1."""
        body = [self.ring.scale(c, Fraction(self.q, self.v + j)) for j, c in enumerate(self.body)]
        return replace(self, start=start, body=body)


def constant(ring: Ring, x: Number, like: Series) -> Series:
    """The constant x, known as far as `like`."""
    return Series(ring, like.q, x, max(like.order, 1), [], 0)


def known_steps(step: Series) -> int:
    """How many powers of a series without a constant term stand before all that is unknown of it."""
    return max(-(-step.order // max(step.v, 1)), 1)


def power_series(coefficients: Sequence[Number | Any], step: Series, like: Series) -> Series:
    """sum_n c_n step^n of numbers or balls c_n, as far as they and `like` tell it; `step` has no constant term."""
    result, *others = (_coefficient(c, like) for c in reversed(coefficients))
    for c in others:
        result = result * step + c
    return result.truncated(len(coefficients) * step.v * result.q // step.q)


def _coefficient(c: Number | Any, like: Series) -> Series:
    if isinstance(c, Number):
        return constant(like.ring, c, like)
    padding = [like.ring.zero] * (max(like.order, 1) - 1)
    return Series(like.ring, like.q, ZERO, 0, [c, *padding], 1)


# -- residues: sets of exponents modulo 1 as bit masks -----------------------------------------------------------


def _bits(mask: int) -> list[int]:
    return [r for r in range(mask.bit_length()) if mask >> r & 1]


def _union(*masks: int | None) -> int | None:
    out = 0
    for mask in masks:
        if mask is None:
            return None
        out |= mask
    return out


def _with_start(a: Series) -> int | None:
    return _union(a.residues, 1 if a.start else 0)


def _rotated(mask: int | None, shift: int, q: int) -> int | None:
    if mask is None:
        return None
    shift %= q
    return (mask << shift | mask >> (q - shift)) & ((1 << q) - 1)


def _sums(a: int | None, b: int | None, q: int) -> int | None:
    if a is None or b is None:
        return None if a != 0 and b != 0 else 0
    return _union(0, *(_rotated(b, r, q) for r in _bits(a)))


def _group(mask: int | None, q: int) -> int | None:
    """The subgroup of Z/q that the residues generate."""
    if mask is None:
        return None
    step = math.gcd(q, *_bits(mask))
    return sum(1 << r for r in range(0, q, step))
