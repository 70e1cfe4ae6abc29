r"""Hermite coefficients of smooth activations as balls: a_i = E[f h_i], f(x) = phi(q^{1/2} x), and E f^2, proved.

E f^2 and the first one or two coefficients are sums of the trapezoidal rule with step h, cut off at |x| = R, h_i the
normalised Hermite polynomials; the others are Fourier integrals (`fourier_balls`).

*Sizes.* |1 + e^z| >= cos(y/2) for y = Im z, |y| < pi: over Re z its least value is 1 or |sin y|. Hence, for |y| <= b,
|sigmoid| <= 1/cos(b/2), |tanh z| = |2 sigmoid(2z) - 1| <= 1 + 2/cos b, |softplus z| <= |z| + |y| + log 2 -
log cos(b/2), as its imaginary part lies between 0 and y. tanh(softplus z) = 1 - 2/((1+e^z)^2 + 1), and (1+e^z)^2 + 1 is
the product of 2^{1/2} e^{+-i pi/4} + e^z up to phases, so that its size is at least 2 cos^2(b/2 + pi/8). All are
<= A (1 + |z|), A as `_SMOOTH` has it, and so are the derivatives.

*The rule* errs by at most 2M/(e^{2 pi s/h} - 1) where the integral of |w(x + iy)| in x is <= M for |y| <= s (Trefethen
& Weideman 2014, Theorem 5.1). Of w = f h_i phi, phi the density, |phi(x + iy)| <= e^{s^2/2} phi(x); E|f(x + iy)|^2 <=
F^2 = 2 A^2 (1 + q (1 + s^2)); E|h_i(x + iy)|^2 = sum_m C(i, m) y^{2m}/m! <= I_0(2 s i^{1/2}) <= e^{2 s i^{1/2}}, as
He_i(x + iy) = sum_m C(i, m) (iy)^m He_{i-m}(x). So M = e^{s^2/2 + s i^{1/2}} F, and e^{s^2/2} F^2 of w = f^2 phi.

*The ends.* |h_i phi| <= e^{-x^2/4}/2 (Cramer's inequality, Abramowitz & Stegun 22.14.17), so that what lies beyond
R >= 4 adds at most A (1 + 2 q^{1/2}) e^{-R^2/4}, and 2 A^2 (1 + q) e^{-R^2/4} to E f^2: sums of what decreases are
below integrals.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from .fourier_balls import TRANSFORMS, hermite

_NEAR = 0.95  # of the way to the nearest pole
_WIDEST = 4.0  # strip that is used: e^{s^2/2} has to stay small
_MOST_NODES = 1 << 16
_SPARE = 16  # bits by which what lies beyond the ends is smaller than what the rule errs by
Function = Callable[[Any], Any]


class Smooth(NamedTuple):
    """An activation and its slope, their A as functions of b, and at which multiple of pi the nearest pole is."""

    function: Function
    slope: Function
    size: Function
    slope_size: Function
    pole: float


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


def _softplus(x: Any) -> Any:
    return x.exp().log1p()


def _bump(x: Any) -> Any:  # sigmoid'
    return _sigmoid(x) * _sigmoid(-x)


def _mish_slope(x: Any) -> Any:
    t = _softplus(x).tanh()
    return t + x * (1 - t * t) * _sigmoid(x)


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
    ),
    "sigmoid": Smooth(_sigmoid, _bump, _secant, lambda b: _secant(b) ** 2, 1),
    "softplus": Smooth(_softplus, _sigmoid, lambda b: 2 + _secant(b).log(), _secant, 1),
    "silu": Smooth(
        lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) + x * _bump(x), _secant, lambda b: _secant(b) ** 2, 1
    ),
    "mish": Smooth(
        lambda x: x * _softplus(x).tanh(), _mish_slope, _gate, lambda b: (1 + _gate(b) ** 2) * _secant(b), 3 / 4
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
    variance is so large, or so small, that the rules would need too many nodes.
    """
    bits = flint.ctx.prec
    least = bits if least is None else min(least, bits)
    read = _coefficients if isinstance(q, flint.arb) else _kept_coefficients
    return read(name, q, terms, bits, slope, least)


def _coefficients(name: str, q: Any, terms: int, bits: int, slope: bool, least: int) -> tuple[list[Any], Any]:
    first = min(terms, TRANSFORMS[name].order)
    width = min(strip(name, q), _WIDEST)
    step = math.ceil((bits * math.log(2) + width**2 / 2 + width * math.sqrt(first)) / (2 * math.pi * width)) + 1
    end = max(4, math.ceil(2 * math.sqrt((bits + _SPARE) * math.log(2))))
    if end * step > _MOST_NODES:
        raise ValueError(f"the variance {float(q):g} is too large for {name}: its mean square is not known")
    known = SMOOTH[name]
    function, size = (known.slope, known.slope_size) if slope else (known.function, known.size)
    with precision(bits + 64):
        variance = as_ball(q)
        deviation, s = variance.sqrt(), flint.arb(width)
        a = size(s * deviation)
        alias = 2 * (s * s / 2).exp() / ((2 * flint.arb.pi() * s * step).exp() - 1)
        f, cut = a * (2 + 2 * variance * (1 + s * s)).sqrt(), (flint.arb(-end * end) / 4).exp()
        lost = alias * f * (s * flint.arb(first).sqrt()).exp() + a * (1 + 2 * deviation) * cut
        norm = flint.arb(0, 1) * (alias * f * f + 2 * a * a * (1 + variance) * cut)
        scale = 1 / (flint.arb(step) * (2 * flint.arb.pi()).sqrt())
        sums = [flint.arb(0, 1) * lost, flint.arb(0, 1) * lost]
        for j in range(end * step + 1):
            x = flint.arb(j) / step
            weight = scale * (-x * x / 2).exp() / (1 if j else 2)
            right, left = function(deviation * x), function(-deviation * x)
            norm += weight * (right * right + left * left)
            if first:
                sums[0] += weight * (right + left)
                sums[1] += weight * (right - left) * x
    return sums[:first] + _others(name, variance, first, terms, bits, least), norm


def _others(name: str, q: Any, first: int, terms: int, bits: int, least: int) -> list[Any]:
    """The coefficients behind the first ones, in blocks of a falling precision."""
    out: list[Any] = []
    edges = sorted({first, terms, *(max(first, terms * j * j // 64) for j in range(1, 8))})
    fallen = 0
    for start, end in itertools.pairwise(edges):
        with precision(max(least, bits - max(0, fallen - _SPARE))):
            out += hermite(name, q, start, end)
        size = max((a.abs_upper() for a in out[-2:]), default=flint.arb(1))  # they fall
        fallen = max(fallen, math.floor(-2 * float(size.log()) / math.log(2))) if size > 0 else fallen
    return out


_kept_coefficients = functools.lru_cache(maxsize=64)(_coefficients)
