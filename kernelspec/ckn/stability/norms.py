r"""The norm of a large operator between two numbers: one that is attained, and one above.

The one above is proved for matrices of up to 1024 rows or columns (`certificate`). For others, and for operators that
only multiply, it fails with a stated probability over a start that is drawn anew for every call: a start from a fixed
seed has no probability, as an operator may be orthogonal to it.

Lanczos' method on M = A^T A (or A A^T, where that is smaller) from a start b, uniform on the unit sphere of R^n. After
k steps there are Ritz values theta_1, ..., theta_k <= |M| and coefficients beta_1, ..., beta_k, and:

**Lemma** (van Dorsselaer, Hochstenbach & van der Vorst 2001). Let delta in (0, 1). With probability at least
1 - P(|b_1| < delta), where b_1 is one coordinate of b, the norm |M| is at most the solution lambda > max theta_i of

.. math:: \prod_{i=1}^k (\lambda - \theta_i) = \frac1\delta \prod_{j=1}^k \beta_j.

Proof. The polynomial p(t) = prod (t - theta_i) / prod beta_j gives the next Lanczos vector p(M) b, which has norm 1.
Its component along the eigenvector of |M| is p(|M|) b_1, so |p(|M|)| <= 1/|b_1| <= 1/delta, and p increases beyond its
largest zero. One event serves every k, so that stopping early is allowed.

**Theorem** (Kuczynski & Wozniakowski 1992, who have 1.648). Whatever the spectrum of M, the largest Ritz value is below
(1 - eps) |M| with probability at most 1.596 n^{1/2} e^{-(2k - 1) eps^{1/2}}.

Proof. Let |M| = 1 and suppose so. Then the sum of (lambda_i - 1 + eps) p(lambda_i)^2 b_i^2 is negative for every p of
degree k - 1. Take lambda = (1 - eps) cos^2 s and p = sin((2k - 1) s) / sin s, a polynomial in lambda: the term of
lambda = 1 is (1 - eps) sinh^2((2k - 1) t) b_1^2 with t = artanh(eps^{1/2}), and no other is below -(1 - eps) b_i^2. So
|b_1| < 1 / cosh((2k - 1) t) <= 2 e^{-(2k - 1) eps^{1/2}}, and P(|b_1| < delta) <= (2 n / pi)^{1/2} delta.

Both hold on the one event |b_1| >= delta, and the smaller bound is taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.checks import FloatArray, integer, random_generator, real
from ...numbers.precision import default_errors
from .certificate import as_matrix, proved_bound, times_power_up

if TYPE_CHECKING:
    from ...results.tables import Table

_LEAST = 8 * float(np.finfo(np.float64).eps)
_MODERATE = 400  # binary exponents within which squares of sums are floats


@dataclass(frozen=True, eq=False)
class Norm:
    """The norm of an operator A, enclosed; made by `norm`.

    `value` = |A v| / |v| is attained by `vector` v (to rounding); `upper` is below the norm with probability at most
    `failure` over the random start, and never where that is 0; `steps` counts the products with A and with its adjoint.
    """

    value: float
    upper: float
    failure: float
    steps: int
    vector: FloatArray

    def __repr__(self) -> str:
        doubt = f", but for a probability {self.failure:.1g}" if self.failure else ""
        return f"{self.value:.7g} <= |A| <= {self.upper:.7g}{doubt}"

    def __float__(self) -> float:
        return self.value

    def table(self) -> Table:
        """The enclosure as a `Table` of one row: value, upper, failure, steps."""
        from ...views.stability import norm_table

        return norm_table(self)

    def latex(self) -> str:
        """The inequalities in LaTeX, rounded outward."""
        from ...views.stability import norm_latex

        return norm_latex(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


@default_errors
def norm(operator: Any, rng: Any = None, rtol: float = 1e-6, *, failure: float = 1e-10, steps: int = 500) -> Norm:
    r"""The operator norm |A|: the largest singular value, from below and from above.

    Parameters
    ----------
    operator : a real matrix, or a SciPy operator with an adjoint.
    rng : None, a start drawn from the system's entropy, or a seed or Generator. The probability is one over starts: for
        a fixed seed it is the share of all starts for which `upper` fails, and says nothing of an operator that
        was chosen with the seed in view.
    rtol : upper <= (1 + rtol) value ends the search, 1e-14 to 1.
    failure : the probability, over the start, with which `upper` may be below |A|; 1e-100 to 0.1. Matrices, arrays or
        sparse ones, of at most 1024 rows or columns have a proof in its place, and `Norm.failure` is 0.
    steps : the search ends after so many products, with the `upper` that there is then.

    Lanczos' method with full reorthogonalisation, which keeps min(steps, n) vectors. The statements are those of exact
    arithmetic (see the module); rounding adds about 1e-15 |A|. However the singular values lie, the theorem gives
    upper / value - 1 of at most about (log(1.6 n^{1/2} / failure) / k)^2 / 8 after k steps; gaps make it smaller.

    Raises TypeError and ValueError that name the parameter. Operators of any size that float64 has are taken in units
    in which their squares neither overflow nor vanish.

    >>> import numpy as np
    >>> norm(np.diag([3.0, 2.0, 1.0]))
    3 <= |A| <= 3
    """
    from scipy.sparse.linalg import LinearOperator, aslinearoperator

    try:
        linear: LinearOperator = aslinearoperator(operator)
    except (TypeError, ValueError) as error:
        raise TypeError(f"operator must be a matrix or a SciPy operator, got {operator!r}") from error
    if np.dtype(linear.dtype).kind not in "iuf":
        raise TypeError(f"operator must be real, got dtype {linear.dtype}")
    if 0 in linear.shape:
        raise ValueError(f"operator must have a row and a column, got shape {linear.shape}")
    rtol = real("rtol", rtol, 1e-14, 1.0)
    failure = real("failure", failure, 1e-100, 0.1)
    most = integer("steps", steps, 1)
    generator = random_generator(rng)
    try:
        linear.rmatvec(np.zeros(linear.shape[0]))
    except NotImplementedError as error:
        raise TypeError(f"operator must have an adjoint, got {operator!r}") from error
    if linear.shape[0] < linear.shape[1]:
        linear = linear.H
    found = _enclosed(linear, generator, rtol, failure, most)
    matrix = as_matrix(operator)
    if matrix is None:
        return found
    return replace(found, upper=max(proved_bound(matrix, found.upper), found.value), failure=0.0)


def _enclosed(linear: Any, generator: np.random.Generator, rtol: float, failure: float, most: int) -> Norm:
    """By Lanczos' method, in units in which no square overflows or vanishes."""
    from scipy.sparse.linalg import LinearOperator

    start = generator.standard_normal(linear.shape[1])
    image = linear.matvec(start)
    if not np.all(np.isfinite(image)):
        raise ValueError("operator must have finite entries; a product holds NaN or infinity")
    exponent = math.frexp(float(np.abs(image).max()))[1]
    if abs(exponent) <= _MODERATE:
        return _lanczos(linear, start, rtol, failure, most)
    scaled = LinearOperator(
        linear.shape,
        matvec=lambda v: np.ldexp(linear.matvec(v), -exponent),
        rmatvec=lambda v: np.ldexp(linear.rmatvec(v), -exponent),
        dtype=np.dtype(np.float64),
    )
    found = _lanczos(scaled, start, rtol, failure, most)
    value, upper = math.ldexp(found.value, exponent), times_power_up(found.upper, exponent)
    return replace(found, value=value, upper=upper)


def _lanczos(linear: Any, b: FloatArray, rtol: float, failure: float, steps: int) -> Norm:
    from scipy.linalg import eigh_tridiagonal

    n = linear.shape[1]
    most = min(steps, n)
    least = least_coordinate(n, failure)
    basis = np.empty((min(32, most), n))
    basis[0] = b / np.linalg.norm(b)
    diagonal: list[float] = []
    beside: list[float] = []
    check = 4
    for k in range(1, most + 1):
        image = linear.matvec(basis[k - 1])
        if not np.all(np.isfinite(image)):
            raise ValueError("operator must have finite entries; a product holds NaN or infinity")
        diagonal.append(float(image @ image))
        rest = linear.rmatvec(image)
        for _ in range(2):  # once leaves what cancellation has left
            rest = rest - basis[:k].T @ (basis[:k] @ rest)
        beta = float(np.linalg.norm(rest))
        # Below rounding the space is invariant: it holds the whole of the operator, as b has all coordinates.
        closed = beta <= _LEAST * max(diagonal) or k == n
        if closed or k >= check or k == most:
            check = k + max(1, k // 8)
            ritz, vectors = eigh_tridiagonal(diagonal, beside)
            top = float(ritz[-1])
            bound = top
            if not closed:
                t = math.acosh(1 / least) / (2 * k - 1)  # the theorem: eps = tanh(t)^2
                lemma = _beyond(ritz, [*beside, beta], math.log(least))
                bound = min(lemma, top * math.cosh(t) ** 2)
            if bound <= top * (1 + rtol) ** 2 or k == most:
                break
        beside.append(beta)
        if k == len(basis):
            basis = np.concatenate([basis, np.empty((min(k, most - k), n))])
        basis[k] = rest / beta
    vector = vectors[:, -1] @ basis[:k]
    vector /= np.linalg.norm(vector)
    value = float(np.linalg.norm(linear.matvec(vector)))
    upper = max(math.sqrt(max(bound, 0.0)), value) * (1 + _LEAST)
    return Norm(value, upper, 0.0 if n == 1 else failure, k, vector)


def least_coordinate(n: int, failure: float) -> float:
    """The delta for which a coordinate of a uniform unit vector of R^n has |b_1| < delta with probability `failure`.

    b_1^2 has the beta distribution with parameters 1/2, (n - 1)/2.

    >>> round(least_coordinate(3, 0.01), 15)  # uniform on [-1, 1]: Archimedes
    0.01
    """
    from scipy.special import betaincinv

    if n == 1:
        return 1.0
    return math.sqrt(float(betaincinv(0.5, (n - 1) / 2, failure)))


def _beyond(ritz: FloatArray, beta: list[float], log_least: float) -> float:
    """The lambda of the lemma, rounded up, by bisection in log(lambda - theta_k)."""
    wanted = float(np.sum(np.log(beta))) - log_least
    below = ritz[-1] - ritz
    high = wanted / len(ritz)  # with every theta_i = theta_k
    low = math.log(_LEAST * max(float(ritz[-1]), np.finfo(np.float64).tiny))
    if low >= high or np.log(math.exp(low) + below).sum() >= wanted:
        return float(ritz[-1]) + math.exp(low)
    for _ in range(60):
        middle = (low + high) / 2
        if np.log(math.exp(middle) + below).sum() >= wanted:
            high = middle
        else:
            low = middle
    return float(ritz[-1]) + math.exp(high)
