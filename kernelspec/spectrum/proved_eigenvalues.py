"""What is exact or proved of a spectrum: expressions, certified balls, the expansion with its remainder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import as_decimals, decided
from ..kernels.zonal import Zonal
from ..numbers.checks import degrees, integer, scalar_or_array
from ..numbers.precision import cached_property, default_errors, with_balls
from ..numbers.rational import Polynomial
from . import closed
from .eigenvalue_arrays import Array

if TYPE_CHECKING:
    import sympy

    from ..numbers.enclosure import Enclosure
    from .asymptotic import Remainder

_LARGEST_EXACT = 20_000
_MOST_DIGITS = 10_000


class ProvedEigenvalues:
    """mu_k of a kernel on S^{d-1} in exact numbers and in balls: the part of `Spectrum` that needs no floats."""

    kernel: Zonal
    d: int

    @cached_property
    def _polynomial_parts(self) -> tuple[Polynomial | None, Polynomial | None]:
        return self.kernel.polynomial_part(0), self.kernel.polynomial_part(1)

    @default_errors
    def exact(self, k: int) -> sympy.Expr:
        """mu_k as a sympy expression; NotImplementedError, with the reason, where no closed form is known.

        >>> import kernelspec as ks
        >>> ks.arccos(1).spectrum(3).exact(2)
        3/128
        """
        k = integer("k", k, 0)
        require_formula(self.kernel, "an exact eigenvalue")
        if k + self.d > _LARGEST_EXACT:
            raise ValueError(f"k + d must be at most {_LARGEST_EXACT} for an exact value; got {k + self.d}")
        polynomial = self._polynomial_parts[k % 2]
        if polynomial is not None:
            return closed.PolynomialForm(self.d, polynomial).sympy(k)
        self.kernel.require_whole("its eigenvalues have no exact form")
        return closed.exact(self.kernel, self.d, k)

    @with_balls
    def certified(self, k: Any, digits: int = 30) -> Any:
        """An Arb ball that contains mu_k, relative radius below 10^-digits; a list of balls for many degrees.

        It prints with `digits` digits. Parity zeros are exactly 0. The proof is that of
        `kernelspec.spectrum.certified`: quadrature with a bound on its error, from a check that the kernel is analytic
        around [-1, 1], all in ball arithmetic (Bietti & Bach 2021, Appendix A, claim 6; Trefethen, ATAP, Theorem
        19.3).

        Parameters
        ----------
        k : a degree, a slice, or an array of degrees.
        digits : from 1 to 10000.

        Raises ValueError where analyticity cannot be shown, or the kernel is itself a truncated series (but for duals
        of smooth activations by name, whose Hermite coefficients are proved: `kernelspec.kernels.hermite_balls`);
        ArithmeticError where the digits are out of reach (an eigenvalue that is zero, but by no symmetry).

        Networks of activations with pieces are read on [-1, 1] alone: their proof is by Taylor models on panels of the
        angle (`kernelspec.spectrum.panel_balls`), up to degree 2000; so are networks in which smooth activations by
        name stand beside pieces, ReLU and whatever has kinks (`kernelspec.kernels.panel_readings`). There 8192 terms of
        a Hermite series are read; ArithmeticError, with what they leave, where that is too much: of tanh some 1e-105.

        Beyond degree 2000, and before for few degrees of which quadrature takes many bits, the expansion with its
        proved remainder takes over (`asymptotic_bound`). A parameter that is a rounded float, such as 1/3, is taken for
        the decimal that it prints (`kernelspec.numbers.exact_numbers`).

        >>> import kernelspec as ks
        >>> ks.ntk(3).spectrum(10).certified(20, digits=25).str(20, radius=False)
        '9.2722586132252868018e-10'
        """
        from ..numbers.enclosure import Enclosure
        from .certified import certified

        require_formula(self.kernel, "a certified eigenvalue")
        digits = integer("digits", digits, 1)
        if digits > _MOST_DIGITS:
            raise ValueError(f"digits must be at most {_MOST_DIGITS}; got {digits}")
        array = self._degrees(k)
        wanted = [int(x) for x in array.ravel()]
        found = certified(as_decimals(self.kernel), self.d, wanted, digits)
        found = [Enclosure(mu, digits) for mu in found]
        return found[0] if array.ndim == 0 else found

    @with_balls
    def asymptotic(self, k: Any, terms: int = 3) -> Any:
        r"""The first `terms` terms of the asymptotic expansion of mu_k (claim 18, derived here), in float64:

        .. math:: \sum_m (a_m + (-1)^k b_m)\, C(d,\nu_m)\, \Gamma(k-\nu_m)/\Gamma(k+\nu_m+d-1)

        over the non-integer exponents of the kernel's expansions at u = 1 (a_m) and u = -1 (b_m).

        Parameters
        ----------
        k : a degree beyond the last exponent, or an array of them.
        terms : how many exponents, at least 1.

        Raises ValueError for kernels that are analytic on [-1, 1], whose eigenvalues fall faster than any power.

        >>> import kernelspec as ks
        >>> s = ks.ntk(3).spectrum(4)
        >>> abs(s.asymptotic(200, terms=3) / s[200] - 1) < 1e-10
        True
        """
        from .asymptotic import asymptotic

        require_formula(self.kernel, "an asymptotic expansion")
        terms, array = integer("terms", terms, 1), self._degrees(k)
        return scalar_or_array(asymptotic(decided(self.kernel), self.d, array, terms).value)

    @with_balls
    def asymptotic_ball(self, k: int, terms: int = 3, digits: int = 30) -> Enclosure:
        """The same sum at one degree as an Arb ball, right to `digits` digits and printed with them.

        >>> import kernelspec as ks
        >>> ks.ntk(3).spectrum(4).asymptotic_ball(200, terms=3, digits=12).str(10, radius=False)
        '8.693173943e-10'
        """
        from ..numbers.enclosure import Enclosure
        from .asymptotic import asymptotic_ball

        require_formula(self.kernel, "an asymptotic expansion")
        terms = integer("terms", terms, 1)
        k, digits = integer("k", k, 0), integer("digits", digits, 1)
        return Enclosure(asymptotic_ball(decided(self.kernel), self.d, k, terms, digits), digits)

    @with_balls
    def asymptotic_bound(self, k: Any, terms: int = 3) -> Any:
        """A proved bound of |mu_k - the sum of `terms` terms|, rounded up, for every k >= `remainder(terms).start`.

        The sum is the exact one: `asymptotic` adds the rounding of float64, `asymptotic_ball` encloses it.

        The theorem and its proof: `kernelspec.spectrum.asymptotic`. Raises ValueError for a smaller k, and where
        the kernel cannot be shown to be analytic off the cuts.

        >>> import kernelspec as ks
        >>> s = ks.ntk(3).spectrum(4)
        >>> abs(s[50] - s.asymptotic(50, 2)) <= s.asymptotic_bound(50, 2) < 1e-4 * s[50]
        True
        """
        remainder = self.remainder(terms)
        array = self._degrees(k)
        found = [math.nextafter(float(remainder.bound(int(x))), math.inf) for x in array.ravel()]
        return scalar_or_array(np.array(found).reshape(array.shape))

    @with_balls
    def remainder(self, terms: int = 3) -> Remainder:
        """The statement behind `asymptotic_bound`: its terms, constants, and the degree `start` from which it holds."""
        from .asymptotic import remainder

        require_formula(self.kernel, "an asymptotic expansion")
        return remainder(decided(self.kernel), self.d, integer("terms", terms, 1))

    def _degrees(self, k: Any, name: str = "k") -> Array:
        if isinstance(k, slice):
            k = np.arange(*bounds(k))
        return degrees(name, k).astype(np.int64)


def bounds(k: slice) -> tuple[int, int, int]:
    """Start, end and step of a slice of a spectrum; ValueError where it has no end."""
    if k.stop is None:
        raise ValueError("a slice of the spectrum needs an end: s[0:100]")
    start = 0 if k.start is None else integer("the start of a slice", k.start, 0)
    step = 1 if k.step is None else integer("the step of a slice", k.step, 1)
    return start, integer("the end of a slice", k.stop, 0), step
