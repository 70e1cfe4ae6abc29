r"""The RKHS of kappa(x.y/d) on the Boolean cube {-1, 1}^d: norms of polynomials, and what learning theory asks.

.. math:: \|f\|^2 = \sum_S \frac{f_S^2}{\xi_{|S|}}, \qquad f = \sum_S f_S \prod_{i \in S} x_i ,

xi_l the eigenvalue at degree l (`spectrum.cube`), infinite where xi_{|S|} = 0 and f_S != 0. All functions on the cube
are polynomials, x_i^2 = 1. Source: Misiakiewicz & Mei 2021, Section 2.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import decided
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import integer
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least, cached_property, default_errors, with_balls
from ..spectrum.cube import CubeSpectrum
from .capacity_on_sphere import Capacity
from .membership import Membership
from .ridge import Function

if TYPE_CHECKING:
    from ..numbers.enclosure import Enclosure

_FLOAT_DIGITS = 18
_MOST_DIGITS = 200


class CubeSpace(Capacity):
    """The RKHS of a kernel on the cube {-1, 1}^d, functions being those of `polynomial`.

    Parameters
    ----------
    kernel : a `Zonal`, positive semi-definite on the cube.
    d : the dimension, from 1 to 4000; functions have 2 coordinates at least.

    Raises TypeError for what is no kernel; ValueError for another d, and for a kernel known in floats only.

    >>> import kernelspec as ks
    >>> H = ks.ntk(3).rkhs(10, domain="cube")
    >>> f = ks.rkhs.polynomial("x1*x2 + x3**3", 10)  # on the cube, x3^3 = x3
    >>> mu = ks.ntk(3).spectrum(10, domain="cube")
    >>> abs(H.norm(f) ** 2 - (1 / mu[2] + 1 / mu[1])) < 1e-10
    True
    """

    domain = "cube"

    @with_balls
    def __init__(self, kernel: Zonal, d: int) -> None:
        require_kernel(kernel)
        require_formula(kernel, "a space of functions")
        self.kernel = decided(kernel)
        self.d = CubeSpectrum(self.kernel, d).d

    def __repr__(self) -> str:
        return f"CubeSpace({self.kernel!r}, d={self.d})"

    def _repr_latex_(self) -> str:
        return rf"RKHS of ${self.kernel.latex()}$ on $\{{-1, 1\}}^{{{self.d}}}$"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CubeSpace) and (self.kernel, self.d) == (other.kernel, other.d)

    def __hash__(self) -> int:
        return hash((CubeSpace, self.kernel, self.d))

    def __reduce__(self) -> Any:
        return CubeSpace, (self.kernel, self.d)

    @cached_property
    def spectrum(self) -> CubeSpectrum:
        """The eigenvalues."""
        return CubeSpectrum(self.kernel, self.d)

    @with_balls
    @default_errors
    def contains(self, f: Function) -> Membership:
        """Whether the polynomial f is in the RKHS: it has no part at degrees with eigenvalue 0.

        Raises TypeError for what is no function, ValueError for one of another d, for ridge functions, and for a kernel
        that is seen not to be positive.
        """
        energies = self._energies(f)
        for degree in sorted(energies):
            eigenvalue = self.spectrum.certified(degree, 1)
            if eigenvalue < 0:
                raise ValueError(
                    f"kernel must be positive semi-definite on the cube; {self.kernel!r} has xi_{degree} < 0"
                )
            if eigenvalue == 0:
                why = f"xi_{degree} = 0 exactly, but f has parities of degree {degree}: their squares add up to "
                why += f"{energies[degree]}."
                return Membership(False, why, (why,))
        why = "f has finitely many parities, and xi_l > 0 at all of their degrees."
        return Membership(True, why, (why,))

    @with_balls
    @default_errors
    def norm(self, f: Function, digits: int | None = None) -> float | Enclosure:
        """|f| in the RKHS: a float, or with `digits` an Arb ball; math.inf where f is proved not to be in it.

        Parameters
        ----------
        f : a polynomial in d variables, read on the cube.
        digits : None, or from 1 to 200: the ball has so many significant digits.

        Raises what `contains` raises.
        """
        from ..numbers.enclosure import Enclosure

        wanted = None if digits is None else integer("digits", digits, 1, _MOST_DIGITS)
        if not self.contains(f).member:
            return math.inf
        precise = (wanted or _FLOAT_DIGITS) + 2
        with at_least(64 + int(3.4 * precise)):
            energies = self._energies(f)
            square = sum((ball(e) / self.spectrum.certified(k, precise) for k, e in energies.items()), ball(0))
            return float(square.sqrt()) if wanted is None else Enclosure(square.sqrt(), wanted)

    def _energies(self, f: Any) -> dict[int, Fraction]:
        """The sum of the squares of the coefficients of each degree, where it is not 0."""
        if not isinstance(f, Function):
            raise TypeError(f"f must be a function such as ks.rkhs.polynomial(text, d); got {f!r}")
        if f.d != self.d:
            raise ValueError(f"f must have {self.d} variables, as the cube of {self!r}; it has {f.d}")
        if f.ridges:
            raise ValueError(f"f must be a polynomial on the cube; got {f!r}")
        parities: dict[tuple[int, ...], Fraction] = {}
        for monomial, q in f.polynomial.items():
            odd = tuple(i for i, power in monomial if power % 2)
            parities[odd] = parities.get(odd, Fraction(0)) + q
        energies: dict[int, Fraction] = {}
        for odd, q in parities.items():
            if q:
                energies[len(odd)] = energies.get(len(odd), Fraction(0)) + q * q
        return energies
