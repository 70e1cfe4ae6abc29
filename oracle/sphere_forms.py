"""What the proofs about the sphere share: the formulas of claims 1-3 for symbols, and a quadrature.

Nothing here uses the library, which is compared with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oracle.identities import Gammas

if TYPE_CHECKING:
    import sympy

FloatArray: TypeAlias = NDArray[np.float64]

ALL = "sympy, for every k and d"
ROUNDING = "a few roundings of float64"


def symbols() -> tuple[sympy.Expr, sympy.Expr, sympy.Expr, sympy.Expr]:
    """k, j, d and (d-1)/2. An identity between polynomials in k holds for integers k, too."""
    import sympy

    k, j, d = sympy.symbols("k j d", positive=True)
    return k, j, d, (d - 1) / 2


def coefficient(k: sympy.Expr, j: sympy.Expr, d: sympy.Expr) -> Gammas:
    """(-k)_j (k+d-2)_j / (((d-1)/2)_j j!), the coefficient of ((1-t)/2)^j in P_k (claim 1)."""
    half = (d - 1) / 2
    return Gammas((j - k, k + d - 2 + j, half), (-k, k + d - 2, half + j, j + 1))


def multiplicity(k: sympy.Expr, d: sympy.Expr) -> Gammas:
    """N(d,k) (claim 3)."""
    return Gammas((k + d - 2,), (k + 1, d - 1), factor=2 * k + d - 2)


def down(k: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """The coefficient of P_{k-1} in t P_k (claim 2)."""
    return k / (2 * k + d - 2)


def up(k: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """The coefficient of P_{k+1} in t P_k (claim 2)."""
    return (k + d - 2) / (2 * k + d - 2)


def legendre_equation(p: sympy.Expr, t: sympy.Expr, k: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """(1-t^2) p'' + (1-d) t p' + k(k+d-2) p, which is 0 for p = P_k (claim 2)."""
    return (1 - t**2) * p.diff(t, 2) + (1 - d) * t * p.diff(t) + k * (k + d - 2) * p


def legendre_equation_series(k: sympy.Expr, j: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """The equation for the sum of the `coefficient`s, at ((1-t)/2)^j, over the coefficient of j.

    With z = (1-t)/2 it reads z(1-z) F'' + ((d-1)/2 - (d-1) z) F' + k(k+d-2) F.
    """
    ratio = coefficient(k, j + 1, d).over(coefficient(k, j, d))
    return ratio * (j + 1) * (j + (d - 1) / 2) - (j * (j - 1) + (d - 1) * j - k * (k + d - 2))


def two_angles(d: int, nodes: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes t, s and weights for averages over S^{d-1}, d >= 3, of functions of two cosines.

    w = t x + sqrt(1-t^2) (s e + ...), e a unit vector normal to x; Gauss-Legendre in both angles.
    """
    x, weight = np.polynomial.legendre.leggauss(nodes)
    angle = np.pi * (x + 1) / 2
    first, second = weight * np.sin(angle) ** (d - 2), weight * np.sin(angle) ** (d - 3)
    weights = np.outer(first / first.sum(), second / second.sum())
    return np.cos(angle)[:, None], np.cos(angle)[None, :], weights


def second_cosine(t: FloatArray, s: FloatArray, c: float) -> FloatArray:
    """w.y at the nodes of `two_angles`, for a y with x.y = c."""
    return np.clip(t * c + np.sqrt(1 - t**2) * s * np.sqrt(1 - c * c), -1, 1)
