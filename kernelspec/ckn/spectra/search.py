"""The largest eigenvalues of two layers, found by extending the degrees of a few patches by those of one more.

An eigenvalue is sum_r w_r [z^r] prod_u g_{k_u}(z) (`factors`) with coefficients >= 0 throughout: what is known of some
patches, times the largest coefficients that the others may have, bounds all that can follow. So a search from a
threshold on leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...numbers.checks import FloatArray
from .factors import Part

_MOST_DEGREES = 2000  # beyond, a degree is not certified by quadrature
_MOST_LABELS = 4_000_000
_SAFE = 1 + 1e-9  # bounds are raised by more than rounding does


class TooManyError(ValueError):
    """A threshold below which there is more than can be looked at."""


@dataclass(frozen=True)
class Found:
    """Multisets of degrees k_1, ..., k_t >= 1 of one size t, shape (labels, t), and the eigenvalue of each."""

    degrees: NDArray[np.int64]
    values: FloatArray


class Search:
    """Multisets of degrees by their eigenvalues, for so many patches on S^{d-1}."""

    def __init__(self, parts: Sequence[Part], d: int, patches: int) -> None:
        self._parts, self._d, self._patches = list(parts), d, patches

    @property
    def parts(self) -> list[Part]:
        """The parts, with tables of as many degrees as were needed."""
        return self._parts

    def constant(self) -> float:
        """The eigenvalue of the constant."""
        return float(sum(part.zeros[self._patches] @ part.weights for part in self._parts))

    def largest(self, active: int = 1) -> float:
        """A bound of the eigenvalues with so many patches of degree >= 1, or more."""
        return max((float(self._bounds(t)[0].max()) for t in range(active, min(active, self._patches) + 1)), default=0)

    def above(self, threshold: FloatArray) -> list[Found]:
        """All multisets of t = 1, 2, ... degrees whose eigenvalue is >= threshold[t], which must not fall with t."""
        self._widen(float(threshold[1:].min()))
        found: list[Found] = []
        start = [np.ones((1, len(part.weights))) * (np.arange(len(part.weights)) == 0) for part in self._parts]
        nodes, last, degrees = start, np.zeros(1, dtype=np.int64), np.zeros((1, 0), dtype=np.int64)
        for t in range(1, self._patches + 1):
            bounds, order = self._bounds(t, nodes)
            keep = bounds >= threshold[t:].min()
            keep &= np.arange(len(order)) >= last[:, None]
            at, following = np.nonzero(keep)
            if not at.size:
                break
            if at.size > _MOST_LABELS:
                raise TooManyError(f"n asks for more than {_MOST_LABELS} sets of degrees")
            nodes = [
                _product(node[at], part.table[order[following]]) for node, part in zip(nodes, self._parts, strict=True)
            ]
            last, degrees = following, np.column_stack([degrees[at], order[following]])
            values = self._values(nodes, t)
            good = values >= threshold[t]
            found.append(Found(-np.sort(-degrees[good], axis=1), values[good]))
        return found

    def value(self, degrees: Sequence[int]) -> float:
        """The eigenvalue of one multiset of degrees >= 1."""
        wanted = max(degrees, default=0) + 1
        self._parts = [part.with_degrees(self._d, wanted) for part in self._parts]
        nodes = [np.ones((1, len(part.weights))) * (np.arange(len(part.weights)) == 0) for part in self._parts]
        for k in degrees:
            nodes = [_product(node, part.table[[k]]) for node, part in zip(nodes, self._parts, strict=True)]
        return float(self._values(nodes, len(degrees))[0])

    def _values(self, nodes: list[FloatArray], active: int) -> FloatArray:
        rest = [part.zeros[self._patches - active] for part in self._parts]
        return sum(
            (node @ (_hankel(part.weights) @ zero) for node, part, zero in zip(nodes, self._parts, rest, strict=True)),
            start=np.zeros(len(nodes[0])),
        )

    def _bounds(self, t: int, nodes: list[FloatArray] | None = None) -> tuple[FloatArray, NDArray[np.int64]]:
        """Bounds of all that extends the nodes by a t-th degree, in the order of degrees that are tried: (nodes, K)."""
        order = self._order()
        total: FloatArray = np.zeros((1, 1))
        for i, part in enumerate(self._parts):
            table = part.table[order]
            # What later patches may have at most: a degree from here on, or 0.
            beyond = np.maximum.accumulate(np.vstack([table, self._tail(part)])[::-1])[::-1][:-1]
            most = np.maximum(beyond, part.table[0])
            rest = _power(most, self._patches - t)
            with np.errstate(under="ignore"):
                first = _product(table, rest) @ _hankel(part.weights)
                node = nodes[i] if nodes is not None else np.eye(1, len(part.weights))
                total = total + node @ first.T
        # Later ones are bounded by what comes before them, too: the bounds fall along the order.
        return np.maximum.accumulate(total[:, ::-1], axis=1)[:, ::-1] * _SAFE, order

    def _order(self) -> NDArray[np.int64]:
        """The degrees k >= 1, those with the largest eigenvalue of one patch first."""
        single = self._singles()
        return 1 + np.argsort(-single[1:], kind="stable")

    def _singles(self) -> FloatArray:
        return self._values([part.table for part in self._parts], 1)

    def _tail(self, part: Part) -> FloatArray:
        """Bounds of the coefficients of all further degrees: mu_{k+2} <= mu_k."""
        bound: FloatArray = part.table[-2:].max(axis=0)
        return bound

    def _widen(self, threshold: float) -> None:
        """Take so many degrees that all further ones stay below the threshold."""
        while True:
            total = 0.0
            for part in self._parts:
                tail = self._tail(part)[None]
                most = np.maximum(part.table[1:].max(axis=0), part.table[0])[None]
                rest = _power(most, self._patches - 1)
                total += float((_product(tail, rest) @ part.weights)[0])
            if total * _SAFE < threshold:
                return
            degrees = 2 * len(self._parts[0].table)
            if degrees > _MOST_DEGREES:
                raise TooManyError(f"n asks for degrees beyond {_MOST_DEGREES}")
            self._parts = [part.with_degrees(self._d, degrees) for part in self._parts]


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Products of polynomials, row by row, cut off after as many coefficients as they have."""
    length = a.shape[1]
    out = np.zeros((len(a), length))
    with np.errstate(under="ignore"):
        for i in range(length):
            out[:, i:] += a[:, i : i + 1] * b[:, : length - i]
    return out


def _power(a: FloatArray, exponent: int) -> FloatArray:
    """Powers of polynomials, row by row."""
    result = np.zeros_like(a)
    result[:, 0] = 1.0
    while exponent:
        if exponent & 1:
            result = _product(result, a)
        exponent >>= 1
        if exponent:
            a = _product(a, a)
    return result


def _hankel(weights: FloatArray) -> FloatArray:
    """The matrix w_{i+j}, 0 beyond: a^T W b is sum_r w_r [z^r] of the product of a and b."""
    index = np.add.outer(np.arange(len(weights)), np.arange(len(weights)))
    return np.where(index < len(weights), np.concatenate([weights, weights])[index], 0.0)
