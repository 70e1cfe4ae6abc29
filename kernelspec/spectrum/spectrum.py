"""`Spectrum`: the eigenvalues mu_k of a zonal kernel on S^{d-1}, by the best route for each of its terms.

`choice` says which routes there are and which serve a kernel, `fallbacks` what serves where these have lost digits.
What none of them knows to 1e-6 is NaN, with a RuntimeWarning.

`method(k)` says which. `error(k)` estimates the relative error, never below the true one on the problems of the
test-suite; where nothing cancels it is a few 1e-15 times 1 + |log mu_k|/30.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import sphere
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import degrees, dimension, flag, integer, scalar_or_array
from ..numbers.precision import cached_property, default_errors, with_balls
from . import closed
from .choice import route_of
from .closed import PolynomialRoute
from .eigenvalue_arrays import Array, Values, cut_off, without_lost
from .kept_values import KeptValues
from .proved_eigenvalues import ProvedEigenvalues, bounds
from .route import Route

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..decay import DecayFit
    from ..results.tables import Table

_SHOWN = 6  # eigenvalues in LaTeX


class Approximation(NamedTuple):
    """Values and their absolute errors."""

    value: Any
    error: Any


class Spectrum(ProvedEigenvalues):
    """mu_k of a kernel on S^{d-1} for every degree k >= 0: `s[5]`, `s[0:100]`, `s(array_of_k)`.

    mu_k is the eigenvalue of f -> int kappa(x.y) f(y) dtau(y), tau the uniform probability, on the harmonics of
    degree k, with multiplicity N(d, k) (Bietti & Bach 2021, Appendix A; claims 6-8). Raises ValueError for d < 2.
    """

    @default_errors
    def __init__(self, kernel: Zonal, d: int) -> None:
        require_kernel(kernel)
        self.kernel = kernel
        self.d = dimension(d)
        self._kept = KeptValues()
        if math.isinf(kernel.at_one):
            for _, term in closed.expanded(kernel):
                term.eigenvalue(self.d)  # refuses what is not integrable

    # -- routes -----------------------------------------------------------------------------------------

    @cached_property
    def _routes(self) -> tuple[Route, Route]:
        return route_of(self.kernel, self.d, 0), route_of(self.kernel, self.d, 1)

    def _route(self, parity: int) -> Route:
        polynomial = self._polynomial_parts[parity]
        return self._routes[parity] if polynomial is None else PolynomialRoute(polynomial, whole=True)

    @contextlib.contextmanager
    def _all_layers(self) -> Iterator[None]:
        """Work that reads the kernel layer by layer; ValueError where that is beyond Python's recursion limit."""
        try:
            yield
        except RecursionError:
            raise ValueError(
                f"depth must be smaller for eigenvalues: the layers of {self.kernel!r} are nested too deeply to be read"
            ) from None

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
        error = np.where(size == 0, self._missing(k), np.where(size == 0, 0.0, found.error) * size)
        return Approximation(scalar_or_array(found.value), scalar_or_array(error))

    def _values(self, k: Any, estimate: bool) -> Values:
        wanted = degrees("k", k).astype(np.int64)
        with self._all_layers():
            found = self._kept.values(wanted.ravel(), estimate, self._read, self._together)
        return Values(*(part.reshape(wanted.shape) for part in found))

    def _together(self, parity: int) -> bool:
        return self._route(parity).together

    def _read(self, flat: Array, estimate: bool) -> Values:
        out = [np.zeros(flat.shape) for _ in range(4)]
        for parity in (0, 1):
            chosen = np.flatnonzero(flat % 2 == parity)
            if not chosen.size:
                continue
            route, missing = self._route(parity), self._missing(parity)
            found = route.values(self.d, flat[chosen], estimate)
            if missing and not route.owns_missing:
                found = cut_off(found, float(missing))
            for target, source in zip(out, found, strict=True):
                target[chosen] = source
        return Values(*out)

    def _missing(self, k: Any) -> Array:
        """What a series that is cut off misses of mu_k at most: what it misses of the kernel on [-1, 1]."""
        missing = [self.kernel.truncation * (p is None) for p in self._polynomial_parts]
        return np.array(missing)[np.asarray(k).astype(np.int64) % 2]

    def __reduce__(self) -> Any:
        return Spectrum, (self.kernel, self.d)  # and none of the values that were read

    __iter__ = None  # infinitely many eigenvalues: slices have an end

    # -- reading ------------------------------------------------------------------------------------------

    def __call__(self, k: Any) -> Any:
        """mu_k in float64 for a degree or an array of degrees; 0.0 where it is zero or below the float range.

        NaN, with a RuntimeWarning, where no route knows it to 1e-6.
        """
        return scalar_or_array(self.values(k).value)

    def __getitem__(self, k: Any) -> Any:
        return self(np.arange(*bounds(k)) if isinstance(k, slice) else k)

    def log_abs(self, k: Any) -> Any:
        """log|mu_k|, -inf where mu_k is exactly zero; finite also where mu_k leaves the float range.

        NaN where a series that is cut off has no term: nothing says that mu_k is zero there.
        """
        return scalar_or_array(self.values(k).log_abs)

    @default_errors
    def error(self, k: Any) -> Any:
        """An estimate of the relative error of mu_k that is meant never to fall short of the true one.

        Above 1e-6 it is that of `approximate`, and s(k) is NaN.
        """
        return scalar_or_array(self._values(k, True).error)

    @default_errors
    def method(self, k: int) -> str:
        """By which route mu_k is computed: the one that gave the value, where others had lost digits.

        Several stand with a plus between them. Raises ValueError where mu_k is out of reach.
        """
        k = integer("k", k, 0)
        with self._all_layers():
            names = self._route(k % 2).answer(self.d, np.array([k])).names
        return " + ".join(dict.fromkeys(names))

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
