r"""Norms of interactions under a quadratic second layer over pooled maps: minima over all F_pq, exactly (claim 56).

f is a sum of products of one or two harmonics Y_k(x_u) Y_l(x_v), Y_k = N(d,k)^{1/2} P_k(w . x) with one axis w, or on
the circle 2^{1/2} cos(k t). With `coupling`, Y_k (x) Y_l lies in the kinds of the harmonics of degrees n alone, with
the coefficients L(k,l,n)^{1/2}, whose squares have the sum P_k(1) P_l(1) = 1. In each kind the functions are those of
one patch, Y_n(x_v), and one for each two patches and degrees k, l >= 1, and the features are

.. math:: (\mu_k \mu_l)^{1/2} \sum_{v,v'} (E_{pq} A_2^T)_{vv',w} \Phi^n_{(v,k),(v',l)}, \qquad
          \Phi^n_{(v,k),(v,l)} = c\, Y_n(x_v), \quad c^2 = N(d,k)\, N(d,l)\, L(k,l,n)/N(d,n) .

With the weight mu_k mu_l c^2 in place of mu_k mu_l, and c times the coordinates of two patches, B is rational. Whether
f is in its range is decided exactly, f being rational but for square roots of different classes, which are linearly
independent over the rationals. Then |f|^2 = g_I^T (B_I W B_I^T)^{-1} g_I, I a largest set of independent rows of B.

Derived here, from Bietti 2022.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from ...numbers.exact_numbers import ball
from ...numbers.precision import precision, with_balls
from .coupling import harmonics, linearised
from .pooled import pooling_rows

if TYPE_CHECKING:
    import flint

    from .interactions import Product
    from .quadratic import QuadraticPairs

_BITS = 192
_DIGITS = 45
_LARGEST = 2**20  # entries of B
# A function of a kind: () the constant, (v,) of one patch, (u, k, v, l) with (u, k) < (v, l) of two.
Row: TypeAlias = tuple[int, ...]
Surd: TypeAlias = tuple[Fraction, int]  # a and b in a b^{1/2}


@with_balls
def squared_norm(solver: QuadraticPairs, f: dict[Product, Fraction]) -> flint.arb | None:
    """|f|^2 as a ball; None where f is not in the RKHS. ValueError where B is not rational, or too large."""
    if solver.net is None or not solver.whole:
        raise ValueError(
            "net must have a polynomial in its first layer for norms where that pools: f may be written with all of "
            f"its degrees; got {solver.first!r}"
        )
    targets: dict[int, dict[Row, Surd]] = {}
    for product, value in f.items():
        if not value:
            continue
        if len(product) > 2:
            return None
        for n, row, surd in _parts(solver.d, product):
            targets.setdefault(n, {})[row] = (surd[0] * value, surd[1])
    with precision(_BITS):
        total = ball(0)
        for n, target in targets.items():
            square = _kind(solver, n, target)
            if square is None:
                return None
            total += square
        return total


def _parts(d: int, product: Product) -> list[tuple[int, Row, Surd]]:
    """The coordinates of a product in each kind."""
    if len(product) < 2:
        return [(product[0][1], (product[0][0],), (Fraction(1), 1)) if product else (0, (), (Fraction(1), 1))]
    (u, k), (v, m) = product
    return [
        (n, (u, k, v, m), (share / harmonics(d, n), harmonics(d, k) * harmonics(d, m) * harmonics(d, n)))
        for n in range(abs(k - m), k + m + 1)
        if (share := linearised(d, k, m, n))
    ]


def _kind(solver: QuadraticPairs, n: int, target: dict[Row, Surd]) -> flint.arb | None:
    """The part of |f|^2 in the kind of degree n."""
    import flint

    columns, weights, scale = _features(solver, n)
    rows = sorted({row for column in columns for row in column})
    if any(row not in set(rows) for row in target):
        return None
    index = {row: i for i, row in enumerate(rows)}
    if len(rows) * len(columns) > _LARGEST:
        raise ValueError(f"positions must be fewer: norms ask for a matrix of {len(rows)} by {len(columns)} numbers")
    matrix = flint.fmpz_mat(len(columns), len(rows))  # B^T
    for j, column in enumerate(columns):
        for row, value in column.items():
            matrix[j, index[row]] = value
    independent = _pivots(flint.fmpq_mat(matrix).rref())
    joined = flint.fmpq_mat(matrix.transpose())
    for group in _classes(target):
        side = flint.fmpq_mat(len(rows), 1)
        for row, x in group.items():
            side[index[row], 0] = flint.fmpq(x.numerator, x.denominator)
        if _pivots(_beside(joined, side).rref())[-1:] == [len(columns)]:
            return None
    few = flint.arb_mat([[int(matrix[j, i]) for j in range(len(columns))] for i in independent])
    weighted = flint.arb_mat([[few[i, j] * w for j, w in enumerate(weights)] for i in range(len(independent))])
    goal = [ball(a) * ball(b).sqrt() for a, b in (target.get(rows[i], (Fraction(0), 1)) for i in independent)]
    right = flint.arb_mat(len(goal), 1, goal)
    square = (right.transpose() * (weighted * few.transpose()).solve(right))[0, 0]
    return square * ball(scale)


def _features(solver: QuadraticPairs, n: int) -> tuple[list[dict[Row, int]], list[Any], Fraction]:
    """The columns of B, their weights, and what the squared norm is to be multiplied by."""
    assert solver.net is not None
    first, second = solver.net.layers
    size = solver.positions
    a, below = pooling_rows(first, size)
    b, under = pooling_rows(second, size, solver.net.output == "mean")
    if not all(isinstance(x, int) for row in itertools.chain(a, b) for x in row):
        raise ValueError(
            f"net must pool by averages or strides for norms where the first layer pools; got {solver.net!r}"
        )
    scale = Fraction(below**2 * under) ** 2 * (second.patch**2 if second.normalized else 1)
    mu = solver.first.spectrum(solver.d).certified(slice(0, solver.top + 1), _DIGITS)
    columns, weights = [], []
    for apart, several in Counter(p - q for p, q in itertools.product(second.offsets, repeat=2)).items():
        for out in b:
            g = [
                (v, w, sum(c * a[(u + apart) % size][v] * a[u][w] for u, c in enumerate(out) if c))
                for v in range(size)
                for w in range(size)
            ]
            for k, m in itertools.product(range(solver.top + 1), repeat=2):
                share = linearised(solver.d, k, m, n)
                if not share or mu[k] == 0 or mu[m] == 0:
                    continue
                columns.append(_column(n, k, m, g))
                square = share * harmonics(solver.d, k) * harmonics(solver.d, m) / harmonics(solver.d, n)
                weights.append(mu[k] * mu[m] * ball(square * several))
    return columns, weights, scale


def _column(n: int, k: int, m: int, g: list[tuple[int, int, int]]) -> dict[Row, int]:
    found: Counter[Row] = Counter()
    for v, w, value in g:
        row: Row
        if v != w and k and m:
            row = (v, k, w, m) if (v, k) < (w, m) else (w, m, v, k)
        else:
            row = (v if k else w,) if n else ()
        found[row] += value
    return {row: value for row, value in found.items() if value}


def _classes(target: dict[Row, Surd]) -> list[dict[Row, Fraction]]:
    """The target by classes of square roots, each up to a factor."""
    found: dict[int, dict[Row, Fraction]] = {}
    for row, (a, b) in target.items():
        for known, group in found.items():
            root = math.isqrt(b * known)
            if root * root == b * known:
                group[row] = a * root / known
                break
        else:
            found[b] = {row: a}
    return list(found.values())


def _beside(a: flint.fmpq_mat, b: flint.fmpq_mat) -> flint.fmpq_mat:
    import flint

    return flint.fmpq_mat([[*x, *y] for x, y in zip(a.tolist(), b.tolist(), strict=True)])


def _pivots(reduced: tuple[flint.fmpq_mat, int]) -> list[int]:
    matrix, rank = reduced
    found = [-1]
    for i in range(rank):
        found.append(next(j for j in range(found[-1] + 1, matrix.ncols()) if matrix[i, j] != 0))
    return found[1:]
