r"""Conjugate gradients for (K + s I) alpha = y: all targets, and many shifts s, by one product with K a step.

The preconditioner of each shift is P = F^T F + s, F from randomly pivoted Cholesky (`pivoted_cholesky`): with the
eigenvalues and vectors F^T F = U S U^T,

.. math:: P^{-1} = \frac1s (I - U U^T) + U \frac1{S + s} U^T,

so that one factor serves the whole path. The eigenvalues of P^{-1} (K + s) lie in [1, 1 + |K - F^T F| / s]. The
projection I - U U^T is applied twice: what rounding leaves of U after the first time is eps, and would be multiplied by
S/s; in float32, from S/s = 1e7 on, P^{-1} would be no positive matrix.

Steps are taken in the matrix's own dtype. After each run of steps the residual is computed in float64, and the next run
solves for what it leaves (iterative refinement); what counts is that residual alone. A system whose residual
does not fall is reported, never returned.

Source: Hestenes & Stiefel 1952; Diaz, Epperly, Frangella, Tropp & Webber 2023, Section 3 (the preconditioner);
Carson & Higham 2018 (refinement in three precisions).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .pivoted_cholesky import pivoted_cholesky
from .symmetric import FloatArray, Matrix, product

_WIDTH = 64  # columns of a product with K: beyond it, wider ones cost as much a column
_LEAST_RANK = 64
_RUN = {"float32": 1e-4, "float64": 1e-11}  # by how much one run of steps may lower a residual
_COLUMNS = 1024  # of the factor, that are held in float64 at a time
_LOOK = 128  # steps of a run after which, and after twice as many each time, its true residual is looked at
# From so many steps on, float32 residuals that have not come down by a tenth while the steps have doubled are left.
_PATIENCE, _FALL = 512, 0.9
_IRRELEVANT = 1e-2  # eigenvalues of F^T F below this part of the shift change nothing


def rank_for(n: int, columns: int) -> int:
    """The rank of the preconditioner for so many points and columns: making it costs about as much as five steps."""
    steps = int(np.sqrt(2.0 * n * min(columns, _WIDTH)))
    return min(n, max(_LEAST_RANK, min(steps, n // 20)))


@dataclass(eq=False)
class Preconditioner:
    """P^{-1} for every shift: U of F^T F as rows, shape (r, n), and its eigenvalues, shape (r,)."""

    vectors: Matrix
    values: FloatArray

    def apply(self, columns: Matrix, shifts: FloatArray) -> Matrix:
        """P^{-1} times columns, each with its own shift."""
        dtype = columns.dtype
        if not len(self.values):
            return columns / shifts.astype(dtype)
        inner = self.vectors @ columns
        rest = columns - self.vectors.T @ inner
        again = (self.vectors @ rest) / shifts.astype(dtype)
        inner /= (self.values[:, None] + shifts).astype(dtype)
        rest /= shifts.astype(dtype)
        rest += self.vectors.T @ (inner - again)
        return np.asarray(rest)


def preconditioner(
    matrix: Matrix, diagonal: FloatArray, rank: int, least: float, rng: np.random.Generator
) -> Preconditioner:
    """From a factor of at most so many rows; fewer where they leave a trace below the least shift."""
    factor, _ = pivoted_cholesky(matrix, diagonal, rank, rng, least)
    n = factor.shape[1]
    pieces = [slice(i, min(i + _COLUMNS, n)) for i in range(0, n, _COLUMNS)]
    square = np.zeros((len(factor), len(factor)))
    for piece in pieces:
        part = factor[:, piece].astype(np.float64)
        square += part @ part.T
    if not len(factor):
        return Preconditioner(factor, np.zeros(0))
    values, vectors = np.linalg.eigh(square)
    # An eigenvalue far below the shift changes nothing, and its vector would be rounding.
    kept = values > max(_IRRELEVANT * least, float(np.finfo(np.float64).eps) * len(factor) * float(values[-1]))
    scaled = (vectors[:, kept] / np.sqrt(values[kept])).T
    for piece in pieces:
        factor[: len(scaled), piece] = scaled @ factor[:, piece].astype(np.float64)
    return Preconditioner(factor[: len(scaled)], values[kept])


@dataclass(eq=False)
class Solutions:
    """What is found, for every shift in the order given.

    Parameters
    ----------
    coefficients : shape (p, n, t).
    residual : |y - (K + s) alpha| / |y| in float64, the largest of all outputs, shape (p,).
    steps : how many products with K each shift took part in, shape (p,).
    stalled : whether rounding let the residual fall no further, shape (p,).
    rank : of the preconditioner.
    """

    coefficients: FloatArray
    residual: FloatArray
    steps: FloatArray
    stalled: NDArray[np.bool_]
    rank: int = 0


@dataclass(eq=False)
class Path:
    """The systems (K + s) alpha = y of a path.

    Parameters
    ----------
    matrix, diagonal : K, and its diagonal in float64.
    columns : y, shape (n, t).
    shifts : s = n lambda, shape (p,).
    tolerance : the residual that is wanted.
    steps : the most products with K for one shift.
    rank : of the preconditioner; None for `rank_for`.
    rng : a Generator.
    """

    matrix: Matrix
    diagonal: FloatArray
    columns: FloatArray
    shifts: FloatArray
    tolerance: float
    steps: int
    rank: int | None
    rng: np.random.Generator
    found: Solutions = field(init=False)

    def __post_init__(self) -> None:
        (n, outputs), count = self.columns.shape, len(self.shifts)
        self.found = Solutions(
            np.zeros((count, n, outputs)), np.full(count, np.inf), np.zeros(count), np.zeros(count, bool)
        )

    def solve(self) -> Iterator[float]:
        """Solve all systems; yields what part of the work is done, measured in digits of the residuals."""
        (n, outputs), count = self.columns.shape, len(self.shifts)
        rank = rank_for(n, count * outputs) if self.rank is None else min(self.rank, n)
        made = preconditioner(self.matrix, self.diagonal, rank, float(self.shifts.min()), self.rng)
        self.found.rank = len(made.values)
        order = np.argsort(-self.shifts, kind="stable")
        many = max(1, _WIDTH // outputs)
        start = np.zeros((n, outputs))
        for first in range(0, count, many):
            places = order[first : first + many]
            for part in self._batch(places, made, start):
                yield (first + part * len(places)) / count
            # The next shifts are smaller: the nearest solution is where they begin.
            start = self.found.coefficients[places[-1]]

    def _batch(self, places: np.ndarray, made: Preconditioner, start: FloatArray) -> Iterator[float]:
        (n, outputs), found = self.columns.shape, self.found
        shifts = np.repeat(self.shifts[places], outputs)
        wanted = np.tile(self.columns, (1, len(places)))
        size = np.linalg.norm(wanted, axis=0)
        size[size == 0] = 1.0
        guess = np.tile(start, (1, len(places)))
        rest = wanted - product(self.matrix, self.diagonal, guess) - shifts * guess if guess.any() else wanted.copy()
        worse = np.linalg.norm(rest, axis=0) > size  # where the solution next to it is no help
        guess[:, worse], rest[:, worse] = 0.0, wanted[:, worse]
        relative = np.linalg.norm(rest, axis=0) / size
        taken = np.zeros(len(shifts))
        best, hopeless = relative.copy(), np.zeros(len(shifts), bool)
        while True:
            open_ = np.flatnonzero((relative > self.tolerance) & ~hopeless & (taken < self.steps))
            if not len(open_):
                break
            lengths = np.linalg.norm(rest[:, open_], axis=0)
            goals = np.maximum(0.3 * self.tolerance / relative[open_], _RUN[self.matrix.dtype.name])
            run = _Run(self, made, rest[:, open_] / lengths, shifts[open_], goals, self.steps - taken[open_])
            for part in run.steps():
                yield self._part(relative, open_, part)
            taken[open_] += run.taken
            better = guess[:, open_] + run.solution * lengths
            left = wanted[:, open_] - product(self.matrix, self.diagonal, better) - shifts[open_] * better
            now = np.linalg.norm(left, axis=0) / size[open_]
            improved = now < best[open_]
            at = open_[improved]
            guess[:, at], rest[:, at], relative[at] = better[:, improved], left[:, improved], now[improved]
            # Refinement gains a factor each time, or none: what has not halved will not.
            hopeless[open_] = ~(now < 0.5 * best[open_])
            best[at] = relative[at]
        shaped = guess.reshape(n, len(places), outputs).transpose(1, 0, 2)
        found.coefficients[places] = shaped
        found.residual[places] = relative.reshape(len(places), outputs).max(axis=1)
        found.steps[places] = taken.reshape(len(places), outputs).max(axis=1)
        stalled = hopeless & (relative > self.tolerance) & (taken < self.steps)
        found.stalled[places] = stalled.reshape(len(places), outputs).any(axis=1)
        yield 1.0

    def _part(self, relative: FloatArray, open_: np.ndarray, part: FloatArray) -> float:
        """The digits that the residuals have, of those that they should have."""
        now = relative.copy()
        now[open_] *= part
        digits = np.log(np.clip(now, self.tolerance, 1.0)) / np.log(self.tolerance)
        return float(digits.mean())


class _Run:
    """Steps of conjugate gradients in the matrix's dtype, until each column is small enough; from 0."""

    def __init__(
        self,
        path: Path,
        made: Preconditioner,
        columns: FloatArray,
        shifts: FloatArray,
        goals: FloatArray,
        most: FloatArray,
    ) -> None:
        self._path, self._made, self._columns = path, made, columns
        self._shifts, self._goals, self._most = shifts, goals, most
        self.solution = np.zeros(columns.shape)
        self.taken = np.zeros(len(shifts))

    def steps(self) -> Iterator[FloatArray]:
        """Take them; yields the columns' residuals as parts of what they were."""
        matrix, dtype = self._path.matrix, self._path.matrix.dtype
        at = np.arange(len(self._shifts))  # the columns that are not done yet
        rest = self._columns.astype(dtype)
        x = np.zeros_like(rest)
        z = self._made.apply(rest, self._shifts)
        p, fit = z, _dots(rest, z)
        part, lowest, before = np.ones(len(at)), np.full(len(at), np.inf), np.full(len(at), np.inf)
        count, look = 0, _LOOK
        while True:
            ap = matrix @ p
            ap += p * self._shifts[at].astype(dtype)
            self.taken[at] += 1
            count += 1
            curvature = _dots(p, ap)
            good = (curvature > 0) & np.isfinite(curvature) & (fit > 0)
            if not good.all():
                self._require_positive(p[:, ~good], self._shifts[at[~good]])
            step = np.where(good, fit / np.where(good, curvature, 1.0), 0.0).astype(dtype)
            x += step * p
            rest -= step * ap
            part[at] = np.sqrt(_dots(rest, rest))
            lowest[at] = np.minimum(lowest[at], part[at])
            yield part
            stays = good & (part[at] > self._goals[at]) & (self.taken[at] < self._most[at]) & np.isfinite(part[at])
            if count == look:
                look *= 2
                stays &= self._follows(rest, x, at)
                if count >= _PATIENCE and dtype == np.float32:
                    stays &= lowest[at] <= _FALL * before[at]
                before, lowest = lowest, np.full(len(part), np.inf)
            if not stays.all():
                self.solution[:, at[~stays]] = x[:, ~stays]
                at, x, rest, p, fit = at[stays], x[:, stays], rest[:, stays], p[:, stays], fit[stays]
                if not len(at):
                    return
            z = self._made.apply(rest, self._shifts[at])
            next_ = _dots(rest, z)
            p = z + (next_ / fit).astype(dtype) * p
            fit = next_

    def _follows(self, rest: Matrix, x: Matrix, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the residuals that the steps carry along are still those of x: no step brings back what is lost."""
        wide = x.astype(np.float64)
        true = self._columns[:, at] - product(self._path.matrix, self._path.diagonal, wide) - self._shifts[at] * wide
        return np.asarray(np.linalg.norm(true - rest, axis=0) <= 0.5 * np.linalg.norm(true, axis=0))

    def _require_positive(self, p: Matrix, shifts: FloatArray) -> None:
        """ValueError where p^T (K + s) p <= 0 in float64 too, for a p that is not 0: K is indefinite."""
        directions = p.astype(np.float64)
        curved = product(self._path.matrix, self._path.diagonal, directions) + shifts * directions
        values = np.einsum("ij,ij->j", directions, curved)
        wrong = (values <= 0) & (np.abs(directions).max(axis=0) > 0)
        if wrong.any():
            shift = float(shifts[wrong][0])
            raise ValueError(
                f"K must be positive semi-definite: K + n lambda I with n lambda = {shift:.3g} is not positive "
                "definite (a direction of negative curvature)"
            )


def _dots(one: Matrix, two: Matrix) -> FloatArray:
    """The products of columns, summed in float64."""
    return np.einsum("ij,ij->j", one, two, dtype=np.float64)
