r"""Linear functions in the RKHS of a patch kernel, <f_w, phi(z)> = <w, z> (Bietti & Mairal 2019, JMLR; claim 51).

K(z, z') = |z||z'| kappa(cos) has degree-one part d mu_1 <z, z'>, d the dimension of the patches and mu_1 the
eigenvalue of degree 1 of kappa on S^{d-1}. So linear functions belong to the RKHS exactly where mu_1 > 0, and

.. math:: |f_w| = |w| / \sqrt{d \mu_1}, \qquad d \mu_1 = b_1 + 3 b_3/(d+2) + \dots \geq b_1, \qquad d\mu_1 \to b_1

for kappa = sum b_j u^j: the norm |w|/sqrt(b_1) of the paper is that of one element which represents f_w in the space
of the Taylor series. It is the norm in the RKHS where the odd part of kappa is b_1 u, and as d goes to infinity.

Two ways to f_w with values of the kernel alone:

- Where the odd part is b u, as for ReLU, (phi(w) - phi(-w)) / (2b) is f_w.
- The Funk-Hecke formula, int K(s, z) <w, s> dtau(s) = mu_1 <w, z>, with a cubature formula for the integral over
  S^{d-1}. What it leaves is orthogonal to the harmonics of all degrees that it integrates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...kernels.zonal import Zonal
from ...numbers.checks import FloatArray, integer, real, reals
from ..scaling import least

_ACCURACY = 1e-14  # of f_w in the norm of the RKHS: beyond it the values of the kernel are rounding
_LONGEST = 64  # nodes along one axis: what converges more slowly stops there
_ROUNDING = 1e-13  # below it, times kappa(1), a coefficient of degree 1 is 0
_LEAST = least(64, first=True)
_UNIT = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class LinearFunction:
    r"""f_w for every w in R^d as a finite sum, f_w ~ sum_i <w, a_i> phi(s_i).

    Parameters
    ----------
    kernel, dimension : kappa, and the dimension d of the patches (infinity in a Hilbert space).
    norm : |f_w| for |w| = 1: 1/sqrt(d mu_1), which is 1/sqrt(b_1) where d is infinite.
    slope : b where the odd part of kappa is b u; then nodes and weights are those of w itself, s = w and -w. Else 0.
    nodes, weights : unit vectors s_i and vectors a_i, shape (m, d); empty where `slope` serves.
    error : a bound of |f_w - sum_i <w, a_i> phi(s_i)| for |w| = 1. 0 where the sum is exact.

    Readings differ from <w, z> by at most `reading_error` |w||z|, which is far smaller, and by rounding.
    """

    kernel: Zonal
    dimension: float
    norm: float
    slope: float
    nodes: FloatArray
    weights: FloatArray
    error: float

    def __repr__(self) -> str:
        how = f"{len(self.nodes)} nodes" if len(self.nodes) else "phi(w) - phi(-w)"
        return (
            f"<linear functions of {self.kernel!r} in dimension {self.dimension}: "
            f"|f_w| = {self.norm:.6g} |w|, {how}, error {self.error:.2g}>"
        )

    @property
    def reading_error(self) -> float:
        r"""A bound of |<sum_i <w, a_i> phi(s_i), phi(z)> - <w, z>| for |w| = |z| = 1: error^2 mu_1 sqrt(d), or 0.

        With T = sum mu_k N(d, k) over the degrees k that the formula leaves, the bound of the norm is
        T^{1/2}/(mu_1 sqrt(d)); at a point, where |P_k| <= 1, it is T/(mu_1 sqrt(d)).
        """
        return self.error**2 / self.norm**2 / math.sqrt(self.dimension) if self.error else 0.0

    @property
    def rounding(self) -> float:
        """The rounding of a reading, relative to |w||z|: that of kappa, some 1e-16 kappa(1), over d mu_1."""
        return _UNIT * abs(float(self.kernel(1.0))) * self.norm**2

    def of_inner_products(self, inner: Any, w: Any, norms: Any, floor: float = 0.0) -> Any:
        """<f_w, phi(z)> by two values of the kernel, at w/|w| and -w/|w|, where the odd part of kappa is linear.

        Parameters
        ----------
        inner : <w, z>, at most |w||z|, from which the kernel's cosine is formed; any shape.
        w, norms : |w| > 0, and |z| >= 0 in a shape that fits that of `inner`. In the cosine |z| is at least
            `floor`, as in `Network.gram`.

        Raises TypeError and ValueError for other numbers, and where the odd part is not linear.
        """
        if not self.slope:
            raise ValueError(f"the odd part of {self.kernel!r} is not linear")
        w, inner, norms = real("w", w), reals("inner", inner), reals("norms", norms)
        floor = real("floor", floor, 0)
        if w <= 0 or (norms < 0).any():
            raise ValueError(f"w must be > 0 and norms >= 0; got {w:g} and {np.min(norms):g}")
        cosine = np.clip(inner / w / np.maximum(norms, floor or _LEAST), -1, 1)
        values = self.kernel(cosine) - self.kernel(-cosine)
        return values * (w * norms / (2 * self.slope))

    def of_patches(self, z: Any, norms: Any, floor: float = 0.0) -> Any:
        """<f_e, phi(z)> for the unit vectors e of R^d, shape (..., d), from patches z of that shape and |z|, (...)."""
        z, norms, floor = reals("z", z), reals("norms", norms), real("floor", floor, 0)
        if z.shape[-1:] != (self.dimension,) or norms.shape != z.shape[:-1]:
            raise ValueError(
                f"z must have shape (..., {self.dimension}), and norms the same without the last axis; got {z.shape} "
                f"and {norms.shape}"
            )
        if (norms < 0).any():
            raise ValueError(f"norms must be >= 0; got {norms.min():g}")
        if self.slope:
            return self.of_inner_products(z, 1.0, norms[..., None], floor)
        cosine = z @ self.nodes.T
        cosine /= np.maximum(norms, floor or _LEAST)[..., None]
        return (self.kernel(np.clip(cosine, -1, 1)) @ self.weights) * norms[..., None]


def linear_function(kernel: Any, dimension: Any, nodes: int = 10_000) -> LinearFunction:
    r"""The elements f_w of the RKHS of |z||z'|kappa(cos) on R^d that read linear functions, <f_w, phi(z)> = <w, z>.

    .. math:: f_w = \frac{1}{\mu_1} \int_{S^{d-1}} \langle w, s \rangle\, \varphi(s)\, d\tau(s), \qquad
        |f_w| = |w| / \sqrt{d\mu_1}.

    Parameters
    ----------
    kernel : a zonal kernel kappa.
    dimension : d >= 1, or infinity for patches in a Hilbert space, where the odd part of kappa must be linear.
    nodes : how many nodes the cubature formula may have, a product of Gauss formulas that is exact up to a degree
        2m - 1, of 2m^{d-1} nodes. The smallest m is taken whose error is below 1e-14 |f_w|, or else the one of least
        error, m <= 64: the error falls fast for smooth kernels, and slowly for those that are not smooth at an end.

    Raises TypeError for a kernel that is none; ValueError where linear functions are not in the RKHS, where kappa is
    seen not to be positive semi-definite, and where a cubature formula is needed and there is none with so few nodes.

    Source: Bietti & Bach 2021, Appendix A (claim 6); Bietti & Mairal 2019 (JMLR), signal recovery (claim 51).

    >>> import kernelspec as ks
    >>> linear_function(ks.arccos(1), 9)  # 1/sqrt(b_1), b_1 = 1/2
    <linear functions of arccos(1) in dimension 9: |f_w| = 1.41421 |w|, phi(w) - phi(-w), error 0>
    >>> linear_function(ks.polynomial(3), 2)  # b_1 = 0, and linear functions are there: sqrt((d + 2)/3)
    <linear functions of polynomial(3) in dimension 2: |f_w| = 1.1547 |w|, 6 nodes, error 0>
    """
    if not isinstance(kernel, Zonal):
        raise TypeError(f"kernel must be a zonal kernel such as ks.arccos(1); got {kernel!r}")
    infinite = isinstance(dimension, float) and dimension == math.inf
    d = math.inf if infinite else integer("dimension", dimension, 1)
    limit = integer("nodes", nodes, 2)
    slope = odd_slope(kernel)
    if slope is None and d > 1 and not infinite and degree_one(kernel, math.inf) > 0:
        _most(kernel, int(d), limit)  # seen before eigenvalues are, which take their time where d is large
    squared = degree_one(kernel, d)
    if squared <= 0:
        raise ValueError(
            f"kernel must have a part of degree 1, as linear functions are not in the RKHS otherwise; {kernel!r} "
            f"has none in dimension {d} (b_1 = 0)"
        )
    _check_positive(kernel, squared)
    norm, none = math.sqrt(1 / squared), np.zeros((0, 0))
    if slope is not None:
        return LinearFunction(kernel, d, norm, float(slope), none, none, 0.0)
    if d == 1:  # the sphere has two points
        signs = np.array([[1.0], [-1.0]])
        return LinearFunction(kernel, d, norm, 0.0, signs, signs / (2 * squared), 0.0)
    if infinite:
        raise ValueError(
            f"kernel must have a linear odd part, kappa(u) - kappa(-u) = 2 b_1 u, to be read in infinite dimension; "
            f"that of {kernel!r} is not"
        )
    return _by_cubature(kernel, int(d), norm, limit)


def odd_slope(kernel: Zonal) -> Fraction | None:
    """b where kappa(u) - kappa(-u) = 2 b u with b > 0, exactly; else None."""
    odd = kernel.polynomial_part(1)
    slope = odd[1] if odd is not None and set(odd) == {1} else None
    return slope if isinstance(slope, Fraction) and slope > 0 else None


def degree_one(kernel: Zonal, d: float) -> float:
    """d mu_1, the factor of <z, z'> in K(z, z'); b_1 = kappa'(0) where d is infinite. Rounding counts as 0."""
    odd = kernel.polynomial_part(1)
    if odd is not None and set(odd) <= {1}:
        return float(odd.get(1, 0))
    if d == math.inf:
        value = float(odd.get(1, 0)) if odd is not None else float(kernel.derivative()(0.0))
    elif d == 1:
        value = (float(kernel(1.0)) - float(kernel(-1.0))) / 2
    else:
        value = d * float(kernel.spectrum(int(d))[1])
    return value if value > _ROUNDING * abs(float(kernel(1.0))) else 0.0


def _check_positive(kernel: Zonal, squared: float) -> None:
    """ValueError where the sums of mu_k N(d, k) over even k, or over odd k from 3 on, are negative."""
    one, other = float(kernel(1.0)), float(kernel(-1.0))
    if min(one + other, one - other - 2 * squared) < -1e3 * _UNIT * max(abs(one), abs(other), squared):
        raise ValueError(
            f"kernel must be positive semi-definite; {kernel!r} has kappa(1) = {one:.6g}, kappa(-1) = {other:.6g} and "
            f"a part of degree 1 of {squared:.6g}"
        )


def _most(kernel: Zonal, d: int, limit: int) -> int:
    """The largest m whose formula has at most so many nodes; ValueError where it is below 2."""
    most = int((limit / 2) ** (1 / (d - 1)) + 1e-9)
    if most < 2:
        least = str(2**d) if d < 50 else f"2^{d}"
        raise ValueError(
            f"nodes must be at least {least} for a cubature formula in dimension {d}, got {limit}: the odd part of "
            f"{kernel!r} is not linear, so that two values of the kernel do not give linear functions"
        )
    return min(most, _LONGEST)


def _by_cubature(kernel: Zonal, d: int, norm: float, limit: int) -> LinearFunction:
    """f_w by the cubature formula of the fewest nodes that is accurate, or else of the most that are allowed."""
    most = _most(kernel, d, limit)
    squared = norm**-2  # d mu_1
    # The weights a_i = omega_i s_i / mu_1 leave the harmonics of the odd degrees k with k + 1 > 2m - 1, each multiplied
    # by at most sum_i |<w, a_i>| <= 1/(mu_1 sqrt(d)) (Cauchy-Schwarz, as the formula is exact for <w, s>^2).
    errors = np.sqrt(_odd_tails(kernel, d, most) * d) / squared
    accurate = np.flatnonzero(errors <= _ACCURACY * norm)
    m = 2 + int(accurate[0] if accurate.size else np.argmin(errors))
    points, weights = sphere_rule(d, m)
    a = points * weights[:, None] * (d / squared)
    return LinearFunction(kernel, d, norm, 0.0, points, a, float(errors[m - 2]))


def _odd_tails(kernel: Zonal, d: int, most: int) -> FloatArray:
    """For m = 2 ... most, the sum of mu_k N(d, k) over the odd k >= 2m - 1.

    That is the whole odd part, (kappa(1) - kappa(-1))/2, less its beginning, where the difference says something;
    else the next terms, which fall fast then.
    """
    spectrum = kernel.spectrum(d)
    degrees = np.arange(1, 2 * most + 40, 2)
    numbers = spectrum.multiplicity(degrees).astype(np.float64)
    terms = np.asarray(spectrum(degrees)) * numbers
    whole = (float(kernel(1.0)) - float(kernel(-1.0))) / 2
    if terms.min() < -_ROUNDING * whole:
        raise ValueError(
            f"kernel must be positive semi-definite; {kernel!r} has mu_k < 0 at k = {degrees[np.argmin(terms)]} in "
            f"dimension {d}"
        )
    terms = np.maximum(terms, 0.0)
    left = (whole - np.cumsum(terms))[: most - 1]
    coming = (np.cumsum(terms[::-1])[::-1])[1:most]
    return np.where(left > 1e-12 * whole, left, coming)


def sphere_rule(d: int, m: int) -> tuple[FloatArray, FloatArray]:
    """A cubature formula on S^{d-1}, exact for polynomials of degree 2m - 1: 2m^{d-1} nodes, weights that sum to 1.

    Equal weights on the circle; for each further dimension a Gauss-Gegenbauer formula for the last coordinate.
    """
    angles = np.arange(2 * m) * (math.pi / m)
    points, weights = (np.stack([np.cos(angles), np.sin(angles)], axis=1), np.full(2 * m, 1 / (2 * m)))
    for dimension in range(3, d + 1):
        # Golub & Welsch (1969): the weight (1 - t^2)^{lambda - 1/2}, lambda = dimension/2 - 1, of total mass 1.
        lam, k = dimension / 2 - 1, np.arange(1, m)
        beside = np.sqrt(k * (k + 2 * lam - 1) / (4 * (k + lam) * (k + lam - 1)))
        t, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
        t, shares = (t - t[::-1]) / 2, vectors[0] ** 2
        shares = (shares + shares[::-1]) / 2
        radius = np.sqrt((1 - t) * (1 + t))
        points = np.concatenate(
            [(radius[:, None, None] * points).reshape(-1, dimension - 1), np.repeat(t, len(points))[:, None]], axis=1
        )
        weights = np.outer(shares, weights).ravel()
    return points, weights
