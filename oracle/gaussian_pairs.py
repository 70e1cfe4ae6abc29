r"""E[f(a) g(b)] of a Gaussian pair by quadrature at 30 digits, straight from the definition.

With a = s x and b = t (u x + (1-u^2)^{1/2} z), x and z independent and standard normal: the Gauss-Legendre rule in z
within x, on panels of length 2 that end where f or g has a kink.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

DIGITS = 30
_RANGE = 12  # e^{-12^2/2} = 5e-32
_NODES = 24


@functools.cache
def rule() -> list[tuple[Any, Any]]:
    """Gauss-Legendre nodes and weights on [-1, 1], by Newton's method."""
    with mpmath.workdps(DIGITS + 10):
        found = []
        for i in range(_NODES):
            x = mpmath.cos(mpmath.pi * (i + mpmath.mpf(3) / 4) / (_NODES + mpmath.mpf(1) / 2))
            for _ in range(8):
                before, here = mpmath.mpf(1), x
                for k in range(1, _NODES):
                    before, here = here, ((2 * k + 1) * x * here - k * before) / (k + 1)
                slope = _NODES * (x * here - before) / (x * x - 1)
                x -= here / slope
            found.append((x, 2 / ((1 - x * x) * slope**2)))
        return found


def nodes(kinks: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Nodes and weights on the line, the normal density among the weights, for a function with these kinks."""
    inside = [k for k in kinks if abs(k) < _RANGE]
    edges = sorted({*map(mpmath.mpf, range(-_RANGE, _RANGE + 1, 2)), *map(mpmath.mpf, inside)})
    root = mpmath.sqrt(2 * mpmath.pi)
    out = []
    for low, high in zip(edges, edges[1:], strict=False):
        half = (high - low) / 2
        for x, w in rule():
            z = low + half * (1 + x)
            out.append((z, half * w * mpmath.exp(-z * z / 2) / root))
    return out


def expectation(
    f: Callable[[Any], Any], s: Any, t: Any, u: Any, kinks: Sequence[Any] = (), g: Callable[[Any], Any] | None = None
) -> Any:
    """E[f(a) g(b)], g = f by default; |u| < 1, kinks those of both."""
    with mpmath.workdps(DIGITS):
        s, t, u = mpmath.mpf(s), mpmath.mpf(t), mpmath.mpf(u)
        second = g or f
        r = mpmath.sqrt((1 - u) * (1 + u))
        total = mpmath.mpf(0)
        fixed = None if kinks else nodes(())
        for x, weight in fixed or nodes([k / s for k in kinks]):
            inner = fixed or nodes([(k / t - u * x) / r for k in kinks])
            total += weight * f(s * x) * mpmath.fsum(w * second(t * (u * x + r * z)) for z, w in inner)
        return total
