r"""Duals that are sums of other kernels, found again in a sum: 0.5 u kappa_0(u/2) + ... is kappa_gelu.

The canonical form multiplies sums out, so that a network of such layers would be written as the sum of all of their
terms. A sum is searched for c * dual(inner), term by term, for the duals of `NAMES` and every inner kernel that its
compositions show.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..numbers.exact_numbers import Scalar, is_zero
from ..numbers.scalar_text import number_text
from .atoms import Monomial
from .compositions import Compose
from .expression import add, multiply
from .products import Product
from .sums import Sum
from .zonal import Zonal

Terms = Sequence[tuple[Scalar, Zonal]]

# By what the inner kernel is multiplied inside of each.
NAMES = {"gelu": Fraction(1, 2), "erf": Fraction(2, 3)}
_ROUNDING = 1 + 1e-12


@functools.cache
def dual_of(name: str) -> Zonal:
    """The dual of this name, as a sum."""
    from .duals import dual

    return dual(name)


def split(terms: Terms) -> tuple[list[tuple[Scalar, str, Zonal]], Terms]:
    """The terms as sum of c * dual(name)(inner), as (c, name, inner), and of what is left."""
    found: list[tuple[Scalar, str, Zonal]] = []
    rest = {kernel: c for c, kernel in terms}
    for name, layer in _candidates(terms):
        parts = {kernel: c for c, kernel in _expected(name, layer)}
        matches = {k: _match(k, rest) for k in parts}
        if not all(matches.values()):
            continue
        found_parts = [(part, *match) for part, match in matches.items() if match is not None]
        scales = [rest[kernel] * r / parts[part] for part, kernel, r in found_parts]
        scale = min(scales, key=lambda q: len(number_text(q)))  # the same number, in several forms
        if all(_equal(scale, other) for other in scales):
            found.append((scale, name, layer * (1 / NAMES[name])))
            for _, kernel, _ in found_parts:
                del rest[kernel]
    return found, [(c, kernel) for kernel, c in rest.items()]


def _match(part: Zonal, rest: Mapping[Zonal, Scalar]) -> tuple[Zonal, Scalar] | None:
    """Which of the kernels is r times the part, and r; None where none is.

    Products hold a sum up to a factor only, which depends on the form of its coefficients.
    """
    if part in rest:
        return part, Fraction(1)
    if isinstance(part, Product):
        for kernel in rest:
            if isinstance(kernel, Product) and len(kernel.factors) == len(part.factors):
                mine, other = set(part.factors), set(kernel.factors)
                apart = [*(other - mine), *(mine - other)]
                if len(apart) == 2:
                    ratio = _proportion(apart[0], apart[1])
                    if ratio is not None:
                        return kernel, ratio
    return None


def _proportion(a: Zonal, b: Zonal) -> Scalar | None:
    """r where the sum a is r times the sum b, term by term."""
    if not (isinstance(a, Sum) and isinstance(b, Sum)):
        return None
    first, second = ({k: c for c, k in x.terms} for x in (a, b))
    if first.keys() != second.keys():
        return None
    ratios = [first[k] / second[k] for k in first]
    return ratios[0] if all(_equal(ratios[0], r) for r in ratios[1:]) else None


def _equal(a: Scalar, b: Scalar) -> bool:
    """Whether two numbers are shown to be equal."""
    try:
        return a == b or is_zero(a - b)
    except ValueError:
        return False  # not told apart from what is rounded in them


def _candidates(terms: Terms) -> list[tuple[str, Zonal]]:
    """Names, and inner kernels times the number of `NAMES`, that the compositions in the terms may come from."""
    out: dict[tuple[str, Zonal], None] = {}
    for _, term in terms:
        for kernel in term.factors if isinstance(term, Product) else (term,):
            if isinstance(kernel, Compose) and len(kernel.layers) == 2:
                head, layer = kernel.layers
                for name, scale in NAMES.items():
                    # The inner kernel is a cosine: what it is at 1 bounds it where it is positive definite.
                    if abs(layer.at_one) <= scale * _ROUNDING and head in _heads(dual_of(name)):
                        out[name, layer] = None
    return list(out)


def _heads(kernel: Zonal) -> set[Zonal]:
    """The outermost layers of the compositions in a kernel."""
    if isinstance(kernel, Compose):
        return {kernel.layers[0]}
    parts: list[Zonal] = []
    if isinstance(kernel, Sum):
        parts = [k for _, k in kernel.terms]
    elif isinstance(kernel, Product):
        parts = list(kernel.factors)
    return set().union(*map(_heads, parts))


def _expected(name: str, layer: Zonal) -> Terms:
    """The terms of dual(name)(inner), of whose composition with each head the layer is known to be one."""

    def inside(kernel: Zonal) -> Zonal:
        if isinstance(kernel, Sum):
            return add([(c, inside(k)) for c, k in kernel.terms])
        if isinstance(kernel, Product):
            return functools.reduce(multiply, map(inside, kernel.factors))
        if isinstance(kernel, Compose):
            return Compose((kernel.layers[0], layer))
        return layer * (1 / NAMES[name]) if kernel == Monomial(1) else kernel

    whole = inside(dual_of(name))
    return whole.terms if isinstance(whole, Sum) else [(Fraction(1), whole)]
