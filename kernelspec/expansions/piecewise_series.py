r"""Duals of piecewise smooth activations along a series u(t), wherever it starts from.

At u = 1 and -1 by the kink rule in full (`kinks`). Inside (-1, 1), where layers without biases end from the third on,
kappa is analytic, and its Taylor coefficients at x are exact numbers of their own, known to any precision:

.. math:: c_n(x) = \frac{\kappa^{(n)}(x)}{n!} = \sum_{i \ge n} \binom{i}{n} b_i x^{i-n}, \qquad
   b_i = \frac{E[f\,He_i]^2}{i!} \ge 0, \qquad \sum_i b_i = E f^2

(Bietti & Bach 2021, Appendix B.1; claim 10). For x > 0 they are positive, as infinitely many b_i are; what is beyond
i = N is at most (E f^2 - sum_{i<N} b_i) max_{i >= N} binom(i, n) x^{i-n}. These weights are 1 at i = n, rise and then
fall, so that the maximum is at i = N once its weight is below 1. The even part f_e of f has the even b_i, so that

.. math:: c_n(-x) = (-1)^n (2 c_n[f_e](x) - c_n(x)) = (-1)^n (c_n(x) - 2 c_n[f_o](x)),

and numbers at x and -x cancel where they should. At x = 0 only c_n = b_n is left, which has a closed form.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import flint

from ..kernels.activations import Activation, made, stretched
from ..kernels.one_kink_series import end_balls
from ..kernels.piecewise import polynomial_dual
from ..numbers.checks import integer
from ..numbers.closed_values import product
from ..numbers.constants import ONE, ZERO, Number, named_generator, total
from ..numbers.exact_numbers import Scalar, as_number, as_reading, decimal
from ..numbers.exact_numbers import made as made_exact
from ..numbers.precision import precision
from .kinks import density, end_coefficients, end_value, exponential_of, mean, moment, number, weighted
from .rings import BallRing
from .series import Series, constant, known_steps, power_series

_HALF, _PLAIN = Fraction(1, 2), Fraction(1)
_SPARE = 64  # bits of a rational root beyond those of what it stretches
_MOST_TERMS = 1 << 16  # b_i of one number: a second
_MOST_BITS = 1 << 19  # of Hermite coefficients of steep pieces: a minute
_EXACT = 12  # coefficients at an end that are exact where balls of the others are known
_STEP = 256  # lengths of series of b_i are multiples of it, so that coefficients share them


def along(f: Activation, s: Scalar, u: Series) -> Series:
    """The kernel of f(s x) along a series u(t) that starts from a number in [-1, 1], +-1 by its form."""
    end = u.start.rational
    if end in (1, -1):
        f = stretched(f, s)
        distance = constant(u.ring, ONE, u) - u.scaled(int(end))
        root = distance.leading().power(_HALF)
        count = max(-(-u.order * root.q // (u.q * max(root.v, 1))), 2)
        if isinstance(u.ring, BallRing) and list(f.breaks) == [0] and count > _EXACT:
            exact = end_coefficients(f, int(end), _EXACT)  # the first ones may be 0, which balls do not tell
            coefficients = (*exact, *end_balls(f, int(end), count, u.ring.bits)[_EXACT:])
        else:
            coefficients = end_coefficients(f, int(end), count)
    else:
        root = u.plus(-u.start).leading()
        count = known_steps(root)
        coefficients = inside(f, u.start, count, s)
    return power_series(coefficients, root, u)


def inside(f: Activation, x: Number, count: int, s: Scalar = _PLAIN) -> tuple[Number, ...]:
    """c_0, ..., c_{count-1} of f(s x), at a number -1 < x < 1.

    ValueError where balls and algebra do not tell the sign of that number.
    """
    sign = x.sign()
    if not sign:
        return tuple(_hermite_square(stretched(f, s), n) for n in range(count))
    if sign > 0:
        return tuple(_coefficient(f, n, x, s) for n in range(count))
    # Of the two forms the one with a part that is a polynomial, if there is one.
    parity = next((p for p in (0, 1) if _polynomial(f.part(p))), 0)
    part, out = f.part(parity), []
    for n in range(count):
        difference = _coefficient(part, n, -x, s).scaled(2) - _coefficient(f, n, -x, s)
        out.append(difference.scaled((-1) ** (n + parity)))
    return tuple(out)


def from_text(text: str, n: object, x: Scalar, s: Scalar = _PLAIN) -> Scalar:
    """The number that prints as taylor(text, n, x, s): c_n(x) of an activation f(s x), 0 < x < 1."""
    f, order = made(text), integer("n", n, 0)
    if not 0 < x < 1:
        raise ValueError(f"x must be between 0 and 1; got {x}")
    found, read = _coefficient(f, order, as_number(x), s), _coefficient(f, order, as_reading(x), decimal(s))
    return made_exact(found, read)


def _polynomial(f: Activation) -> bool:
    return not f.breaks and f.polynomial


def _coefficient(f: Activation, n: int, x: Number, s: Scalar) -> Number:
    """c_n(x) of f(s x), x > 0."""
    if _polynomial(f):
        squares, found = polynomial_dual(stretched(f, s).terms[0]), ZERO
        for i in range(max(squares, default=-1), n - 1, -1):
            found = found * x + as_number(math.comb(i, n) * squares.get(i, Fraction(0)))
        return found
    if type(s) is Fraction:
        return product({named_generator("dual", ((stretched(f, s), n), x)): Fraction(1)})
    return product({named_generator("dual", ((f, n, as_number(s)), x)): Fraction(1)})


def _hermite_square(f: Activation, n: int) -> Number:
    """b_n, exactly: by parts, E[f He_n] = E f_n + sum_{j<n} sum_x F_j(x) He_{n-1-j}(x) phi(x)."""
    parts = []
    for j in range(n):
        for x in f.breaks:
            weight = _hermite_at(x, n - 1 - j)
            if weight:
                parts.append(weighted(number(f.jump(x)) * density(x), weight))
        f = f.derivative()
    found = total([mean(f), *parts])
    return (found * found).scaled(Fraction(1, math.factorial(n)))


def _hermite_at(x: Scalar, n: int) -> Scalar:
    """He_n(x)."""
    before: Scalar = Fraction(0)
    now: Scalar = Fraction(1)
    for i in range(n):
        before, now = now, x * now - i * before
    return now


# -- balls ---------------------------------------------------------------------------------------------------------


def enclosed(f: Activation, n: int, x: flint.arb, bits: int, s: Number = ONE) -> flint.arb:
    """A ball of c_n(x) of f(s x) at the precision in force, `bits`; not finite where x in (0, 1) is not shown.

    f is stretched by a rational number beside an irrational s, and what that changes is bounded (`stretches`): no b_i
    changes by more than D, and c_n(x) by no more than D sum_{i >= n} binom(i, n) x^{i-n} = D / (1 - x)^{n+1}.
    """
    largest = x.upper()
    if not (x > 0 and largest < 1):
        return flint.arb("nan")
    change = flint.arb(0)
    if (root := s.rational) is None:
        from ..kernels.proved_series import middle
        from ..kernels.stretches import changes_of

        near = s.ball(bits + _SPARE)
        root = middle(near)
        changes = changes_of(f, near, root, coefficients=True)
        if changes is None:
            return flint.arb("nan")
        change = flint.arb(0, 1) * changes[0] / (1 - largest) ** (n + 1)
    length = _length(x, n, bits)
    squares, rest = _squares(stretched(f, root), length, bits)
    series = flint.arb_poly(squares)
    for _ in range(n):
        series = series.derivative()
    tail = (rest * flint.arb(length).bin(n) * largest ** (length - n)).upper()
    return series(x) / flint.fmpz(math.factorial(n)) + flint.arb(tail / 2, tail / 2) + change


def enclosed_inside(f: Activation, x: flint.arb, count: int) -> list[flint.arb]:
    """Balls of c_0(x), ..., c_{count-1}(x) at the precision in force, -1 < x < 1.

    With N >= 2 count the weights binom(N, n) x^{N-n} rise with n < count: the last one is below 1, and so are all.
    """
    bits, largest = flint.ctx.prec, x.abs_upper()
    squares, rest = _squares(f, _length(x, count - 1, bits), bits)
    found = flint.arb_poly(squares)(flint.arb_poly([x, 1]))
    tails = (rest * flint.arb(len(squares)).bin(n) * largest ** (len(squares) - n) for n in range(count))
    return [found[n] + flint.arb(0, 1) * tail for n, tail in enumerate(tails)]


def _length(x: flint.arb, n: int, bits: int) -> int:
    """How many b_i, 2 (n + 1) at least, tell c_n(x) to so many bits; ValueError where they are too many."""
    rate, length = -math.log2(float(x.abs_upper()) or 0.5), max(2 * n + 2 - (2 * n + 2) % -_STEP, _STEP)
    while _log_binomial(length, n) - (length - n) * rate > -bits:
        length += _STEP
        if length > _MOST_TERMS or rate <= 0:
            raise ValueError(
                f"a layer starts so near to +-1, at {x.mid().str(12, radius=False)} up to its sign, that its "
                f"coefficients need more than {_MOST_TERMS} Hermite coefficients: fewer layers or digits may do"
            )
    return length


def _log_binomial(length: int, n: int) -> float:
    return (math.lgamma(length + 1) - math.lgamma(n + 1) - math.lgamma(length - n + 1)) / math.log(2)


@functools.lru_cache(maxsize=64)
def _squares(f: Activation, length: int, bits: int) -> tuple[list[flint.arb], flint.arb]:
    """b_i for i < length, and E f^2 less their sum."""
    squares = hermite_squares(f, length, bits)
    return squares, end_value(f, 1).ball(bits) - sum(squares, flint.arb(0))


def hermite_squares(f: Activation, length: int, prec: int) -> list[flint.arb]:
    """Balls of b_i = E[f He_i]^2 / i!, i < length (Bietti & Bach 2021, Appendix B.1; claim 10).

    From He_i phi = -(He_{i-1} phi)' by parts: over a piece, with I_{m,i} the integral of x^m e^{beta x} He_i phi,
    I_{m,i} = m I_{m-1,i-1} + beta I_{m,i-1} - [x^m e^{beta x} He_{i-1} phi].
    """
    farthest = max((abs(float(x)) for x in f.breaks), default=0.0)
    # The errors of He_i(x) grow like (i!)^{1/2} e^{|x| i^{1/2}}, and those of beta^i by e^{beta^2} beyond (i!)^{1/2}.
    bits = prec + 128 + int(1.45 * farthest * math.sqrt(length) + 3 * float(f.largest_rate) ** 2)
    if bits > _MOST_BITS:
        raise ValueError(
            f"a layer is too steep for its coefficients, which hold e^(beta x) with beta up to "
            f"{float(f.largest_rate):.3g}: they need more than {_MOST_BITS} bits"
        )
    with precision(bits):
        points = [_ball(x) for x in f.breaks]
        parts = list(_integrals(f, bits))
        found = [part.start for part in parts]
        before, now = [flint.arb(0)] * len(points), [flint.arb(1)] * len(points)  # He_{i-1}(x), He_i(x) at the breaks
        factorial, out = flint.arb(1), []
        for i in range(length):
            if i:
                factorial *= i
                for j in reversed(range(len(parts))):
                    found[j] = parts[j].next(found[j], found[j - 1], now)
                before, now = now, [x * b - (i - 1) * a for x, a, b in zip(points, before, now, strict=True)]
            total_i = sum((part.scale * x for part, x in zip(parts, found, strict=True)), flint.arb(0))
            out.append(total_i * total_i / factorial)
    return out


class _Integral(NamedTuple):
    """I_{m,i} of `hermite_squares`: I_{m,0}, the factor of it in f, and x^m e^{beta x} phi at the piece's ends."""

    m: int
    rate: flint.arb
    scale: flint.arb
    start: flint.arb
    ends: list[tuple[int, flint.arb]]  # (the number of the break, with the sign of the end)

    def next(self, own: flint.arb, lower: flint.arb, hermite: list[flint.arb]) -> flint.arb:
        """I_{m,i} from I_{m,i-1}, I_{m-1,i-1} and He_{i-1} at the breaks."""
        out = self.rate * own
        if self.m:
            out += self.m * lower
        for place, weight in self.ends:
            out += weight * hermite[place]
        return out


def _integrals(f: Activation, bits: int) -> Iterator[_Integral]:
    """Those of all pieces, by their rates, m going up from 0."""
    for i, terms in enumerate(f.terms):
        ends = [(place, sign) for place, sign in ((i - 1, 1), (i, -1)) if 0 <= place < len(f.breaks)]
        low, high = (f.breaks[j] if 0 <= j < len(f.breaks) else None for j in (i - 1, i))
        for rate in {beta for _, beta in terms}:
            for m in range(max(m for m, beta in terms if beta == rate) + 1):
                weights = []
                for place, sign in ends:
                    x = f.breaks[place]
                    weight = weighted(density(x) * exponential_of(rate * x), sign * x**m)
                    weights.append((place, weight.ball(bits)))
                start = moment(m, rate, low, high).ball(bits)
                yield _Integral(m, _ball(rate), _ball(terms.get((m, rate), Fraction(0))), start, weights)


def _ball(q: Scalar) -> flint.arb:
    return as_number(q).ball(flint.ctx.prec)
