r"""A quadratic second layer over pooled maps, on independent patches of a circle: the decomposition with its couplings.

.. math:: K(x, x') = \sum_{vv',ww'} M[vv', ww'] \kappa_1(x_v \cdot x'_w) \kappa_1(x_{v'} \cdot x'_{w'}), \qquad
          M = \sum_{pq} E_{pq} A_2^T A_2 E_{pq}^T

(claim 56; `pair_operators`). M commutes with translations: on sums over a with e^{i w_j a}, of pairs (a, a + delta), it
is s_j sum_pq e_pq e_pq^*, with s_j the eigenvalue of A_2^T A_2 and

.. math:: e_{pq}(\delta) = \sum_t h_1[t + p]\, h_1[t + q - \delta]\, e^{i \omega_j t} .

*Couplings* (derived here). kappa_1 = sum mu_k N(d,k) P_k makes features of the pairs (delta; k, l). Where A_1 pools,
delta = 0 occurs beside delta != 0: products of two harmonics of one patch beside those of two patches. Rotations of
all patches at once commute with K: H_k (x) H_l is taken apart into its kinds of functions. The kinds that vanish on one
patch stay with pairs of two patches, and k, l are not mixed: for k != l there are N_k N_l - sum_n N_n such
functions (n as in `coupling`), and the eigenvalues are 2 mu_k mu_l times those of M over delta != 0; for k = l there
are N(N+1)/2 - sum_n N_n that are symmetric in both patches and N(N-1)/2 that are antisymmetric. The kind of harmonics
of degree n has one function Y_n of a patch, which all (0; k, l), (delta; n, 0) and (delta; 0, n) share, and one for
each pair k, l >= 1 of two patches: (delta; k, l) and (-delta; l, k) are one function up to e^{-i w_j delta}. The Gram
matrix of the features says all of that, and the eigenvalues of W Gamma, W the weights, are those of K.

Degrees above `degrees` are left out: K less what remains is positive semi-definite, by Schur's product theorem, so that
each eigenvalue is too small by at most the trace that is left.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...kernels.zonal import Zonal
from ...numbers.checks import FloatArray, dimension, integer
from ...numbers.precision import cached_property, with_balls
from ...rkhs.levels import Levels
from ..network import Network
from .coupling import harmonics, joined, linearised
from .eigenspaces import Eigenspace
from .factors import power_series

_EPS = 2.0**-52
_MOST_POSITIONS = 256
_OPERATIONS = 10**9  # some 30 s
_LARGEST = 2000  # rows of a matrix whose eigenvalues are computed
_DIGITS = 20
Complex = NDArray[np.complex128]


class _Level(NamedTuple):
    """An eigenvalue of a block, a bound of its error, and its label."""

    value: float
    error: float
    multiplicity: int
    degrees: tuple[int, ...]
    frequency: int


class QuadraticPairs:
    """The Mercer decomposition of two layers on a circle, the first pooled, the second with <z, z'>^2.

    Parameters
    ----------
    first : kappa_1, a power series of u without negative coefficients.
    d : the dimension of a patch, >= 2.
    pooling : the first row of A_1, which is a circulant, shape (positions,).
    offsets : those of the second layer's patch.
    modes : the eigenvalues s_j of A_2^T A_2, j = 0, ..., positions - 1.
    scale : a factor of the kernel.
    degrees : the largest degree of a harmonic of kappa_1 that is used; of a polynomial all are.
    net : the network, for norms; None for eigenvalues alone.

    Source: derived here (claim 56).
    """

    @with_balls
    def __init__(
        self,
        first: Zonal,
        d: int,
        pooling: FloatArray,
        offsets: Sequence[int],
        modes: FloatArray,
        scale: float = 1.0,
        degrees: int = 6,
        net: Network | None = None,
    ) -> None:
        self.first, self.d = power_series(first, "the first layer's kernel"), dimension(d)
        self._row, self._offsets = np.asarray(pooling, dtype=np.float64), tuple(offsets)
        self._modes, self._scale = np.asarray(modes, dtype=np.float64), scale
        self._n, self.net = len(self._row), net
        top = max(max(self.first.polynomial_part(p) or {}, default=0) for p in (0, 1))
        whole = all(self.first.polynomial_part(p) is not None for p in (0, 1))
        self.whole = whole
        self._top = top if whole else integer("degrees", degrees, 1)
        spectrum = self.first.spectrum(self.d)
        self._mu = np.array([float(mu.mid()) for mu in spectrum.certified(slice(0, self._top + 1), _DIGITS)])
        self._square = float((self.first * self.first).spectrum(self.d).certified(0, _DIGITS).mid())
        # e_{p+1,q+1} is e_pq up to a factor of modulus 1, so that pairs of offsets with one difference are one.
        self._apart_by = Counter(p - q for p, q in itertools.product(self._offsets, repeat=2))
        pairs = len(self._apart_by) * (self._top + 1) ** 2
        if pairs > 2 * _LARGEST:
            raise ValueError(
                f"patch and degrees make matrices of some {pairs // 2} rows, {_LARGEST} at most: choose fewer degrees"
            )
        if self._n > _MOST_POSITIONS:
            raise ValueError(f"positions must be at most {_MOST_POSITIONS} where the first layer pools, got {self._n}")
        rows = (len(self._apart_by) * self._in_kind(n) for n in range(2 * self._top + 1))
        if self._n * sum(size**3 for size in rows) > _OPERATIONS:
            raise ValueError(
                f"positions must be fewer than {self._n} for the degrees up to {self._top} of {self.first!r} and "
                f"{len(self._apart_by)} differences of offsets: all matrices together take more than half a minute"
            )

    def _in_kind(self, n: int) -> int:
        """How many pairs of degrees k <= l the kind of degree n has."""
        degrees = [k for k in range(self._top + 1) if self._mu[k]]
        pairs = itertools.combinations_with_replacement(degrees, 2)
        return sum(m - k <= n <= k + m and (k + m - n) % 2 == 0 for k, m in pairs)

    @property
    def positions(self) -> int:
        """How many there are."""
        return self._n

    @property
    def top(self) -> int:
        """The largest degree that is used."""
        return self._top

    # -- features ------------------------------------------------------------------------------------------

    def _weights(self, j: int) -> Complex:
        """sqrt(s_j) e_pq(delta) for each p - q, times the root of how many there are: (positions, differences)."""
        n, t = self._n, np.arange(self._n)
        h = self._row[-t % n]  # A_1[u, v] = h[u - v]
        wave = np.exp(2j * np.pi * (j * t % n) / n)
        out = np.empty((n, len(self._apart_by)), dtype=np.complex128)
        for i, (apart, count) in enumerate(self._apart_by.items()):
            left = h[(t + apart) % n] * wave * math.sqrt(count)
            out[:, i] = [left @ h[(t - delta) % n] for delta in range(n)]
        return np.asarray(out * math.sqrt(self._modes[j] * self._scale))

    def _turned(self, j: int, e: Complex) -> Complex:
        """What (delta; k, l) is as (-delta; l, k): the rows of e at -delta, times e^{-i w_j delta} conjugated."""
        n = self._n
        delta = np.arange(n)
        out: Complex = e[-delta % n] * np.exp(2j * np.pi * (j * delta % n) / n)[:, None]
        return out

    def _levels(self) -> Iterator[_Level]:
        for j in range(self._n // 2 + 1):
            e = self._weights(j)
            copies = (j,) if j in (0, self._n - j) else (j, self._n - j)
            blocks = itertools.chain(self._apart(j, e), *(self._joined(j, e, n) for n in range(2 * self._top + 1)))
            for value, error, multiplicity, degrees in blocks:
                for frequency in copies:
                    yield _Level(value, error, multiplicity, degrees, frequency)

    def _apart(self, j: int, e: Complex) -> Iterator[tuple[float, float, int, tuple[int, ...]]]:
        """Kinds of functions of two patches that vanish on one: no k, l are mixed."""
        off = np.arange(self._n) != 0
        plain, turned = e[off], self._turned(j, e)[off]
        own, cross = plain.conj().T @ plain, plain.conj().T @ turned
        both = {s: eigenvalues(own + s * cross, np.abs(plain).T @ (np.abs(plain) + np.abs(turned))) for s in (1, -1)}
        swapped = eigenvalues(2 * own, 2 * np.abs(plain).T @ np.abs(plain))
        for k in range(1, self._top + 1):
            for m in range(k, self._top + 1):
                size, joint = harmonics(self.d, k) * harmonics(self.d, m), self._kinds(k, m)
                mu = self._mu[k] * self._mu[m]
                parts = [(swapped, size - joint)]
                if k == m:
                    n = harmonics(self.d, k)
                    parts = [(both[1], n * (n + 1) // 2 - joint), (both[-1], n * (n - 1) // 2)]
                for (values, error), count in parts:
                    if count and mu:
                        yield from ((mu * x, mu * error, count, (m, k)) for x in values if x > error)

    def _kinds(self, k: int, m: int) -> int:
        """How many functions of H_k (x) H_l are harmonics of one degree."""
        degrees = range(abs(k - m), k + m + 1, 2)
        return sum(harmonics(self.d, n) for n in degrees if linearised(self.d, k, m, n))

    def _joined(self, j: int, e: Complex, n: int) -> Iterator[tuple[float, float, int, tuple[int, ...]]]:
        """The kind of the harmonics of degree n: functions of one patch and of two."""
        pairs = [
            (k, m)
            for k, m in itertools.product(range(self._top + 1), repeat=2)
            if k <= m and self._mu[k] * self._mu[m] and linearised(self.d, k, m, n)
        ]
        if not pairs:
            return
        off = np.arange(self._n) != 0
        turned = self._turned(j, e)
        wave = np.exp(-2j * np.pi * (j * np.arange(self._n) % self._n) / self._n)
        once = (math.sqrt(self._n) if j == 0 else 0.0) if n == 0 else 1.0  # the constant has no other frequency
        columns, single = [], []
        for k, m in pairs:
            root = math.sqrt(self._mu[k] * self._mu[m])
            one = root * once * joined(self.d, k, m, n) * e[0]
            if k == 0:
                one = one + root * once * (wave[off] if m else np.ones(self._n - 1)) @ e[off]
            columns.append(root * e[off])
            single.append(one)
        # The features (p, q; k, l) and (q, p; l, k) are one function: those with k < l count twice.
        twice = [math.sqrt(2.0) if k < m else 1.0 for k, m in pairs]
        width, size = e.shape[1], e.shape[1] * len(pairs)
        matrix, bound = np.zeros((size, size), dtype=np.complex128), np.zeros((size, size))
        back = turned[off]
        for i, (k, m) in enumerate(pairs):
            at = slice(i * width, (i + 1) * width)
            if k:
                plain = columns[i]
                inner = plain.conj().T @ plain
                limit = np.abs(plain).T @ np.abs(plain)
                if k == m:
                    root = math.sqrt(self._mu[k] * self._mu[m])
                    inner = inner + plain.conj().T @ (root * back)
                    limit = limit + np.abs(plain).T @ np.abs(root * back)
                matrix[at, at] += inner * twice[i] ** 2
                bound[at, at] += limit * twice[i] ** 2
        row = np.concatenate([x * s for x, s in zip(single, twice, strict=True)])
        matrix += np.outer(row.conj(), row)
        sizes = np.abs(row) + _EPS * sum(float(np.abs(c).sum()) for c in columns)
        bound += np.outer(sizes, sizes)
        values, error, vectors = decomposed(matrix, bound)
        for value, vector in zip(values, vectors.T, strict=True):
            if value > error:
                yield (
                    float(value),
                    error,
                    harmonics(self.d, n),
                    self._label(n, value, vector, matrix, row, pairs, width),
                )

    def _label(
        self,
        n: int,
        value: float,
        vector: Complex,
        matrix: Complex,
        row: Complex,
        pairs: list[tuple[int, int]],
        width: int,
    ) -> tuple[int, ...]:
        """The degrees of the function that an eigenfunction is most of."""
        alone = abs(row @ vector) ** 2
        label: tuple[int, ...] = (n,) if n else ()
        best = alone
        for i, (k, m) in enumerate(pairs):
            if k:
                at = slice(i * width, (i + 1) * width)
                part = vector[at]
                share = (part.conj() @ matrix[at, at] @ part).real - abs(row[at] @ part) ** 2
                if share > best:
                    best, label = share, (m, k)
        return label

    # -- the interface of a solver -------------------------------------------------------------------------

    @cached_property
    def _all(self) -> list[_Level]:
        return sorted(self._levels(), key=lambda x: (-x.value, len(x.degrees), x.degrees, x.frequency))

    def eigenvalues(self, n: int) -> list[Eigenspace]:
        """The n largest eigenvalues: the shortest list of eigenspaces, descending, of n eigenfunctions or more.

        The degrees are those of the functions that the eigenfunctions are most of: of one patch, or of two. Values
        within `missing` of 0 may have others among them.
        """
        n = integer("n", n, 1)
        spaces, total = [], 0
        for level in self._all:
            if total >= n:
                break
            spaces.append(Eigenspace(level.value, level.multiplicity, level.degrees, None, level.frequency))
            total += level.multiplicity
        return spaces

    def levels(self, count: int = 1000) -> Levels:
        """Levels from which capacities are enclosed: `count` eigenspaces of the degrees that are used, and the rest.

        K is K_D of these degrees plus a kernel R >= 0 of the trace `missing`, and the levels are those of K_D beside R.
        Sums of f(mu) over the eigenvalues of K are at least those of K_D if f grows, and at most those of K_D and of R
        together if f is concave with f(0) = 0 (Rotfel'd 1969); best rank-r errors are between those of K_D and these
        plus the trace of R. For (mu/(mu + kappa))^2, whose slope is at most 2 mu/kappa^2, twice the largest eigenvalue
        is a bound that serves as `largest`.
        """
        kept = self._all[: integer("count", count, 1)]
        value, error = (np.array([getattr(x, name) for x in kept]) for name in ("value", "error"))
        counts = np.array([float(x.multiplicity) for x in kept])
        whole = self.trace()
        slack = 2.0**-40 * whole
        lower = np.maximum(value - error, 0.0)
        rest = (0.0, max(0.0, whole + slack - float(lower @ counts) * (1 - 2.0**-40)))
        largest = 2 * (float((value + error).max(initial=0.0)) + self.missing + slack)
        return Levels(lower, value + error, counts, counts, rest, largest)

    @cached_property
    def missing(self) -> float:
        """The trace of what the degrees above the largest have: at most so much is missing of an eigenvalue."""
        found = math.fsum(x.value * x.multiplicity for x in self._all)
        return max(0.0, self.trace() - found)

    def trace(self) -> float:
        """E K(x, x): the sum of M over pairs of pairs, times means of kappa_1, of its square, and kappa_1(1)."""
        n, one, mean, square = self._n, self.first.at_one, self._mu[0], self._square
        weights = np.stack([self._weights(j) for j in range(n)])
        # M of the pairs (a, a + delta) and (a', a' + delta'), a - a' = c, over (delta, delta', c)
        m = np.fft.ifft(np.einsum("jap,jbp->abj", weights, weights.conj()), axis=-1).real
        i, k, c = np.ogrid[:n, :n, :n]
        first, second = c == 0, (c + i - k) % n == 0
        crossed = ((c - k) % n == 0) & ((c + i) % n == 0) | (i == 0) & (k == 0)
        values = np.where(first, one, mean) * np.where(second, one, mean)
        return float(n * np.sum(m * np.where(~first & ~second & crossed, square, values)))


def eigenvalues(matrix: Complex, bound: FloatArray) -> tuple[FloatArray, float]:
    """`decomposed` without the vectors."""
    return decomposed(matrix, bound)[:2]


def decomposed(matrix: Complex, bound: FloatArray) -> tuple[FloatArray, float, Complex]:
    """Eigenvalues of a Hermitian matrix, descending, a bound of their errors, and the vectors V.

    The entries are known to a few units in the last place of those of `bound`, sums of the moduli of all their terms.
    With R = A - V L V^*, the eigenvalues of A are within |R| of those of V L V^* (Weyl), which are L times numbers
    within |V^* V - 1| of 1 (Ostrowski).
    """
    matrix = (matrix + matrix.conj().T) / 2
    values, vectors = np.linalg.eigh(matrix)
    rebuilt = (vectors * values) @ vectors.conj().T
    skew = float(np.linalg.norm(vectors.conj().T @ vectors - np.eye(len(values)))) + len(values) ** 2 * _EPS
    off = float(np.linalg.norm(matrix - rebuilt)) + len(values) * _EPS * float(np.abs(values).max(initial=0.0))
    inexact = 64 * _EPS * float(np.linalg.norm(bound))
    error = off + inexact + skew * float(np.abs(values).max(initial=0.0))
    return values[::-1], error, vectors[:, ::-1]
