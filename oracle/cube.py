"""Eigenvalues on the Boolean cube by their definition, with mpmath: means over the points at each Hamming distance."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import mpmath as mp


@functools.lru_cache(maxsize=1024)
def parity_mean(d: int, k: int, h: int) -> Any:
    """The mean of the parity of the first k coordinates over all points with h coordinates -1: a hypergeometric sum."""
    signs = sum((-1) ** j * math.comb(k, j) * math.comb(d - k, h - j) for j in range(min(k, h) + 1))
    return mp.mpf(signs) / math.comb(d, h)


def eigenvalue(kernel: Callable[[Any], Any], d: int, k: int) -> Any:
    """E_y kappa(<1, y>/d) Y_S(y), |S| = k, y uniform on {-1, 1}^d, at mpmath's precision in force."""
    terms = (math.comb(d, h) * kernel(mp.mpf(d - 2 * h) / d) * parity_mean(d, k, h) for h in range(d + 1))
    return mp.fsum(terms) / mp.mpf(2) ** d
