r"""Kernels averaged over a finite group of rotations and reflections: their eigenvalues, enclosed, and their values.

.. math:: K_G(x, y) = \frac{1}{|G|}\sum_{g \in G} \kappa(\langle x, g y\rangle) =
          \sum_k \mu_k \sum_{j \le N_G(d,k)} Y_{kj}(x) Y_{kj}(y)

over orthonormal invariant harmonics: the average over G is the projection of the harmonics of degree k onto those that
are invariant (`kernelspec.sphere.invariants`), and kappa acts on all of them by mu_k. The RKHS of K_G is the part of
that of kappa that is invariant, with the same norm.

Sums of these levels bound no data set in place of uniform data: K_G is not invariant to all rotations, and the average
over rotations by which uniform data is the worst case for kappa is not one of its operators. Their mean over samples
of uniform data is below them, by Jensen's inequality; single samples are at times above.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import FloatArray, flag, integer, reals
from ..numbers.outward import lower_float, upper_float
from ..numbers.precision import default_errors, precision, with_balls
from ..sphere.finite_groups import FiniteGroup
from .levels import Levels
from .mercer import mercer

if TYPE_CHECKING:
    from ..spectrum.spectrum import Spectrum

_BITS = 192
_DIGITS = 25
_MOST_ELEMENTS = 10_000


@with_balls
def invariant_levels(spectrum: Spectrum, group: FiniteGroup, degrees: int = 64) -> Levels:
    r"""The eigenvalues mu_k, k < `degrees`, of a kernel averaged over a group, with their multiplicities N_G(d,k).

    The trace of the others is enclosed by that of kappa, parity by parity: with s the bounds of N_G/N from `degrees` on
    (`FiniteGroup.share`),

    .. math:: \sum_{k \ge K} \mu_k N_G(d,k) \in s \sum_{k \ge K} \mu_k N(d,k),
        \qquad \sum_{k\ \mathrm{even/odd}} \mu_k N(d,k) = \tfrac12(\kappa(1) \pm \kappa(-1)).

    No eigenvalue of them is above that trace over N(d,K), as N(d,k) does not fall.

    Parameters
    ----------
    spectrum : `k.spectrum(d)` of a kernel that is positive definite, and finite at 1 and -1.
    group : from `kernelspec.sphere.invariants`, on R^d; `trivial(d)` gives the levels of kappa itself.
    degrees : how many degrees are read, from 2 on.

    Raises ValueError where the eigenvalues cannot be certified, or one is negative, or the group acts on another space.
    Source: Molien (1897), Mei, Misiakiewicz & Montanari (2021); the bounds are derived here.

    >>> import kernelspec as ks
    >>> levels = invariant_levels(ks.ntk(3).spectrum(28), ks.sphere.invariants.cyclic(28), degrees=8)
    >>> levels.multiplicity_lower.astype(int).tolist()
    [1, 1, 14, 144, 1113, 7047, 38448, 184938]
    """
    from flint import arb

    if not isinstance(group, FiniteGroup):
        raise TypeError(f"group must be made by kernelspec.sphere.invariants; got {group!r}")
    degrees = integer("degrees", degrees, 2)
    if group.d != spectrum.d:
        raise ValueError(
            f"group must act on R^{spectrum.d}, as spectrum is on S^{spectrum.d - 1}; got one on R^{group.d}"
        )
    ks = range(degrees)
    values = spectrum.certified(ks, digits=_DIGITS)
    trivial = [int(n) for n in np.atleast_1d(spectrum.multiplicity(list(ks)))]
    numbers = [int(n) for n in np.atleast_1d(group.multiplicity(list(ks)))]
    for k, value in zip(ks, values, strict=True):
        if value < 0:
            raise ValueError(f"spectrum must be that of a positive definite kernel; mu_{k} = {value.str(5)}")
    if spectrum.kernel.series_sign != 1 and math.isfinite(spectrum.kernel.at_one):
        mercer(spectrum.kernel, spectrum.d)  # ValueError where an eigenvalue of any degree is negative, or may be
    with precision(_BITS):
        one, minus = (spectrum.kernel(arb(u)) for u in (1, -1))
        rest, whole = [Fraction(0), Fraction(0)], 0.0
        for parity, shares in enumerate(group.share(degrees)):
            part = spectrum.kernel.polynomial_part(parity)
            if part is not None and max(part, default=-1) < degrees:
                continue  # nothing is left
            total = (one + (minus if parity == 0 else -minus)) / 2
            total -= sum((values[k] * trivial[k] for k in range(parity, degrees, 2)), arb(0))
            if not total.is_finite() or total < 0:
                raise ValueError(
                    f"spectrum must be that of a positive definite kernel that is finite at 1 and -1; what is left of "
                    f"its trace from degree {degrees} on is {total.str(5)}"
                )
            low, high = max(lower_float(total), 0.0), upper_float(total)
            rest[0] += shares[0] * Fraction(low)
            rest[1] += shares[1] * Fraction(high)
            first = degrees + (degrees - parity) % 2
            whole = max(whole, upper_float(Fraction(high) / int(spectrum.multiplicity(first))))
    return Levels(
        np.array([max(lower_float(value), 0.0) for value in values]),
        np.array([upper_float(value) for value in values]),
        np.array([lower_float(Fraction(n)) for n in numbers]),
        np.array([upper_float(Fraction(n)) for n in numbers]),
        (lower_float(rest[0]), upper_float(rest[1])),
        whole,
    )


@default_errors
def averaged_gram(kernel: Zonal, group: FiniteGroup, x: Any, y: Any = None, *, normalize: bool = False) -> FloatArray:
    """The Gram matrix of the kernel averaged over a group, K_G(x_i, y_j): |G| Gram matrices of `kernel.gram`.

    Parameters
    ----------
    kernel : a zonal kernel.
    group : from `kernelspec.sphere.invariants`, on R^d, with at most 10^4 elements and rational generators.
    x, y : points of R^d, shapes (n, d) and (m, d); x again if None.
    normalize : as for `kernel.gram`: whether norms are left aside.

    >>> import kernelspec as ks
    >>> group = ks.sphere.invariants.cyclic(3)
    >>> averaged_gram(ks.polynomial(1), group, [[1.0, 0.0, 0.0]])
    array([[0.33333333]])
    """
    require_kernel(kernel)
    if not isinstance(group, FiniteGroup):
        raise TypeError(f"group must be made by kernelspec.sphere.invariants; got {group!r}")
    flag("normalize", normalize)
    points = [reals(name, each) for name, each in (("x", x), ("y", y)) if each is not None or name == "x"]
    for name, each in zip("xy", points, strict=False):
        if each.ndim != 2 or each.shape[1] != group.d:
            raise ValueError(f"{name} must have shape (n, {group.d}), as {group} acts; got {each.shape}")
    total: Any = 0.0
    x, other = points[0], points[-1]
    for g in group.elements(_MOST_ELEMENTS):
        total = total + kernel.gram(x, other @ g.T, normalize=normalize)
    mean = total / group.order
    return np.asarray((mean + mean.T) / 2 if y is None else mean)
