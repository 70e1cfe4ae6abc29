r"""Kernels of two layers from their definitions: on grids of circles, where sums are integrals, and in fractions.

A patch on S^1 is an angle. On q equidistant angles a mean is the integral of every trigonometric polynomial of degree
below q, so that the eigenvalues of K/N on the grid of all patches are the Mercer eigenvalues of a kernel of a degree
below q/2, without any formula for them. Kernels of higher degree are read by a Fourier transform of many points.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Any], Any]
Matrix: TypeAlias = Sequence[Sequence[Any]]


def two_circles(inner: Function, outer: Function, points: int) -> Array:
    """The eigenvalues of e^{i(a t + b s)} for outer((inner(cos t) + inner(cos s))/2): shape (points, points)."""
    values = inner(np.cos(2 * np.pi * np.arange(points) / points))
    return np.fft.fft2(outer((values[:, None] + values) / 2)).real / points**2


def circles(positions: int, q: int) -> Array:
    """All signals of so many angles out of q: cosines and sines, shape (q^positions, positions, 2)."""
    angles = np.array(list(itertools.product(range(q), repeat=positions))) * 2 * np.pi / q
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def windowed(x: Array, inner: Function, outer: Function, size: int, pool: Array) -> Array:
    """sum_{w,w'} (A^T A)_{ww'} outer(mean over o of inner(x_{w+o}.x'_{w'+o})) on a circle of positions."""
    n = x.shape[1]
    cosines = inner(np.einsum("iuc,jvc->iujv", x, x))
    weights = pool.T @ pool
    total = np.zeros((len(x), len(x)))
    for w, v in itertools.product(range(len(weights)), repeat=2):  # of fewer windows none goes around
        if weights[w, v]:
            mean = sum(cosines[:, (w + o) % n, :, (v + o) % n] for o in range(size)) / size
            total += weights[w, v] * outer(mean)
    return total


def squared(x: Array, inner: Function, first: Array, offsets: Sequence[int], second: Array) -> Array:
    """Two layers with pooling in both and <z, z'>^2 in the second, on a circle of positions, from the definition."""
    pooled = np.einsum("au,bv,iujv->iajb", first, first, inner(np.einsum("iuc,jvc->iujv", x, x)))
    n = first.shape[0]
    weights = second.T @ second
    total = np.zeros((len(x), len(x)))
    for w, v in itertools.product(range(n), repeat=2):
        product = sum(pooled[:, (w + o) % n, :, (v + o) % n] for o in offsets)
        total += weights[w, v] * product**2
    return total


def mercer(gram: Array) -> Array:
    """The eigenvalues of K/N, descending."""
    return np.asarray(np.linalg.eigvalsh(gram / len(gram))[::-1], dtype=np.float64)


# -- fractions ---------------------------------------------------------------------------------------------------------


def solve(matrix: Matrix, right: Sequence[Any]) -> list[Fraction] | None:
    """A solution of a linear system in fractions, by elimination; None where there is none."""
    rows = [[Fraction(x) for x in row] + [Fraction(y)] for row, y in zip(matrix, right, strict=True)]
    width, at, pivots = len(rows[0]) - 1, 0, []
    for column in range(width):
        pivot = next((i for i in range(at, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        scale = rows[at][column]
        rows[at] = [x / scale for x in rows[at]]
        for i, row in enumerate(rows):
            if i != at and row[column]:
                factor = row[column]
                rows[i] = [x - factor * y for x, y in zip(row, rows[at], strict=True)]
        pivots.append(column)
        at += 1
    if any(row[-1] for row in rows[at:]):
        return None
    solution = [Fraction(0)] * width
    for row, column in zip(rows, pivots, strict=False):
        solution[column] = row[-1]
    return solution


def interpolation_norm(gram: Matrix, values: Sequence[Any]) -> Fraction | None:
    """f^T K^+ f in fractions: a . f for any a with K a = f; None where f is no function of the space."""
    found = solve(gram, values)
    return None if found is None else sum((a * Fraction(f) for a, f in zip(found, values, strict=True)), Fraction(0))


def least_norm(matrix: Matrix, right: Sequence[Any]) -> Fraction | None:
    """min |F|^2 over B F = f in fractions, by its Lagrange conditions F = B^T y, B F = f; None where none is right."""
    height, width = len(matrix), len(matrix[0])
    system = [
        [Fraction(int(i == j)) for j in range(width)] + [-matrix[h][i] for h in range(height)] for i in range(width)
    ]
    system += [[*map(Fraction, row), *[Fraction(0)] * height] for row in matrix]
    found = solve(system, [Fraction(0)] * width + list(right))
    return None if found is None else sum((x * x for x in found[:width]), Fraction(0))


def average(q: int, n: int) -> Matrix:
    """The mean of q positions from each on, on a circle of n, in fractions."""
    return [[Fraction(sum((u + t) % n == v for t in range(q)), q) for v in range(n)] for u in range(n)]


def pair_operator(first: Matrix, p: int, q: int) -> list[list[list[Fraction]]]:
    """(E_pq)[v][v'][u] = h_1[u+p-v] h_1[u+q-v'] on a circle, h_1[u-v] the entry u, v of A_1, as it is printed."""
    n = len(first)
    h = [first[u][0] for u in range(n)]
    return [[[h[(u + p - v) % n] * h[(u + q - w) % n] for u in range(n)] for w in range(n)] for v in range(n)]


def pair_features(x: Matrix, first: Matrix, offsets: Sequence[int], second: Matrix) -> list[list[Fraction]]:
    """A_2 (L_p A_1 x (x) L_q A_1 x) for each signal x of numbers on a circle, the kernel of the first layer linear."""
    n, rows = len(first), []
    for signal in x:
        z = [sum((a * Fraction(y) for a, y in zip(row, signal, strict=True)), Fraction(0)) for row in first]
        row = []
        for p, q in itertools.product(offsets, repeat=2):
            pairs = [z[(u + p) % n] * z[(u + q) % n] for u in range(n)]
            row += [sum((a * y for a, y in zip(weights, pairs, strict=True)), Fraction(0)) for weights in second]
        rows.append(row)
    return rows


def pair_kernel(x: Matrix, first: Matrix, offsets: Sequence[int], second: Matrix) -> list[list[Fraction]]:
    """K = sum over outputs of sum_{u,u'} A_2 A_2 <z, z'>^2, z and z' the patches of A_1 x and A_1 x' at u and u'."""
    n = len(first)
    z = [
        [sum((a * Fraction(y) for a, y in zip(row, signal, strict=True)), Fraction(0)) for row in first] for signal in x
    ]
    weights = [[sum((row[u] * row[v] for row in second), Fraction(0)) for v in range(n)] for u in range(n)]

    def entry(a: list[Fraction], b: list[Fraction]) -> Fraction:
        total = Fraction(0)
        for u, v in itertools.product(range(n), repeat=2):
            if weights[u][v]:
                inner = sum((a[(u + p) % n] * b[(v + p) % n] for p in offsets), Fraction(0))
                total += weights[u][v] * inner**2
        return total

    return [[entry(a, b) for b in z] for a in z]
