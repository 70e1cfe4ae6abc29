"""Capacities of the step kernel 1 - theta/pi on the circle in closed form: mu_0 = 1/2, 2/(pi k)^2 twice for odd k."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mpmath as mp


def effective_dimension(lam: Any) -> Any:
    """sum over odd k of 1/(k^2 + c^2) = pi tanh(pi c/2)/(4c), c^2 = 2/(pi^2 lam)."""
    c = mp.sqrt(2 / mp.mpf(lam)) / mp.pi
    return 1 / (1 + 2 * mp.mpf(lam)) + c * mp.pi / 2 * mp.tanh(mp.pi * c / 2)


def information_gain(n: int, noise: Any) -> Any:
    """prod over odd k of 1 + x^2/k^2 = cosh(pi x/2), x^2 = 2n/(pi^2 noise^2)."""
    factor = n / mp.mpf(noise) ** 2
    half = mp.sqrt(2 * factor) / 2
    return mp.log1p(factor / 2) / 2 + half + mp.log1p(mp.exp(-2 * half)) - mp.log(2)


def tail(r: int) -> Any:
    """sum over odd k >= K of 1/k^2 is psi'(K/2)/4; the trace is 1."""
    if r == 0:
        return mp.mpf(1)
    pairs, single = divmod(r - 1, 2)
    return mp.psi(1, pairs + mp.mpf(1) / 2) / mp.pi**2 - single * 2 / (mp.pi * (2 * pairs + 1)) ** 2


@functools.lru_cache(maxsize=8)
def _largest(n: int) -> list[Any]:
    return [mp.mpf(1) / 2, *(2 / (mp.pi * (2 * (i // 2) + 1)) ** 2 for i in range(n))]


def worst(f: Callable[[Any], Any], n: int) -> Any:
    """min over all r < n with c = T(r)/(n-r) <= mu_r of sum_{i<=r} f(mu_i) + (n-r) f(c), by going through them."""
    best, total = n * f(mp.mpf(1) / n), mp.mpf(0)
    for r, mu in enumerate(_largest(n)[: n - 1], start=1):
        total += f(mu)
        c = tail(r) / (n - r)
        if c <= mu:
            best = min(best, total + (n - r) * f(c))
    return best
