r"""Certified eigenvalues in high dimension: the Taylor series at 0 in balls, with a proved tail.

With kappa = sum_m b_m u^m and m = k + 2j (Azevedo & Menegatto 2015; claim 10),

.. math:: \mu_k = \sum_{j \ge 0} b_{k+2j}\, c_j, \qquad c_j = \mu_k(u^{k+2j}), \qquad
          \frac{c_{j+1}}{c_j} = r_j = \frac{(k+2j+1)(k+2j+2)}{2(j+1)(2k+2j+d)} .

*Tail.* The numerator of r_j is at most its denominator exactly if (2d-2) j >= k^2 - k - 2d + 2, so that from the first
such j on c_j does not increase. With B >= sum_m |b_m| (`Zonal.majorant`) the terms from such a J on add up to at most

.. math:: c_J \Big(B - \sum_{m < k+2J} |b_m|\Big)

in absolute value. The sum is evaluated from this tail inwards, b_k + r_0 (b_{k+2} + r_1 (b_{k+4} + ...)), by Horner's
rule: for a kernel on every sphere all terms are >= 0, and nothing cancels. The c_j fall like j^{-(d-1)/2} at last, so
that few thousand coefficients serve where d is large beside the digits and k^2/d; elsewhere `values` says so.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from ..kernels.ball_values import taylor_balls
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.precision import precision

_LONGEST = 10240  # coefficients; more take longer than the quadrature
_LONGEST_OF_PIECES = 1024  # of networks of activations with pieces, which panels serve as well
_ATTEMPTS = 3
_SLACK = 32  # bits by which c_J lies below the largest c_j, beside those that are wanted: the b_m fall, too
_SPARE = 24  # bits of the sum beyond those that are wanted


def values(kernel: Zonal, d: int, degrees: list[int], wanted: float) -> list[Any] | None:
    """mu_k right to `wanted` bits for degrees of one parity; None where that is not proved by few coefficients."""
    if not (kernel.real_floats or kernel.singular):  # of a smooth kernel b_m falls faster than its remainder tells
        return None
    if kernel.majorant(Fraction(1)) is None:
        return None
    lost = 0
    for _ in range(_ATTEMPTS):  # not by `good`: how many bits are missing is known
        counts = []
        for k in sorted(degrees, reverse=True):  # the largest is the first to take too many
            count = _count(d, k, wanted + lost)
            if count is None:
                return None
            counts.append((k, count))
        length = max(k + 2 * count for k, count in counts)
        length += -length % 512  # so that both parities share the coefficients
        if kernel.real_floats and length > _LONGEST_OF_PIECES:
            return None
        bits = int(wanted) + _SPARE + lost + 5 * length.bit_length()
        try:
            found = _values(kernel, d, counts, length, bits + -bits % 64)
        except ValueError:  # a layer of pieces starts too near to +-1
            return None
        missing = int(wanted) + 1 - min(mu.rel_accuracy_bits() for mu in found.values())
        if missing <= 0:
            return [found[k] for k in degrees]
        lost += min(missing, bits) + _SPARE
    return None


def serves(d: int, k: int, digits: int) -> bool:
    """Whether the series has few enough terms for mu_k to be told to so many digits, if few bits are lost."""
    return _count(d, k, bits_of(digits)) is not None


def bits_of(digits: int) -> float:
    """The relative accuracy of a ball that has the digits."""
    return digits * math.log2(10) + 4


def _count(d: int, k: int, wanted: float) -> int | None:
    """The J from which c_J is so far below the largest c_j, and does not increase; None where it is too large."""
    last = (_LONGEST - k) // 2
    first = first_falling(d, k)
    if first >= last:
        return None
    logs = _log_ratios(d, k, last)
    below = np.flatnonzero(logs[first:] < logs.max(initial=0.0) - (wanted + _SLACK) * math.log(2))
    return first + int(below[0]) + 1 if below.size else None


def first_falling(d: int, k: int) -> int:
    """The least j >= 0 with (2d-2) j >= k^2 - k - 2d + 2, from which on c_j does not increase."""
    return max(0, -((2 * d - 2 + k - k * k) // (2 * d - 2)))


def _log_ratios(d: int, k: int, last: int) -> np.ndarray[Any, Any]:
    """log(c_{j+1}/c_0) for j < last, in float64: only how many terms are taken depends on it."""
    j = np.arange(last)
    return np.cumsum(np.log((k + 2 * j + 1.0) * (k + 2 * j + 2) / (2 * (j + 1.0) * (2 * k + 2 * j + d))))


@functools.lru_cache(maxsize=16)
def _coefficients(kernel: Zonal, length: int, bits: int) -> tuple[list[Any], list[Any]]:
    """b_m for m < length, and upper bounds of sum |b_i| over i >= m."""
    with precision(bits):
        b = taylor_balls(kernel, length)
        largest = kernel.majorant(Fraction(1))
        assert largest is not None  # `values` asked
        rest = [ball(largest)]
        for c in b:
            rest.append(rest[-1] - c.abs_lower())
        return b, rest


def _values(kernel: Zonal, d: int, counts: list[tuple[int, int]], length: int, bits: int) -> dict[int, Any]:
    """The sums over j < J by k, for each (k, J), their tails in their balls."""
    b, rest = _coefficients(kernel, length, bits)
    with precision(bits):
        first = first_terms(d, max(k for k, _ in counts))
        return {k: first[k] * summed(b, rest[k + 2 * count], d, k, count) for k, count in counts}


def summed(b: list[Any], rest: Any, d: int, k: int, count: int) -> Any:
    """mu_k/c_0 = b_k + r_0 (b_{k+2} + ...), what follows j = count - 1 being at most `rest` times its c_j."""
    total = flint.arb(0, 1) * rest
    for j in reversed(range(count)):
        total = total * ((k + 2 * j + 1) * (k + 2 * j + 2)) / (2 * (j + 1) * (2 * k + 2 * j + d)) + b[k + 2 * j]
    return total


def first_terms(d: int, top: int) -> list[Any]:
    """c_0 = mu_k(u^k) = k!/(d (d+2) ... (d+2k-2)) for k <= top."""
    out = [flint.arb(1)]
    for k in range(top):
        out.append(out[-1] * (k + 1) / (d + 2 * k))
    return out
