r"""Proofs that |kappa| <= 1 on [-1, 1], which is what lets a kernel stand inside a composition.

Nothing is sampled; the first of these that applies is the proof.

1. *Layers.* Named kernels with kappa(1) = 1 are kernels, that is their Taylor coefficients b_i at 0 are >= 0, and
   |kappa(u)| <= sum b_i |u|^i <= kappa(1). A composition is bounded by its outermost layer.
2. *Coefficients.* |kappa(u)| <= sum |b_i| |u|^i <= `majorant(1)`. Where this is 1 and kappa no constant, |kappa| < 1
   for |u| < 1. For a kernel with coefficients of one sign the value at u = 1 decides, both ways.
3. *Polynomials* with rational coefficients: 1 - kappa and 1 + kappa are >= 0 on [-1, 1] exactly if they have no zero
   of odd order in (-1, 1) and are positive at one point. Their zeros are isolated in exact arithmetic (Arb).
4. *Balls.* Near an end, g(w) = kappa(+-(1 - w^q)) is its series up to w^N and at most G r^{-N} w^N/(1 - w/r) beyond
   (Cauchy; r and G of `spectrum.end_expansions`). Where kappa is +-1 at the end, exactly, the series less its constant,
   divided by its leading power, keeps the sign of the leading coefficient. Between the ends |kappa| < 1 on balls of
   the angle that cover the rest.

Where none applies the kernel is refused: with a point at which |kappa| > 1, proved in balls, or because neither
could be shown.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..numbers.arithmetic import BallArithmetic
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.outward import rational
from ..numbers.precision import at_least, good, precision
from ..numbers.rational import Polynomial
from .ball_values import BITS, value_at
from .points import Point
from .range_errors import NotShownError, TooLargeError, not_shown, refuse_at
from .text import brief

if TYPE_CHECKING:
    from .zonal import Zonal

_PRECISIONS = (128, 2048)  # the first and the last
_LARGEST_DEGREE = 300  # of a polynomial whose zeros are isolated
_POWERS = 12  # of t, in an expansion at an end
_PIECES, _READINGS = 64, 4000

# u = 1, u = -1, and all points between them.
PLACES = (1, -1, 0)
_NONE: frozenset[int] = frozenset()
_BOTH = frozenset((1, -1))


class Contacts(NamedTuple):
    """Which of the values 1 and -1 a kernel with |kappa| <= 1 may take at u = 1, at u = -1, and in between."""

    right: frozenset[int]
    left: frozenset[int]
    inside: frozenset[int]

    def at(self, place: int) -> frozenset[int]:
        """The values at u = 1 (1), u = -1 (-1) or in between (0)."""
        return self.inside if place == 0 else self.right if place == 1 else self.left

    def through(self, outer: Contacts) -> Contacts:
        """The contacts of outer(kappa)."""
        # A value strictly between -1 and 1 is never excluded, so that what outer takes there is always possible.
        return Contacts(*(outer.inside.union(*(outer.at(v) for v in self.at(place))) for place in PLACES))


def require_cosine(inner: Zonal) -> None:
    """ValueError unless |inner| <= 1 on [-1, 1] is proved, with the point where it fails if there is one."""
    from .compositions import Compose

    outer = inner.layers[0] if isinstance(inner, Compose) else inner
    if not (outer.bounded or _is_cosine(inner)):
        contacts(inner)


@functools.lru_cache(maxsize=4096)
def contacts(kernel: Zonal) -> Contacts:
    """Where |kappa| may be 1; ValueError where |kappa| <= 1 on [-1, 1] is not proved."""
    from .compositions import Compose

    if isinstance(kernel, Compose):
        return layered_contacts(kernel.layers)[-1]
    return _proved(kernel)


def layered_contacts(layers: tuple[Zonal, ...]) -> list[Contacts]:
    """The contacts of the innermost layer, of the two innermost ones, and so on to all of them."""
    from .expression import compose_layers

    found = [contacts(layers[-1])]
    for i in reversed(range(len(layers) - 1)):
        if _is_cosine(layers[i]):
            found.append(found[-1].through(contacts(layers[i])))
        else:  # it may stay within [-1, 1] only where the layers inside reach
            found.append(_proved(compose_layers(layers[i:])))
    return found


def _is_cosine(kernel: Zonal) -> bool:
    """Whether |kappa| <= 1 on [-1, 1] is known of the kernel by itself."""
    if kernel.bounded:
        return True
    largest = kernel.majorant(Fraction(1))
    return largest is not None and largest <= 1


def _proved(kernel: Zonal) -> Contacts:
    try:
        with at_least(BITS):
            return _contacts(kernel)
    except (TooLargeError, NotShownError):
        raise
    except (ArithmeticError, NotImplementedError, TypeError, ValueError) as reason:
        raise not_shown(kernel, reason) from reason


def _contacts(kernel: Zonal) -> Contacts:
    largest = kernel.majorant(Fraction(1))
    if largest is not None and largest <= 1:
        terms = kernel.as_sum
        if kernel.real_floats and len(terms) > 1 and all(c > 0 and _is_cosine(k) for c, k in terms):
            # A mean of cosines is 1 or -1 where all of them are.
            several = [contacts(k) for _, k in terms]
            return Contacts(*(frozenset.intersection(*(each.at(place) for each in several)) for place in PLACES))
        return _by_coefficients(kernel, largest)
    if kernel.bounded:  # it says so itself, and no more
        written = getattr(kernel, "expression", None)
        return contacts(written()) if written else Contacts(_BOTH, _BOTH, _BOTH)
    parts = kernel.polynomial_part(0), kernel.polynomial_part(1)
    polynomial = {**(parts[0] or {}), **(parts[1] or {})}
    if None not in parts and sum(map(abs, polynomial.values()), Fraction(0)) < 1:
        return Contacts(_NONE, _NONE, _NONE)  # exactly, where floats above are rounded to 1: 1 - 1e-30
    for at in (1, -1):
        _exceeds(kernel, Fraction(at))
    if None not in parts:
        rational = all(isinstance(c, Fraction) for c in polynomial.values())
        if rational and max(polynomial, default=0) <= _LARGEST_DEGREE:
            return _of_polynomial(kernel, polynomial)
    return _by_balls(kernel)


# -- by coefficients ---------------------------------------------------------------------------------------------


def _by_coefficients(kernel: Zonal, largest: Fraction) -> Contacts:
    """From sum |b_i| <= largest <= 1."""
    if largest < 1:
        return Contacts(_NONE, _NONE, _NONE)
    right = _possible(value_at(kernel, Fraction(1)))
    even, odd = kernel.taylor_parts
    if odd.positive and (even.zero or even.positive):  # coefficients >= 0: no value is needed
        return Contacts(right, frozenset({-1}) if even.zero else _NONE, _NONE)
    left = _possible(value_at(kernel, Fraction(-1)))
    # |kappa(0)| = |b_0| < 1: a constant kernel is below 1 everywhere, any other one inside.
    return Contacts(right, left, _possible(value_at(kernel, Fraction(0))))


def _possible(value: Any) -> frozenset[int]:
    """Which of 1 and -1 a ball does not exclude."""
    return frozenset(s for s in (1, -1) if not (value > s or value < s))


def _exceeds(kernel: Zonal, u: Fraction) -> None:
    """ValueError where |kappa(u)| > 1 is proved."""
    value = value_at(kernel, u)
    if not value.is_finite():
        raise NotShownError(
            f"the inner kernel of a composition must take values in [-1, 1]; {brief(kernel)} is infinite or not "
            f"defined at u = {float(u):.6g}"
        )
    if abs(value) > 1:
        refuse_at(kernel, u, value)


# -- polynomials -------------------------------------------------------------------------------------------------


def _of_polynomial(kernel: Zonal, polynomial: Polynomial) -> Contacts:
    inside = set()
    for sign in (1, -1):
        gap = {m: -sign * c for m, c in polynomial.items()}
        gap[0] = gap.get(0, Fraction(0)) + 1
        zeros = _zeros(gap)
        if zeros is None:  # kappa is the constant `sign`
            inside.add(sign)
            continue
        odd = [u for u, order in zeros if order % 2]
        sample = next(u for i in range(2, 10**6) if _value(gap, u := Fraction(1, i)))
        if odd or _value(gap, sample) < 0:
            _refuse_polynomial(kernel, polynomial)
        if zeros:
            inside.add(sign)
    right, left = (frozenset(s for s in (1, -1) if _value(polynomial, Fraction(at)) == s) for at in (1, -1))
    return Contacts(right, left, frozenset(inside))


def _value(polynomial: Polynomial, u: Fraction) -> Scalar:
    return sum((c * u**m for m, c in polynomial.items()), Fraction(0))


def _zeros(polynomial: Polynomial) -> list[tuple[Fraction, int]] | None:
    """The zeros in (-1, 1), to many digits, with their orders; None for the polynomial 0."""
    import flint

    coefficients = [flint.fmpq(0)] * (max(polynomial) + 1)
    for m, c in polynomial.items():
        coefficients[m] = flint.fmpq(c.numerator, c.denominator)
    p = flint.fmpq_poly(coefficients).numer()
    if not any(coefficients):
        return None
    for end in (1, -1):
        while p(end) == 0:
            p = p // flint.fmpz_poly([-end, 1])

    def isolated(bits: int) -> list[tuple[Any, int]]:
        with precision(bits):
            found: Any = p.complex_roots()  # with their orders, which flint's type hints leave out
            return [(z.real, order) for z, order in found if z.imag == 0]

    def apart(roots: list[tuple[Any, int]]) -> bool:
        return all(abs(x) < 1 or abs(x) > 1 for x, _ in roots)

    roots = good(isolated, apart, *_PRECISIONS, factor=4)
    if not roots.good:
        raise NotShownError("the zeros of a polynomial could not be told from 1 and -1")
    return [(rational(x.mid()), order) for x, order in roots.value if abs(x) < 1]


def _refuse_polynomial(kernel: Zonal, polynomial: Polynomial) -> None:
    """The ValueError with a point where the polynomial is largest."""
    slope = {m - 1: m * c for m, c in polynomial.items() if m}
    critical = [u for u, _ in _zeros(slope) or []] if slope else []
    worst = max([Fraction(1), Fraction(-1), *critical], key=lambda u: abs(_value(polynomial, u)))
    refuse_at(kernel, worst, BallArithmetic().number(_value(polynomial, worst)))


# -- balls -------------------------------------------------------------------------------------------------------


def _by_balls(kernel: Zonal) -> Contacts:
    for u in _suspects(kernel):
        for near in (u.limit_denominator(1000), u):
            _exceeds(kernel, near)
    _between(kernel, [_end(kernel, at) for at in (1, -1)])
    right, left = (_possible(value_at(kernel, Fraction(at))) for at in (1, -1))
    return Contacts(right, left, _NONE)


def _suspects(kernel: Zonal) -> list[Fraction]:
    """Points where |kappa| may be largest, from floats: only to refuse early, with a good point."""
    theta = np.linspace(0.0, np.pi, 65)
    found = []
    with np.errstate(all="ignore"):
        for _ in range(6):
            sizes = np.nan_to_num(np.abs(kernel.of_angle(theta)))
            i = int(np.argmax(sizes))
            found.append(Fraction(float(np.cos(theta[i]))))
            theta = np.linspace(theta[max(i - 1, 0)], theta[min(i + 1, theta.size - 1)], 33)
    return list(dict.fromkeys(found))


def _end(kernel: Zonal, at: int) -> Fraction:
    """t > 0 such that |kappa| <= 1 is proved up to this distance from u = at."""
    import flint

    from ..spectrum.end_expansions import expansion
    from ..spectrum.region_points import departure

    found = expansion(kernel)
    q, disc = found.ramification, found.disc(at)
    length = _POWERS * q
    start, power = departure(kernel, at)
    with precision(BITS):
        radius = ball(disc.radius) ** ball(Fraction(1, q))
        c = found.coefficients(at, length, BITS)
        t = disc.radius / 2
        while t > Fraction(1, 10**9):
            reach = ball(t) ** ball(Fraction(1, q))
            w = flint.arb(0).union(reach)
            tail = disc.bound * radius**-length / (1 - (reach / radius).upper())
            first = int(power * q) if start else 0
            total = flint.arb(0, 1) * tail * w ** (length - first)
            for j in reversed(range(first, length)):
                total += c[j] * w ** (j - first)
            if start:
                # start kappa = 1 + w^first (start c_first + ...)
                total = start * total
                if total < 0 and 2 + w**first * total > 0:
                    return t
            elif abs(total) < 1:
                return t
            t /= 2
    raise not_shown(kernel, f"it comes too close to 1 or -1 near u = {at}")


def _between(kernel: Zonal, starts: list[Fraction]) -> None:
    """Prove |kappa| < 1 on balls of the angle that cover [-1 + starts[1], 1 - starts[0]]."""
    import flint

    arithmetic = BallArithmetic()
    low, high = _angle_below(starts[0]), Fraction(math.pi) - _angle_below(starts[1])
    width = (high - low) / _PIECES
    stack = [(low + i * width, low + (i + 1) * width) for i in range(_PIECES)]
    read = 0
    with precision(BITS):
        while stack:
            start, stop = stack.pop()
            middle = arithmetic.number((start + stop) / 2)
            theta = middle + flint.arb(0, 1) * arithmetic.number((stop - start) / 2)
            value = abs(Point.from_angle(arithmetic, theta).pair(kernel).value)
            read += 1
            if value.is_finite() and value < 1:
                continue
            here = abs(Point.from_angle(arithmetic, middle).pair(kernel).value)
            if not here < 1 or read > _READINGS:
                u = Fraction(math.cos(float((start + stop) / 2)))
                _exceeds(kernel, u)
                raise not_shown(kernel, f"it comes too close to 1 or -1 near u = {float(u):.6g}")
            half = (start + stop) / 2
            stack += [(start, half), (half, stop)]


def _angle_below(t: Fraction) -> Fraction:
    """An angle theta > 0 with 1 - cos(theta) < t: below the true one by more than floats lose, also for small t."""
    return Fraction(2 * math.asin(math.sqrt(t / 2)) * (1 - 1e-9))
