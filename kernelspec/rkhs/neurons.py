r"""Norms of single neurons: x -> |x| sigma(<w, x/|x|>) in the RKHS of the kernel |x||x'| kappa(cos) (claim 50).

Two of them: that of its features, by Taylor coefficients, whatever the dimension of x; and the smaller one of the
RKHS on R^d, by eigenvalues on the sphere. Source: Bietti & Mairal (2019), the norm of convolutional networks; the
second, and when they agree, here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from .. import sphere
from ..kernels.zonal import Zonal
from ..numbers.checks import dimension
from ..numbers.exact_numbers import Scalar, decimal, is_zero
from ..numbers.outward import rational
from ..numbers.precision import default_errors, good
from ..numbers.rational import Polynomial, as_fraction
from ..spectrum.closed import PolynomialForm
from ..spectrum.eigenvalue_arrays import are_lost

# The least and the most digits at which a Taylor coefficient is told from 0.
_DIGITS = (30, 480)


@default_errors
def squared_norm(kernel: Zonal, activation: Sequence[Any], square: Any) -> Fraction | float:
    r"""The squared norm of a neuron's features, a bound of its squared norm in the RKHS.

    .. math:: C^2_{\kappa,\sigma}(\lambda^2) = \sum_j \frac{a_j^2}{b_j}\lambda^{2j}, \qquad
              \sigma(u) = \sum_j a_j u^j, \quad \kappa(u) = \sum_j b_j u^j

    Parameters
    ----------
    kernel : kappa, with all b_j >= 0.
    activation : the coefficients a_0, a_1, ... of a polynomial sigma; real, finite.
    square : lambda^2 = |w|^2 >= 0.

    Returns
    -------
    A Fraction where the b_j that are needed are known to be rational, else a float (infinite beyond its range). A
    float argument stands for the decimal that it prints.

    Raises
    ------
    ValueError
        where a_j != 0 and b_j = 0: there is no bound of this kind (`sphere_squared_norm` may still be finite).

    Source: Bietti & Mairal 2019 (JMLR), norms of networks in the RKHS (claim 50).

    >>> import kernelspec as ks
    >>> squared_norm(ks.arccos(1), [0, 1], 3)  # a linear function: |w|^2/b_1 with b_1 = 1/2
    Fraction(6, 1)
    """
    terms = ratios(as_kernel(kernel), as_coefficients(activation), "kernel")
    point = _square(square)
    total = sum((r * point**j for j, r in terms.items()), Fraction(0))
    rational = all(kernel.polynomial_part(j % 2) is not None for j in terms)
    return total if rational and type(total) is Fraction else as_float(total)


@default_errors
def sphere_squared_norm(kernel: Zonal, activation: Sequence[Any], square: Any, d: int) -> Fraction | float:
    r"""The squared norm of a neuron in the RKHS itself, for inputs in R^d.

    .. math:: \|f\|^2 = \sum_k N(d,k)\frac{\mu_k(\sigma(\lambda\,\cdot))^2}{\mu_k(\kappa)} \le
              C^2_{\kappa,\sigma}(\lambda^2), \qquad f(x) = |x|\,\sigma(\langle w, x/|x|\rangle), \quad |w| = \lambda

    It is smaller than :math:`C^2` since powers of one parity are not orthogonal on the sphere; they are equal where
    :math:`a_j\lambda^j/b_j` is one number for all even j with b_j > 0, and one for all odd j. The
    difference is of order 1/d.

    Parameters
    ----------
    kernel, activation, square : as in `squared_norm`; kappa need not be known by its series.
    d : dimension of the inputs, >= 2.

    Returns
    -------
    A Fraction where kappa is a polynomial in each parity that sigma has, else a float; infinite where f is not in the
    RKHS, and beyond the range of floats.

    Raises ValueError where kappa is seen not to be positive semi-definite in R^d, or where an eigenvalue that is needed
    is not known to six digits.

    Source: Bietti & Bach 2021, Appendices A (claim 8) and B.1 (claim 10); Bietti & Mairal 2019 (JMLR; claim 50).

    >>> import kernelspec as ks
    >>> half = ks.parse("0.5*polynomial(0) + 0.5*polynomial(2)")
    >>> squared_norm(half, [0, 0, 1], 1), sphere_squared_norm(half, [0, 0, 1], 1, 3)
    (Fraction(2, 1), Fraction(3, 2))
    """
    as_kernel(kernel)
    coefficients, point, d = as_coefficients(activation), _square(square), dimension(d)
    parts = [kernel.polynomial_part(parity) for parity in (0, 1)]
    for part in parts:
        if part and min(part.values()) < 0:
            for k in range(max(part) % 2, max(part) + 1, 2):
                _require_positive(kernel, k, float(PolynomialForm(d, part).exactly(k)))
    exact, others = Fraction(0), {}
    for k in range(len(coefficients)):
        # mu_k of sigma(lambda u) over lambda^(k mod 2), so that lambda^2 alone is needed.
        value = sum(
            (
                coefficients[j] * point ** (j // 2) * sphere.monomial_eigenvalue_exact(d, j, k)
                for j in range(k, len(coefficients), 2)
            ),
            Fraction(0),
        )
        energy = sphere.multiplicity(d, k) * value**2 * point ** (k % 2)
        if not energy:
            continue
        part = parts[k % 2]
        if part is None:
            others[k] = energy
            continue
        eigenvalue = PolynomialForm(d, part).exactly(k)
        if is_zero(eigenvalue):
            return math.inf
        exact += energy / eigenvalue
    if others or type(exact) is not Fraction:
        return as_float(exact) + _sum_of_quotients(kernel, d, others)
    return exact


def _sum_of_quotients(kernel: Zonal, d: int, energies: dict[int, Fraction]) -> float:
    """The sum of energy/mu_k, infinite where a mu_k is 0."""
    found = kernel.spectrum(d)._values(np.array(list(energies)), False)
    total = 0.0
    for (k, energy), value, log, lost in zip(
        energies.items(), found.value, found.log_abs, are_lost(found), strict=True
    ):
        if lost:
            raise ValueError(
                f"kernel must have eigenvalues that are known to six digits where the activation has some; mu_{k} "
                f"of {kernel!r} on S^{d - 1} is not"
            )
        _require_positive(kernel, k, float(value))
        if log == -math.inf:
            return math.inf
        # Logarithms where mu_k itself is below the floats.
        quotient = math.log(energy.numerator) - math.log(energy.denominator) - float(log)
        if value > 1e-290:
            total += as_float(energy / Fraction(float(value)))
        else:
            total += math.exp(quotient) if quotient < 709 else math.inf  # e^709.8 is the largest
    return total


def _require_positive(kernel: Zonal, k: int, eigenvalue: float) -> None:
    if eigenvalue < 0:
        raise ValueError(f"kernel must be positive semi-definite; {kernel!r} has mu_{k} = {eigenvalue:.6g}")


def ratios(kernel: Zonal, activation: Sequence[Fraction], name: str) -> Polynomial:
    """a_j^2/b_j for every a_j != 0; a ValueError where b_j is 0, or where one that is known is negative."""
    found = {}
    wanted = _coefficients(kernel, [j for j, a in enumerate(activation) if a])
    for parity in (0, 1):
        _require_coefficient(kernel, name, kernel.polynomial_part(parity) or {})
    _require_coefficient(kernel, name, wanted)
    for j, b in wanted.items():
        if is_zero(b):
            raise ValueError(
                f"activation must have a_{j} = 0 where {name}, {kernel!r}, has b_{j} = 0; got "
                f"a_{j} = {float(activation[j]):.6g}"
            )
        found[j] = activation[j] ** 2 / b
    return found


def _require_coefficient(kernel: Zonal, name: str, coefficients: Polynomial) -> None:
    for j, b in coefficients.items():
        if b < 0:
            raise ValueError(
                f"{name} must have Taylor coefficients >= 0, as positive definite kernels have in every dimension; "
                f"{kernel!r} has b_{j} = {float(b):.6g}"
            )


def as_kernel(kernel: Any, name: str = "kernel") -> Zonal:
    """The kernel; a TypeError that says `name` for anything else."""
    if not isinstance(kernel, Zonal):
        raise TypeError(f"{name} must be a zonal kernel such as ks.arccos(1); got {kernel!r}")
    return kernel


def as_coefficients(activation: Any) -> tuple[Fraction, ...]:
    """The coefficients of a polynomial activation, exactly; TypeError or ValueError otherwise."""
    if isinstance(activation, str | bytes) or not isinstance(activation, Sequence | np.ndarray):
        raise TypeError(f"activation must be the coefficients a_0, a_1, ... of a polynomial; got {activation!r}")
    if not len(activation):
        raise ValueError("activation must hold at least one coefficient; got none")
    return tuple(decimal(as_fraction(a, f"activation a_{j}")) for j, a in enumerate(activation))


def as_float(value: Scalar) -> float:
    """The nearest float, infinity beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _coefficients(kernel: Zonal, degrees: list[int]) -> Polynomial:
    """b_j for these j, exactly where that parity of kappa is a polynomial, else to float64."""
    parts = [kernel.polynomial_part(parity) for parity in (0, 1)]
    found, missing = {}, []
    for j in degrees:
        part = parts[j % 2]
        if part is None:
            missing.append(j)
        else:
            found[j] = part.get(j, Fraction(0))

    def untold(digits: int) -> list[int]:
        left = [j for j in missing if j not in found]
        # Two at least: python-flint 0.7 cannot divide a series that is 0 to its order.
        balls = kernel.taylor(max(left[-1] + 1, 2), digits)
        for j in left:
            if balls[j].rel_accuracy_bits() > 60:
                # Not by way of a float: b_j = e^{-1}/j! is below them from j = 178 on.
                found[j] = rational(balls[j].mid())
        return [j for j in left if j not in found]

    if missing:
        good(untold, operator.not_, *_DIGITS, factor=4)
    # What no precision tells from 0 is taken for it.
    return {j: found.get(j, Fraction(0)) for j in degrees}


def _square(value: Any) -> Fraction:
    square: Fraction = decimal(as_fraction(value, "square"))
    if square < 0:
        raise ValueError(f"square must be >= 0, a squared norm; got {value}")
    return square
