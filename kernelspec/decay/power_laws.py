r"""How fast mu_k decays: the theorem of Bietti & Bach (2021, Theorem 1 and 7; claim 14) with the right constant.

If kappa(1-t) and kappa(-1+t) have the non-integer powers c_{1,e} t^e and c_{-1,e} t^e, then, over the eigenvalues
of one parity (claim 18),

.. math:: \mu_k \sim (c_{1,\nu} + (-1)^k c_{-1,\nu})\, C(d,\nu) \frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)}
   \sim (c_{1,\nu} + (-1)^k c_{-1,\nu})\, C(d,\nu)\, k^{-d-2\nu+1},

nu the least exponent whose sum (k even) or difference (k odd) is not 0, and C(d, nu) of claim 15 (twice the printed
constant); the Gamma ratio is exact for a pure power. The coefficients come from the exact expansions, for every
kernel expression. A parity without such a power is a polynomial in u, whose eigenvalues vanish beyond its degree, or
smooth on [-1, 1], whose eigenvalues fall faster than any power; `rates` tells how fast.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..expansions import number
from ..kernels.callables import require_formula
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import degrees, dimension, integer
from ..numbers.exact_numbers import as_sympy
from ..numbers.nesting import for_sympy
from ..numbers.precision import default_errors, with_balls
from ..sphere.power_eigenvalues import decay_constant_sympy, power, power_eigenvalue
from .leading_powers import Leading, leading_powers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table
    from ..spectrum import Spectrum
    from .rates import Rate


_LONG = 500  # parts of a constant from which on it is not multiplied out


@dataclass(frozen=True)
class Parity:
    """How mu_k behaves over the even k, or over the odd ones.

    `kind` is one of

    - "power": mu_k ~ constant * k^{-exponent}, exponent = d + 2 nu - 1;
    - "vanishing": mu_k = 0 for k > degree (degree -1: for all k), the part of kappa being a polynomial;
    - "super-polynomial": faster than any power;
    - "unresolved": faster than k^{-exponent}, the highest power that was looked for.

    `coefficient` is that of t^nu, summed over both ends (with the sign of the parity). All are sympy numbers; nu and
    exponent are infinite and the constant is 0 where there is no power.
    """

    kind: str
    nu: Any
    exponent: Any
    constant: Any
    degree: int | None = None
    coefficient: Any = field(default=0, repr=False)


@dataclass(frozen=True, repr=False)
class Decay:
    """The leading behaviour of mu_k on S^{d-1}: mu_k ~ even (or odd) * k^{-exponent}.

    `nu` and `exponent` = d + 2 nu - 1 are sympy numbers (infinite for kernels that are analytic at both ends, whose
    eigenvalues decay faster than any power); `even`, `odd` are exact constants, 0 where that parity decays
    faster or vanishes; `c_plus`, `c_minus` the coefficients of t^nu at u = 1 and u = -1. `parities` are the laws of
    the even and the odd k, each with its own nu; `rate` says how fast a kernel decays that is smooth (None for others).
    The constants of deep networks are long, and SymPy takes a minute to tell their sign or float: `table` has decimals.
    """

    kernel: Zonal
    d: int
    nu: Any
    exponent: Any
    c_plus: Any
    c_minus: Any
    even: Any = field(repr=False)
    odd: Any = field(repr=False)
    parities: tuple[Parity, Parity] = field(repr=False)
    rate: Rate | None = field(default=None, repr=False)

    @with_balls
    def at(self, k: Any) -> Any:
        """The asymptotic value of mu_k, with the Gamma ratio: a float or an array like k.

        Each parity by its own law; 0 where that is no power. ValueError where neither is, and for k <= nu, where the
        law says nothing.
        """
        laws = [p.kind == "power" for p in self.parities]
        if not any(laws):
            raise ValueError(f"{self.kernel!r} has no power-law decay: its eigenvalues fall faster than any power")
        array = degrees("k", k)
        result = np.zeros(np.shape(array))
        for odd, law in enumerate(self.parities):
            if laws[odd]:
                early = array[(array % 2 == odd) & (array <= float(law.nu))]
                if early.size:
                    raise ValueError(f"k must be above nu = {law.nu}; got {int(early.flat[0])}")
                size = float(number(law.coefficient)) * power_eigenvalue(self.d, float(law.nu), k)
                result = np.where(array % 2 == odd, size, result)
        return float(result) if np.ndim(result) == 0 else result

    # -- looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        from ..views.decays import text

        return text(self)

    def latex(self, full: bool = False) -> str:
        """The laws of both parities in LaTeX, formulas between dollars; long constants in decimals, unless `full`."""
        from ..views.decays import latex

        return latex(self, full)

    def _repr_latex_(self) -> str:
        return self.latex()

    def table(self) -> Table:
        """The laws as a `Table`: parity, kind, nu, exponent, the exact constant and its decimals, and the degree beyond
        which a parity vanishes.
        """
        from ..views.decays import table

        return table(self)

    @default_errors
    def plot(
        self,
        ax: Any = None,
        label: str | None = None,
        asymptote: bool | None = None,
        kmax: int = 1000,
        degrees: Any = None,
        **more: Any,
    ) -> Axes:
        """Draw k^exponent mu_k over k, which tends to the constants; the eigenvalues, where there is no power, or
        the constants are beyond the range of floats.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; kernel and d if None.
        asymptote : whether the constants are drawn as lines (None: they are).
        kmax : the largest degree.
        degrees : those that are drawn, in place of those up to `kmax`.
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.decays import plot

        return plot(self, ax, label, asymptote, kmax, degrees, **more)


@with_balls
def decay(kernel: Zonal, d: int) -> Decay:
    """The decay of kernel's eigenvalues on S^{d-1}; see the module.

    >>> from kernelspec import arccos
    >>> decay(arccos(1), 3).exponent, decay(arccos(1), 3).odd
    (5, 0)
    >>> decay(arccos(1), 3).parities[1]
    Parity(kind='vanishing', nu=oo, exponent=oo, constant=0, degree=1)
    """
    import sympy

    from .rates import rate

    require_kernel(kernel)
    d = dimension(d)
    require_formula(kernel, "the decay")
    powers = leading_powers(kernel)
    if powers.nu is not None and 2 * powers.nu <= 1 - d:
        raise ValueError(f"{kernel!r} is not integrable on S^{d - 1}: it grows like t^{powers.nu} at an end")
    laws = (_law(powers.even, d), _law(powers.odd, d))
    zero = sympy.Integer(0)
    if powers.nu is None:
        if any(law.kind == "unresolved" for law in laws):
            raise ValueError(
                f"no non-integer power was found in the expansions of {kernel!r}, which is not known to be smooth"
            )
        known = rate(kernel, d) if any(law.kind == "super-polynomial" for law in laws) else None
        return Decay(kernel, d, sympy.oo, sympy.oo, *(zero,) * 4, laws, known)
    nu = as_sympy(powers.nu)
    even, odd = (law.constant if law.nu == nu else zero for law in laws)
    ends = powers.c_plus.sympy(), powers.c_minus.sympy()
    return Decay(kernel, d, nu, d + 2 * nu - 1, *ends, even, odd, laws)


def _law(leading: Leading, d: int) -> Parity:
    import sympy

    if leading.nu is None:
        return Parity(leading.kind, sympy.oo, sympy.oo, sympy.Integer(0), leading.degree)
    nu = as_sympy(leading.nu)
    with for_sympy(leading.coefficient):
        constant = coefficient = leading.coefficient.sympy()
        if coefficient != 0:
            constant = _times(coefficient, decay_constant_sympy(d, nu))
    return Parity(leading.kind, nu, d + 2 * nu - 1, constant, None, coefficient)


@dataclass(frozen=True)
class Asymptote:
    """mu_k ~ expression, over the even or the odd k, in every dimension.

    `constant` * k^{-exponent} is `expression` to leading order; all are sympy expressions in the symbols d (integer,
    positive) and k (integer, nonnegative). kind as in `Parity`; None where there is no power.
    """

    kind: str
    nu: Any
    exponent: Any
    constant: Any
    expression: Any


@with_balls
def asymptotes(kernel: Zonal) -> tuple[Asymptote, Asymptote]:
    r"""The laws of the even and the odd eigenvalues as sympy expressions in d and k.

    Source: Bietti & Bach 2021, Theorem 1 and 7, the constant as corrected (claims 14, 15).

    .. math:: \mu_k \sim c\, C(d,\nu) \frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)}, \qquad
       C(d,\nu) = \frac{2^{\nu+d-2}\,\Gamma(d/2)\,\Gamma(\nu+(d-1)/2)}{\sqrt\pi\,\Gamma(-\nu)}

    valid for the d with nu > -(d-1)/2.

    >>> from kernelspec import ntk
    >>> asymptotes(ntk(2))[0].constant
    2**d*gamma(d/2)**2/(2*pi**2)
    """
    require_kernel(kernel)
    powers = leading_powers(kernel)
    return _asymptote(powers.even), _asymptote(powers.odd)


def _asymptote(leading: Leading) -> Asymptote:
    import sympy

    if leading.kind != "power" or leading.nu is None:
        return Asymptote(leading.kind, None, None, None, None)
    d = sympy.Symbol("d", integer=True, positive=True)
    k = sympy.Symbol("k", integer=True, nonnegative=True)
    nu = as_sympy(leading.nu)
    mu = power(d, leading.nu)
    size, gammas = sympy.expand_power_exp(mu.part(moving=False).sympy(k)).as_independent(d)
    with for_sympy(leading.coefficient):
        constant = gammas * _times(leading.coefficient.sympy(), size)
    return Asymptote(leading.kind, nu, d + 2 * nu - 1, constant, constant * mu.part(moving=True).sympy(k))


@dataclass(frozen=True)
class DecayFit:
    """Exponent and constants read off two degrees of each parity, without any expansion.

    nu solves mu_k2/mu_k1 = R(k2)/R(k1), R(k) = Gamma(k-nu)/Gamma(k+nu+d-1); the constant is mu_k2/R(k2) (as a
    logarithm too, for large d). None for a parity that vanishes.
    """

    nu_even: float | None
    nu_odd: float | None
    even: float | None
    odd: float | None

    def exponent(self, d: int) -> float:
        """d + 2 nu - 1 from the slower parity."""
        known = [nu for nu in (self.nu_even, self.nu_odd) if nu is not None]
        return d + 2 * min(known) - 1


@default_errors
def fit(spectrum: Spectrum, k: tuple[int, int] = (1000, 2000)) -> DecayFit:
    """Fit the decay to the spectrum at degrees k[0] and k[1] (and their successors, for the other parity)."""
    from ..spectrum import Spectrum

    if not isinstance(spectrum, Spectrum):
        raise TypeError(f"spectrum must be that of a kernel, k.spectrum(d); got {spectrum!r}")
    if not isinstance(k, tuple | list) or len(k) != 2:
        raise TypeError(f"k must be a pair of degrees; got {k!r}")
    first, second = integer("k[0]", k[0], 8), integer("k[1]", k[1], 8)
    if first >= second:
        raise ValueError(f"k must be two increasing degrees; got {k}")
    found: dict[int, tuple[float, float] | None] = {}
    for shift in (0, 1):
        low = first + (first + shift) % 2
        high = second + (second + shift) % 2
        logs = spectrum.log_abs(np.array([low, high]))
        found[shift] = None if np.any(np.isneginf(logs)) else _fit(spectrum.d, low, high, *logs)
    even, odd = found[0], found[1]
    return DecayFit(
        even[0] if even else None, odd[0] if odd else None, even[1] if even else None, odd[1] if odd else None
    )


def _fit(d: int, low: int, high: int, log_low: float, log_high: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    from ..numbers.gamma import log_gamma_ratio

    def log_ratio(nu: float, k: int) -> float:
        return -float(log_gamma_ratio(k - nu, 2 * nu + d - 1))

    def mismatch(nu: float) -> float:
        return log_ratio(nu, high) - log_ratio(nu, low) - (log_high - log_low)

    bottom, top = -(d - 1) / 2 + 1e-9, 0.45 * low
    if not mismatch(bottom) > 0 > mismatch(top):
        raise ValueError("the spectrum does not decay like a power between these degrees")
    nu = float(brentq(mismatch, bottom, top, xtol=1e-14))
    with np.errstate(over="ignore"):
        return nu, float(np.exp(log_high - log_ratio(nu, high)))


def _times(total: Any, constant: Any) -> Any:
    # Short sums are multiplied out; the hundred terms of a deep network, or sums that are nested, stay as they are.
    import sympy

    parts = itertools.islice(sympy.preorder_traversal(total), _LONG)
    long = total.is_Add and len(total.args) > 6 or sum(1 for _ in parts) == _LONG
    return total * constant if long else sympy.expand(total * constant)
