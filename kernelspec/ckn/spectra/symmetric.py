r"""The eigenvalues of a symmetric matrix, enclosed, also where some of them coincide.

With V from floats, V^T C V has entries on its diagonal that its eigenvalues are as far from as the others have a norm
(Weyl), and these are the eigenvalues of C times numbers between the extreme eigenvalues of V^T V (Ostrowski). The bound
is as good as V: one step of the iteration of Ogita & Aishima 2018 (Iterative refinement for symmetric eigenvalue
decomposition, Algorithm 1) squares its error,

.. math:: V' = V + V E, \qquad E_{ij} = \frac{S_{ij} + \lambda_j R_{ij}}{\lambda_j - \lambda_i}, \qquad
          R = 1 - V^T V, \quad S = V^T C V, \quad \lambda_i = \frac{S_{ii}}{1 - R_{ii}},

and E_ij = R_ij/2 where lambda_i and lambda_j are not told apart. What is proved does not depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...numbers.checks import FloatArray

if TYPE_CHECKING:
    import flint

_BY_ARB = 32  # rows up to which Arb's eigenvalues take no longer


def symmetric_eigenvalues(matrix: flint.arb_mat) -> list[flint.arb]:
    """Balls of the eigenvalues, each with its own, in any order: Arb's for few that are apart."""
    import flint

    n = matrix.nrows()
    if n <= _BY_ARB:
        try:
            return [x.real for x in flint.acb_mat(matrix).eig()]
        except ValueError:
            pass
    floats = _floats(matrix)
    v = flint.arb_mat(np.linalg.eigh((floats + floats.T) / 2)[1].tolist())
    v = _refined(matrix, v)
    turned, gram = v.transpose() * matrix * v, v.transpose() * v
    diagonal = [turned[i, i] for i in range(n)]
    off = _norm(turned - _diagonal(diagonal))
    skew = _norm(gram - _diagonal([flint.arb(1)] * n))
    return [(x + off) / (1 + skew) for x in diagonal]


def _refined(matrix: flint.arb_mat, v: flint.arb_mat) -> flint.arb_mat:
    """V' of the module, without the radii. E is small, and floats have all of it that counts."""
    import flint

    n = matrix.nrows()
    r = _floats(_diagonal([flint.arb(1)] * n) - v.transpose() * v)
    s = _floats(v.transpose() * matrix * v)
    values = np.diag(s) / (1 - np.diag(r))
    off, largest = float(np.linalg.norm(s - np.diag(values))), float(np.abs(values).max(initial=0.0))
    gaps = values - values[:, None]
    apart = np.abs(gaps) > 2 * (off + largest * float(np.linalg.norm(r)))
    found = np.where(apart, (s + values * r) / np.where(apart, gaps, 1.0), r / 2)
    refined = v + v * flint.arb_mat(found.tolist())
    return flint.arb_mat(n, n, [x.mid() for x in refined.entries()])


def _floats(matrix: flint.arb_mat) -> FloatArray:
    """The middles of the entries."""
    return np.array([float(x.mid()) for x in matrix.entries()]).reshape(matrix.nrows(), matrix.ncols())


def _diagonal(entries: list[flint.arb]) -> flint.arb_mat:
    import flint

    n = len(entries)
    out = flint.arb_mat(n, n)
    for i, x in enumerate(entries):
        out[i, i] = x
    return out


def _norm(matrix: flint.arb_mat) -> flint.arb:
    """The ball around 0 with the Frobenius norm for its radius."""
    import flint

    total = sum((abs(x) * abs(x) for x in matrix.entries()), flint.arb(0))
    return flint.arb(0, total.upper().sqrt().upper())
