r"""Gauss's rule for sums over equidistant points: n nodes for a sum of L terms, exact for polynomials of degree 2n - 1.

The orthogonal polynomials of the sum over the points -1, -1 + 2/(L-1), ..., 1 are Chebyshev's discrete ones (Gram),

.. math:: p_{j+1}(y) = y p_j(y) - \beta_j p_{j-1}(y), \qquad
          \beta_j = \frac{j^2 (L^2 - j^2)}{(4j^2 - 1)(L-1)^2},

monic, with sum of squares h_j = L beta_1 ... beta_j (Chebyshev 1864; Szegő 1939, 2.8). The nodes are the zeros of p_n,
which lie in (-1, 1); the weights 1/sum_j p_j(y)^2/h_j are positive and add up to L (Gauss; Christoffel). As L grows the
rule tends to L/2 times that of Gauss and Legendre.

Zeros are found in floats, refined by Newton's method in balls and then proved: p_n changes its sign n times between the
ends of n disjoint intervals, each of which therefore holds one of its n zeros.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flint import arb

    from .checks import FloatArray

_STEPS = 4  # of Newton's method, from 1e-15: 1e-30, 1e-60, ...
_GUARD = 24  # bits between the precision and the radius of a zero


def gauss_sum(count: int, nodes: int) -> tuple[list[arb], list[arb]]:
    """Nodes in (-1, 1), ascending, and weights of the sum over `count` equidistant points from -1 to 1, as balls.

    Parameters
    ----------
    count : how many points are summed over, more than `nodes`.
    nodes : how many nodes, at least 1.

    flint's precision in force is that of the result.
    """
    from flint import arb, ctx

    betas = [Fraction(j * j * (count**2 - j * j), (4 * j * j - 1) * (count - 1) ** 2) for j in range(1, nodes + 1)]
    guesses = float_gauss_sums(np.array([float(count)]), nodes)[0][0]
    exact = [arb(b.numerator) / b.denominator for b in betas]
    radius = arb(2) ** (_GUARD - ctx.prec)

    def values(y: arb) -> tuple[list[arb], arb]:
        """p_0, ..., p_n at y, and the derivative of p_n."""
        found, slope = [arb(1), y], [arb(0), arb(1)]
        for j in range(1, nodes):
            slope.append(found[j] + y * slope[j] - exact[j - 1] * slope[j - 1])
            found.append(y * found[j] - exact[j - 1] * found[j - 1])
        return found[: nodes + 1], slope[nodes]

    zeros = []
    for guess in guesses.tolist():
        y = arb(guess)
        for _ in range(_STEPS):
            p, slope = values(y)
            y = (y - p[nodes] / slope).mid()
        low, high = values(y - radius)[0][nodes], values(y + radius)[0][nodes]
        if not low * high < 0:
            raise ArithmeticError(
                f"a zero of Chebyshev's discrete polynomial of degree {nodes}, L = {count}, is not told"
            )
        zeros.append(y + radius * arb(0, 1))
    if not all(a < b for a, b in zip(zeros, zeros[1:], strict=False)):
        raise ArithmeticError(f"two zeros of Chebyshev's discrete polynomial of degree {nodes} are not told apart")
    weights = []
    for y in zeros:
        p, _ = values(y)
        size, total = arb(count), arb(1) / count
        for j in range(1, nodes):
            size *= exact[j - 1]
            total += p[j] * p[j] / size
        weights.append(1 / total)
    return zeros, weights


def float_gauss_sums(counts: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """The same rules in floats, a row for each count, whole numbers above `nodes` (Golub & Welsch 1969)."""
    j, size = np.arange(1.0, nodes), np.asarray(counts, dtype=float)[:, None]
    beta = j * j / (4 * j * j - 1) * ((size - j) / (size - 1)) * ((size + j) / (size - 1))
    matrices = np.zeros((len(size), nodes, nodes))
    matrices[:, np.arange(nodes - 1), np.arange(1, nodes)] = np.sqrt(beta)
    zeros, vectors = np.linalg.eigh(matrices, UPLO="U")
    return zeros, size * vectors[:, 0] ** 2
