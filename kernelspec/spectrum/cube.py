r"""`CubeSpectrum`: the eigenvalues xi_k of a kernel kappa(<x, y>/d) on the Boolean cube {-1, 1}^d, in balls.

They are finite sums (`sphere.cube`) in which up to d bits cancel, or more where an eigenvalue is tiny. Arb computes
all of them at once, and the precision is raised until each has its digits; floats are read from these balls. A parity
in which kappa is a polynomial has exact eigenvalues, zeros among them. Source: Misiakiewicz & Mei 2021 (arXiv
2111.08308), Section 2.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.ball_values import require_balls, values_at
from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import as_decimals
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import degrees, integer, scalar_or_array
from ..numbers.exact_numbers import ball
from ..numbers.precision import default_errors, precision, with_balls
from ..sphere.cube import cube_transform, monomial_on_cube
from .eigenvalue_arrays import Array
from .proved_eigenvalues import bounds

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..results.tables import Table

LARGEST = 4000  # dimension: there, a minute
_FLOAT_DIGITS = 20
_ATTEMPTS = 6
_MOST_DIGITS = 10_000
_SHOWN = 6  # eigenvalues in LaTeX


class CubeSpectrum:
    """xi_k of a kernel on {-1, 1}^d for every degree 0 <= k <= d: `s[5]`, `s[0:11]`, `s(array_of_k)`.

    xi_k is the eigenvalue of f -> E_y kappa(<x, y>/d) f(y), y uniform on the cube, on the parities of k coordinates,
    of which there are binom(d, k).

    Parameters
    ----------
    kernel : a kernel that balls can be read of (not `from_callable`), finite at u = 1.
    d : the dimension, from 1 to 4000.

    Raises ValueError and TypeError for other kernels and dimensions, and for degrees beyond d.

    >>> import kernelspec as ks
    >>> s = ks.ntk(3).spectrum(10, domain="cube")
    >>> round(s[4] / ks.ntk(3).spectrum(10)[4], 2)  # beside the sphere's
    4.83
    """

    @default_errors
    def __init__(self, kernel: Zonal, d: int) -> None:
        require_kernel(kernel)
        self.kernel = kernel
        self.d = integer("d", d, 1, LARGEST)
        require_formula(kernel, "eigenvalues on the cube, whose digits cancel in floats,")
        require_balls(kernel, "its eigenvalues on the cube have no certified digits")
        if math.isinf(kernel.at_one):
            raise ValueError(
                f"kernel must be finite at u = 1 on the cube, where x = y has a positive share: {kernel!r}"
            )
        self._parts = kernel.polynomial_part(0), kernel.polynomial_part(1)
        self._balls: dict[int, list[Any]] = {}

    # -- the computation -------------------------------------------------------------------------------------

    def _enclosed(self, digits: int) -> list[Any]:
        """All eigenvalues to so many digits, None in place of those that no precision told."""
        known = min((have for have in self._balls if have >= digits), default=None)
        if known is None:
            self._balls[digits] = self._computed(digits)
            known = digits
        return self._balls[known]

    def _computed(self, digits: int) -> list[Any]:
        d, bits = self.d, digits * math.log2(10) + 4
        found: list[Any] = [self._exact_ball(k, int(bits) + 32) for k in range(d + 1)]
        todo = [k for k in range(d + 1) if found[k] is None]
        depth = bits + 1.6 * d + 64
        for _ in range(_ATTEMPTS):  # until each is good, as `numbers.precision.good` does for one
            if not todo:
                break
            balls = self._transformed(int(depth))
            for k in todo:
                if balls[k].rel_accuracy_bits() >= bits:
                    found[k] = balls[k]
            todo = [k for k in todo if found[k] is None]
            depth *= 2
        return found

    def _transformed(self, bits: int) -> list[Any]:
        with precision(bits):
            read = as_decimals(self.kernel)
            d = self.d
            return cube_transform(values_at(read, [Fraction(d - 2 * h, d) for h in range(d + 1)]), d)

    def _exact_ball(self, k: int, bits: int) -> Any:
        part = self._parts[k % 2]
        if part is None:
            return None
        with precision(bits):
            return sum((ball(q) * ball(monomial_on_cube(self.d, m)[k]) for m, q in part.items()), ball(0))

    def _told(self, k: int, digits: int) -> Any:
        found = self._enclosed(digits)[k]
        if found is None:
            raise ArithmeticError(
                f"xi_{k} of {self.kernel!r} on the cube of dimension {self.d} could not be told to {digits} digits: it "
                "may be 0, but by no symmetry"
            )
        return found

    def _degrees(self, k: Any, name: str = "k") -> Array:
        if isinstance(k, slice):
            k = np.arange(*bounds(k))
        found = degrees(name, k).astype(np.int64)
        if found.size and found.max() > self.d:
            raise ValueError(f"{name} must be integers from 0 to d = {self.d}, got {int(found.max())}")
        return found

    # -- reading ----------------------------------------------------------------------------------------------

    @with_balls
    def certified(self, k: Any, digits: int = 30) -> Any:
        """An Arb ball that contains xi_k, relative radius below 10^-digits; a list of balls for many degrees.

        Parity zeros are exactly 0.

        Parameters
        ----------
        k : a degree from 0 to d, a slice with an end, or an array of degrees.
        digits : from 1 to 10000.

        Raises ValueError for a degree beyond d; ArithmeticError where the digits are out of reach (an eigenvalue that
        is zero, but by no symmetry).

        >>> import kernelspec as ks
        >>> ks.ntk(3).spectrum(1000, domain="cube").certified(500, digits=25).str(20, radius=False)
        '2.0387874942145896884e-303'
        """
        from ..numbers.enclosure import Enclosure

        digits = integer("digits", digits, 1, _MOST_DIGITS)
        array = self._degrees(k)
        found = [Enclosure(self._told(int(each), digits), digits) for each in array.ravel()]
        return found[0] if array.ndim == 0 else found

    @default_errors
    def exact(self, k: int) -> sympy.Expr:
        """xi_k as a sympy number, where the parity of kappa is a polynomial; NotImplementedError for others.

        >>> import kernelspec as ks
        >>> ks.polynomial(2).spectrum(5, domain="cube").exact(2)
        2/25
        """
        from ..numbers.exact_numbers import as_sympy

        k = int(self._degrees(integer("k", k, 0)))
        part = self._parts[k % 2]
        if part is None:
            raise NotImplementedError(f"{self.kernel!r} has no polynomial part of this parity: use certified({k})")
        total = as_sympy(Fraction(0))
        for m, q in part.items():
            total += as_sympy(q) * as_sympy(monomial_on_cube(self.d, m)[k])
        return total

    @with_balls
    def __call__(self, k: Any) -> Any:
        """xi_k in float64, rounded from 20 digits; 0.0 where it is zero or below the float range."""
        array = self._degrees(k)
        found = [float(self._told(int(each), _FLOAT_DIGITS).mid()) for each in array.ravel()]
        return scalar_or_array(np.array(found, float).reshape(array.shape))

    def __getitem__(self, k: Any) -> Any:
        return self(k)

    __iter__ = None  # slices have an end, as those of `Spectrum`

    @with_balls
    def log_abs(self, k: Any) -> Any:
        """log|xi_k|, -inf where it is exactly zero; finite also where xi_k leaves the float range."""
        array = self._degrees(k)
        balls = [self._told(int(each), _FLOAT_DIGITS) for each in array.ravel()]
        with precision(96):
            found = [-math.inf if x == 0 else float(abs(x.mid()).log()) for x in balls]
        return scalar_or_array(np.array(found, float).reshape(array.shape))

    @with_balls
    def error(self, k: Any) -> Any:
        """A bound of the relative error of s(k): the rounding of a float; 0 where xi_k is an exact zero.

        Where xi_k underflows it is 1: s(k) is 0 or has lost digits.
        """
        array = self._degrees(k)
        found = []
        for each in array.ravel():
            value = self._told(int(each), _FLOAT_DIGITS)
            size = abs(float(value.mid()))
            found.append(0.0 if value == 0 else 2.0**-53 + 1e-20 if size >= 2.0**-1022 else 1.0)
        return scalar_or_array(np.array(found, float).reshape(array.shape))

    def multiplicity(self, k: Any) -> Any:
        """binom(d, k), how many parities of k coordinates there are: exact integers.

        A Python integer for one degree; for an array one of int64, or of Python integers where one is 2^63 or more.
        """
        array = self._degrees(k)
        counts = [math.comb(self.d, int(each)) for each in array.ravel()]
        if array.ndim == 0:
            return counts[0]
        kind = np.int64 if all(n < 2**63 for n in counts) else object
        out = np.empty(len(counts), kind)
        out[:] = counts
        return out.reshape(array.shape)

    @with_balls
    def trace(self, kmax: int) -> float:
        """The partial trace sum_{k <= kmax} binom(d, k) xi_k; all of them, kmax = d, give kappa(1)."""
        kmax = integer("kmax", kmax, 0, self.d)
        with precision(128):
            terms = (math.comb(self.d, k) * self._told(k, _FLOAT_DIGITS) for k in range(kmax + 1))
            return float(sum(terms, ball(0)))

    @default_errors
    def ratio(self, k: Any) -> Any:
        """xi_k/mu_k, mu_k the eigenvalue on the sphere of the same dimension; NaN where that is 0.

        It leaves 1 where k^2 is of the order of d (derived here, claim L19b): the sphere's rates fail from there on.

        Parameters
        ----------
        k : a degree from 0 to d, or an array of them.

        Raises ValueError for d = 1, where there is no sphere.

        >>> import kernelspec as ks
        >>> ks.ntk(3).spectrum(100, domain="cube").ratio([2, 10, 20]).round(2).tolist()
        [1.02, 2.48, 48.02]
        """
        array = self._degrees(k)
        sphere = self.kernel.spectrum(self.d).values(array)
        quotient = np.exp(self.log_abs(array) - np.where(sphere.sign == 0, np.nan, sphere.log_abs))
        return scalar_or_array(np.asarray(quotient))

    def __reduce__(self) -> Any:
        return CubeSpectrum, (self.kernel, self.d)

    # -- what one looks at ------------------------------------------------------------------------------------

    def table(self, degrees: Any = None, digits: int | None = None) -> Table:
        """Eigenvalues as a `Table`: k, multiplicity, xi, that on the sphere (mu) and their ratio.

        Parameters
        ----------
        degrees : a degree, a slice with an end, or an array of degrees; 0 to 19, or to d, if None.
        digits : None for floats; a number of digits for `certified` balls of xi, and no more of the sphere.
        """
        from ..views.cube_spectra import table

        return table(self, degrees, digits)

    @default_errors
    def plot(self, ax: Any = None, label: str | None = None, degrees: Any = None, **more: Any) -> Axes:
        """Draw |xi_k| over k = 1, ..., d on logarithmic axes, even k full and odd k hollow; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; kernel and d if None.
        degrees : those that are drawn; 0 has no place on these axes.
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.cube_spectra import plot

        return plot(self, ax, label, degrees, **more)

    def __repr__(self) -> str:
        return f"CubeSpectrum({self.kernel!r}, d={self.d})"

    def _repr_html_(self) -> str:
        from ..views.cube_spectra import to_html

        return to_html(self)

    def _repr_latex_(self) -> str:
        return self.table(slice(0, min(_SHOWN, self.d + 1))).to_latex()
