r"""Networks of analytic activations by Hermite coefficients in mpmath, which import nothing of the library.

At a variance q, phi(q^{1/2} z) = sum_k a_k h_k(z), E[phi(a) phi(b)] = sum_k a_k^2 rho^k for the correlation rho, and
q E[phi'(a) phi'(b)] is its derivative in rho. The a_k come from the trapezoidal rule, which converges exponentially.
The recursion is the printed one (Lee et al. 2018, Jacot et al. 2018), un-normalised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

Function = Callable[[Any], Any]
_STEP, _RANGE = mp.mpf(1) / 8, 15

ACTIVATIONS: dict[str, Function] = {
    "gelu": lambda x: x * mp.ncdf(x),
    "erf": lambda x: mp.erf(x),
    "erf(2, 0.5, 0.25)": lambda x: 2 * mp.erf(x / 2) + mp.mpf(1) / 4,
    "sin": lambda x: mp.sin(x),
    "cos": lambda x: mp.cos(x),
    "sin(1.5, 0.5, 0.75)": lambda x: mp.mpf(3) / 2 * mp.sin(x / 2 + mp.mpf(3) / 4),
    "rbf(0.5)": lambda x: mp.sqrt(2) * mp.sin(x + mp.pi / 4),
    "exp(1, 0.5)": lambda x: mp.exp(x / 2),
    "gaussian(1, -1)": lambda x: mp.exp(-x * x),
    "gaussian(1, 0.0625)": lambda x: mp.exp(x * x / 16),
    "gabor": lambda x: mp.exp(-x * x) * mp.sin(x),
    "polynomial(0.5, 1, -1, 0.25)": lambda x: mp.mpf(1) / 2 + x - x**2 + x**3 / 4,
    "tanh": lambda x: mp.tanh(x),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
}


def coefficients(phi: Function, q: Any, terms: int) -> tuple[list[Any], Any]:
    """a_0^2, ..., and E phi^2."""
    deviation, sums, norm = mp.sqrt(q), [mp.mpf(0)] * terms, mp.mpf(0)
    roots = [mp.sqrt(k) for k in range(terms + 1)]
    inverse = [1 / root for root in roots[1:]]
    for j in range(int(_RANGE / _STEP) + 1):
        x = j * _STEP
        weight = _STEP * mp.npdf(x) / (1 if j else 2)
        right, left = phi(deviation * x), phi(-deviation * x)
        norm += weight * (right * right + left * left)
        parts = weight * (right + left), weight * (right - left)  # the even and the odd one
        before, now = mp.mpf(0), mp.mpf(1)
        for k in range(terms):
            sums[k] += parts[k % 2] * now
            before, now = now, (x * now - roots[k] * before) * inverse[k]
    return [a * a for a in sums], norm


def mlp(phi: Function, depth: int, weight: Any, bias: Any, terms: int) -> Callable[[Any], tuple[Any, Any, Any]]:
    """u -> Sigma^L(u), Theta^L(u), Sigma^L(1), for inputs of length 1."""
    layers, q = [], weight + bias
    for _ in range(depth - 1):
        squares, norm = coefficients(phi, q, terms)
        layers.append((q, squares))
        q = weight * norm + bias
    end = q

    def values(u: Any) -> tuple[Any, Any, Any]:
        sigma = weight * u + bias
        theta = sigma
        for q, squares in layers:
            rho = sigma / q
            slope = sum(k * b * rho ** (k - 1) for k, b in enumerate(squares) if k) / q
            sigma = weight * sum(b * rho**k for k, b in enumerate(squares)) + bias
            theta = weight * slope * theta + sigma
        return sigma, theta, end

    return values
