r"""Norms of functions in the RKHS of a polynomial kernel, in rational arithmetic, claims 50 and L20.

The space of sum_j b_j <x, y>^j on the sphere has finite dimension, so as many points as that give the
norm of a function exactly: f^T K^{-1} f. Points are rational points of the sphere. No series, no
eigenvalue and no code of ``kernelspec`` enters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

Point = tuple[Fraction, ...]


def polynomial(coefficients: Sequence[Fraction | int], u: Fraction) -> Fraction:
    """The sum of c_j u^j."""
    value = Fraction(0)
    for c in reversed(coefficients):
        value = value * u + c
    return value


def composed(outer: Sequence[Fraction | int], inner: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
    """The coefficients of outer(inner(u))."""
    total = [Fraction(0)]
    for c in reversed(outer):
        product = [Fraction(0)] * (len(total) + len(inner) - 1)
        for i, a in enumerate(total):
            for j, b in enumerate(inner):
                product[i + j] += a * b
        product[0] += c
        total = product
    while len(total) > 1 and not total[-1]:
        total.pop()
    return tuple(total)


def space_dimension(kernel: Sequence[Fraction | int], d: int) -> int:
    """The dimension of the RKHS on S^{d-1}: the sum of N(d, k) over k <= some j of its parity with b_j != 0."""
    degrees = {k for j, b in enumerate(kernel) if b for k in range(j % 2, j + 1, 2)}
    return sum(math.comb(k + d - 1, d - 1) - (math.comb(k + d - 3, d - 1) if k >= 2 else 0) for k in degrees)


def sphere_points(d: int, count: int, rng: np.random.Generator) -> list[Point]:
    """Different rational points of S^{d-1}: stereographic images of small fractions."""
    found: dict[Point, None] = {}
    while len(found) < count:
        y = [Fraction(int(a), int(b)) for a, b in rng.integers(1, 12, (d - 1, 2))]
        y = [v * int(sign) for v, sign in zip(y, rng.choice([-1, 1], d - 1), strict=True)]
        s = sum((v * v for v in y), Fraction(0))
        found[(*(2 * v / (s + 1) for v in y), (s - 1) / (s + 1))] = None
    return list(found)


def inner(x: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
    """The inner product."""
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def squared_norm(
    kernel: Sequence[Fraction | int], function: Callable[[Point], Fraction], d: int, rng: np.random.Generator
) -> Fraction:
    """The squared norm in the RKHS of the kernel on S^{d-1}, of a function that lies in it.

    Points are drawn until the Gram matrix is invertible. At one more point the interpolant must meet
    the function, else it is not in the space: a ValueError.
    """
    from flint import fmpq, fmpq_mat

    def rational(value: Fraction) -> Any:
        return fmpq(value.numerator, value.denominator)

    size = space_dimension(kernel, d)
    while True:
        points = sphere_points(d, size + 1, rng)
        *used, extra = points
        gram = fmpq_mat(size, size, [rational(polynomial(kernel, inner(x, y))) for x in used for y in used])
        if gram.det() != 0:
            break
    values = fmpq_mat(size, 1, [rational(function(x)) for x in used])
    weights = gram.solve(values)
    row = fmpq_mat(1, size, [rational(polynomial(kernel, inner(extra, x))) for x in used])
    if (row * weights)[0, 0] != rational(function(extra)):
        raise ValueError("the function is not in the RKHS of the kernel")
    found = (values.transpose() * weights)[0, 0]
    return Fraction(int(found.p), int(found.q))


def teacher(
    filters: Sequence[Sequence[Sequence[Fraction | int]]],
    readout: Sequence[Fraction | int],
    activation: Sequence[Fraction | int],
) -> Callable[[Point], Fraction]:
    """A fully connected network on the sphere, sigma at every hidden layer, norms 1 throughout."""

    def value(x: Point) -> Fraction:
        state: Sequence[Fraction] = x
        for matrix in filters:
            state = [polynomial(activation, inner([Fraction(v) for v in row], state)) for row in matrix]
        return inner([Fraction(v) for v in readout], state)

    return value
