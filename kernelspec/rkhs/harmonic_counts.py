"""How many harmonics on the sphere, and parities on the cube, have degrees up to k."""

from __future__ import annotations

import math


def harmonics_through(d: int, k: int, domain: str = "sphere") -> int:
    """sum_{j <= k} N(d, j), how many spherical harmonics have degree at most k (Bietti & Bach 2021, Appendix A).

    On the cube, sum_{j <= k} binom(d, j) parities.
    """
    if domain == "cube":
        return sum(math.comb(d, j) for j in range(min(k, d) + 1))
    return math.comb(k + d - 1, d - 1) + (math.comb(k + d - 2, d - 1) if k else 0)
