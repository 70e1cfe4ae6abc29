r"""What the linear readings of a layer see along one axis, exactly (Bietti & Mairal 2019, JMLR; claim 51).

<f_w, A M P x(u)> = <w, A P x(u)> reads, for the unit vector w of the place c in a patch, the numbers (A S_c x)(u) with
the shift S_c: a matrix for each axis, of shape (outputs * patch, positions), and Kronecker products of these on
images. Rank and null vectors are found in exact arithmetic: the taps of a filter are taken as the float64 numbers
that they are (binary fractions; equal taps as ones), times a common factor, which changes no rank.

Rank: modulo a prime it is a lower bound, which is a proof where it equals the number of rows or of columns; else it is
found over the integers. That a null vector is missed is checked by exact multiplication.

Several layers have as many readings as patches have places, to the power of their number. So it is the span of the
rows of their matrix R that is found for rank and null vectors, from the last layer on, and R^T R for the condition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...numbers.precision import precision
from ..layers import Layer

PRIME = 2**61 - 1
_RESOLVED = 1e7  # condition numbers that singular values in float64 give to 1e-9
_RESOLVED_SQUARE = 1e5  # the same of eigenvalues of R^T R, whose error is counted in each of its numbers

Exact = np.ndarray[Any, np.dtype[Any]]  # of Python's integers


class AxisReading(NamedTuple):
    """The readings along one axis: how many of how many positions, their rank, and a null vector if there is one."""

    readings: int
    positions: int
    rank: int
    null: tuple[Fraction, ...] | None
    condition: float

    @property
    def injective(self) -> bool:
        return self.null is None


def integer_taps(layer: Layer) -> list[int]:
    """The taps of the pooling, times a common factor that makes them integers."""
    if layer.pool is None or layer.pool.kind != "gaussian":
        return [1] * (1 if layer.pool is None else layer.pool.length)
    taps = [Fraction(float(tap)) for tap in layer.pool.taps]
    common = math.lcm(*(tap.denominator for tap in taps))
    return [int(tap * common) for tap in taps]


def float_taps(layer: Layer) -> list[float]:
    """The taps of the pooling, with the factor patch^{-1/2} of an axis where the patches' measure is normalised."""
    weight = layer.patch**-0.5 if layer.normalized else 1.0
    taps = [1.0] if layer.pool is None else [float(tap) for tap in layer.pool.taps]
    return [weight * tap for tap in taps]


def shifted(layer: Layer, x: Any, offset: int) -> Any:
    """S_c x along the first axis: the place c of every patch, 0 past a zero border."""
    n = len(x)
    reads = np.arange(layer.map_size(n)) + offset
    if layer.border == "circular":
        return x[reads % n]
    inside = (reads >= 0) & (reads < n)
    out = np.zeros((len(reads), *x.shape[1:]), dtype=x.dtype)
    out[inside] = x[reads[inside]]
    return out


def pooled(layer: Layer, x: Any, taps: Sequence[Any]) -> Any:
    """A x along the first axis."""
    n = len(x)
    starts = np.arange(n) if layer.pool is None else starts_of(layer, n)
    out = np.zeros((len(starts), *x.shape[1:]), dtype=x.dtype)
    for tap, weight in enumerate(taps):
        reads = starts + tap
        if layer.border == "circular":
            out += weight * x[reads % n]
        else:
            inside = (reads >= 0) & (reads < n)
            out[inside] += weight * x[reads[inside]]
    return out


def starts_of(layer: Layer, n: int) -> Any:
    """Where the windows of the pooling begin in a map of n positions."""
    return np.arange(n) if layer.pool is None else layer.pool.starts(n, layer.stride, layer.border)


def through(layer: Layer, x: Any, taps: Sequence[Any]) -> Any:
    """(A S_c x)(u) along the first axis, shape (outputs, patch, ...)."""
    return np.stack([pooled(layer, shifted(layer, x, offset), taps) for offset in layer.offsets], axis=1)


def identity(n: int) -> Exact:
    """The identity, of Python's integers."""
    one = np.full((n, n), 0, dtype=object)
    np.fill_diagonal(one, 1)
    return one


def covered(layer: Layer, n: int) -> tuple[int, ...]:
    """The positions that lie in a patch which the subsampling keeps: stride * i + c, as far as they exist."""
    m = layer.map_size(n)
    pool = layer.pool
    kept = starts_of(layer, m)
    if pool is not None and pool.centred and layer.border != "valid":
        kept = kept + pool.length // 2
    reads = {int(u) + c for u in kept for c in layer.offsets}
    if layer.border == "circular":
        return tuple(sorted({u % n for u in reads}))
    return tuple(sorted(u for u in reads if 0 <= u < n))


def transfer(layer: Layer, n: int) -> float:
    """min |h^| of the pooling on n positions that wrap, the smallest eigenvalue of its convolution in size."""
    row = pooled(unit_stride(layer), np.eye(n), float_taps(replace(layer, normalized=False)))[0]
    return float(np.abs(np.fft.fft(row)).min())


def unit_stride(layer: Layer) -> Layer:
    """The pooling of a layer alone, at every position."""
    if layer.pool is None or layer.pool.kind == "strided":
        return replace(layer, patch=1, pool=None, stride=1, normalized=False)
    return replace(layer, patch=1, stride=1, normalized=False)


def axis_reading(matrix: Exact) -> AxisReading:
    """Rank, null vector and condition number of an exact matrix, shape (..., positions)."""
    rows = matrix.reshape(-1, matrix.shape[-1])
    rank, null = rank_and_null(rows)
    return AxisReading(*rows.shape, rank, null, condition(rows) if null is None else math.inf)


def composed_reading(layers: Sequence[Layer], n: int) -> AxisReading:
    """The same of all layers along one axis, with M replaced by the identity."""
    stages = []
    for layer in layers:
        stages.append(through(layer, identity(n), integer_taps(layer)))
        n = len(stages[-1])
    positions = stages[0].shape[-1]
    rank, null = rank_and_null(row_span(stages))
    readings = n * math.prod(layer.patch for layer in layers)
    known = math.inf if null is not None else _composed_condition(stages)
    return AxisReading(readings, positions, rank, null, known)


def row_span(stages: Sequence[Exact]) -> Exact:
    """Rows that span those of the composed map of stages (outputs, patch, positions): sum_c V_k A_k S_c."""
    from flint import fmpz_mat

    rows: Exact | None = None  # None: all vectors
    for stage in reversed(stages):
        n = stage.shape[-1]
        if rows is None:
            rows = stage.reshape(-1, n)
        else:
            one = fmpz_mat(rows.tolist())
            found = [(one * fmpz_mat(part.tolist())).tolist() for part in stage.transpose(1, 0, 2)]
            rows = np.array([[int(v) for v in row] for part in found for row in part], dtype=object)
        rows = _spanning(rows)
        if not len(rows):
            return np.zeros((0, stages[0].shape[-1]), dtype=object)
        if len(rows) == n:
            rows = None
    return identity(stages[0].shape[-1]) if rows is None else rows


def _spanning(rows: Exact) -> Exact:
    """Independent rows of the same span, where a prime proves them to be so many; else the distinct ones."""
    from flint import fmpz_mat, nmod_mat

    n = rows.shape[1]
    table = [list(row) for row in dict.fromkeys(map(tuple, rows.tolist())) if any(row)]
    if not table:
        return np.zeros((0, n), dtype=object)
    turned = [value % PRIME for column in zip(*table, strict=True) for value in column]
    reduced, rank = nmod_mat(n, len(table), turned, PRIME).rref()
    # Rows that are independent modulo a prime are independent.
    if rank < min(n, len(table)) and int(fmpz_mat(table).rank()) > rank:
        return np.array(table, dtype=object)
    pivots = (next(j for j in range(len(table)) if int(reduced[i, j])) for i in range(rank))
    return np.array([table[j] for j in pivots], dtype=object).reshape(rank, n)


def rank_and_null(rows: Exact) -> tuple[int, tuple[Fraction, ...] | None]:
    """The rank and, where it is below the number of columns, a vector of largest entry 1 that all rows miss.

    A position that no reading sees gives the unit vector there (the one nearest to the middle); otherwise it is the
    vector of a basis with the fewest entries that are not 0.
    """
    from flint import fmpz_mat, nmod_mat

    n = rows.shape[1]
    distinct = [list(row) for row in dict.fromkeys(map(tuple, rows.tolist())) if any(row)]
    seen = [j for j in range(n) if any(row[j] for row in distinct)]
    if not seen:
        return 0, _unit(n, n // 2)
    table = [[row[j] for j in seen] for row in distinct]
    lower = nmod_mat(len(table), len(seen), [value % PRIME for row in table for value in row], PRIME)
    rank = int(lower.rank())
    if rank < min(len(seen), len(table)):  # for once the prime may divide the minors
        rank = int(fmpz_mat(table).rank())
    unread = sorted(set(range(n)) - set(seen), key=lambda j: abs(2 * j - n + 1))
    if unread:
        return rank, _unit(n, unread[0])
    if rank == n:
        return rank, None
    basis, nullity = fmpz_mat(table).nullspace()
    columns = [[int(basis[i, j]) for i in range(len(seen))] for j in range(nullity)]
    chosen = min(columns, key=lambda v: (sum(map(bool, v)), max(map(abs, v))))
    if any(sum(a * b for a, b in zip(row, chosen, strict=True)) for row in table):
        raise ArithmeticError("a null vector that the readings see")
    largest = max(chosen, key=abs)
    return rank, tuple(Fraction(value, largest) for value in chosen)


def _unit(n: int, place: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(j == place)) for j in range(n))


def condition(rows: Exact) -> float:
    """The ratio of the largest singular value and the smallest, to nine digits, of a matrix of full column rank."""
    from flint import fmpz_mat

    values = np.linalg.svd(_shrunk(rows), compute_uv=False)
    if values[-1] * _RESOLVED > values[0]:
        return float(values[0] / values[-1])
    matrix = fmpz_mat(rows.tolist())
    return _long_condition(matrix.transpose() * matrix)


def _composed_condition(stages: Sequence[Exact]) -> float:
    """The condition number of R from R^T R: G_{k-1} = sum_c (A_k S_c)^T G_k A_k S_c."""
    from flint import fmpz_mat

    gram = fmpz_mat(identity(len(stages[-1])).tolist())
    for stage in reversed(stages):
        parts = [fmpz_mat(part.tolist()) for part in stage.transpose(1, 0, 2)]
        gram = sum((one.transpose() * (gram * one) for one in parts[1:]), parts[0].transpose() * (gram * parts[0]))
    table = np.array([[int(v) for v in row] for row in gram.tolist()], dtype=object)
    values = np.linalg.eigvalsh(_shrunk(table))
    if values[0] * _RESOLVED_SQUARE > values[-1]:
        return math.sqrt(values[-1] / values[0])
    return _long_condition(gram)


def _shrunk(rows: Exact) -> np.ndarray[Any, np.dtype[np.float64]]:
    """In float64, divided by the largest entry."""
    scale = max(map(abs, rows.ravel().tolist()))
    return np.array([[value / scale for value in row] for row in rows.tolist()], dtype=float)


def _long_condition(gram: Any) -> float:
    """The condition number of R from R^T R and its inverse, enclosed by balls: largest eigenvalues are well known."""
    import flint

    n = gram.nrows()
    bits = 128
    while True:
        with precision(bits):
            try:
                found = _two_norms(flint.arb_mat(gram), n)
            except ZeroDivisionError:  # not yet seen to be invertible
                found = None
        if found is not None:
            return found
        bits *= 2


def _two_norms(gram: Any, n: int) -> float | None:
    """The root of the product of the spectral norms of a matrix and its inverse; None where balls are too wide."""
    inverse = gram.inv()
    traces = gram.trace() * inverse.trace()
    if traces.rel_accuracy_bits() <= 53:
        return None
    square = 1.0
    for matrix in (gram, inverse):
        trace = matrix.trace()
        table = [[float(matrix[i, j] / trace) for j in range(n)] for i in range(n)]
        square *= float(np.linalg.eigvalsh(np.array(table))[-1])
    return math.sqrt(square) * math.sqrt(float(traces))
