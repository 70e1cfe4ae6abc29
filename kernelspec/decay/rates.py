r"""How fast the eigenvalues of a kernel fall that is smooth on [-1, 1] (claims 11, 31).

An entire kernel beats every geometric rate; for the exponential ones the asymptote is known,

.. math:: \kappa = e^{\alpha(u-1)}: \quad \mu_k = e^{-\alpha}\, \Gamma(d/2) (2/\alpha)^{d/2-1} I_{k+d/2-1}(\alpha)
   \sim e^{-\alpha}\, \Gamma(d/2)\, \frac{(\alpha/2)^k}{\Gamma(k+d/2)} .

A kernel whose nearest singularity off [-1, 1] is at u_0 is analytic inside the ellipse with foci +-1 through u_0,
of semi-axis sum rho = |u_0| + sqrt(u_0^2 - 1), so that limsup |mu_k|^{1/k} = 1/rho (Szegő 1939, Theorem 9.1.1: the
series in Gegenbauer polynomials converges inside the largest such ellipse, and in no larger one).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..expansions.rings import ExactRing
from ..expansions.series import Series
from ..expansions.series_point import along
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar, as_number, as_sympy


@dataclass(frozen=True)
class Rate:
    """The decay of a smooth kernel's eigenvalues.

    `statement` says it; `rho` is the reciprocal of the limsup of |mu_k|^{1/k} as a sympy number (infinite for entire
    kernels, None where it is not known); `asymptote` is an expression in the symbol `k` that mu_k over it tends to 1
    for the parities that do not vanish (None where it is not known). The ellipse that sets rho: Szegő 1939, 9.1.1.
    """

    statement: str
    rho: Any = None
    asymptote: Any = field(default=None, repr=False)


def rate(kernel: Zonal, d: int) -> Rate:
    """The rate for a kernel that is analytic on [-1, 1], on S^{d-1}.

    >>> from kernelspec import dual
    >>> rate(dual("gelu"), 3).rho
    sqrt(3) + 2
    """
    import sympy

    if kernel.infinitely_smooth and kernel.radius <= 1 and kernel.singular:
        return Rate("faster than any power: the kernel is infinitely smooth on [-1, 1] (claim 31)")
    found = _exponential(kernel, d)
    if found is not None:
        return Rate(f"mu_k ~ {found}", sympy.oo, found)
    points = kernel.singularities
    if points is None:
        return Rate("faster than some geometric rate: the kernel is analytic on [-1, 1]")
    if not points:
        return Rate("faster than any geometric rate: the kernel is entire", sympy.oo)
    nearest = min(abs(point) for point in points)
    if not any(_singular_at(kernel, point) for point in points if abs(point) == nearest):
        return Rate(f"faster than any geometric rate below that of a singularity at u = {nearest}")
    u = as_sympy(nearest)
    rho = u + sympy.sqrt(u**2 - 1)
    return Rate(f"limsup |mu_k|^(1/k) = 1/({rho}): the nearest singularity is at u = {u}", rho)


def _exponential(kernel: Zonal, d: int) -> Any:
    """The asymptote for a multiple of an exponential kernel."""
    import sympy

    from ..spectrum.bessel import BesselForm

    scale: Scalar = Fraction(1)
    if len(kernel.as_sum) == 1:
        ((scale, kernel),) = kernel.as_sum
    form = kernel.eigenvalue(d)
    if not isinstance(form, BesselForm):
        return None
    return as_sympy(scale) * form.asymptote(sympy.Symbol("k", integer=True, nonnegative=True))


def _singular_at(kernel: Zonal, point: Scalar) -> bool:
    """Whether kappa(point (1-t)) has a power of t that is no integer >= 0, among its first few."""
    ring, u = ExactRing(), as_number(point)
    series = along(kernel, Series(ring, 1, u, 1, [-u, *[ring.zero] * 7], 1))
    exponents = (Fraction(j, series.q) for j, c in enumerate(series.body, series.v) if not c.is_zero())
    return any(e.denominator > 1 or e < 0 for e in exponents)
