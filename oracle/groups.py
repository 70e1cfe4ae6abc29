r"""Networks on groups from their definitions, claim 51: position by position, in coordinates, in any numbers.

A slow evaluator that shares no code with ``kernelspec.ckn.groups``. Elements (t, r) of a plane group act on the
square grid; positions are doubled and measured from the middle, so that all of it is integers. M is carried out on
explicit features. With integer images, "square" or "linear" kernels and integer taps nothing is ever rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[tuple[int, int], tuple[int, int]]
Place = tuple[int, int]
_FLOOR = 1e-6
_TURN: Matrix = ((0, -1), (1, 0))  # of (row, column), anticlockwise
_FLIP: Matrix = ((1, 0), (0, -1))

Map: TypeAlias = NDArray[Any]  # floats, or integers and fractions where the sums are to be exact


def times(a: Matrix, b: Matrix) -> Matrix:
    """The product of two matrices of integers."""
    rows = [(sum(a[i][k] * b[k][0] for k in (0, 1)), sum(a[i][k] * b[k][1] for k in (0, 1))) for i in (0, 1)]
    return rows[0], rows[1]


def moved(r: Matrix, v: Place) -> Place:
    """r v."""
    return r[0][0] * v[0] + r[0][1] * v[1], r[1][0] * v[0] + r[1][1] * v[1]


def grid(n: int) -> list[Place]:
    """The positions of the n x n grid, in C order."""
    return [(i, j) for i in range(n) for j in range(n)]


def quarter_turns(reflections: bool = False) -> list[Matrix]:
    """C_4 or D_4: the powers of the turn, then the reflection of the columns followed by them."""
    turns: list[Matrix] = [((1, 0), (0, 1))]
    for _ in range(3):
        turns.append(times(_TURN, turns[-1]))
    return turns + [times(r, _FLIP) for r in turns] if reflections else turns


@dataclass(frozen=True)
class GroupStep:
    """One layer as plain data.

    Parameters
    ----------
    patch : positions along each axis, those from -(patch // 2) on.
    kernel : "square", "linear" or "polynomial(2)".
    taps : of the pooling along each axis, an odd number, about every stride-th position.
    neighbours : numbers of the q of a patch.
    turn_taps : pairs (number of q, weight) of the pooling over turns; none for no pooling.
    """

    patch: int
    kernel: str
    taps: tuple[float, ...] = (1,)
    stride: int = 1
    neighbours: tuple[int, ...] = (0,)
    turn_taps: tuple[tuple[int, float], ...] = ((0, 1),)


def features(image: Map, group: Sequence[Matrix], steps: Sequence[GroupStep]) -> Map:
    """The last map of an image (n, n, channels), shape (turns, n', n', dimension)."""
    number = {r: i for i, r in enumerate(group)}
    x, n = image[None], len(image)
    for step in steps:
        lift, first = len(x) == 1, -(step.patch // 2)
        offsets = [(i + first, j + first) for i, j in grid(step.patch)]
        zero = np.zeros(x.shape[-1], dtype=x.dtype)
        rows = []
        for r in group:
            for u in grid(n):
                patch = []
                for c in offsets:
                    a, b = moved(r, c)
                    v = u[0] + a, u[1] + b
                    inside = 0 <= v[0] < n and 0 <= v[1] < n
                    for q in (0,) if lift else step.neighbours:
                        turn = 0 if lift else number[times(r, group[q])]
                        patch.append(x[(turn, *v)] if inside else zero)
                rows.append(_mapped(np.concatenate(patch), step.kernel))
        m: Any = np.array(rows).reshape(len(group), n, n, -1)
        m = sum(weight * m[[number[times(r, group[q])] for r in group]] for q, weight in step.turn_taps)
        x = _pooled(_pooled(m, step, 1), step, 2)
        n = x.shape[1]
    return x


def _mapped(z: Map, kernel: str) -> Map:
    if kernel == "linear":
        return z
    powers = np.multiply.outer(z, z).ravel()
    if kernel == "square":
        return powers
    assert kernel == "polynomial(2)"
    return powers / max(float(np.sqrt(z @ z)), _FLOOR)


def _pooled(x: Map, step: GroupStep, axis: int) -> Map:
    n, half = x.shape[axis], len(step.taps) // 2
    outputs = []
    for centre in range(0, n, step.stride):
        reads = [(centre + t - half, w) for t, w in enumerate(step.taps)]
        outputs.append(sum(w * np.take(x, i, axis) for i, w in reads if 0 <= i < n))
    return np.stack(outputs, axis)


def inner(x: Map, y: Map, group: Sequence[Matrix], output: str) -> float:
    """What the output makes of two last maps: "sum"; "mean" and "orbit" times the number of terms, N^2 and |G|."""
    if output == "sum":
        return np.sum(x * y)
    if output == "mean":
        return np.sum(x.sum(axis=(0, 1, 2)) * y.sum(axis=(0, 1, 2)))
    sums = [_returned(m, group) for m in (x, y)]
    return np.sum(sums[0] * sums[1])


def _returned(x: Map, group: Sequence[Matrix]) -> Map:
    """sum_r x(r u, r)."""
    n = x.shape[1]
    total = np.zeros(x.shape[1:], dtype=x.dtype)
    for i, r in enumerate(group):
        for u in grid(n):
            total[u] += x[(i, *_about_middle(r, u, n))]
    return total


def _about_middle(r: Matrix, u: Place, n: int) -> Place:
    a, b = moved(r, (2 * u[0] - n + 1, 2 * u[1] - n + 1))
    return (a + n - 1) // 2, (b + n - 1) // 2


def acted(image: Map, group: Sequence[Matrix], g: int) -> Map:
    """L_g of an image, or of every channel of a map on positions: x(g^{-1} u)."""
    out, n = np.empty_like(image), len(image)
    for u in grid(n):
        out[_about_middle(group[g], u, n)] = image[u]
    return out


def acted_on_map(x: Map, group: Sequence[Matrix], g: int) -> Map:
    """L_g of a map on positions and turns: x(g^{-1} u, g^{-1} r)."""
    number = {r: i for i, r in enumerate(group)}
    out = np.empty_like(x)
    for i, r in enumerate(group):
        out[number[times(group[g], r)]] = acted(x[i], group, g)
    return out


# ---------------------------------------------------------------------------- the whole plane group


def multiplication_table(n: int, group: Sequence[Matrix]) -> NDArray[np.int64]:
    """Products of all elements (t, r) of the translations of the n x n torus with a point group.

    (t, r)(t', r') = (t + r t', r r'); elements are numbered ((r, t row), t column).
    """
    number = {r: i for i, r in enumerate(group)}
    elements = [(t, r) for r in group for t in grid(n)]
    table = np.empty((len(elements),) * 2, dtype=np.int64)
    for i, (t, r) in enumerate(elements):
        for j, (s, q) in enumerate(elements):
            a, b = moved(r, s)
            place = ((t[0] + a) % n) * n + (t[1] + b) % n
            table[i, j] = number[times(r, q)] * n * n + place
    return table
