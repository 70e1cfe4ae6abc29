r"""Hermite coefficients of smooth activations by Fourier integrals: balls whose *relative* width is asked for.

E[f h_i] = E[f^(i)]/i!^{1/2} for f(x) = phi(q^{1/2} x), h_i the normalised Hermite polynomials. With g = phi^(r),
ghat(w) = int g(x) e^{-iwx} dx and n = i - r >= 0,

.. math:: E[f h_i] = \frac{q^{(r-1)/2}}{2\pi\, i!^{1/2}} \int (\mathrm i v)^n\, \hat g(v q^{-1/2})\, e^{-v^2/2}\, dv .

With H(z) = z/sinh z, ghat(w) is 2 H(pi w/2) for tanh (r = 1), H(pi w) for sigmoid (r = 1) and softplus (r = 2),
H - zH' = H^2 cosh z at z = pi w for silu (r = 2), as x sigma'' has the transform -(w H)'; all positive, so that nothing
cancels, however small a coefficient is. For mish = x T, T = 1 - 2/((1+e^x)^2+1) and T' is twice the imaginary part of
sigma'(x - log c)/c, c = 1 - i: T' has the transform Q = R H, R = e^{-iLw} (cosh s + i sinh s), s = pi w/4,
L = (log 2)/2, and mish'' the transform Q - wQ' = R H^2 cosh z - wR'H.

*The rule* (trapezoidal, of step eta, cut off at V) errs by at most 2M/(e^{2 pi y/eta} - 1), M a bound of the integral
of the integrand's size on lines of imaginary part up to y (Trefethen & Weideman 2014, Theorem 5.1). With a = gamma v,
b = gamma y < pi, gamma the multiple of v that is z (half of pi w for tanh):
- |H(a + ib)| <= b/sin b H(a), as 1/a^2 - 1/sinh^2 a <= 1/3 <= 1/sin^2 b - 1/b^2; and |cosh| <= cosh a, so that
  |ghat| <= K (b/sin b)^2 m(a), m = H, H^2 cosh a, and for mish cosh(a/4) H(a) (1 + a) with K = 6.1, by
  a coth a <= 1 + a, |R| <= 2 e^{Ly} cosh(a/4), |R'| <= 2 (L + pi/4) e^{Ly} cosh(a/4), in units of w.
- (log m)' >= -1: 1/a - coth a >= -1, and for silu 2/a - 2 coth a + tanh a >= -1. For v' = (v^2 + y^2)^{1/2} >= 2y
  therefore m(gamma v) <= e^{gamma y} m(gamma v'), and dv <= 2/3^{1/2} dv'; elsewhere v' <= 2y and m <= 5:

  M <= K (b/sin b)^2 e^{y^2} (10 3^{1/2} y max_{v <= 2y} v^n e^{-v^2/2}
                              + 2/3^{1/2} e^{gamma y} int |v|^n m e^{-v^2/2} dv).
- That integral is at most e^{(gamma + V - n/V) eta} times its sum, step by step, and what follows V.
- Behind V the logarithm of v^n m e^{-v^2/2} falls at least as (n+2)/V - V - 3 gamma/4 says, where gamma V >= 4; and
  that of v^n e^{-v^2/2}, m <= 5, as n/V - V says.
- Nodes below some U <= n^{1/2} are left out: there v^n e^{-v^2/2} increases, so that they add at most 5 U^{n+1}
  e^{-U^2/2}. Its logarithm is (n^{1/2} - U)^2 and more below its largest value, as its second derivative is <= -2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import flint

from ..numbers.precision import precision

_NEAR = 0.9  # of the way to the nearest pole
_GUARD = 40  # bits of the sums beyond those that are asked for
_MOST_NODES = 1 << 16
_LESS = 8  # nats by which what is left out is smaller
_SMALL_FALL = 0.75  # of log m in a, at least, but for 2/a
Parts = tuple[Any, Any, Any]  # Re ghat, Im ghat, m


class Transform(NamedTuple):
    """Of phi^(r): `parts` at z = a, what a is in multiples of pi w, r, and K."""

    parts: Callable[[Any], Parts]
    scale: float
    order: int
    size: float


def _ratio(a: Any) -> Any:
    """H."""
    return a / a.sinh() if a != 0 else flint.arb(1)


def _plain(factor: int) -> Callable[[Any], Parts]:
    def parts(a: Any) -> Parts:
        h = _ratio(a)
        return factor * h, None, h

    return parts


def _silu(a: Any) -> Parts:
    h = _ratio(a)
    value = h * h * a.cosh()
    return value, None, value


def _mish(a: Any) -> Parts:
    h, w, s, half = _ratio(a), a / flint.arb.pi(), a / 4, flint.arb(2).log() / 2
    bent, quarter = h * h * a.cosh(), flint.arb.pi() / 4
    turn = (-w * half).cos(), (-w * half).sin()
    near, far = s.cosh(), s.sinh()
    # R' = e^{-iLw} ((L + pi/4) sinh s + i (pi/4 - L) cosh s)
    real = near * bent - w * h * (half + quarter) * far
    imaginary = far * bent - w * h * (quarter - half) * near
    return turn[0] * real - turn[1] * imaginary, turn[0] * imaginary + turn[1] * real, near * h * (1 + a)


TRANSFORMS = {
    "tanh": Transform(_plain(2), 1 / 2, 1, 2.0),
    "sigmoid": Transform(_plain(1), 1, 1, 1.0),
    "softplus": Transform(_plain(1), 1, 2, 1.0),
    "silu": Transform(_silu, 1, 2, 1.0),
    "mish": Transform(_mish, 1, 2, 6.1),
}


def hermite(name: str, q: Any, start: int, terms: int) -> list[Any]:
    """E[f h_i] for start <= i < terms, start >= r, the order; q is a ball, whose width is in theirs.

    With about as many bits as the precision in force of their own size; for mish, of their size without its phases.
    ValueError where q is so small that the rule would need too many nodes.
    """
    known = TRANSFORMS[name]
    first, top = start - known.order, terms - 1 - known.order
    if top < first:
        return []
    bits = flint.ctx.prec
    with precision(bits + _GUARD):
        gamma = flint.arb.pi() * known.scale / q.sqrt()
        y, step, start_node, count = _rule(float(gamma.mid()), first, top, bits * math.log(2))
        height, last, b = flint.arb(y), flint.arb(count) * step, gamma * y
        growth = known.size * (b / b.sin()) ** 2 * 2 / ((2 * flint.arb.pi() * height / step).exp() - 1)
        near = growth * 10 * flint.arb(3).sqrt() * height * (height * height).exp()
        shifted = growth * 2 / flint.arb(3).sqrt() * (height * height + gamma * height).exp()
        low, far = start_node * flint.arb(step), bool(gamma * last >= 4)
        squares, sides, sizes = _weights(known, gamma, step, range(start_node, count + 1), first)
        outer = q ** (flint.arb(known.order - 1) / 2) / (2 * flint.arb.pi())
        root, out = flint.arb(start + 1).gamma().sqrt(), []
        for n in range(first, top + 1):
            side, odd = sides[n % 2], n % 2
            if side:
                value = 2 * sum(side[1:], side[0])
                whole, end = value / known.size, side[-1] / known.size  # m is in proportion to ghat
                if sizes[0]:
                    whole, end = 2 * sum(sizes[odd], flint.arb(0)), sizes[odd][-1]
                    sizes[odd] = _raised(sizes[odd], squares)
                steep = last - flint.arb(n) / last
                if far:
                    fall = 1 / (((steep + _SMALL_FALL * gamma - 2 / last) * step).exp() - 1)
                else:
                    end, fall = 5 * step * _power(n, last), 1 / ((steep * step).exp() - 1)
                below = 10 * low * _power(n, low)
                between = ((gamma + steep) * step).exp()
                alias = near * _largest(n, 2 * height) + shifted * (between * (whole + below) + 2 * end * (1 + fall))
                value += flint.arb(0, 1) * (alias + known.size * (2 * end * fall + below))
                out.append((-1 if n % 4 in (1, 2) else 1) * outer / root * value)
                sides[odd] = _raised(side, squares)
            else:
                out.append(flint.arb(0))
            root *= flint.arb(n + 1 + known.order).sqrt()
        return out


def _weights(
    known: Transform, gamma: Any, step: Any, nodes: range, first: int
) -> tuple[list[Any], list[list[Any]], list[list[Any]]]:
    """v^2 at the nodes; the terms of the first sums for even and for odd n; and those of m, where these are others.

    Of v = 0, half a term.
    """
    squares: list[Any] = []
    sides: list[list[Any]] = [[], []]
    sizes: list[list[Any]] = [[], []]
    powers = first + first % 2, first + 1 - first % 2  # the least n of either parity
    for j in nodes:
        v = flint.arb(j) * step
        squares.append(v * v)
        real, imaginary, m = known.parts(gamma * v)
        weight = step * (-v * v / 2).exp() / (1 if j else 2)
        even = weight * v ** powers[0]
        sides[0].append(even * real)
        if imaginary is not None:
            odd = weight * v ** powers[1]
            sides[1].append(odd * imaginary)
            sizes[0].append(even * m)
            sizes[1].append(odd * m)
    return squares, sides, sizes


def _largest(n: int, end: Any) -> Any:
    """A bound of v^n e^{-v^2/2} for 0 <= v <= end."""
    if n >= end * end:
        return _power(n, end)
    return (flint.arb(n) / flint.arb(1).exp()) ** (flint.arb(n) / 2) if n else flint.arb(1)


def _power(n: int, v: Any) -> Any:
    return v**n * (-v * v / 2).exp()


def _raised(side: list[Any], squares: list[Any]) -> list[Any]:
    return [x * square for x, square in zip(side, squares, strict=True)]


def _rule(gamma: float, first: int, top: int, nats: float) -> tuple[float, float, int, int]:
    """y, the step, and the nodes for first <= n <= top, so that the rule and what it leaves out err by e^-nats."""
    fall, peak = _SMALL_FALL * gamma, math.sqrt(top + 2)
    less = nats + gamma * peak + _LESS
    width = math.sqrt(less)
    while peak * width + width * width / 2 - peak**2 * math.log1p(width / peak) < less:
        width *= 1.05
    end = peak + width
    if gamma * end >= 4.5:
        peak = (math.sqrt(fall * fall + 4 * (top + 2)) - fall) / 2
        end = peak + min(math.sqrt(2 * nats), (nats + math.sqrt(2 * nats * (top + 2))) / fall)
        end = max(end, 4.5 / gamma)
    y = min(_NEAR * math.pi / gamma, math.sqrt(nats))
    beyond = 12 + nats + y * y + gamma * y
    # 2 pi y / step = beyond + (gamma + end - first / end) step
    rate = gamma + end - first / end
    step = 4 * math.pi * y / (beyond + math.sqrt(beyond * beyond + 8 * math.pi * y * rate))
    start = math.sqrt(first) - math.sqrt(less)
    count = math.ceil(end / step)
    if count - max(start, 0) / step > _MOST_NODES:
        raise ValueError("the variance is too small: its Hermite coefficients would need too many nodes")
    return y, step, max(math.floor(start / step), 0), count
