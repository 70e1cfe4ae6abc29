r"""Anchor points: unit vectors that stand for the patches of the data.

Scikit-learn's k-means minimises Euclidean distances to centres inside of the ball; it has none whose centres lie on
the sphere. Hence `spherical_kmeans` (Dhillon & Modha 2001), started like k-means++ (Arthur & Vassilvitskii 2007).
"""

from __future__ import annotations

from typing import Any

import numpy as np

_STARTERS = 10  # rows for each centre, among which the centres start
_ROUNDS = 50  # of k-means at most
_GAIN = 1e-2  # k-means ends when a round takes less than this part off the mean of 1 - cos
_LOST = 1e-6  # a sum of unit vectors that is shorter has no direction
_PRODUCTS = 2**16  # cosines to centres held at a time


def distinct_rows(x: Any, count: int, rng: np.random.Generator) -> Any:
    """Up to so many different rows of x, at random."""
    found: dict[bytes, int] = {}
    for row in rng.permutation(len(x)):
        found.setdefault((x[row] + 0.0).tobytes(), row)  # -0.0 + 0.0 = 0.0
        if len(found) == count:
            break
    return x[list(found.values())]


def spherical_kmeans(x: Any, count: int, rng: np.random.Generator) -> Any:
    r"""Up to so many unit vectors that maximise :math:`\sum_i \max_j \langle x_i, z_j \rangle`, up to a local maximum.

    Parameters
    ----------
    x : unit vectors, shape (n, d).
    count : of centres; fewer come back where x has fewer directions that differ (1 - cos > d eps).

    The centres start at rows of x, each drawn with a probability in proportion to 1 - cos to the nearest one before
    it, among 10 * count rows. A centre that no row belongs to starts again at a row that is worst served.
    """
    from scipy.sparse import csr_matrix

    centres = _starts(x, count, rng)
    n, ones, before = len(x), np.ones(len(x), dtype=x.dtype), np.inf
    for _ in range(_ROUNDS):
        labels, cosine = _nearest(x, centres)
        gap = max(1.0 - float(cosine.mean(dtype=np.float64)), float(np.finfo(x.dtype).eps))
        if gap > (1 - _GAIN) * before:
            break
        before = gap
        members = csr_matrix((ones, (labels, np.arange(n))), shape=(len(centres), n))
        sums = members @ x
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        lost = lengths <= _LOST
        centres = sums / np.where(lost, 1, lengths)[:, None]
        centres[lost] = x[np.argsort(cosine, kind="stable")[: lost.sum()]]
    return centres


def _starts(x: Any, count: int, rng: np.random.Generator) -> Any:
    """Rows of x, each drawn as k-means++ draws it; several at a time, of which some are then rejected."""
    some = len(x) > _STARTERS * count
    pool = x[rng.choice(len(x), _STARTERS * count, replace=False)] if some else x
    centres = np.empty((min(count, len(x)), x.shape[1]), dtype=x.dtype)
    found, gap = 0, np.ones(len(pool))
    while found < len(centres):
        if not gap.any():  # nothing new in the pool, but perhaps in the rest
            if not some:
                break
            some, pool = False, x
            gap = _gaps(_nearest(pool, centres[:found])[1], x.shape[1])
            continue
        size = min(1 + found // 8, len(centres) - found)
        rows = rng.choice(len(pool), size, p=gap / gap.sum())
        between = _gaps(pool[rows] @ pool[rows].T, x.shape[1])
        kept: list[int] = []
        for i, chance in enumerate(rng.random(size)):
            # Drawn by the gap before this lot; kept with the probability of what is left of it.
            if chance * gap[rows[i]] < min(gap[rows[i]], between[i, kept].min(initial=np.inf)):
                kept.append(i)
        new = pool[rows[kept]]
        centres[found : found + len(new)] = new
        found += len(new)
        gap = np.minimum(gap, _gaps(_nearest(pool, new)[1], x.shape[1]))
    return centres[:found]


def _gaps(cosine: Any, dimension: int) -> Any:
    """1 - cos in float64; 0 where it is what rounding makes of the same direction in so many dimensions."""
    gap = 1 - cosine.astype(np.float64)
    gap[gap <= dimension * np.finfo(cosine.dtype).eps] = 0
    return gap


def _nearest(x: Any, centres: Any) -> tuple[Any, Any]:
    """The centre of the largest cosine for each row, and that cosine."""
    labels, cosine = np.empty(len(x), dtype=np.int64), np.empty(len(x), dtype=x.dtype)
    rows = max(1, _PRODUCTS // len(centres))
    for start in range(0, len(x), rows):
        here = slice(start, start + rows)
        products = x[here] @ centres.T
        labels[here] = products.argmax(axis=1)
        cosine[here] = products[np.arange(len(products)), labels[here]]
    return labels, cosine
