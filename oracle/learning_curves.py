"""The eigenlearning equations in mpmath: for a list of eigenvalues, and for kappa_1 and a cap on S^3 from closed forms.

n = sum mu/(mu + kappa) + n lambda/kappa, E = n/(n - sum (mu/(mu + kappa))^2), error = E (sum (1 - L)^2 A + sigma^2).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import mpmath as mp

from oracle.two_layer_forms import eigenvalue_ball

Levels = Sequence[tuple[Any, int, Any]]  # eigenvalue, multiplicity, power of the target


def solved(levels: Levels, n: int, ridge: Any = 0, noise: Any = 0, rest: Any = 0, power: Any = 0) -> tuple[Any, Any]:
    """kappa and the error. `rest`: the trace of eigenvalues that are tiny beside kappa, `power`: the target's there."""
    ridge, noise = mp.mpf(ridge), mp.mpf(noise)

    def left(kappa: Any) -> Any:
        return mp.fsum([m * x / (x + kappa) for x, m, _ in levels] + [rest / kappa, n * ridge / kappa, -n])

    if ridge == 0 and rest == 0 and sum(m for x, m, _ in levels if x) <= n:
        kappa = mp.mpf(0)
    else:
        low, high = mp.mpf(10) ** -40, mp.mpf(10) ** 6
        for _ in range(mp.mp.prec + 10):
            middle = mp.sqrt(low * high)
            low, high = (middle, high) if left(middle) > 0 else (low, middle)
        kappa = low
    squares = mp.fsum(m * (x / (x + kappa)) ** 2 for x, m, _ in levels if x)
    bias = mp.fsum([a * (kappa / (x + kappa)) ** 2 if x else a for x, _, a in levels] + [power])
    return kappa, n / (n - squares) * (bias + noise**2)


@functools.cache
def _cap(count: int) -> tuple[tuple[Any, int, Any], ...]:
    """Of kappa_1 on S^3, whose odd part is u/2, with the power of 1{u >= 0.7}, cos t = 0.7:

    m_k = (sin kt/k - sin (k+2)t/(k+2))/(pi (k+1)).
    """
    t, found = mp.acos(mp.mpf(7) / 10), []
    for k in range(count):
        first = mp.sin(k * t) / k if k else t
        m = (first - mp.sin((k + 2) * t) / (k + 2)) / (mp.pi * (k + 1))
        mu = mp.mpf(eigenvalue_ball(k, 1, 4).str(40, radius=False)) if k % 2 == 0 else mp.mpf(k == 1) / 8
        found.append((mu, (k + 1) ** 2, (k + 1) ** 2 * m**2))
    return tuple(found)


def cap_on_sphere(n: int, ridge: float = 0.0, noise: float = 0.0, count: int = 400) -> tuple[float, float]:
    """kappa and the error for kappa_1 on S^3, kappa_1(1) = 1, and the target 1{u >= 0.7}.

    What is left behind `count` degrees adds up to what the others leave of 1, and of the share of the cap.
    """
    with mp.workdps(40):
        levels, t = _cap(count), mp.acos(mp.mpf(7) / 10)
        rest = 1 - mp.fsum(m * x for x, m, _ in levels)
        share = (t - mp.sin(2 * t) / 2) / mp.pi
        kappa, error = solved(levels, n, ridge, noise, rest, share - mp.fsum(a for _, _, a in levels))
        return float(kappa), float(error)
