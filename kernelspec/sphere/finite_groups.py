r"""Finite groups of rotations and reflections of R^d, and how many harmonics of each degree they leave as they are.

A function that G leaves as it is has harmonics that are invariant, f = sum_k f_k with f_k(g x) = f_k(x). Of the N(d,k)
harmonics of degree k, N_G(d,k) are so (`molien`), and a zonal kernel averaged over G,

.. math:: K_G(x, y) = \frac{1}{|G|}\sum_g \kappa(\langle x, g y\rangle),

has the eigenvalues mu_k of kappa with the multiplicities N_G(d,k): what invariance gains is N/N_G, which tends to |G|,
or to |G| over the even k alone where -1 is in G, and may be above it at low degrees.

Source: Molien (1897); Mei, Misiakiewicz & Montanari (2021), "Learning with invariances in random features and kernel
models", and Bietti, Venturi & Bruna (2021), "On the sample complexity of learning under geometric stability", for
kernels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..numbers.checks import Numbers, degrees, dense, integer
from ..numbers.precision import default_errors
from . import molien
from .harmonics import log_multiplicity, multiplicity
from .matrix_groups import Generator, beside, elements_of
from .molien import Series

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..results.tables import Table

_LARGEST_DIGITS = 10**6  # of all numbers together, as for N(d,k)
_SHOWN = 8


@dataclass(frozen=True, repr=False)
class FiniteGroup:
    """A finite group of orthogonal maps of R^d; made by the functions of `kernelspec.sphere.invariants`.

    Parameters
    ----------
    name : how it was made, as text.
    d : the dimension of the space that it acts on.
    order : |G|, how many elements it has.
    series : the mean of 1/det(1 - t g), weights and Frame shapes (`kernelspec.sphere.molien`).
    classes : the same, a term for each shape that an element has; None where there would be too many.
    generators : signed permutations or matrices of fractions that generate it; None where they are not rational.

    Groups are equal that were made alike: of one name, one series and the same generators.
    """

    name: str
    d: int
    order: int
    series: Series
    classes: Series | None = field(compare=False)
    generators: tuple[Generator, ...] | None = None

    def __repr__(self) -> str:
        return self.name

    @default_errors
    def multiplicity(self, k: ArrayLike) -> Numbers:
        r"""N_G(d,k), how many linearly independent harmonics of degree k are invariant.

        .. math:: N_G(d,k) = [t^k]\,(1 - t^2)\,\frac{1}{|G|}\sum_{g \in G} \frac{1}{\det(1 - t g)}

        Exact integers: a Python one for one integer ``k``; for an array or a list an array of int64, or of Python
        integers (dtype object) where one of them is 2^63 or more. Raises OverflowError where all together might have
        more than a million digits. Source: Molien (1897); derived in `kernelspec.sphere.molien`.

        >>> from kernelspec.sphere import invariants
        >>> invariants.cyclic(28).multiplicity([0, 1, 2, 3, 4]).tolist()
        [1, 1, 14, 144, 1113]
        >>> invariants.permutations(20).multiplicity(10**6) > 10**74
        True
        """
        dense("k", k)
        alone = np.ndim(k) == 0
        wanted = [integer("k", k, 0)] if alone else [int(n) for n in degrees("k", k).ravel()]
        logs = log_multiplicity(self.d, np.array(wanted, dtype=np.int64)) if self.d > 1 else 0.0
        digits = float(np.sum(np.maximum(logs, 1.0))) / math.log(10)
        if digits > _LARGEST_DIGITS:
            raise OverflowError(f"N_G({self.d}, k) might have {digits:.3g} digits for these k; the most is 10^6")
        found = self._multiplicities(wanted)
        if alone:
            return found[0]
        exact = np.array(found, dtype=object).reshape(np.shape(k))
        return exact.astype(np.int64) if all(n < 2**63 for n in found) else exact

    def gain(self, k: ArrayLike) -> Numbers:
        """N(d,k)/N_G(d,k), as floats, infinite where no harmonic is invariant; its limit is |G|, or |G|/2 with -1.

        >>> from kernelspec.sphere import invariants
        >>> invariants.cyclic(28).gain([1, 2, 3, 4]).round(2).tolist()
        [28.0, 28.93, 28.0, 27.91]
        """
        numbers = self.multiplicity(k)
        if isinstance(numbers, int):
            return _quotient(self._whole(integer("k", k, 0)), numbers)
        whole = self._whole(np.asarray(k))
        flat = [_quotient(int(n), int(m)) for n, m in zip(np.ravel(whole), numbers.ravel(), strict=True)]
        return np.array(flat, dtype=np.float64).reshape(numbers.shape)

    @property
    def has_minus_one(self) -> bool | None:
        """Whether -1, the map x to -x, is in G: no invariant has an odd degree then. None where it is not known."""
        if self.classes is None:
            return None
        minus = molien.negated(((1, self.d),))
        return any(each == minus for _, each in self.classes)

    def share(self, k: int) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
        r"""Bounds of N_G(d,j)/N(d,j) for all j >= k: for even j, and for odd j.

        .. math:: \Big|\frac{N_G(d,j)}{N(d,j)} - \frac{m_j}{|G|}\Big| \le
                  \frac{1}{|G|}\sum_{g \ne \pm 1} \frac{|\chi_j(g)|}{N(d,j)}

        with m_j = 1, or 1 + (-1)^j where -1 is in G; each summand by `molien.character_share`. (0, 1) where the shapes
        of the elements are not known, or d = 2.
        """
        k = integer("k", k, 0)
        nothing = Fraction(0), Fraction(1)
        if self.classes is None or self.d < 3:
            return nothing, nothing
        one, found = ((1, self.d),), Fraction(0)
        for weight, each in self.classes:
            if each not in (one, molien.negated(one)):
                found += weight * molien.character_share(each, self.d, k)
        if self.has_minus_one:
            middle, odd = Fraction(2, self.order), (Fraction(0), Fraction(0))
            return (max(middle - found, Fraction(0)), min(middle + found, Fraction(1))), odd
        middle = Fraction(1, self.order)
        both = max(middle - found, Fraction(0)), min(middle + found, Fraction(1))
        return both, both

    def elements(self, most: int = 100_000) -> Iterator[NDArray[np.float64]]:
        """The matrices of all elements, one after the other, float64; made from the generators.

        Raises ValueError where there are more than `most`, or no rational generators.
        """
        most = integer("most", most, 1)
        if self.generators is None:
            raise ValueError(f"{self} has no elements to list: its matrices are not rational")
        if self.order > most:
            raise ValueError(f"most must be at least the order {self.order} of {self}; got {most}")
        return elements_of(self.generators, self.d, most)

    def molien(self) -> sympy.Expr:
        """The generating function of N_G(d,k) as a sum over shapes, in the symbol t.

        >>> from kernelspec.sphere import invariants
        >>> invariants.cyclic(3).molien()
        (1/3 - t**2/3)/(1 - t)**3 + (2/3 - 2*t**2/3)/(1 - t**3)
        """
        import sympy

        t = sympy.Symbol("t")
        terms = []
        for weight, each in self.series:
            above = sympy.Mul(*((1 - t**r) ** -e for r, e in each if e < 0))
            below = sympy.Mul(*((1 - t**r) ** e for r, e in each if e > 0))
            terms.append(sympy.Rational(weight.numerator, weight.denominator) * (1 - t**2) * above / below)
        return sympy.Add(*terms)

    def table(self, kmax: int = 12) -> Table:
        """Degrees to `kmax`, with N(d,k), N_G(d,k) and the gain, as a `Table`."""
        from ..results.tables import Table

        ks = list(range(integer("kmax", kmax, 0) + 1))
        numbers, gains = self.multiplicity(ks), self.gain(ks)
        rows = [
            {"k": k, "N": int(self._whole(k)), "N_G": int(n), "gain": float(g)}
            for k, n, g in zip(ks, numbers, gains, strict=True)
        ]
        caption = f"Invariants of {self}, of order {self.order}, among the harmonics on S^{self.d - 1}"
        return Table(rows, caption=caption, headings={"N_G": "$N_G$", "gain": "$N/N_G$"})

    @default_errors
    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the gain N/N_G over the degrees 1 to 40 that have invariants; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; that of the group if None.
        asymptote : whether its limit, |G|, or |G|/2 with -1 in G, is dashed beside it (None: it is).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.invariants import plot

        return plot(self, ax, label, asymptote, **more)

    def latex(self) -> str:
        """The generating function in LaTeX, or a sum with its first terms where it has many."""
        import sympy

        if len(self.series) <= _SHOWN:
            return rf"\sum_k N_G({self.d},k)\,t^k = {sympy.latex(self.molien())}"
        first = " + ".join(f"{n}\\,t^{{{k}}}" for k, n in enumerate(self._multiplicities(list(range(6)))) if n)
        return rf"\sum_k N_G({self.d},k)\,t^k = {first} + \cdots"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    # -- within ----------------------------------------------------------------------------------------

    def _multiplicities(self, wanted: list[int]) -> list[int]:
        series = tuple((weight, molien.harmonic(each)) for weight, each in self.series)
        if not wanted:
            return []
        most = max(wanted)
        if most <= 4 * len(wanted) + 512:
            table = molien.coefficients(series, most + 1)
            return [table[n] for n in wanted]
        return [molien.coefficient(series, n) for n in wanted]

    def _whole(self, k: Any) -> Any:
        """N(d,k); on the two points of S^0 there are the degrees 0 and 1."""
        return multiplicity(self.d, k) if self.d > 1 else (np.asarray(k) < 2).astype(np.int64)


def _quotient(a: int, b: int) -> float:
    """a/b for integers of any size."""
    return a / b if b else math.inf


def product(*groups: FiniteGroup) -> FiniteGroup:
    """G x H x ... on the sum of their spaces: each acts on its own coordinates.

    >>> from kernelspec.sphere import invariants
    >>> invariants.product(invariants.cyclic(3), invariants.sign_changes(2)).multiplicity([0, 1, 2]).tolist()
    [1, 1, 3]
    """
    if not groups:
        raise TypeError("groups must hold at least one group; got none")
    for each in groups:
        if not isinstance(each, FiniteGroup):
            raise TypeError(f"groups must be made by kernelspec.sphere.invariants; got {each!r}")
    series: Series = ((Fraction(1), ()),)
    classes: Series | None = series
    order, d = 1, 0
    for each in groups:
        series = _products(series, each.series)
        if classes is not None:
            classes = None if each.classes is None else _products(classes, each.classes)
        order, d = order * each.order, d + each.d
    name = f"product({', '.join(map(repr, groups))})"
    generators = beside([each.generators for each in groups], [each.d for each in groups])
    return FiniteGroup(name, d, order, series, classes, generators)


def _products(one: Series, other: Series) -> Series:
    return molien.collected((a * b, molien.times(s, r)) for a, s in one for b, r in other)
