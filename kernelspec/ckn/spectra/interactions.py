r"""Norms of interactions between patches in the RKHS of two layers: sums of products of harmonics, exactly.

Let Y_k be one harmonic of degree k and of norm 1 in L_2, the same at every position, and

.. math:: f(x) = \sum_S c_S \prod_{(u,k) \in S} Y_k(x_u) .

The eigenfunctions of two layers on independent patches are such products, or sums of their translates (`two_layers`):

.. math:: |f|^2 = \sum_{S_0} \frac{c_{S_0}^T M_r^+ c_{S_0}}{\lambda_{S_0}},

over all S_0 that begin at 0, c_{S_0} the coefficients of its translates and lambda the eigenvalue of a window. It is
infinite where S is in no window, where lambda is 0, and where pooling cannot give the coefficients. One layer has no
products of two patches at all (claims 53, 56; derived here).

For f = sum_u Y_k(x_u) Y_l(x_{u+r}) on a circle of n positions the norm is n/(lambda (s - r)) with windows of s patches,
whether their outputs are pooled or not, as sums are what averages leave alone; what pooling gains is the trace, that is
E K(x, x), and the effective dimension (claim 55).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...kernels.atoms import Monomial
from ...kernels.expression import add
from ...kernels.zonal import Zonal
from ...numbers.checks import integer
from ...numbers.exact_numbers import ball, decimal
from ...numbers.precision import precision, with_balls
from ...numbers.rational import as_fraction
from .hierarchies import Hierarchy
from .overlapping import inverse_form, moved_rows, placed
from .two_layers import TwoLayers

if TYPE_CHECKING:
    import flint

_BITS = 192
# Positions with the degree there, sorted.
Product = tuple[tuple[int, int], ...]


def products(f: Any, positions: int) -> dict[Product, Fraction]:
    """A sum of products of harmonics, {((u, k), (v, l)): coefficient}; TypeError or ValueError that names f."""
    if not isinstance(f, Mapping):
        raise TypeError(
            "f must be a mapping from tuples of pairs (position, degree) to coefficients, such as "
            f"{{((0, 1), (1, 2)): 0.5}}; got {f!r}"
        )
    found: dict[Product, Fraction] = {}
    for several, value in f.items():
        if not isinstance(several, tuple) or not all(isinstance(x, tuple) and len(x) == 2 for x in several):
            raise TypeError(f"f must have tuples of pairs (position, degree) for its keys; got {several!r}")
        places = tuple(sorted((integer("f", u, 0, positions - 1), integer("f", k, 1)) for u, k in several))
        if len({u for u, _ in places}) < len(places):
            raise ValueError(f"f must have tuples of different positions for its keys; got {several}")
        found[places] = found.get(places, Fraction(0)) + decimal(as_fraction(value, "f"))
    return found


@with_balls
def squared_norm(solver: TwoLayers, f: Any) -> flint.arb | None:
    """|f|^2 as a ball; None where f is not in the RKHS."""
    single, n = solver.layer is None, solver.positions if solver.layer is not None else solver.patches
    circular = solver.layer is not None and solver.layer.border == "circular"
    families: dict[Product, dict[int, Fraction]] = {}
    for product, value in products(f, n).items():
        if not value:
            continue
        if not product or single:
            families.setdefault(product, {})[0] = value
            continue
        found = placed([u for u, _ in product], solver.patches, n, circular)
        if found is None:
            return None
        degrees = {(u - found[1]) % n: k for u, k in product}
        families.setdefault(tuple(sorted(degrees.items())), {})[found[1]] = value
    hierarchy = Hierarchy([solver.first, solver.second], [solver.patches], solver.d)
    with precision(_BITS):
        total = ball(0)
        for shape, values in families.items():
            eigenvalue = ball(solver.scale) * hierarchy.eigenvalue(tuple(k for _, k in shape))
            if not eigenvalue > 0:
                if eigenvalue == 0 or vanishes(solver.first, solver.second, solver.patches, [k for _, k in shape]):
                    return None
                raise ArithmeticError(f"the eigenvalue of {shape} is not known: {eigenvalue.str(5)}")
            form = _form(solver, shape, values, circular)
            if form is None:
                return None
            total += (ball(form) if isinstance(form, Fraction) else form) / eigenvalue
    return total


def vanishes(first: Zonal, second: Zonal, patches: int, degrees: Sequence[int]) -> bool:
    """Whether the eigenvalue of these degrees >= 1 is 0, as parities say.

    Terms are >= 0, so that each power u^r of kappa_2 has to vanish. Of a parity of kappa_2 that is a polynomial, they
    are summed. Otherwise there are powers r of that parity as large as one likes: then prod kappa_1^{a_u}, sum a_u = r,
    has all degrees, if kappa_1 has even and odd powers; all even ones, if it has no others; and if it has odd ones
    alone, a_u is of the parity of its degree, so that all of r - sum k_u has to be even.
    """
    even, odd = (first.polynomial_part(parity) != {} for parity in (0, 1))
    if not odd and first.polynomial_degree(0) == 0:
        return bool(degrees)  # a constant
    for parity in (0, 1):
        part = second.polynomial_part(parity)
        if part is None:
            reached = (
                even and odd or odd and (sum(degrees) - parity) % 2 == 0 or even and not any(k % 2 for k in degrees)
            )
            if reached:
                return False
        elif part:
            powers = add([(b, Monomial(r)) for r, b in part.items()])
            if not Hierarchy([first, powers], [patches], 2).eigenvalue(tuple(degrees)) == 0:
                return False
    return True


def _form(
    solver: TwoLayers, shape: Product, values: dict[int, Fraction], circular: bool
) -> Fraction | flint.arb | None:
    """c^T M_r^+ c; None where c is not in the range."""
    layer = solver.layer
    if layer is None:
        return values[0] ** 2
    if not shape:  # the constant, with 1^T A^T A 1
        low, high = solver.total
        return ball(values[0] ** 2) / (ball(Fraction(low)).union(ball(Fraction(high))))
    if solver.mean and circular and layer.stride == 1:
        layer = replace(layer, pool=None)  # on a circle the mean of the outputs is that of the positions
    reach = shape[-1][0]
    width = solver.positions if circular else solver.positions - reach
    vector = [values.get(w, Fraction(0)) for w in range(width)]
    r = solver.patches - reach
    return inverse_form(functools.partial(moved_rows, layer, solver.positions, r, solver.mean), vector)
