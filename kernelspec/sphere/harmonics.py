r"""Harmonic analysis on the sphere S^{d-1} in R^d, for zonal functions.

Multiplicities N(d,k), Legendre polynomials P_k of dimension d with P_k(1) = 1, the Funk-Hecke
formula, Mercer sums, exact eigenvalues of the powers (1-t)^nu, (1-t^2)^nu and t^m, and sampling.
``d`` is always the dimension of the ambient space, an integer >= 2; ``k`` is a degree, an integer
>= 0; tau is the uniform *probability* on the sphere. An eigenvalue is that of f -> int kappa(x.y)
f(y) dtau(y):

.. math:: \mu_k(\kappa) = c_d\int_{-1}^1 \kappa(t)P_k(t)(1-t^2)^{(d-3)/2}dt, \qquad
          c_d = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)}.

Source: claims 1-7 (Bietti & Bach 2021, Appendix A). The polynomials themselves live in
``legendre``, the eigenvalues of powers in ``powers``, the Gamma functions in ``gamma``; what users
need of them can be imported from here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import (
    FloatArray,
    array,
    cosines,
    degrees,
    dense,
    dimension,
    flag,
    integer,
    random_generator,
    reals,
    scalar_or_array,
)
from ..numbers.gamma import Pair, exp_pair, log_beta, log_gamma_ratio, log_gamma_sum_pair, log_pair, pair_sum
from ..numbers.precision import default_errors
from .legendre_polynomials import (
    gauss_legendre,
    legendre,
    legendre_all,
    legendre_derivative,
    legendre_sequence,
    legendre_sympy,
    recurrence_degree,
)
from .power_eigenvalues import (
    decay_constant,
    decay_constant_sympy,
    density,
    even_power_eigenvalue,
    log_decay_constant,
    log_even_power_eigenvalue,
    log_monomial_eigenvalue,
    log_power_eigenvalue,
    monomial_eigenvalue,
    monomial_eigenvalue_exact,
    power_eigenvalue,
)

__all__ = [
    "decay_constant",
    "decay_constant_sympy",
    "even_power_eigenvalue",
    "funk_hecke",
    "funk_hecke_constant",
    "legendre",
    "legendre_all",
    "legendre_derivative",
    "legendre_sympy",
    "log_beta",
    "log_decay_constant",
    "log_even_power_eigenvalue",
    "log_gamma_ratio",
    "log_monomial_eigenvalue",
    "log_multiplicity",
    "log_power_eigenvalue",
    "log_surface_area",
    "mercer_sum",
    "monomial_eigenvalue",
    "monomial_eigenvalue_exact",
    "multiplicity",
    "power_eigenvalue",
    "sample_sphere",
    "surface_area",
    "zonal",
    "zonal_addition",
]

# N(d,k) as a Python integer of more digits than this takes minutes.
_LARGEST_DIGITS = 10**6


def _multiplicity_pair(d: int, k: FloatArray) -> Pair:
    """Return log N(d,k), N = (2k+d-2)/(k+d-2) Gamma(k+d-1)/(Gamma(k+1) Gamma(d-1)); N(d,0) = 1."""
    positive = np.where(k == 0, 1.0, k)
    high, low = pair_sum(
        log_pair(pair_sum(positive, positive, d - 2.0)),
        log_gamma_sum_pair((pair_sum(positive, 1.0), pair_sum(positive, d - 2.0)), (d - 1.0, 1.0)),
    )
    return np.where(k == 0, 0.0, high), np.where(k == 0, 0.0, low)


@default_errors
def multiplicity(d: int, k: Any) -> Any:
    r"""Return N(d,k), the dimension of the space of spherical harmonics of degree k on S^{d-1}.

    .. math:: N(d,k) = \frac{2k+d-2}{k}\binom{k+d-3}{d-2}, \qquad N(d,0) = 1

    Exact integers: a Python one for one integer ``k``; for an array or a list an array of int64, or
    of Python integers (dtype object) where one of them is 2^63 or more. Raises OverflowError where
    all together would have more than a million digits; ``log_multiplicity`` has no such limit.
    Source: Bietti & Bach 2021, Appendix A (claim 3).

    >>> multiplicity(3, 5), multiplicity(4, [0, 1, 2]).tolist()
    (11, [1, 4, 9])
    >>> multiplicity(50, [3, 30])
    array([22050, 4761797623983252163080], dtype=object)
    """
    d = dimension(d)
    dense("k", k)
    alone = np.ndim(k) == 0
    wanted = np.asarray(float(integer("k", k, 0))) if alone else degrees("k", k)
    pair = _multiplicity_pair(d, wanted)
    digits = pair[0] / math.log(10)
    if np.sum(np.maximum(digits, 0)) > _LARGEST_DIGITS:
        degree, most = int(wanted.flat[np.argmax(digits)]), float(digits.max())
        raise OverflowError(f"N({d}, {degree}) has {most:.3g} digits; use log_multiplicity")
    if alone:
        return _multiplicity(d, int(wanted))
    # Below e^33 < 2^48 the error of the float is under 1/8, so rounding to an integer makes it exact.
    small = pair[0] < 33
    with np.errstate(over="ignore", invalid="ignore"):
        value = np.where(small, np.rint(exp_pair(pair)), 0.0).astype(np.int64)
    if np.all(small):
        return value
    exact = value.astype(object)
    for place in np.flatnonzero(~small):
        exact.flat[place] = _multiplicity(d, int(wanted.flat[place]))
    return exact.astype(np.int64) if all(n < 2**63 for n in exact.flat) else exact


def _multiplicity(d: int, k: int) -> int:
    return (2 * k + d - 2) * math.comb(k + d - 3, d - 2) // k if k else 1


@default_errors
def log_multiplicity(d: int, k: Any) -> Any:
    """Return log N(d,k), to 2e-16 in relative terms; ``k`` is an integer or an array of integers.

    >>> round(log_multiplicity(10**6, 10**9) / 1e6, 6)
    7.908234
    """
    high, low = _multiplicity_pair(dimension(d), degrees("k", k))
    return scalar_or_array(high + low)


@default_errors
def funk_hecke_constant(d: int) -> float:
    r"""Return :math:`c_d = \Gamma(d/2)/(\sqrt\pi\,\Gamma((d-1)/2))`, which makes the weight
    (1-t^2)^{(d-3)/2} a probability density on [-1, 1]. Source: Bietti & Bach 2021, Appendix A (claims 4, 6).

    >>> funk_hecke_constant(3)
    0.5
    """
    d = dimension(d)
    return float(density(d).floats(np.zeros(()))[0])


@default_errors
def surface_area(d: int) -> float:
    r"""Return the area :math:`2\pi^{d/2}/\Gamma(d/2)` of S^{d-1}; 0.0 from d near 450 on.

    Source: Bietti & Bach 2021, Appendix A (claim 4).


    >>> round(surface_area(3) / math.pi, 14)
    4.0
    """
    return float(np.exp(log_surface_area(d)))


@default_errors
def log_surface_area(d: int) -> float:
    """Return the logarithm of ``surface_area``, to 1e-15 in relative terms."""
    d = dimension(d)
    high, low = log_gamma_sum_pair((d / 2, 1.0))
    return math.log(2.0) + math.fsum((d / 2 * math.log(math.pi), float(high), float(low)))


@default_errors
def funk_hecke(kappa: Callable[[FloatArray], Any], d: int, k: Any, nodes: int = 400) -> Any:
    r"""Return mu_k(kappa) by plain Gauss-Legendre quadrature in the angle.

    .. math:: \mu_k = c_d\int_0^\pi \kappa(\cos\theta)P_k(\cos\theta)\sin^{d-2}\theta\,d\theta

    The accuracy is *absolute*: a few 1e-16 times max|kappa| where kappa(cos theta) is analytic on
    [0, pi], and no digit of an eigenvalue below that is right. ``kappa`` takes a float64 array of
    cosines and returns real values of the same shape; ``k`` is an integer or an array of integers,
    all smaller than ``nodes``, at most 5000. Where sin^{d-2} is below 1e-23 it is left out (large
    d). Raises ValueError when kappa returns something else. Source: Bietti & Bach 2021, Appendix A, the
    formula of Funk and Hecke (claim 6).

    >>> abs(funk_hecke(lambda u: u**2, 3, 2) - 2 / 15) < 1e-15
    True
    """
    d, nodes, wanted = dimension(d), integer("nodes", nodes, 1), degrees("k", k)
    largest = int(wanted.max(initial=0.0))
    if nodes > 5000 or largest >= nodes:
        raise ValueError(f"nodes must exceed k = {largest} and be at most 5000, got {nodes}")
    # With delta = pi/2 - theta: u = sin(delta), and the weight keeps its digits at large d.
    half_width = math.acos(math.exp(-55.0 / (d - 2))) if d > 2 else math.pi / 2
    points, weights = gauss_legendre(nodes)
    delta = half_width * points
    u = np.sin(delta)
    log_sine = np.where(np.abs(u) < 0.7, 0.5 * np.log1p(-(u * u)), np.log(np.cos(delta)))
    with np.errstate(all="ignore"):  # what is not finite is refused
        values = array("kappa(u)", kappa(u))
    if values.shape != u.shape or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise ValueError(
            f"kappa must return finite real values of shape {u.shape}, got {values.dtype} of shape {values.shape}"
        )
    weights = funk_hecke_constant(d) * half_width * weights * np.exp((d - 2.0) * log_sine)
    table = np.array([(weights * values) @ p for p in legendre_sequence(d, largest, u)])
    return scalar_or_array(table[wanted.astype(np.int64)])


@default_errors
def mercer_sum(spectrum_values: ArrayLike, d: int, t: ArrayLike, *, logarithms: bool = False) -> Any:
    r"""Return the partial Mercer sum :math:`\sum_k \mu_k N(d,k)P_k(t)` over the values given.

    ``spectrum_values`` holds mu_0, mu_1, ..., shape (K,), or their logarithms (-inf for 0) with
    ``logarithms=True``; ``t`` in [-1, 1], a number or an array. The products mu_k N(d,k) are formed
    in logarithms with 32 digits: N(d,k) itself may exceed float64. With t = 1.0 it is the partial
    trace. Raises ValueError for values that are not finite, OverflowError if a product exceeds
    float64. Source: Mercer's theorem, Bietti & Bach 2021, Appendix A (claim 7).

    >>> round(mercer_sum([0.0, 1 / 3], 3, 0.25), 15)
    0.25
    """
    d, t, logarithms = dimension(d), cosines(t), flag("logarithms", logarithms)
    values = array("spectrum_values", spectrum_values)
    if values.ndim != 1 or values.dtype.kind not in "iuf" and values.size:
        raise ValueError(
            f"spectrum_values must be real numbers of shape (K,), got {values.dtype} of shape {values.shape}"
        )
    values = values.astype(np.float64)
    absent = np.isneginf(values) if logarithms else values == 0
    reals("spectrum_values", np.where(absent, 0.0, values))
    recurrence_degree("the number of spectrum_values", values.size)
    if values.size == 0:
        return scalar_or_array(np.zeros_like(t))
    present = np.where(absent, 1.0, values)
    logs = pair_sum(present) if logarithms else log_pair(pair_sum(np.abs(present)))
    sizes = _multiplicity_pair(d, np.arange(float(values.size)))
    # Where mu_k = 0 the multiplicity alone might overflow.
    high, low = (np.where(absent, 0.0, part) for part in pair_sum(logs, sizes))
    weights = exp_pair((high, low))
    if np.any(np.isinf(weights)):
        first = int(np.flatnonzero(np.isinf(weights))[0])
        raise OverflowError(f"mu_k N(d,k) exceeds float64 at k = {first}, d = {d}")
    weights = np.where(absent, 0.0, weights if logarithms else np.copysign(weights, values))
    total = np.zeros_like(t)
    for weight, value in zip(weights, legendre_sequence(d, values.size - 1, t), strict=True):
        total = total + weight * value
    return scalar_or_array(total)


@default_errors
def sample_sphere(n: int, d: int, rng: np.random.Generator | int | None = 0) -> FloatArray:
    """Return n independent uniform points of S^{d-1}: an array of shape (n, d), rows of norm 1.

    ``rng`` is a seed or a Generator: a seed gives the same points at every call, a Generator goes on, and None
    starts anew each time. Normal vectors are divided by their norm, twice, so that the norm is 1 within rounding of
    the division.

    >>> sample_sphere(2, 5, 0).shape
    (2, 5)
    """
    n, d = integer("n", n, 0), dimension(d)
    points = random_generator(rng).standard_normal((n, d))
    for _ in range(2):
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points


def _unit_vectors(name: str, value: ArrayLike, d: int) -> FloatArray:
    vectors = reals(name, value)
    if vectors.ndim == 0 or vectors.shape[-1] != d:
        raise ValueError(f"{name} must have shape (..., {d}), got {vectors.shape}")
    norms = np.linalg.norm(vectors, axis=-1)
    # A vector divided by its norm in float64 is this close to the sphere, up to d = 1e6 and beyond.
    wrong = ~(np.abs(norms - 1.0) <= 1e-12)
    if np.any(wrong):
        raise ValueError(f"{name} must have unit norm, got norm {float(norms[wrong].flat[0])!r}")
    return vectors


@default_errors
def zonal(d: int, k: int, x: ArrayLike, pole: ArrayLike) -> Any:
    """Return the zonal harmonic P_k(x . pole), of value 1 at the pole.

    ``x`` has shape (..., d) and ``pole`` shape (d,), all of unit norm; the result has shape (...).

    >>> zonal(3, 2, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [0.0, 0.0, 1.0]).tolist()
    [-0.5, 1.0]
    """
    d = dimension(d)
    points, axis = _unit_vectors("x", x, d), _unit_vectors("pole", pole, d)
    if axis.ndim != 1:
        raise ValueError(f"pole must have shape ({d},), got {axis.shape}")
    # Both norms are 1 by the check above: an inner product beyond 1 is rounding.
    return legendre(d, k, np.clip(points @ axis, -1.0, 1.0))


@default_errors
def zonal_addition(d: int, k: int, x: ArrayLike, y: ArrayLike) -> FloatArray:
    r"""Return :math:`\sum_j Y_{kj}(x)Y_{kj}(y) = N(d,k)P_k(x\cdot y)`, the addition theorem.

    ``x`` has shape (n, d) and ``y`` shape (m, d), rows of unit norm; the result has shape (n, m):
    the reproducing kernel of the harmonics of degree k in L2(tau). Source: the
    addition theorem, Bietti & Bach 2021, Appendix A (claim 5).

    >>> zonal_addition(2, 3, [[1.0, 0.0]], [[1.0, 0.0], [-1.0, 0.0]]).tolist()
    [[2.0, -2.0]]
    """
    d = dimension(d)
    first, second = _unit_vectors("x", x, d), _unit_vectors("y", y, d)
    if first.ndim != 2 or second.ndim != 2:
        raise ValueError(f"x and y must have shape (n, {d}), got {first.shape} and {second.shape}")
    number = multiplicity(d, [integer("k", k, 0)])[0]
    return number * legendre(d, k, np.clip(first @ second.T, -1.0, 1.0))
