r"""Hermite coefficients of smooth activations as balls: a_i = E[f h_i], f(x) = phi(q^{1/2} x), and E f^2, proved.

h_i are the normalised Hermite polynomials. E f^2 and the first one or two coefficients are means of functions that
decay (`gaussian_means`), at any variance; the others are Fourier integrals (`fourier_balls`).

*Sizes.* |1 + e^z| >= cos(y/2) for y = Im z, |y| < pi: over Re z its least value is 1 or |sin y|. Hence, for |y| <= b,
|sigmoid| <= 1/cos(b/2), |tanh z| = |2 sigmoid(2z) - 1| <= 1 + 2/cos b, |softplus z| <= |z| + |y| + log 2 -
log cos(b/2), as its imaginary part lies between 0 and y. tanh(softplus z) = 1 - 2/((1+e^z)^2 + 1), and (1+e^z)^2 + 1 is
the product of 2^{1/2} e^{+-i pi/4} + e^z up to phases, so that its size is at least 2 cos^2(b/2 + pi/8). All are
<= A (1 + |z|), A >= 1 as `_SMOOTH` has it, and so are the derivatives.

*Mean squares.* Of phi and of phi', E f^2 = c q^p + E G, G(x) = (phi(x)^2 + phi(-x)^2)/2 - c x^{2p}, which is even and
|G| <= 2 A^2 (1 + |z|)^2. Let x >= 0 and t = sigma(x) sigma(-x) <= e^{-x}, t <= 1/4. G is -sech^2 for tanh, sech^4 for
its slope; -t and t^2 for sigmoid; log(1 + e^x) log(1 + e^{-x}) and -t for softplus; for silu -x^2 t and, as phi'(x) +
phi'(-x) = 1, -phi'(x) phi'(-x) = -(sigma(x) + xt)(sigma(-x) - xt), of size at most t (1 + x + x^2/4). For mish
phi = xT, 0 < T(-x) <= log(1 + e^{-x}) <= e^{-x} and 1 - T(x) = 2/((1 + e^x)^2 + 1) <= 2 e^{-2x}: |G| <= 2 x^2 e^{-2x};
|phi'(-x)| <= (1 + x) e^{-x} and |phi'(x) - 1| <= (2 + 4x) e^{-2x}, so that |G| <= 3 (1 + 2x) e^{-2x} + (1 + x)^2
e^{-2x}/2 for x >= 1, and |phi'| <= 1.1 below. All are <= 4 (1 + x^2) e^{-x}.

*First coefficients.* E x g(x) = q E g'(x) (Stein's identity), x = q^{1/2} z. Hence a_0 = q E g' for silu and mish, g
what x is multiplied by, g' <= 4 e^{-|x|} there; softplus(x) = x sigma(x) + r(x), r the entropy of sigma(x), which is
even, 0 < r <= (1 + |x|) e^{-|x|}; and a_1 = q^{1/2} E phi', phi'(x) + phi'(-x) = 1 but for mish.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from .fourier_balls import hermite
from .gaussian_means import mean

_NEAR = 0.95  # of the way to the nearest pole
_SPARE = 16  # bits that coefficients may fall by before the precision falls with them
_APART = 12  # roots of numbers of coefficients that are read at the same nodes
_KEPT = 1 << 14  # coefficients, at most
_HALF = Fraction(1, 2)
Function = Callable[[Any], Any]


class Smooth(NamedTuple):
    """An activation and its slope, their A as functions of b, at which multiple of pi the nearest pole is, (c, p)."""

    function: Function
    slope: Function
    size: Function
    slope_size: Function
    pole: float
    limit: tuple[Fraction, int]
    slope_limit: tuple[Fraction, int]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


def _softplus(x: Any) -> Any:
    return x.exp().log1p()


def _bump(x: Any) -> Any:  # sigmoid'
    return _sigmoid(x) * _sigmoid(-x)


def _gate_slope(x: Any) -> Any:  # (tanh softplus)'
    return (1 - _softplus(x).tanh() ** 2) * _sigmoid(x)


def _mish_slope(x: Any) -> Any:
    return _softplus(x).tanh() + x * _gate_slope(x)


def _secant(b: Any) -> Any:
    """1/cos(b/2), for b < pi."""
    return 1 / (b / 2).cos()


def _gate(b: Any) -> Any:
    """The bound of tanh(softplus z)."""
    return 1 + _secant(b + flint.arb.pi() / 4) ** 2


SMOOTH = {
    "tanh": Smooth(
        lambda x: x.tanh(),
        lambda x: 1 - x.tanh() ** 2,
        lambda b: 1 + 2 * _secant(2 * b),
        lambda b: 1 + (1 + 2 * _secant(2 * b)) ** 2,
        1 / 2,
        (Fraction(1), 0),
        (Fraction(0), 0),
    ),
    "sigmoid": Smooth(_sigmoid, _bump, _secant, lambda b: _secant(b) ** 2, 1, (_HALF, 0), (Fraction(0), 0)),
    "softplus": Smooth(_softplus, _sigmoid, lambda b: 2 + _secant(b).log(), _secant, 1, (_HALF, 1), (_HALF, 0)),
    "silu": Smooth(
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) + x * _bump(x),
        _secant,
        lambda b: _secant(b) ** 2,
        1,
        (_HALF, 1),
        (_HALF, 0),
    ),
    "mish": Smooth(
        lambda x: x * _softplus(x).tanh(),
        _mish_slope,
        _gate,
        lambda b: (1 + _gate(b) ** 2) * _secant(b),
        3 / 4,
        (_HALF, 1),
        (_HALF, 0),
    ),
}


def as_ball(q: Any) -> Any:
    """A ball as it is; an exact number as a ball at the precision in force."""
    return q if isinstance(q, flint.arb) else ball(q)


def strip(name: str, q: Any) -> float:
    """How far from the real line f(x) = phi(q^{1/2} x) is bounded as above: |a_i| is about e^{-strip i^{1/2}}."""
    return _NEAR * SMOOTH[name].pole * math.pi / math.sqrt(float(q))


def coefficients(name: str, q: Any, terms: int, slope: bool = False, least: int | None = None) -> tuple[list[Any], Any]:
    """Balls of a_i for i < terms, and of E f^2, of the activation or its slope (terms = 0), to the precision in force.

    q is exact, or a ball, for all numbers in which they serve. Small a_i are known with as many bits of their own as
    large ones, or with `least` bits at least, if only the squares are to be added up. Raises ValueError where a
    variance is so small, or so large, that the Fourier integrals would need too many nodes: E f^2 never does.
    """
    bits = flint.ctx.prec
    least = bits if least is None else min(least, bits)
    read = _coefficients if isinstance(q, flint.arb) or terms > _KEPT else _kept_coefficients
    return read(name, q, terms, bits, slope, least)


def _coefficients(name: str, q: Any, terms: int, bits: int, slope: bool, least: int) -> tuple[list[Any], Any]:
    variance = as_ball(q)
    norm = _mean_square(name, variance, slope)
    first = _first(name, variance)[:terms] if terms else []
    return first + _others(name, variance, len(first), terms, bits, least), norm


def _mean_square(name: str, q: Any, slope: bool) -> Any:
    known = SMOOTH[name]
    function, size, (c, p) = known[slope], known[2 + slope], known[5 + slope]
    limit = ball(c)

    def rest(x: Any) -> Any:
        right, left = function(x), function(-x)
        return (right * right + left * left) / 2 - limit * x ** (2 * p)

    return limit * q**p + _mean(name, q, rest, lambda b: 2 * size(b) ** 2)


def _first(name: str, q: Any) -> list[Any]:
    """a_0, or a_0 and a_1: as many as `TRANSFORMS` leaves."""
    if not SMOOTH[name].limit[1]:
        return [flint.arb(0) if name == "tanh" else flint.arb(1) / 2]
    if name == "mish":
        size = SMOOTH[name].slope_size
        start = q * _mean(name, q, lambda x: (_gate_slope(x) + _gate_slope(-x)) / 2, size)
        rise = _mean(name, q, lambda x: (_mish_slope(x) + _mish_slope(-x) - 1) / 2, lambda b: 2 * size(b))
        return [start, q.sqrt() * (rise + flint.arb(1) / 2)]
    start = q * _mean(name, q, _bump, SMOOTH["sigmoid"].slope_size)
    if name == "softplus":
        start += _mean(name, q, lambda x: _softplus(x) - x * _sigmoid(x), lambda b: SMOOTH[name].size(b) + _secant(b))
    return [start, q.sqrt() / 2]


def _mean(name: str, q: Any, function: Function, size: Function) -> Any:
    return mean(function, size, _NEAR * SMOOTH[name].pole * math.pi, q)


def _others(name: str, q: Any, first: int, terms: int, bits: int, least: int) -> list[Any]:
    """The coefficients behind the first ones, in blocks of a falling precision."""
    out: list[Any] = []
    count = max(8, math.isqrt(terms) // _APART)
    edges = sorted({first, terms, *(max(first, terms * j * j // count**2) for j in range(1, count))})
    fallen = 0
    for start, end in itertools.pairwise(edges):
        with precision(max(least, bits - max(0, fallen - _SPARE))):
            out += hermite(name, q, start, end)
        size = max((a.abs_upper() for a in out[-2:]), default=flint.arb(1))  # they fall
        fallen = max(fallen, math.floor(-2 * float(size.log()) / math.log(2))) if size > 0 else fallen
    return out


_kept_coefficients = functools.lru_cache(maxsize=64)(_coefficients)
