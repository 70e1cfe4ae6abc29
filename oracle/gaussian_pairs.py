r"""E[f(a) g(b)] of a Gaussian pair by quadrature at 30 digits, straight from the definition.

With a = s x and b = t (u x + (1-u^2)^{1/2} z), x and z independent and standard normal: the Gauss-Legendre rule in z
within x, on panels of length 3 that end where f or g has a kink. `python -m oracle.gaussian_pairs FILE` writes the
values for `FUNCTIONS` at `PAIRS`, some ten seconds each.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

DIGITS = 30
_RANGE = 12  # e^{-12^2/2} = 5e-32
_NODES = 28


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
    edges = sorted({*map(mpmath.mpf, range(-_RANGE, _RANGE + 1, 3)), *map(mpmath.mpf, inside)})
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


def _powers(n: int) -> tuple[Any, Any]:
    return (
        lambda x: max(x, 0) ** n if n else mpmath.mpf(x > 0),
        lambda x: n * max(x, 0) ** (n - 1) if n > 1 else n * (x > 0),
    )


def _sides(a: Any, b: Any) -> tuple[Any, Any]:
    return lambda x: b * x if x > 0 else a * x, lambda x: mpmath.mpf(b if x > 0 else a)


def _erf(a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    return (
        lambda x: a * mpmath.erf(b * x) + c,
        lambda x: 2 * a * b * mpmath.exp(-((b * x) ** 2)) / mpmath.sqrt(mpmath.pi),
    )


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


_Q = mpmath.mpf
#: Names, functions, derivatives between kinks, and kinks. Decimals are those floats.
FUNCTIONS: dict[str, tuple[Any, Any, tuple[Any, ...]]] = {
    "relu": (*_sides(0, 1), (0,)),
    "abrelu": (*_sides(_Q(-0.25), _Q(1.5)), (0,)),
    "abs": (*_sides(-1, 1), (0,)),
    "sign": (lambda x: mpmath.sign(x), lambda x: mpmath.mpf(0), (0,)),
    "step": (*_powers(0), (0,)),
    "rectified_monomial 2": (*_powers(2), (0,)),
    "rectified_monomial 3": (*_powers(3), (0,)),
    "erf": (*_erf(1, 1, 0), ()),
    "erf with a shift": (*_erf(_Q(1.25), _Q(0.75), _Q(0.5)), ()),
    "gelu": (lambda x: x * mpmath.ncdf(x), lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x), ()),
    "sin": (lambda x: mpmath.sin(x), lambda x: mpmath.cos(x), ()),
    "sin with a phase": (
        lambda x: _Q(1.25) * mpmath.sin(_Q(0.75) * x + _Q(0.5)),
        lambda x: _Q(0.9375) * mpmath.cos(_Q(0.75) * x + _Q(0.5)),
        (),
    ),
    "cos": (lambda x: mpmath.cos(x), lambda x: -mpmath.sin(x), ()),
    "exp": (lambda x: _Q(1.25) * mpmath.exp(_Q(0.5) * x), lambda x: _Q(0.625) * mpmath.exp(_Q(0.5) * x), ()),
    "gaussian": (
        lambda x: _Q(1.25) * mpmath.exp(-_Q(0.75) * x * x),
        lambda x: -_Q(1.875) * x * mpmath.exp(-_Q(0.75) * x * x),
        (),
    ),
    "gaussian that grows": (
        lambda x: mpmath.exp(_Q(0.03125) * x * x),
        lambda x: _Q(0.0625) * x * mpmath.exp(_Q(0.03125) * x * x),
        (),
    ),
    "gabor": (
        lambda x: mpmath.exp(-x * x) * mpmath.sin(x),
        lambda x: mpmath.exp(-x * x) * (mpmath.cos(x) - 2 * x * mpmath.sin(x)),
        (),
    ),
    "polynomial": (
        lambda x: _Q(0.5) + x - _Q(0.75) * x**2 + _Q(0.25) * x**3,
        lambda x: 1 - _Q(1.5) * x + _Q(0.75) * x**2,
        (),
    ),
    "tanh": (lambda x: mpmath.tanh(x), lambda x: mpmath.sech(x) ** 2, ()),
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x), ()),
    "softplus": (lambda x: mpmath.log(1 + mpmath.exp(x)), _sigmoid, ()),
    "silu": (lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) * (1 + x * _sigmoid(-x)), ()),
    "elu": (lambda x: x if x > 0 else mpmath.expm1(x), lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x), (0,)),
    "hardtanh": (lambda x: min(max(x, -1), 1), lambda x: mpmath.mpf(-1 < x < 1), (-1, 1)),
}
PAIRS = ((1.3, 0.6, -0.45), (0.8, 1.7, 0.9))


def main(path: str) -> None:
    """Write E[f(a) f(b)] and E[f'(a) f'(b)] to 25 digits for all functions and pairs."""
    found: dict[str, Any] = {}
    for name, (f, slope, kinks) in FUNCTIONS.items():
        found[name] = [[_text(expectation(g, s, t, u, kinks)) for g in (f, slope)] for s, t, u in PAIRS]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)


def _text(value: Any) -> str:
    return str(mpmath.nstr(mpmath.mpf(value), 25))


if __name__ == "__main__":
    main(sys.argv[1])
