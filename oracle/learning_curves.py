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


def trained(levels: Levels, n: int, ridge: Any, noise: Any = 0) -> Any:
    """The error on the samples, as the theory has it without the test error: n lambda^2 |alpha|^2, where |alpha|^2 is
    the derivative in delta = n lambda of -(sum A/(mu + kappa) + sigma^2/kappa), taken numerically.
    """

    def product(delta: Any) -> Any:
        kappa, _ = solved(levels, n, delta / n)
        return mp.fsum([a / (x + kappa) for x, _, a in levels] + [mp.mpf(noise) ** 2 / kappa])

    delta = n * mp.mpf(ridge)
    return -mp.diff(product, delta, h=delta * mp.mpf(10) ** -(mp.mp.dps // 3)) * delta**2 / n


def of_sample(mu: Any, power: Any, n: int, ridge: Any) -> tuple[Any, Any]:
    """Errors on the other N - n and on the n points of a sample with the eigenvalues mu of K/N and the target's power.

    From free probability as it stands: omega(delta, eps) solves g = tr (K + omega)^{-1}/N = c/(delta + w) + (1-c)/(w +
    1/eps), w = 1/g - omega, c = n/N; the errors are numerical derivatives of y^T (K + omega)^{-1} y.
    """
    total = len(mu)
    eigenvalues = [total * mp.mpf(x) for x in mu]
    share, delta = mp.mpf(n) / total, n * mp.mpf(ridge)

    def value(delta: Any, eps: Any) -> Any:
        def left(omega: Any) -> Any:
            g = mp.fsum(1 / (x + omega) for x in eigenvalues) / total
            w = 1 / g - omega
            return share / (delta + w) + (1 - share) * eps / (1 + eps * w) - g

        low, high = delta * mp.mpf("0.01"), delta + mp.fsum(eigenvalues) * total
        assert left(low) > 0 > left(high) or left(low) < 0 < left(high)
        rising = left(high) > 0
        for _ in range(mp.mp.prec + 10):
            middle = mp.sqrt(low * high)
            low, high = (low, middle) if (left(middle) > 0) == rising else (middle, high)
        return mp.fsum(total * a / (x + low) for x, a in zip(eigenvalues, power, strict=True))

    step = mp.mpf(10) ** -(mp.mp.dps // 3)
    test = mp.diff(lambda e: value(delta, e), 0, h=step / total)
    train = -mp.diff(lambda t: value(t, 0), delta, h=delta * step) * delta**2
    return test / (total - n), train / n


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
