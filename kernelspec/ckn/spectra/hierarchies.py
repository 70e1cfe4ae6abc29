r"""Kernels of hierarchies of patches that do not overlap: eigenvalues by recursion over the tree.

.. math:: K_1(x, x') = \kappa_1(x \cdot x'), \qquad
          K_l(x, x') = \kappa_l\Big(\frac{1}{m_l} \sum_{i \leq m_l} K_{l-1}(x_i, x_i')\Big), \qquad l = 2, \ldots, L,

with independent patches at the leaves, uniform on S^{d-1}. Products of spherical harmonics of all leaves are the
eigenfunctions of every K_l and of its powers. With kappa^a = sum_r b_r^{(a)} u^r the multinomial theorem gives the
eigenvalue of K_l^a from those of the powers of its branches, as for two layers (`factors`, derived here):

.. math:: \Lambda(K_l^a) = \sum_r b_r^{(a)} \frac{r!}{m_l^r} [z^r] \prod_{i \leq m_l} G_i(z), \qquad
          G_i(z) = \sum_j \Lambda_i(K_{l-1}^j) \frac{z^j}{j!}, \qquad \Lambda(K_1^a) = \mu_k(\kappa_1^a) .

Everything is >= 0. Where series are cut off, what is left out is a kernel as well, and its value at x = x' is the sum
of its eigenvalues: an eigenvalue misses at most that over the number of its harmonics.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ...kernels.expression import exact_one
from ...kernels.zonal import Zonal, require_kernel
from ...numbers.checks import dimension, integer, real
from ...numbers.enclosure import Enclosure
from ...numbers.exact_numbers import ball
from ...numbers.precision import precision, with_balls
from .coupling import harmonics
from .factors import LONGEST_SERIES, power_series

if TYPE_CHECKING:
    import flint

# A degree at a leaf; at a node its branches that are not constant.
Tree: TypeAlias = "int | tuple[Tree, ...]"
_BITS = 192
_DIGITS = 40
_MOST = 256  # powers of a kernel of the first level


class Hierarchy:
    """The eigenvalues of a kernel over a tree of patches that do not overlap, on independent patches of S^{d-1}.

    Parameters
    ----------
    kernels : kappa_1, ..., kappa_L, power series of u without negative coefficients; each but the last is divided by
        its value at 1.
    branches : m_2, ..., m_L, how many branches a node of each level has.
    d : the dimension of a patch, >= 2.
    terms : powers that are used of a series that is no polynomial, at most 128; a - 1 more of its a-th power.

    An eigenfunction is named by its tree: a degree k >= 1 at a leaf, and at a node the tuple of its branches that are
    not constant, in any order; () is a constant.

    Source: derived here; rates by Cagnetta, Favero & Wyart 2023 and Xiao 2022.

    >>> import kernelspec as ks
    >>> tree = Hierarchy([ks.linear(), ks.polynomial(2), ks.polynomial(2)], [2, 2], 3)
    >>> tree.eigenvalue(((1, 1), (1, 1))).str(10, radius=False), tree.multiplicity(((1, 1), (1, 1)))
    ('0.001543209877', 81)
    """

    @with_balls
    def __init__(self, kernels: Sequence[Zonal], branches: Sequence[int], d: int, terms: int = 32) -> None:
        if not isinstance(kernels, list | tuple) or not kernels:
            raise TypeError(f"kernels must be a list of kernels, one a level; got {kernels!r}")
        for kernel in kernels:
            require_kernel(kernel, "kernels")
            power_series(kernel, "each of kernels")
        if not isinstance(branches, list | tuple) or len(branches) != len(kernels) - 1:
            raise ValueError(
                f"branches must be {len(kernels) - 1} integers for {len(kernels)} levels; got {branches!r}"
            )
        self.kernels, self.d = tuple(kernels), dimension(d)
        self.branches = tuple(integer("branches", m, 1) for m in branches)
        self.terms = integer("terms", terms, 2, LONGEST_SERIES)
        *inner, last = kernels
        self._kernels = [*(k if exact_one(k) == 1 else k / exact_one(k) for k in inner), last]
        self._known: dict[tuple[int, Tree], tuple[int, list[Any]]] = {}

    @property
    def leaves(self) -> int:
        """How many patches there are."""
        return math.prod(self.branches)

    @with_balls
    def eigenvalue(self, tree: Tree) -> Enclosure:
        """The eigenvalue of the products of harmonics of a tree, as a ball."""
        import flint

        level = len(self.kernels) - 1
        tree = self._checked(tree, level)
        with precision(_BITS):
            value = self._powers(level, tree, 1)[1]
            if not all(kernel.polynomial_part(p) is not None for kernel in self._kernels[1:] for p in (0, 1)):
                missing = ball(exact_one(self._kernels[-1])) - self._at_one(level, 1)[1]
                most = missing.upper() / self._harmonics(tree)
                value = value + (most + flint.arb(0, most)) / 2
        return Enclosure(value, 20)

    def multiplicity(self, tree: Tree) -> int:
        """How many products of harmonics have a tree: the places of its branches, times the harmonics of the leaves."""
        return self._count(len(self.kernels) - 1, self._checked(tree, len(self.kernels) - 1))

    def spatial_index(self, tree: Tree, sizes: Sequence[float]) -> float:
        """The cost of the tree that joins its leaves: the sum of sizes[l-2] over its edges from level l (Xiao 2022).

        With m_l = n^{sizes[l-2]}, eigenvalues fall like n to the power of minus this and of the degrees' own rate.
        """
        if not isinstance(sizes, list | tuple) or len(sizes) != len(self.branches):
            raise ValueError(f"sizes must be {len(self.branches)} numbers, one a level of branches; got {sizes!r}")
        costs = [real("sizes", size) for size in sizes]

        def cost(level: int, node: Tree) -> float:
            if isinstance(node, int):
                return 0.0
            return sum(costs[level - 1] + cost(level - 1, child) for child in node)

        return cost(len(self.branches), self._checked(tree, len(self.branches)))

    def __repr__(self) -> str:
        return f"Hierarchy({list(self.kernels)!r}, branches={list(self.branches)}, d={self.d})"

    # -- the recursion -------------------------------------------------------------------------------------

    def _powers(self, level: int, tree: Tree, most: int) -> list[flint.arb]:
        """Lambda(K^0), ..., Lambda(K^most) of a node for its tree."""
        known = self._known.get((level, tree))
        if known is None or known[0] < most:
            find = self._leaf if level == 0 else self._node
            known = most, find(level, tree, most)
            self._known[level, tree] = known
        return known[1]

    def _leaf(self, level: int, tree: Tree, most: int) -> list[flint.arb]:
        degree = tree if isinstance(tree, int) else 0
        return [_power_eigenvalue(self._kernels[0], a, self.d, degree) for a in range(most + 1)]

    def _node(self, level: int, tree: Tree, most: int) -> list[flint.arb]:
        import flint

        series = [self._series(level, a) for a in range(most + 1)]
        length = max(map(len, series))
        if level == 1 and length > _MOST:
            raise ValueError(f"kernels ask for {length} powers of the first one, {_MOST} at most: use fewer terms")
        several = tree if isinstance(tree, tuple) else ()
        product, m = [flint.arb(1)], self.branches[level - 1]
        for branch, count in [*Counter(several).items(), ((), m - len(several))]:
            values = self._powers(level - 1, branch, length - 1)
            factor = flint.arb_poly([x / flint.arb.fac_ui(j) for j, x in enumerate(values)])
            product = _cut(product, _power(factor, count, length), length)
        weights = [x * flint.arb.fac_ui(r) / flint.arb(m) ** r for r, x in enumerate(product)]
        return [sum((b * w for b, w in zip(row, weights, strict=False)), flint.arb(0)) for row in series]

    def _series(self, level: int, power: int) -> list[flint.arb]:
        """The coefficients of kappa_l^a: all of a polynomial, `terms` of another, more of powers, which are steeper."""
        kernel = self._kernels[level] ** power
        pieces = [kernel.polynomial_part(parity) for parity in (0, 1)]
        if pieces[0] is not None and pieces[1] is not None:
            exact = pieces[0] | pieces[1]
            return [ball(exact[r]) if r in exact else ball(0) for r in range(max(exact, default=0) + 1)]
        return [+x for x in kernel.taylor(self.terms + power - 1, _DIGITS)]

    def _at_one(self, level: int, most: int) -> list[flint.arb]:
        """The powers of what is left of K_l at x = x', as `_powers` has them of its eigenvalues."""
        import flint

        if level == 0:
            return [ball(exact_one(self._kernels[0])) ** a for a in range(most + 1)]
        series = [self._series(level, a) for a in range(most + 1)]
        length, m = max(map(len, series)), self.branches[level - 1]
        values = self._at_one(level - 1, length - 1)
        factor = flint.arb_poly([x / flint.arb.fac_ui(j) for j, x in enumerate(values)])
        product = _power(factor, m, length)
        weights = [x * flint.arb.fac_ui(r) / flint.arb(m) ** r for r, x in enumerate(product)]
        return [sum((b * w for b, w in zip(row, weights, strict=False)), flint.arb(0)) for row in series]

    # -- trees ---------------------------------------------------------------------------------------------

    def _checked(self, tree: Any, level: int) -> Tree:
        """The tree with its branches sorted and constants left out."""
        if level == 0:
            return integer("tree", tree, 1) if tree != () else ()
        if not isinstance(tree, tuple):
            raise TypeError(f"tree must be a tuple of branches at each node, as many levels as kernels; got {tree!r}")
        found = sorted((self._checked(branch, level - 1) for branch in tree), key=repr)
        kept = tuple(branch for branch in found if branch != ())
        if len(kept) > self.branches[level - 1]:
            raise ValueError(
                f"tree must have at most {self.branches[level - 1]} branches at level {level + 1}; got {tree!r}"
            )
        return kept

    def _harmonics(self, tree: Tree) -> int:
        if isinstance(tree, int):
            return harmonics(self.d, tree)
        return math.prod(map(self._harmonics, tree))

    def _count(self, level: int, tree: Tree) -> int:
        if isinstance(tree, int):
            return harmonics(self.d, tree)
        places = math.comb(self.branches[level - 1], len(tree)) if tree else 1
        orders = math.factorial(len(tree)) // math.prod(math.factorial(c) for c in Counter(tree).values())
        return places * orders * math.prod(self._count(level - 1, branch) for branch in tree)


@functools.lru_cache(maxsize=2**12)
def _power_eigenvalue(kernel: Zonal, power: int, d: int, degree: int) -> flint.arb:
    """mu_k(kappa^a)."""
    return (kernel**power).spectrum(d).certified(degree, _DIGITS)


def _power(factor: flint.arb_poly, count: int, length: int) -> list[flint.arb]:
    """The first coefficients of a power of a polynomial."""
    import flint

    result, base = [flint.arb(1)], [factor[i] for i in range(length)]
    while count:
        if count & 1:
            result = _cut(result, base, length)
        count >>= 1
        if count:
            base = _cut(base, base, length)
    return result


def _cut(a: list[flint.arb], b: list[flint.arb], length: int) -> list[flint.arb]:
    """The first coefficients of a product."""
    import flint

    product = flint.arb_poly(a) * flint.arb_poly(b)
    return [product[i] for i in range(length)]
