r"""What pooling does to position signals: the eigenvalues of A^T A, enclosed, with their frequencies.

For circular pooling with a stride s that divides n, A A^T is a circulant of n/s rows, and

.. math:: s_j = \frac1s \sum_{m < s} |\hat h(j + m n/s)|^2, \qquad \hat h(j) = \sum_t h(t)\, e^{2\pi i j t/n},
          \qquad j = 0, \ldots, n/s - 1.

Which of them are 0 is decided, not measured. An average over q positions has h^(j) = 0 for j != 0 where n divides jq,
and nowhere else, as |h^(j)| is |sin(pi jq/n)|/(q sin(pi j/n)). A Gaussian has no zero: h^(j) is up to a
factor sum_{m <= q} c_m e^{-m^2/q^2} with algebraic numbers c_m and c_0 = 1, and exponentials of different algebraic
numbers are linearly independent over these (Lindemann and Weierstrass). Otherwise the eigenvalues of the smaller of
A A^T and A^T A are enclosed (`symmetric`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ...numbers.checks import FloatArray
from ...numbers.outward import lower_float, upper_float
from ...numbers.precision import good, precision, with_balls
from ..layers import Layer, Pool
from .symmetric import symmetric_eigenvalues

if TYPE_CHECKING:
    import flint

Rows: TypeAlias = list[list[Any]]  # of integers, or of Arb balls

_FIRST, _MOST = 128, 2**14  # bits
_NARROW = 2.0**-60  # the relative radius at which an eigenvalue is good
LARGEST = 512  # positions, where the eigenvalues of a matrix are enclosed
_MOST_WAVES = 2**20  # positions times the taps of a Gaussian, on a circle


@dataclass(frozen=True)
class Modes:
    """The eigenvalues of A^T A, descending, and 1^T A^T A 1, what pooling makes of the constant.

    Parameters
    ----------
    lower, upper, value : the ends of the enclosures and the middle, float64, of those that are not known to be 0.
    frequencies : j of each where A A^T is a circulant, and None otherwise.
    zeros : how many eigenvalues are exactly 0.
    constant : lower and upper end of 1^T A^T A 1.
    """

    lower: FloatArray
    upper: FloatArray
    value: FloatArray
    frequencies: tuple[int, ...] | None
    zeros: int
    constant: tuple[float, float]

    @property
    def trace(self) -> float:
        """tr A^T A."""
        return float(self.value.sum())

    def scaled(self, r: int) -> Modes:
        """r times all of them."""
        low, high = np.nextafter(self.lower * r, 0.0), np.nextafter(self.upper * r, np.inf)
        if r == 1 or np.all(self.lower == self.upper) and np.all(self.value == np.rint(self.value)):  # exact
            low, high = self.lower * r, self.upper * r
        return replace(self, lower=low, upper=high, value=self.value * r)

    def grouped(self) -> list[tuple[float, int | None, int]]:
        """Each eigenvalue with its frequency and how often it stands there; all as one where none differs."""
        if len(self.value) > 1 and self.lower[-1] == self.upper[0]:  # exactly equal: no pooling, or strides alone
            return [(float(self.value[0]), None, len(self.value))]
        names = self.frequencies or (None,) * len(self.value)
        return [(float(s), j, 1) for s, j in zip(self.value, names, strict=True)]


@with_balls
def modes(layer: Layer, positions: int, mean: bool = False) -> Modes:
    """The eigenvalues of A^T A, A the layer's pooling of so many positions; with `mean`, of the mean of its outputs."""
    if layer.border == "circular" and positions % layer.stride == 0:
        return _circulant(layer, positions, mean)
    if positions > LARGEST:
        raise ValueError(
            f"positions must be at most {LARGEST} unless pooling is circular with stride 1, got {positions}"
        )
    if layer.pool is None and not mean:
        ones = np.ones(positions)
        return Modes(ones, ones, ones, None, 0, (positions, positions))
    with precision(_FIRST):
        return matrix_modes(*pooling_rows(layer, positions, mean))


def _circulant(layer: Layer, n: int, mean: bool) -> Modes:
    rows = n // layer.stride
    taps = layer.pool.length if layer.pool is not None and layer.pool.kind == "gaussian" else 8
    if n * taps > _MOST_WAVES:
        raise ValueError(
            f"positions must be at most {_MOST_WAVES // taps} for windows of {taps} positions on a circle, got {n}"
            if taps > 8
            else f"positions must be at most {_MOST_WAVES // 8} on a circle, got {n}"
        )
    found = [_folded(layer, n, j) for j in range(1 if mean else rows // 2 + 1)]
    if not mean:  # rows - j has what j has
        found += [found[rows - j] for j in range(len(found), rows)]
    if mean:  # (1/rows)^2 1^T A A^T 1: the constant is an eigenvector of A A^T
        with precision(_FIRST):
            found = [ball / rows for ball in found if ball is not None]
    total = 1.0 if mean else float(rows)  # taps have the sum 1
    return _sorted(found, range(len(found)), n, (total, total))


def _folded(layer: Layer, n: int, j: int) -> flint.arb | None:
    """The mean of |h^(j + m n/s)|^2 over m = 0, ..., s-1; None where it is 0."""
    found = [_symbol(layer.pool, n, (j + m * (n // layer.stride)) % n) for m in range(layer.stride)]
    kept = [ball for ball in found if ball is not None]
    with precision(_FIRST):
        return sum(kept[1:], kept[0]) / layer.stride if kept else None


def _sorted(
    found: list[flint.arb | None], labels: range | None, positions: int, constant: tuple[float, float]
) -> Modes:
    """Balls of eigenvalues, None for a 0, as enclosures of those that are not 0, largest first."""
    kept = [(i, ball) for i, ball in enumerate(found) if ball is not None]
    kept.sort(key=lambda pair: -float(pair[1].mid()))
    low = np.array([max(lower_float(ball), 0.0) for _, ball in kept])
    high = np.array([upper_float(ball) for _, ball in kept])
    mid = np.clip([float(ball.mid()) for _, ball in kept], low, high)
    frequencies = None if labels is None else tuple(labels[i] for i, _ in kept)
    return Modes(low, high, mid, frequencies, positions - len(kept), constant)


def _symbol(pool: Pool | None, n: int, j: int) -> flint.arb | None:
    """|h^(j)|^2 as a ball that does not hold 0; None where it is 0."""
    j = min(j, n - j)  # the same for n - j
    if pool is None or pool.kind == "strided" or j == 0:
        return _quotient(1, 1)
    if pool.kind == "average" and j * pool.scale % n == 0:
        return None
    return good(lambda bits: _square(pool, n, j, bits), _is_good, _FIRST, _MOST).value


def _square(pool: Pool, n: int, j: int, bits: int) -> flint.arb:
    import flint

    with precision(bits):
        if pool.kind == "average":
            sine, least = (flint.arb(x) / n for x in (j * pool.scale % (2 * n), j))
            return (sine.sin_pi() / (pool.scale * least.sin_pi())) ** 2
        weights = _weights(pool)
        scale, total = sum(weights[1:], weights[0]), flint.acb(0)
        for t, weight in enumerate(weights):
            total += weight * flint.acb(flint.arb(2 * j * t % (2 * n)) / n).exp_pi_i()
        return (total.real * total.real + total.imag * total.imag) / (scale * scale)


def _weights(pool: Pool) -> list[Any]:
    """The weights of the window up to a factor: integers, or balls for a Gaussian, and not their rounded values."""
    import flint

    if pool.kind != "gaussian":
        return [1] * pool.length
    q = pool.scale
    return [(-flint.arb(t * t) / (q * q)).exp() for t in range(-q, q + 1)]


def _quotient(a: int, b: int) -> flint.arb:
    import flint

    with precision(_FIRST):
        return flint.arb(a) / b


def _is_good(x: flint.arb) -> bool:
    return bool(x > 0 and x.rad() <= x.abs_lower() * _NARROW)


def matrix_modes(rows: Rows, scale: Any) -> Modes:
    """The eigenvalues of A^T A for A = rows / scale, and 1^T A^T A 1. Of integers the rank is exact."""
    import flint

    count, n = len(rows), len(rows[0])
    whole = all(isinstance(x, int) for row in rows for x in row)
    rank = flint.fmpz_mat(rows).rank() if whole else min(count, n)
    a = flint.arb_mat(rows)
    product = a * a.transpose() if count <= n else a.transpose() * a
    found = sorted(symmetric_eigenvalues(product), key=lambda ball: -float(ball.mid()))
    total = sum((x * x for x in (sum(row[1:], row[0]) for row in rows)), flint.arb(0)) / (scale * scale)
    ends = lower_float(total), upper_float(total)
    return _sorted([ball / (scale * scale) for ball in found[:rank]], None, n, ends)


def pooling_rows(layer: Layer, positions: int, mean: bool = False) -> tuple[Rows, Any]:
    """The pooling as rows of numbers and what these are to be divided by; `Layer.pooling` has its rounded values.

    The numbers are integers, or balls for a Gaussian. With `mean`, one row: the mean of all. Raises ValueError where
    there is no output.
    """
    pool = layer.pool
    if mean and layer.border == "circular" and layer.stride == 1 and positions:
        return [[1] * positions], positions  # whatever the taps are, their sum is 1
    starts = range(positions) if pool is None else pool.starts(positions, layer.stride, layer.border)
    taps = [1] if pool is None else _weights(pool)
    rows: Rows = [[0] * positions for _ in starts]
    for row, start in zip(rows, starts, strict=True):
        for tap, weight in enumerate(taps):
            read = int(start) + tap
            if layer.border == "circular" or 0 <= read < positions:
                row[read % positions] += weight
    if not rows:
        raise ValueError(f"positions must leave an output of the pooling, got {positions} for {layer!r}")
    scale = sum(taps[1:], taps[0])
    return ([[sum(column) for column in zip(*rows, strict=True)]], scale * len(rows)) if mean else (rows, scale)
