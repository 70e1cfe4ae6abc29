r"""Means E G(q^{1/2} z) over a normal z, as balls, at any variance q: of even functions that decay like e^{-|x|}.

What is asked of G: |G(x)| <= 4 (1 + x^2) e^{-|x|} for real x, and |G(z)| <= B (1 + |z|)^2 for |Im z| <= b.

*The rule* (trapezoidal, in z, of step 1/n) errs by at most 2M/(e^{2 pi s n} - 1) where the integral of |w(x + iy)| in x
is <= M for |y| <= s (Trefethen & Weideman 2014, Theorem 5.1). Of w(x) = G(q^{1/2} x) phi(x), phi the density,
|phi(x + iy)| <= e^{s^2/2} phi(x), so that M = 2 B e^{s^2/2} (1 + q (1 + s^2)) where q^{1/2} s <= b.

*The end.* (1 + x^2) e^{-x} falls from 1 on, and sums of what decreases are below integrals: what lies beyond z = R adds
at most 8 times the lesser of P(z > R) <= e^{-R^2/2}/2 and, X = q^{1/2} R, of the integral
(X^2 + 2X + 3) e^{-X} (2 pi q)^{-1/2}. So the number of nodes is bounded, however large q is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint

from ..numbers.precision import precision

_WIDEST = 4.0  # strip that is used: e^{s^2/2} has to stay small
_GUARD = 64


def mean(function: Callable[[Any], Any], size: Callable[[Any], Any], near: float, q: Any) -> Any:
    """E G(q^{1/2} z), G = `function`, B = size(b), b <= near; q is a ball, for all numbers in which it serves.

    The error is some 2^-bits where q is small, bits the precision in force; some 2^-bits q^{-1/2}, where q is large.
    """
    root = math.sqrt(float(q))
    width = min(near / root, _WIDEST)
    with precision(_GUARD):
        sizes = float(size(flint.arb(width * root)).log())
    nats = flint.ctx.prec * math.log(2) + 3 * math.log(max(root, 1)) + max(sizes, 0)
    step = math.ceil((nats + width**2 / 2) / (2 * math.pi * width)) + 1
    last = math.ceil(min(math.sqrt(2 * nats), (nats + 2 * math.log(nats) + 3) / root) * step)
    with precision(flint.ctx.prec + _GUARD):
        deviation, s = q.sqrt(), flint.arb(width)
        alias = 2 * (s * s / 2).exp() / ((2 * flint.arb.pi() * s * step).exp() - 1)
        error = alias * 2 * size(s * deviation) * (1 + q * (1 + s * s))
        end = flint.arb(last) / step
        x, far = end * deviation, (-end * end / 2).exp() / 2
        error += 8 * min(far, (x * x + 2 * x + 3) * (-x).exp() / (2 * flint.arb.pi() * q).sqrt(), key=lambda t: t.mid())
        total = function(flint.arb(0)) / 2
        for j in range(1, last + 1):
            z = flint.arb(j) / step
            total += (-z * z / 2).exp() * function(deviation * z)
        return 2 * total / (flint.arb(step) * (2 * flint.arb.pi()).sqrt()) + flint.arb(0, 1) * error
