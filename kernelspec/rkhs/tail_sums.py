"""Sums of A_k/mu_k over all degrees from K on, as balls: the second half of `norms`, which has the formulas."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from .. import sphere
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from ..sphere.gamma_products import HALF
from ..sphere.power_eigenvalues import power
from .atoms import Atom, KernelAtom, Like, common
from .components import Component, cosine, dimensions, legendre_balls
from .degree_series import DegreeSeries, ShortSeriesError, bounded, gamma_ratio, multiplicities
from .tail import UndecidedError

_REACH = 26  # powers of x of an expansion, at least; in high dimension their coefficients are large, and more serve
_STEP_BITS = 2  # of c that a step of the recursion of P_k(c) takes, at most
_Series: TypeAlias = Callable[[Atom], DegreeSeries]


def tail(kernel: Zonal, d: int, parts: list[Component], start: int, digits: int) -> Any:
    """The sum over k >= start of A_k/mu_k; a polynomial ends before."""
    atoms = [[part.atoms(r) for r in range(4)] for part in parts]
    weights = {
        parity: KernelAtom(kernel, d, parity)
        for parity in (0, 1)
        if kernel.polynomial_part(parity) is None and any(rows[parity] or rows[parity + 2] for rows in atoms)
    }
    if not weights:
        return ball(0)
    if any(weight.fast for weight in weights.values()):
        return _fast_tail(kernel, d, parts, start)
    return _Tail(d, weights, parts, atoms, start, digits).total()


class _Tail:
    """The series of what a tail is made of, each read once."""

    def __init__(
        self,
        d: int,
        weights: dict[int, KernelAtom],
        parts: list[Component],
        atoms: list[list[list[Atom]]],
        start: int,
        digits: int,
    ) -> None:
        length = Fraction(max(_REACH + 2 * min(d // 16, 17), digits + digits % 2))
        every = [*weights.values(), *(atom for rows in atoms for row in rows for atom in row)]
        step = common(atom.step(length) for atom in every)
        self.d, self.parts, self.atoms, self.start = d, parts, atoms, start
        self.like: Like = (step, math.ceil(length / step), start + Fraction(d, 2) - 1)
        own = {parity: weight.series(self.like) for parity, weight in weights.items()}
        for parity, found in own.items():
            if found.coefficients[0] < 0:
                raise ValueError(f"{weights[parity].kernel!r} is no kernel on S^{d - 1}: mu_k < 0 at large k")
        self.inverse = {parity: found.reciprocal() for parity, found in own.items()}
        over = max(weight.power for weight in weights.values())
        self.number = multiplicities(d, self.like)
        self.series: _Series = functools.cache(lambda atom: atom.series(self.like, over))

    def total(self) -> Any:
        """The sum over all pairs of components."""
        found = ball(0)
        for i, rows in enumerate(self.atoms):
            for r, row in enumerate(rows):
                if r % 2 in self.inverse:
                    found += sum((self.own(r, a, b) for a in row for b in row), ball(0))
            for j in range(i):
                found += 2 * self.crossed(i, j)
        return found

    def own(self, r: int, a: Atom, b: Atom) -> Any:
        """The sum of N a_k b_k/mu_k over k = r mod 4."""
        first = self.start + (r - self.start) % 4 + Fraction(self.d, 2) - 1
        return (self.number * self.inverse[r % 2] * self.series(a) * self.series(b)).sum(first, 4)

    def crossed(self, i: int, j: int) -> Any:
        """The sum of N g_ik g_jk P_k(c)/mu_k for two directions."""
        import flint

        with precision(flint.ctx.prec + _STEP_BITS * self.start):
            c = cosine(self.parts[i], self.parts[j])
        found = ball(0)
        for parity, inverse in self.inverse.items():
            for a in self.atoms[i][parity]:
                for b in self.atoms[j][parity]:
                    alternating = isinstance(a, KernelAtom) != isinstance(b, KernelAtom)
                    found += self.interpolated(c, parity, alternating, inverse * self.series(a) * self.series(b))
        return found

    def interpolated(self, c: Any, parity: int, alternating: bool, series: DegreeSeries) -> Any:
        """The sum of N y(x) P_k(c) over the k of one parity, by Gamma ratios in place of powers of x.

        `alternating`: the sign of y is turned from each k to the next one.
        """
        import flint

        total, rest, d = ball(0), series, self.d
        for j in range(len(series.coefficients)):
            p, factor = series.power + series.step * j, rest.coefficients[j]
            if factor == 0:
                continue
            rest = rest + gamma_ratio(p / 2, self.like, HALF if alternating else Fraction(1)).raised(p).times(-factor)
            if alternating:
                total += factor / ball(2) ** ball(p) * alternating_tail(d, p - d * HALF, parity, c, self.start)
                continue
            nu = (p - d + 1) / 2
            both = power_tail(d, nu, c, self.start), power_tail(d, nu, -c, self.start)
            total += factor * (both[0] + both[1] if parity == 0 else both[0] - both[1]) / 2
        # Each coefficient of the rest is 0 by now, and its ball but rounding: it was taken off with its own ball.
        bound = bounded(rest.remainder, rest.power, self.like)
        first = self.start + (parity - self.start) % 2 + Fraction(d, 2) - 1
        return total + flint.arb(0, 1) * abs((self.number * bound).sum(first, 2))


def _rounded(bits: int) -> int:
    """Up to one of few numbers, so that polynomials of one precision serve several sums."""
    return -(-bits // 512) * 512


def power_tail(d: int, nu: Fraction, c: Any, start: int) -> Any:
    """The sum of N(d,k) Gamma(k-nu)/Gamma(k+nu+d-1) P_k(c) over k >= start, for nu > 0 and -1 < c < 1."""
    import flint

    bits = flint.ctx.prec
    with precision(bits + 3 * start + _rounded(16 * (math.ceil(nu) + 4))):
        whole = _whole_integer(d, int(nu), c) if nu.denominator == 1 else _whole(d, nu, c)
        first = int(nu) + 1 if nu.denominator == 1 else 0
        ratio = ball(first - nu).gamma() / ball(first + nu + d - 1).gamma()
        values = zip(dimensions(d, start)[first:], legendre_balls(d, c, start)[first:], strict=True)
        for k, (number, p) in enumerate(values, first):
            whole -= number * ratio * p
            ratio *= ball(k - nu) / ball(k + nu + d - 1)
    return whole


def _whole(d: int, nu: Fraction, c: Any) -> Any:
    """The sum over all k: (1-c)^nu / C(d, nu)."""
    return (1 - c) ** ball(nu) / power(d, nu).part(moving=False).ball(0)


def _whole_integer(d: int, n: int, c: Any) -> Any:
    """The sum over k > n for the integer exponent n: the derivative of both sides with respect to it.

    1/Gamma(-nu) has the derivative (-1)^{n+1} n! at nu = n.
    """
    half = Fraction(d - 1, 2)
    constant = ball(2) ** (n + d - 2) * ball(Fraction(d, 2)).gamma() * ball(n + half).gamma() / ball(1).pi().sqrt()
    constant *= (-1) ** (n + 1) * math.factorial(n)
    total = (1 - c) ** n * (1 - c).log()
    slope = ball(2).log() + ball(n + half).digamma() - ball(n + d - 1).digamma()
    # mu_k[(1-t)^nu] = 2^nu Gamma(d/2) Gamma(nu+(d-1)/2) 2^(d-2)/(sqrt(pi) Gamma(nu+d-1)) (-nu)_k/(nu+d-1)_k
    mu = ball(2) ** (n + d - 2) * ball(Fraction(d, 2)).gamma() * ball(n + half).gamma()
    mu /= ball(1).pi().sqrt() * ball(n + d - 1).gamma()
    for k, p in enumerate(legendre_balls(d, c, n + 1)):
        total -= dimensions(d, n + 1)[k] * mu * slope * p
        if k < n:
            mu *= ball(k - n) / ball(n + d - 1 + k)
            slope += 1 / ball(n - k) - 1 / ball(n + d - 1 + k)
    return total / constant


def alternating_tail(d: int, s: Fraction, parity: int, c: Any, start: int) -> Any:
    """The sum of (-1)^floor(k/2) N(d,k) Gamma((k-s)/2)/Gamma((k+s+d)/2) P_k(c), s > 0, over k >= start of a parity.

    Over all k it is |c|^s, or its odd continuation, over the factor in `profiles`; where that is 0 both are
    differentiated with respect to s, which leaves k > s and a polynomial.
    """
    import flint

    bits = flint.ctx.prec
    with precision(bits + 3 * start + _rounded(16 * (math.ceil(s) + 4))):
        size = 2 * ball(d * HALF).gamma() * ball(s + 1).gamma() / ball(2) ** ball(s + 1)
        degenerate = ((s - parity) / 2).denominator == 1
        whole = ball(0) if c == 0 else abs(c) ** ball(s) * (c.sgn() if parity else 1)
        first, legendre = parity, legendre_balls(d, c, max(start, int(s) + 1))
        half = flint.fmpq((s - parity).numerator, 2 * (s - parity).denominator)
        # sin(pi (k-s)/2) = (-1)^((k-parity)/2) sin(pi (parity-s)/2), or the derivative of it
        factor = size / ball(1).pi() * -flint.arb.sin_pi_fmpq(half)
        if degenerate:
            first = int(s) + 2
            factor = -size / 2 * (-1) ** int((s - parity) / 2)
            whole = whole * abs(c).log() if c != 0 else whole
            for k in range(parity, first, 2):
                slope = ball(s + 1).digamma() - ball(2).log()
                slope -= (ball((s - k) / 2 + 1).digamma() + ball((s + k + d) / 2).digamma()) / 2
                value = size / ball((s - k) / 2 + 1).gamma() / ball((s + k + d) / 2).gamma()
                whole -= dimensions(d, first)[k] * value * slope * legendre[k]
        total = whole / factor
        ratio = ball((first - s) / 2).gamma() / ball((first + s + d) / 2).gamma() * (-1) ** ((first - parity) // 2)
        for k in range(first, start, 2):
            total -= dimensions(d, start)[k] * ratio * legendre[k]
            ratio *= -ball((k - s) / 2) / ball((k + s + d) / 2)
    return total


def exponential(kernel: Zonal) -> tuple[Any, Fraction] | None:
    """(a, alpha) where kappa = a e^(alpha (u-1)) with a rational alpha > 0; a as a ball."""
    if len(kernel.as_sum) != 1:
        return None
    ((c, term),) = kernel.as_sum
    alpha, one = term.exponential_rate, term.rational_one
    if not isinstance(alpha, Fraction) or alpha <= 0 or one is None:
        return None
    return ball(c) * ball(one), alpha


def exponentials(kernel: Zonal) -> list[tuple[Any, Fraction]] | None:
    """The kernel as a sum of exponentials; None where it is none."""
    found = [exponential(c * term) for c, term in kernel.as_sum]
    return [pair for pair in found if pair is not None] if all(found) else None


def _fast_tail(kernel: Zonal, d: int, parts: list[Component], start: int) -> Any:
    """A ball around 0, where mu_k falls faster than any power: for exponentials, by claim 11 (derived here).

    For e^(alpha (u-1)), mu_k is e^-alpha (alpha/2)^k Gamma(d/2)/Gamma(k+d/2) times a factor from 1 to e^(alpha^2/(2d)).
    """
    import flint

    own = exponential(kernel)
    sums = [exponentials(c * g) for part in parts for c, g in zip(part.scales, part.kernels, strict=True)]
    if own is None or any(terms is None for terms in sums):
        raise UndecidedError(f"no two-sided bounds of the eigenvalues of {kernel!r} are known")
    every = [pair for terms in sums for pair in terms or ()]
    largest = max(alpha for _, alpha in every)
    size = sum((abs(a) * ball(-alpha).exp() * ball(alpha**2 / (2 * d)).exp() for a, alpha in every), ball(0))
    beta, many = largest**2 / (2 * own[1]), sphere.multiplicity
    ratio = Fraction(many(d, start + 1), many(d, start)) * beta / (start + Fraction(d, 2))
    if not ratio < 1:
        raise ShortSeriesError("the terms do not decrease yet")
    first = many(d, start) * ball(beta) ** start * ball(d * HALF).gamma() / ball(start + d * HALF).gamma()
    return flint.arb(0, 1) * size**2 * first / (own[0] * ball(-own[1]).exp()) / ball(1 - ratio)
