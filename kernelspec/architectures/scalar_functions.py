"""The functions of `activations.FAMILIES` and their derivatives, at float arrays of any shape, in their dtype."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import polynomial
from scipy.special import erf, expit, ndtr

from ..kernels.activations import Activation as Pieces

_DENSITY = 1 / math.sqrt(2 * math.pi)
_GELU_CUBIC = 0.044715  # Hendrycks & Gimpel 2016, "Gaussian error linear units", section 2
_QUARTER_TURN = math.pi / 4
_PIECE = 2**15  # numbers at a time: they stay in the cache


def _gelu_argument(x: Any) -> Any:
    return math.sqrt(2 / math.pi) * (x + _GELU_CUBIC * x**3)


def _gelu(x: Any, approximate: float) -> Any:
    return x * (1 + np.tanh(_gelu_argument(x))) / 2 if approximate else x * ndtr(x)


def _gelu_slope(x: Any, approximate: float) -> Any:
    if not approximate:
        return ndtr(x) + x * _DENSITY * np.exp(-x * x / 2)
    t = np.tanh(_gelu_argument(x))
    return (1 + t) / 2 + x * (1 - t * t) / 2 * math.sqrt(2 / math.pi) * (1 + 3 * _GELU_CUBIC * x * x)


def _hermite(x: Any, degree: float) -> Any:
    before, now = np.zeros_like(x), np.ones_like(x)
    for i in range(int(degree)):
        before, now = now, (x * now - math.sqrt(i) * before) / math.sqrt(i + 1)
    return now


def _silu_slope(x: Any) -> Any:
    s = expit(x)
    return s * (1 + x * (1 - s))


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, x.dtype.type(0))


def _mish_slope(x: Any) -> Any:
    t = np.tanh(_softplus(x))
    return t + x * (1 - t * t) * expit(x)


def _power(x: Any, degree: float) -> Any:
    return np.where(x >= 0, x ** int(degree), x.dtype.type(0))


def _power_slope(x: Any, degree: float) -> Any:
    """Of degree 1 that of Relu, whose slope at the kink is the mean of both sides."""
    if degree < 2:
        return degree * np.heaviside(x, x.dtype.type(0.5))
    return degree * _power(x, degree - 1)


def _polynomial(x: Any, *coefficients: float) -> Any:
    return polynomial.polyval(x, np.array(coefficients, dtype=x.dtype), tensor=False)


def _polynomial_slope(x: Any, *coefficients: float) -> Any:
    return _polynomial(x, *(i * c for i, c in enumerate(coefficients[1:], 1)), 0.0)


def _constant(value: float) -> Callable[..., Any]:
    return lambda x, *parameters: np.full_like(x, value)


def _abrelu(x: Any, a: float, b: float) -> Any:
    """In pieces, each of which is read and written twice; a x for a = 0, too, so that what has overflowed is seen."""
    found, bent = np.empty(x.shape, x.dtype), np.maximum if b >= a else np.minimum
    flat, out = x.reshape(-1), found.reshape(-1)
    for start in range(0, flat.size, _PIECE):
        here = slice(start, start + _PIECE)
        np.multiply(flat[here], a, out=out[here])
        bent(flat[here] if b == 1 else b * flat[here], out[here], out=out[here])
    return found


FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "abrelu": (_abrelu, lambda x, a, b: ((b + a) / 2 + (b - a) / 2 * np.sign(x)).astype(x.dtype)),
    "erf": (
        lambda x, a, b, c: a * erf(b * x) + c,
        lambda x, a, b, c: a * b * 2 / math.sqrt(math.pi) * np.exp(-((b * x) ** 2)),
    ),
    "gelu": (_gelu, _gelu_slope),
    "sin": (lambda x, a, b, c: a * np.sin(b * x + c), lambda x, a, b, c: a * b * np.cos(b * x + c)),
    "cos": (lambda x, a, b, c: a * np.cos(b * x + c), lambda x, a, b, c: -a * b * np.sin(b * x + c)),
    "rbf": (
        lambda x, gamma: math.sqrt(2) * np.sin(math.sqrt(2 * gamma) * x + _QUARTER_TURN),
        lambda x, gamma: 2 * math.sqrt(gamma) * np.cos(math.sqrt(2 * gamma) * x + _QUARTER_TURN),
    ),
    "exp": (lambda x, a, b: a * np.exp(b * x), lambda x, a, b: a * b * np.exp(b * x)),
    "gaussian": (lambda x, a, b: a * np.exp(b * x * x), lambda x, a, b: 2 * a * b * x * np.exp(b * x * x)),
    "gabor": (lambda x: np.exp(-x * x) * np.sin(x), lambda x: np.exp(-x * x) * (np.cos(x) - 2 * x * np.sin(x))),
    "sign": (np.sign, _constant(0.0)),
    "step": (lambda x: _power(x, 0), _constant(0.0)),
    "rectified_monomial": (_power, _power_slope),
    "polynomial": (_polynomial, _polynomial_slope),
    "hermite": (_hermite, lambda x, n: math.sqrt(n) * _hermite(x, n - 1) if n else np.zeros_like(x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "softplus": (_softplus, expit),
    "silu": (lambda x: x * expit(x), _silu_slope),
    "mish": (lambda x: x * np.tanh(_softplus(x)), _mish_slope),
}


def piecewise(activation: Any, x: Any) -> Any:
    """An activation of pieces; at a breakpoint, that of the piece on its right."""
    pieces: Pieces = activation
    place = np.searchsorted(np.array(pieces.breaks, dtype=np.float64), x, side="right")
    out = np.zeros_like(x)
    for i, piece in enumerate(pieces.pieces):
        here = place == i
        at = x[here]
        for m, beta, c in piece:
            out[here] += float(c) * at**m * (np.exp(float(beta) * at) if beta else 1)
    return out
