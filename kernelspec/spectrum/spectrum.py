"""`Spectrum`: the eigenvalues mu_k of a zonal kernel on S^{d-1}, by the best route for each of its terms.

The choice, term by term of the kernel's linear combination (mu_k is linear in the kernel):

1. a parity in which the whole kernel is a polynomial, exactly: claim 10; beyond its degree mu_k is exactly 0.0;
2. closed forms (`closed`): arc-cosine kernels of every degree and u times them - so also ntk(2), with and without
   bias -, polynomials, exponentials, powers (1-u)^nu and (1-u^2)^p;
3. kernels without a singularity on [-1, 1] (`taylor`): duals of smooth activations, their products and compositions;
4. everything else by the branch-cut integral (`contour`): all deeper networks, Laplace, step networks, products;
5. where that has lost digits, or there is no contour, by what `repair` finds: the contour of the whole kernel, its
   Taylor series, its expansion with the proved remainder, quadrature in balls. What none of them knows to 1e-6 is NaN,
   with a RuntimeWarning.

`method(k)` says which. `error(k)` estimates the relative error, never below the true one on the problems of the
test-suite; where nothing cancels it is a few 1e-15 times 1 + |log mu_k|/30.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import sphere
from ..kernels.callables import require_formula
from ..kernels.expression import add
from ..kernels.hermite import PowerSeries
from ..kernels.piecewise import PiecewiseDual
from ..kernels.rounded_parameters import as_decimals, decided
from ..kernels.smooth_duals import SmoothDual
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import degrees, dimension, flag, integer
from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property, default_errors, with_balls
from ..numbers.rational import Polynomial
from . import closed
from .repair import CONTOUR, LARGEST_IN_BALLS, WEAK, contour_route, repaired
from .taylor import LARGEST_DEGREE, TaylorRoute
from .values import Array, Values, combine, unknown, without_lost

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..decay import DecayFit
    from ..results.tables import Table
    from .asymptotic import Remainder
    from .radial import RadialRoute

_SHOWN = 6  # eigenvalues in LaTeX
_LARGEST_EXACT = 20_000
_MOST_DIGITS = 10_000
# Analytic parts are left out where they are below e^-42 = 6e-19 of the rest.
_NEGLIGIBLE = 42.0


class _Route(NamedTuple):
    coefficient: float
    name: str
    values: Any  # degrees -> Values


class Approximation(NamedTuple):
    """Values and their absolute errors."""

    value: Any
    error: Any


class Spectrum:
    """mu_k of a kernel on S^{d-1} for every degree k >= 0: `s[5]`, `s[0:100]`, `s(array_of_k)`.

    mu_k is the eigenvalue of f -> int kappa(x.y) f(y) dtau(y), tau the uniform probability, on the harmonics of
    degree k, with multiplicity N(d, k) (Bietti & Bach 2021, Appendix A; claims 6-8). Raises ValueError for d < 2.
    """

    @default_errors
    def __init__(self, kernel: Zonal, d: int) -> None:
        require_kernel(kernel)
        self.kernel = kernel
        self.d = dimension(d)
        if math.isinf(kernel.at_one):
            for _, term in closed.expanded(kernel):
                term.eigenvalue(self.d)  # refuses what is not integrable

    # -- routes -----------------------------------------------------------------------------------------

    @cached_property
    def _polynomial_parts(self) -> tuple[Any, Any]:
        return self.kernel.polynomial_part(0), self.kernel.polynomial_part(1)

    @cached_property
    def _routes(self) -> tuple[list[_Route], list[_Route]]:
        """For each parity the routes whose values add up to mu_k."""
        return self._routes_of(0), self._routes_of(1)

    def _routes_of(self, parity: int) -> list[_Route]:
        routes: list[_Route] = []
        values: Any
        polynomial: Polynomial = {}
        rest: list[tuple[Scalar, Zonal]] = []
        for c, kernel in closed.of_parity(self.kernel, parity):
            part = kernel.polynomial_part(parity)
            if part is not None:
                for m, q in part.items():
                    polynomial[m] = polynomial.get(m, Fraction(0)) + c * q
            elif isinstance(kernel, PowerSeries | SmoothDual):
                values = functools.partial(closed.polynomial_values, kernel.known(parity), self.d)
                routes.append(_Route(float(c), "truncated series", values))
            elif isinstance(kernel, PiecewiseDual):
                values = functools.partial(_radial_route(kernel).values, self.d)
                routes.append(_Route(float(c), "radial integral", values))
            elif kernel.user_functions:
                values = functools.partial(_quadrature_route_values, kernel, self.d)
                routes.append(_Route(float(c), "quadrature", values))
            elif (form := kernel.eigenvalue(self.d)) is not None:
                values = functools.partial(closed.floats, form)
                routes.append(_Route(float(c), "closed form", values))
            elif kernel.radius > 1:
                values = functools.partial(TaylorRoute(kernel).values, self.d)
                routes.append(_Route(float(c), "Taylor series", values))
            else:
                kernel.require_continued("products and compositions with it have no eigenvalues here")
                rest.append((c, kernel))
        # Terms that may cancel are better added before they are integrated, and share one contour.
        if rest:
            values = functools.partial(_contour_values, add(rest), self.d)
            routes.append(_Route(1.0, CONTOUR, values))
        if any(polynomial.values()) or not routes:
            values = functools.partial(closed.polynomial_values, polynomial, self.d)
            routes.append(_Route(1.0, "polynomial", values))
        return routes

    @default_errors
    def values(self, k: Any, estimate: bool = False) -> Values:
        """Value, logarithm, sign and relative error for an array of degrees.

        With `estimate`, quadratures are repeated on another contour, and the error covers the difference. What no
        route knows to 1e-6 is NaN, with a `PrecisionWarning`.
        """
        return without_lost(self._values(k, flag("estimate", estimate)), self)

    @default_errors
    def approximate(self, k: Any) -> Approximation:
        """mu_k and its absolute error, also where that is more than 1e-6 of it: of a function of your own, of a series
        that is cut off, or where digits are lost.

        >>> import numpy as np
        >>> import kernelspec as ks
        >>> s = ks.from_callable(lambda u: np.exp(u - 1), name="gauss").spectrum(3)
        >>> value, error = s.approximate(30)
        >>> abs(value) < error < 1e-13
        True
        """
        found = self._values(k, True)
        size = np.abs(found.value)
        # Of a value 0 there is no relative error; what a series that is cut off misses remains.
        error = np.where(size == 0, 0.0, found.error) * size
        error = np.maximum(error, self._missing(k))
        if found.value.ndim == 0:
            return Approximation(float(found.value), float(error))
        return Approximation(found.value, error)

    def _values(self, k: Any, estimate: bool) -> Values:
        wanted = degrees("k", k).astype(np.int64)
        flat = wanted.ravel()
        out = [np.zeros(flat.shape) for _ in range(4)]
        for parity in (0, 1):
            chosen = np.flatnonzero(flat % 2 == parity)
            if not chosen.size:
                continue
            found = self._of_parity(parity, flat[chosen], estimate)
            for target, source in zip(out, found, strict=True):
                target[chosen] = source
        found = Values(*(part.reshape(wanted.shape) for part in out))
        if self.kernel.truncation:
            missing = self._missing(wanted)
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                error = found.error + np.where(missing > 0, missing / np.abs(found.value), 0.0)
            # Nothing there is known to be 0: the logarithm of a value that is 0 is unknown.
            log_abs = np.where((missing > 0) & (found.sign == 0), np.nan, found.log_abs)
            found = found._replace(error=error, log_abs=log_abs)
        return found

    def _missing(self, k: Any) -> Array:
        """What a series that is cut off misses of mu_k at most: what it misses of the kernel on [-1, 1]."""
        missing = [self.kernel.truncation * (p is None) for p in self._polynomial_parts]
        return np.array(missing)[np.asarray(k).astype(np.int64) % 2]

    def _of_parity(self, parity: int, k: Array, estimate: bool, names: list[str] | None = None) -> Values:
        """The values at degrees of one parity; `names`, for one degree, is filled with the routes that gave it."""
        polynomial = self._polynomial_parts[parity]
        if polynomial is not None:
            return closed.polynomial_values(polynomial, self.d, k)
        routes = self._routes[parity]
        found = self._combined(routes, k, False, names)
        by_contour = any(route.name == CONTOUR for route in routes)
        bare = self.kernel.user_functions or self.kernel.truncation or self.kernel.real_only
        if bare or len(routes) == 1 and not by_contour:
            return found
        lost = ~(found.error <= WEAK)
        if by_contour:
            lost |= found.sign == 0
        first = found.error
        if lost.any():
            found = repaired(self.kernel, self.d, k, found, len(routes) > 1, names)
        if estimate and by_contour:
            kept = np.flatnonzero(found.error == first)  # the others have an error of their own
            found.error[kept] = self._combined(routes, k[kept], True).error
        return found

    def _combined(self, routes: list[_Route], k: Array, estimate: bool, names: list[str] | None = None) -> Values:
        parts: list[tuple[float | Array, Values]] = []
        for c, name, route in routes:
            own = [name]
            parts.append((c, route(k, estimate, own) if name == CONTOUR else route(k)))
            if names is not None:
                names.extend(own)
        total = combine(parts)
        for scale, part in parts:  # what is only bounded must not matter
            bounded = (part.sign == 0) & np.isfinite(part.log_abs) | np.isposinf(part.log_abs)
            matters = part.log_abs + math.log(abs(float(scale))) > total.log_abs - _NEGLIGIBLE
            if np.any(bounded & (matters | (total.sign == 0))):
                raise ValueError(
                    f"k must be at most {LARGEST_DEGREE} for {self.kernel!r}, of which an analytic part that "
                    "decays faster than any power is known only by a bound beyond, and counts there; "
                    f"got {int(k.max())}"
                )
        return total

    def __reduce__(self) -> Any:
        return Spectrum, (self.kernel, self.d)  # and none of the values that were read

    __iter__ = None  # infinitely many eigenvalues: slices have an end

    # -- reading ------------------------------------------------------------------------------------------

    def __call__(self, k: Any) -> Any:
        """mu_k in float64 for a degree or an array of degrees; 0.0 where it is zero or below the float range.

        NaN, with a RuntimeWarning, where no route knows it to 1e-6.
        """
        value = self.values(k).value
        return float(value) if value.ndim == 0 else value

    def __getitem__(self, k: Any) -> Any:
        return self(np.arange(*_bounds(k)) if isinstance(k, slice) else k)

    def log_abs(self, k: Any) -> Any:
        """log|mu_k|, -inf where mu_k is exactly zero; finite also where mu_k leaves the float range.

        NaN where a series that is cut off has no term: nothing says that mu_k is zero there.
        """
        value = self.values(k).log_abs
        return float(value) if value.ndim == 0 else value

    @default_errors
    def error(self, k: Any) -> Any:
        """An estimate of the relative error of mu_k that is meant never to fall short of the true one.

        Above 1e-6 it is that of `approximate`, and s(k) is NaN.
        """
        value = self._values(k, True).error
        return float(value) if value.ndim == 0 else value

    @default_errors
    def method(self, k: int) -> str:
        """By which route mu_k is computed: the one that gave the value, where others had lost digits.

        Several stand with a plus between them. Raises ValueError where mu_k is out of reach.
        """
        k = integer("k", k, 0)
        polynomial = self._polynomial_parts[k % 2]
        if polynomial is not None:
            if any(m >= k for m in polynomial):
                return "polynomial"
            return "exact zero"
        names: list[str] = []
        self._of_parity(k % 2, np.array([k]), False, names)
        return " + ".join(dict.fromkeys(names))

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
        around [-1, 1], all in ball arithmetic (claim 6;
        Trefethen, ATAP, Theorem 19.3).

        Parameters
        ----------
        k : a degree, a slice, or an array of degrees.
        digits : from 1 to 10000.

        Raises ValueError where analyticity cannot be shown, or the kernel is itself a truncated series; ArithmeticError
        where the digits are out of reach (an eigenvalue that is zero, but by no symmetry).

        Beyond degree 2000 the expansion with its proved remainder takes over (`asymptotic_bound`). A parameter that is
        a rounded float, such as 1/3, is taken for the decimal that it prints (`kernelspec.numbers.exact_numbers`).

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
        self.kernel.require_whole("its eigenvalues have no certified digits (give Hermite coefficients instead)")
        self.kernel.require_continued("its eigenvalues have no proved digits")
        array = self._degrees(k)
        wanted = [int(x) for x in array.ravel()]
        found = certified(as_decimals(self.kernel), self.d, wanted, digits)
        found = [Enclosure(mu, digits) for mu in found]
        return found[0] if array.ndim == 0 else found

    @with_balls
    def asymptotic(self, k: Any, terms: int = 3, digits: int | None = None) -> Any:
        r"""The first `terms` terms of the asymptotic expansion of mu_k (claim 18):

        .. math:: \sum_m (a_m + (-1)^k b_m)\, C(d,\nu_m)\, \Gamma(k-\nu_m)/\Gamma(k+\nu_m+d-1)

        over the non-integer exponents of the kernel's expansions at u = 1 (a_m) and u = -1 (b_m).

        Parameters
        ----------
        k : a degree beyond the last exponent, or an array of them.
        terms : how many exponents, at least 1.
        digits : None for float64; a number of digits for an Arb ball (one degree only).

        Raises ValueError for kernels that are analytic on [-1, 1], whose eigenvalues fall faster than any power.

        >>> import kernelspec as ks
        >>> s = ks.ntk(3).spectrum(4)
        >>> abs(s.asymptotic(200, terms=3) / s[200] - 1) < 1e-10
        True
        """
        from ..numbers.enclosure import Enclosure
        from . import asymptotic

        require_formula(self.kernel, "an asymptotic expansion")
        terms = integer("terms", terms, 1)
        if digits is not None:
            degree, digits = integer("k", k, 0), integer("digits", digits, 1)
            kernel = decided(self.kernel)
            found = asymptotic.asymptotic_ball(kernel, self.d, degree, terms, digits)
            return Enclosure(found, digits)
        array = self._degrees(k)
        value = asymptotic.asymptotic(decided(self.kernel), self.d, array, terms).value
        return float(value) if array.ndim == 0 else value

    @with_balls
    def asymptotic_bound(self, k: Any, terms: int = 3) -> Any:
        """A proved bound of |mu_k - the sum of `terms` terms|, rounded up, for every k >= `remainder(terms).start`.

        The sum is the exact one: `asymptotic(k, terms)` adds the rounding of float64, `digits` makes it a ball.

        The theorem and its proof: `kernelspec.spectrum.asymptotic`. Raises ValueError for a smaller k, and where
        the kernel cannot be shown to be analytic off the cuts.

        >>> import kernelspec as ks
        >>> s = ks.ntk(3).spectrum(4)
        >>> abs(s[50] - s.asymptotic(50, 2)) <= s.asymptotic_bound(50, 2) < 1e-4 * s[50]
        True
        """
        remainder = self.remainder(terms)
        array = self._degrees(k)
        bounds = [math.nextafter(float(remainder.bound(int(x))), math.inf) for x in array.ravel()]
        return bounds[0] if array.ndim == 0 else np.array(bounds).reshape(array.shape)

    @with_balls
    def remainder(self, terms: int = 3) -> Remainder:
        """The statement behind `asymptotic_bound`: its terms, constants, and the degree `start` from which it holds."""
        from .asymptotic import remainder

        require_formula(self.kernel, "an asymptotic expansion")
        return remainder(decided(self.kernel), self.d, integer("terms", terms, 1))

    def _degrees(self, k: Any, name: str = "k") -> Array:
        if isinstance(k, slice):
            k = np.arange(*_bounds(k))
        return degrees(name, k).astype(np.int64)

    def multiplicity(self, k: Any) -> Any:
        """N(d, k), how many spherical harmonics of degree k there are (Bietti & Bach 2021, Appendix A; claim 3)."""
        return sphere.multiplicity(self.d, k)

    def trace(self, kmax: int) -> float:
        """The partial Mercer trace sum_{k <= kmax} mu_k N(d, k), which tends to kappa(1).

        Source: Bietti & Bach 2021, Appendix A (claim 7).
        """
        return float(self.mercer(1.0, kmax))

    @default_errors
    def mercer(self, t: Any, kmax: int) -> Any:
        """The partial Mercer sum sum_{k <= kmax} mu_k N(d, k) P_k(t) (Bietti & Bach 2021, Appendix A; claim 7)."""
        kmax = integer("kmax", kmax, 0)
        found = self.values(np.arange(kmax + 1))
        if np.any(found.sign < 0):
            return sphere.mercer_sum(found.value, self.d, t)
        return sphere.mercer_sum(found.log_abs, self.d, t, logarithms=True)

    def fit(self, k: tuple[int, int] = (1000, 2000)) -> DecayFit:
        """Exponent and constants of the decay read off the spectrum itself; see `kernelspec.decay.fit`."""
        from ..decay import fit

        self.kernel.require_whole("no decay can be read off its eigenvalues")
        return fit(self, k)

    @with_balls
    def table(self, degrees: Any = None, digits: int | None = None) -> Table:
        """Eigenvalues as a `Table`: k, multiplicity, mu, its relative error, log10|mu|, and the method.

        Parameters
        ----------
        degrees : a degree, a slice with an end, or an array of degrees; 0 to 19 if None.
        digits : None for float64 with estimated errors; a number of digits for `certified` balls, whose error, the
            relative radius, is proved.

        >>> import kernelspec as ks
        >>> ks.arccos(1).spectrum(4).table([0, 1, 10]).column("multiplicity")
        [1, 4, 121]
        """
        from ..views.spectra import table

        return table(self, degrees, digits)

    @default_errors
    def plot(
        self,
        ax: Any = None,
        label: str | None = None,
        asymptote: bool | None = None,
        kmax: int = 100,
        degrees: Any = None,
        **more: Any,
    ) -> Axes:
        """Draw |mu_k| over k = 1, ..., kmax on logarithmic axes, even k full and odd k hollow; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; kernel and d if None.
        asymptote : whether the law of decay is drawn; None where there is one.
        kmax : the largest degree; beyond 24 some are left out.
        degrees : those that are drawn, in place of those up to `kmax`; 0 has no place on these axes.
        more : keywords of `Axes.plot`, which win.

        Values that are 0, NaN or beyond the range of floats have no place on these axes and are left out.
        """
        from ..views.spectra import plot

        return plot(self, ax, label, asymptote, kmax, degrees, **more)

    def __repr__(self) -> str:
        return f"Spectrum({self.kernel!r}, d={self.d})"

    def _repr_html_(self) -> str:
        from ..views.spectra import to_html

        return to_html(self)

    def _repr_latex_(self) -> str:
        return self.table(slice(0, _SHOWN)).to_latex()


def _quadrature_route_values(kernel: Zonal, d: int, k: Array) -> Values:
    from .quadrature import quadrature_route

    return quadrature_route(kernel).values(d, k)


def _bounds(k: slice) -> tuple[int, int, int]:
    if k.stop is None:
        raise ValueError("a slice of the spectrum needs an end: s[0:100]")
    start = 0 if k.start is None else integer("the start of a slice", k.start, 0)
    step = 1 if k.step is None else integer("the step of a slice", k.step, 1)
    return start, integer("the end of a slice", k.stop, 0), step


@functools.lru_cache(maxsize=256)
def _radial_route(kernel: PiecewiseDual) -> RadialRoute:
    from .radial import RadialRoute

    return RadialRoute(kernel)


def _contour_values(kernel: Zonal, d: int, k: Array, estimate: bool, names: list[str]) -> Values:
    """By the contour, or where there is none by what serves without one, which then stands in `names`.

    Without a singularity on [-1, 1] only the contour's bottom is left, which says nothing once it is too small.
    """
    if not kernel.singular and k.max(initial=0) > LARGEST_IN_BALLS:
        raise ValueError(
            f"k must be at most {LARGEST_IN_BALLS} for {kernel!r}, an analytic kernel whose eigenvalues decay faster "
            f"than any power; got {k.max()}"
        )
    if 0 in kernel.singular:  # the contour's own test does not see a weak kink
        found = repaired(kernel, d, k, unknown(k.size), False, names)
        if not np.isfinite(found.error).any():
            raise ValueError(
                f"the eigenvalues of {kernel!r} are out of reach: it is not shown to be analytic inside (-1, 1), where "
                "a layer may reach a singular point of the next one"
            )
        return found
    route = contour_route(kernel)
    if not route.usable:
        found = repaired(kernel, d, k, unknown(k.size), False, names)
        if np.isfinite(found.error).any():
            return found
    # A cut that begins off [-1, 1] is seen on a second contour.
    return route.values(d, k, estimate or not kernel.singular)  # which says why where there is none
