r"""Is a matrix of floats the Gram matrix of a kernel, up to the rounding of its entries? Decided in balls.

If every entry of K is off by at most eps (K_ii K_jj)^{1/2}, then for every c

.. math:: |c^T E c| \le \epsilon \Big(\sum_i |c_i| K_{ii}^{1/2}\Big)^2 \le n \epsilon \sum_i c_i^2 K_{ii},

so that with the margin n eps the matrix K + n eps diag(K_ii) of a kernel is positive semi-definite. Scaled to diagonal
1 and factored L D L^T in balls, it is shown to be positive definite, or a pivot below 0 gives c with c^T K c < 0: a
proof that the floats are no Gram matrix, whatever the rounding that was allowed for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..numbers.precision import precision, with_balls

_BITS = 320


class Definiteness(NamedTuple):
    """Whether the matrix is positive semi-definite with the margin (None: not decided), the least pivot, a witness."""

    holds: bool | None
    margin: float
    pivot: float
    coefficients: Any = None  # c, with
    form: float = 0.0  # c^T K c = form < 0


@with_balls
def definiteness(matrix: Any, rounding: float) -> Definiteness:
    """Decide for a symmetric matrix of finite floats with positive diagonal whose entries are off by `rounding`."""
    import flint

    n, margin = len(matrix), len(matrix) * rounding
    with precision(_BITS):
        roots = [flint.arb(float(matrix[i, i])).sqrt() for i in range(n)]
        scaled = [[flint.arb(float(matrix[i, j])) / (roots[i] * roots[j]) for j in range(i + 1)] for i in range(n)]
        for i in range(n):
            scaled[i][i] = 1 + flint.arb(margin)
        lower, pivots = _factors(scaled)
        least = float(min(pivots, key=lambda p: float(p.mid())).mid())
        last = pivots[-1]
        if last > 0:
            return Definiteness(True, margin, least)
        if not last < 0:
            return Definiteness(None, margin, least)
        solved = _witness(lower, len(pivots) - 1)
        c = np.zeros(n)
        c[: len(solved)] = [float((x / root).mid()) for x, root in zip(solved, roots, strict=False)]
        c /= np.max(np.abs(c))
        values = [flint.arb(float(x)) for x in c]
        form = sum(values[i] * values[j] * flint.arb(float(matrix[i, j])) for i in range(n) for j in range(n))
        return Definiteness(False, margin, least, c, float(form.mid()))


def _factors(rows: list[list[Any]]) -> tuple[list[list[Any]], list[Any]]:
    """L with unit diagonal and the pivots D of a symmetric matrix, up to the first pivot that is not positive."""
    lower: list[list[Any]] = []
    pivots: list[Any] = []
    for i, row in enumerate(rows):
        new: list[Any] = []
        for j in range(i):
            rest = row[j]
            for k in range(j):
                rest = rest - new[k] * lower[j][k]
            new.append(rest)  # L_ij D_j, divided below
        pivot = row[i]
        line: list[Any] = []
        for product, above in zip(new, pivots, strict=True):
            entry = product / above
            pivot = pivot - product * entry
            line.append(entry)
        lower.append(line)
        pivots.append(pivot)
        if not pivot > 0:
            break
    return lower, pivots


def _witness(lower: list[list[Any]], last: int) -> list[Any]:
    """c with L^T c = e_last: c^T L D L^T c is the last pivot."""
    found: list[Any] = [1] * (last + 1)
    for i in range(last - 1, -1, -1):
        total = 0
        for j in range(i + 1, last + 1):
            total = total - lower[j][i] * found[j]
        found[i] = total
    return found
