r"""Eigenvalues of networks of smooth activations from their cosine series, in balls, with a proved error.

kappa = sum_j c_j T_j, all c_j >= 0 as kappa is a kernel on the circle, too, and

.. math:: \mu_k = \sum_{s \ge 0} c_{k+2s}\, \mu_k(T_{k+2s}), \qquad \frac{\mu_k(T_{k+2s})}{\mu_k(T_k)} =
          \frac{k+2s}{k} \frac{(k)_s (-\lambda)_s}{(k+\lambda+1)_s\, s!}, \qquad
          \mu_k(T_k) = \frac{2^{k-1} k!}{d(d+2)\cdots(d+2k-2)}, \qquad \lambda = \frac d2 - 1,

from Rodrigues' formula, T_j^(k) = 2^{k-1} (k-1)! j C_{j-k}^{(k)} and the connection of Gegenbauer polynomials of
orders k and k + lambda (for k = 0 the limit).

*Error.* The rule of n Chebyshev nodes gives c_j but for c_{2n-j}, c_{2n+j}, ..., each once at most. As the derivatives
of T_j at 1 grow with j, what follows j >= J adds up to

.. math:: \sum_{j \ge J} c_j \le \min_p \kappa^{(p)}(1)/T_J^{(p)}(1), \qquad
          T_J^{(p)}(1) = \prod_{i<p} \frac{J^2 - i^2}{2i+1},

with bounds of the derivatives (`kernels.point_readings`); |mu_k(T_j)| <= 1. The number of nodes follows the precision,
and that the size of mu_k: by steps that are the same for all degrees, so that a value does not depend on what is asked
with it.
"""

from __future__ import annotations

import functools
import math
from typing import Any, TypeAlias

import flint
import numpy as np

from ..kernels.network_readings import read
from ..kernels.point_readings import AtOne, AtPoints
from ..kernels.zonal import Zonal
from ..numbers.precision import precision
from ..sphere import multiplicity
from .eigenvalue_arrays import Array
from .taylor_sums import first_terms

_STEPS = (96, 112, 136, 160, 192, 224, 264, 312, 368, 440, 520, 640, 800, 1000)  # bits of the c_j
LARGEST = _STEPS[-1]
_GUARD = 40
_ORDERS = 320  # derivatives at 1
_MOST_NODES = 4096
Tails: TypeAlias = tuple[list[Any], Array]  # bounds of kappa^(p)(1)/p!, and their logarithms in floats


def has_cosines(kernel: Zonal) -> bool:
    """Whether bounds of the derivatives at 1 are known, and with them the cosine series."""
    return _tails(kernel) is not None


def cosine_ball(kernel: Zonal, d: int, k: int, wanted: int) -> Any:
    """mu_k with so many bits; None where that takes too many."""
    tails = _tails(kernel)
    if tails is None:
        return None
    least = wanted - _log_bound(tails, d, k) / math.log(2)
    for bits in _STEPS:
        if bits < least:
            continue
        n = _nodes(tails, bits)
        if n is None:
            return None
        if n <= k:
            continue
        found = _cosines(kernel, bits, n)
        if found is None:
            return None
        with precision(bits + _GUARD):
            value = _summed(*found, d, k)
            if value.rel_accuracy_bits() >= wanted:
                return value
    return None


def _log_bound(tails: Tails, d: int, k: int) -> float:
    """The logarithm of a bound of mu_k, in floats: with which precision to begin, which only saves time.

    kappa^(p)(1) = sum_k mu_k N(d, k) P_k^(p)(1), and P_k^(p)(1) = prod_{i<p} (k-i)(k+d-2+i)/(d-1+2i).
    """
    logs = tails[1]
    p = np.arange(min(len(logs) - 1, k))
    growth = np.cumsum(np.log((k - p) * (k + d - 2.0 + p) / ((d - 1.0 + 2 * p) * (p + 1))))
    bounds = logs[: len(p) + 1] - np.concatenate([[0.0], growth])
    return float(bounds.min()) - math.log(multiplicity(d, k))


def _summed(known: list[Any], rest: Any, d: int, k: int) -> Any:
    """mu_k from the first c_j, and a bound of what the others add up to."""
    order = flint.arb(d - 2) / 2
    # (k)_s/(2k), of which the limit for k = 0 is (s-1)!/2; the first T_j is of its own, as T_0 = 1 is not T_j/2.
    weight = first_terms(d, k)[k] * flint.arb(2) ** k
    total = flint.arb(0, 1) * rest + known[k] * weight / (2 if k else 1)
    weight = weight / (2 * k) if k else weight / 2
    for s in range((len(known) - 1 - k) // 2):
        weight = weight * (k + s if k or s else 1) * (s - order) / ((k + order + 1 + s) * (s + 1))
        if weight == 0:
            break
        total += weight * (k + 2 * s + 2) * known[k + 2 * s + 2]
    return total


@functools.lru_cache(maxsize=8)
def _cosines(kernel: Zonal, bits: int, n: int) -> tuple[list[Any], Any] | None:
    """c_j for j < n, nearly 2^-bits wide, and a bound of the sum of the others."""
    with precision(bits + _GUARD):
        tails = _tails(kernel)
        assert tails is not None  # `cosine_ball` asked
        # cos(m pi/(2n)) for all m
        table = [(flint.arb(m) / (2 * n)).cos_pi() for m in range(4 * n)]
        found = read(kernel, AtPoints([table[2 * i + 1] for i in range(n)], bits + _GUARD // 2))
        if found is None:
            return None
        values = found.numbers
        out = []
        for parity in (0, 1):
            sign = 1 - 2 * parity
            folded = [values[i] + sign * values[n - 1 - i] for i in range(n // 2)]
            for j in range(parity, n, 2):
                terms = (folded[i] * table[(2 * i + 1) * j % (4 * n)] for i in range(n // 2))
                mean = sum(terms, flint.arb(0)) * (2 if j else 1) / n
                out.append((j, mean + flint.arb(0, 1) * _tail(tails, 2 * n - j)))
        return [c for _, c in sorted(out, key=lambda pair: pair[0])], _tail(tails, n)


@functools.lru_cache(maxsize=8)
def _tails(kernel: Zonal) -> Tails | None:
    """Bounds of the derivatives at 1; None where they are not known."""
    with precision(128, cap=_ORDERS):
        found = read(kernel, AtOne(_ORDERS))
        if found is None:
            return None
        known = [found.first[p] for p in range(_ORDERS)]
        return known, np.array([float(abs(b).upper().log()) if b != 0 else -math.inf for b in known])


def _best(tails: Tails, j: int) -> tuple[int, float]:
    """The order of the smallest bound for sum_{i >= j} c_i, and its logarithm in floats."""
    logs = tails[1]
    p = np.arange(min(len(logs), j))
    growth = np.cumsum(np.log((j * j - p * p) / ((2.0 * p + 1) * (p + 1))))  # of T^(p+1)/(p+1)!
    bounds = logs[: len(p)] - np.concatenate([[0.0], growth[:-1]])
    best = int(np.argmin(bounds))
    return best, float(bounds[best])


def _tail(tails: Tails, j: int) -> Any:
    """A bound of sum_{i >= j} c_i."""
    bound = tails[0][_best(tails, j)[0]]
    for i in range(_best(tails, j)[0]):
        bound = bound * (2 * i + 1) * (i + 1) / (j * j - i * i)
    return abs(bound)


def _nodes(tails: Tails, bits: int) -> int | None:
    """How many nodes, an even number, leave less than 2^-bits out; None where that is too many."""
    low, high = 1, _MOST_NODES // 2
    if _best(tails, 2 * high)[1] > -bits * math.log(2):
        return None
    while low < high:
        middle = (low + high) // 2
        if _best(tails, 2 * middle)[1] > -bits * math.log(2):
            low = middle + 1
        else:
            high = middle
    return 2 * high
