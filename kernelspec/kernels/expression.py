"""Canonical forms of kernel expressions: sums, products and compositions that equal formulas share."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import REMEDY, Exact, Rounded, Scalar, made
from ..numbers.rational import Polynomial, float_sized
from .atoms import Atom, Monomial
from .compositions import Compose
from .products import Product
from .ranges import require_cosine
from .sums import Sum
from .text import brief
from .zonal import Zonal


def add(terms: Sequence[tuple[Scalar, Zonal]]) -> Zonal:
    """The canonical linear combination of kernels."""
    collected: dict[Zonal, Scalar] = {}
    for c, k in terms:
        for c2, k2 in k.terms if isinstance(k, Sum) else ((Fraction(1), k),):
            collected[k2] = collected.get(k2, Fraction(0)) + c * c2
    kept = [(c, k) for k, c in collected.items() if c]
    if len(kept) > 1:
        kept.sort(key=lambda term: _sort_key(term[1]))
    for c, k in kept:
        if isinstance(c, Rounded) and not c.numerator:
            raise ValueError(f"the coefficient {c} of {brief(k)} is 0 within the rounding of a float; {REMEDY}")
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return Sum(tuple(kept))


def sized(kernel: Zonal) -> Zonal:
    """The kernel, refused where a coefficient is beyond the floats."""
    for c, _ in kernel.terms if isinstance(kernel, Sum) else ():
        float_sized(c, "a coefficient of a kernel")
    return kernel


def zero() -> Zonal:
    """The kernel 0."""
    return Sum(())


def one() -> Zonal:
    """The kernel 1."""
    return Monomial(0)


def multiply(a: Zonal, b: Zonal) -> Zonal:
    """The canonical product: scalars in front, powers of u and of other bases gathered, factors sorted."""
    scalar: Scalar = Fraction(1)
    degree = 0
    factors: list[Zonal] = []
    for kernel in (a, b):
        if isinstance(kernel, Sum) and len(kernel.terms) <= 1:
            if not kernel.terms:
                return zero()
            c, kernel = kernel.terms[0]
            scalar *= c
        for factor in kernel.factors if isinstance(kernel, Product) else (kernel,):
            if isinstance(factor, Sum):  # its first coefficient goes in front, so that scalars meet
                first, factor = _monic(factor)
                scalar *= first
            if isinstance(factor, Monomial):
                degree += factor.degree
            else:
                factors.append(factor)
    scalar *= _gather(factors)
    factors.sort(key=_sort_key)
    if degree or not factors:
        factors.insert(0, Monomial(degree))
    product = factors[0] if len(factors) == 1 else Product(tuple(factors))
    return product if scalar == 1 else add([(scalar, product)])


def _monic(kernel: Sum) -> tuple[Scalar, Zonal]:
    """A coefficient of a sum, and the sum over it: an irrational one of several terms only if there are no others."""
    coefficients = [c for c, _ in kernel.terms]
    first = next((c for c in coefficients if _is_monomial(c)), coefficients[0])
    return first, kernel if first == 1 else add([(1 / first, kernel)])


def _is_monomial(q: Scalar) -> bool:
    """Whether q is a fraction, or one product of powers; a sum with a name is none, so that this is done but once."""
    if not isinstance(q, Exact | Rounded):
        return True
    found = q.number.monomial
    return found is not None and all(g.kind != "sum" for g, _ in found[0].powers)


def _gather(factors: list[Zonal]) -> Scalar:
    """Make powers of one base a single factor, in place; the scalar that this leaves."""
    groups: dict[tuple[Zonal, Any], list[Zonal]] = {}
    for factor in factors:
        outer = factor.layers[0] if isinstance(factor, Compose) else factor
        if isinstance(outer, Atom) and outer.powers is not None:
            groups.setdefault((_outermost(factor)[1], outer.powers[0]), []).append(factor)
    scalar: Scalar = Fraction(1)
    shared: dict[Zonal, list[tuple[Scalar, Zonal, list[Zonal]]]] = {}
    for (inner, _), members in groups.items():
        base = _outer_power(members[0]).base
        if base is not None:
            base = compose(base, inner)
            if isinstance(base, Sum) and base.terms:
                coefficient, base = _monic(base)
                shared.setdefault(base, []).append((coefficient, inner, members))
        elif len(members) > 1:
            _replace(factors, members, inner, _exponent(members))
    for base, powers in shared.items():
        scalar *= _gather_shared(factors, base, powers)
    return scalar


def _gather_shared(factors: list[Zonal], base: Zonal, powers: list[tuple[Scalar, Zonal, list[Zonal]]]) -> Scalar:
    """Powers of multiples c of one polynomial, (coefficient c, inner kernel, factors), and copies of it, in place.

    The first that is no whole power takes all whole powers of the others, which keep exponents between 0 and 1: a form
    that does not depend on the order in which the factors came.
    """
    copies = factors.count(base)
    if sum(len(members) for _, _, members in powers) + copies < 2:
        return Fraction(1)
    powers = sorted(powers, key=lambda p: (_is_whole(_exponent(p[2])), _sort_key(p[1])))
    (first, inner, members), others = powers[0], powers[1:]
    whole, scalar = copies, Fraction(1) / first**copies
    for c, _, other in others:
        n = math.floor(_exponent(other))
        whole, scalar = whole + n, scalar * c**n / first**n
    total = _exponent(members) + whole
    if _outer_power(members[0]).gathered(total, 1) is None:  # too many factors
        return Fraction(1)
    factors[:] = [factor for factor in factors if factor != base]
    for _, its, other in others:
        rest = _exponent(other)
        _replace(factors, other, its, rest - math.floor(rest))
    if _is_whole(total) and total >= 0:
        scalar *= first ** int(total)
    _replace(factors, members, inner, total, base)
    return scalar


def _replace(
    factors: list[Zonal], members: list[Zonal], inner: Zonal, total: Scalar, base: Zonal | None = None
) -> None:
    """Put the power with the exponent `total` for its factors, in place, and `base`, if given, for what is the base."""
    outer = _outer_power(members[0])
    pieces = outer.gathered(total, len(members))
    if pieces is None:
        return
    for factor in members:
        factors.remove(factor)
    for piece in pieces:
        factors.append(base if base is not None and piece == outer.base else compose(piece, inner))


def _outer_power(factor: Zonal) -> Atom:
    outer = _outermost(factor)[0]
    assert isinstance(outer, Atom)
    return outer


def _exponent(members: list[Zonal]) -> Scalar:
    found = [power[1] for factor in members if (power := _outer_power(factor).powers) is not None]
    return sum(found, Fraction(0))


def _is_whole(exponent: Scalar) -> bool:
    return isinstance(exponent, Fraction) and exponent.denominator == 1


def _outermost(kernel: Zonal) -> tuple[Zonal, Zonal]:
    """The outer kernel and what it is composed with, u where that is nothing."""
    if isinstance(kernel, Compose):
        return kernel.layers[0], compose_layers(kernel.layers[1:])
    return kernel, Monomial(1)


def compose(outer: Zonal, inner: Zonal) -> Zonal:
    """The canonical composition outer(inner(u)); ValueError unless inner is shown to take values in [-1, 1]."""
    if inner == Monomial(1) or outer.is_constant:
        return outer
    if isinstance(outer, Sum):
        return add([(c, compose(k, inner)) for c, k in outer.terms])
    if isinstance(outer, Product):
        result: Zonal = Monomial(0)
        for kernel in outer.factors:
            result = result * compose(kernel, inner)
        return result
    if isinstance(outer, Monomial):
        if outer.degree > 512 and not isinstance(inner, Monomial):
            raise ValueError(f"degree must be at most 512 around another kernel; got {outer.degree}")
        return Monomial(inner.degree * outer.degree) if isinstance(inner, Monomial) else inner**outer.degree
    if inner.user_functions:
        raise ValueError(
            f"the inner kernel of a composition must be proved to take values in [-1, 1], and nothing bounds "
            f"{', '.join(inner.user_functions)} in {brief(inner)}: it is a function of your own "
            "(compose in your function)"
        )
    require_cosine(inner)
    if (line := as_line(outer)) is not None:
        return add([(line.get(0, Fraction(0)), Monomial(0)), (line.get(1, Fraction(0)), inner)])
    if isinstance(outer, Compose):
        return compose(compose_layers(outer.layers[:-1]), compose(outer.layers[-1], inner))
    layers = inner.layers if isinstance(inner, Compose) else (inner,)
    return Compose((outer, *layers))


def as_line(kernel: Zonal) -> Polynomial | None:
    """a and b of a kernel a + b u under another name, like that of one layer with a bias."""
    if (even := kernel.polynomial_part(0)) is None or (odd := kernel.polynomial_part(1)) is None:
        return None
    if max((*even, *odd), default=0) > 1:
        return None
    return {**even, **odd}


def compose_layers(layers: tuple[Zonal, ...]) -> Zonal:
    """A composition from layers that are in canonical form already."""
    return layers[0] if len(layers) == 1 else Compose(layers)


def exact_one(kernel: Zonal) -> Scalar:
    """kappa(1), exactly; ValueError where it is infinite, or not known exactly."""
    from .callables import require_formula

    if kernel.rational_one is not None:
        return kernel.rational_one
    require_formula(kernel, "kappa(1), exactly,")
    if math.isinf(kernel.at_one):
        raise ValueError(f"kappa(1) is infinite: {brief(kernel)} cannot be divided by it")
    kernel.require_whole("its kappa(1) has no exact form")
    parts = [k for _, k in kernel.terms] if isinstance(kernel, Sum) else []
    parts = list(kernel.factors) if isinstance(kernel, Product) else parts
    if parts and all(math.isfinite(k.at_one) for k in parts):
        ones = [exact_one(k) for k in parts]
        if isinstance(kernel, Product):
            return functools.reduce(operator.mul, ones)
        assert isinstance(kernel, Sum)
        scaled = [c * one for (c, _), one in zip(kernel.terms, ones, strict=True)]
        return functools.reduce(operator.add, scaled)
    from ..expansions import at_order
    from .rounded_parameters import as_decimals

    readings = [at_order(k, 1, Fraction(1, 64)) for k in (kernel, as_decimals(kernel))]
    if readings[0].leading < 0:
        raise ValueError(f"kappa(1) is infinite: {brief(kernel)} cannot be divided by it")
    return made(*(found.exact_coefficient(0) for found in readings))


def _sort_key(kernel: Zonal) -> tuple[int, str, int]:
    # Two functions of the user's own may have one name.
    tie = getattr(kernel, "tie", 0)
    return (kernel.degree if isinstance(kernel, Monomial) else 10**9, kernel.text(), tie)


def factor_text(kernel: Zonal) -> str:
    """The text of a factor or of a layer: in parentheses where it needs them."""
    text = kernel.text()
    if kernel == Monomial(0):
        return "polynomial(0)"
    if isinstance(kernel, Sum) and all(k == Monomial(0) for _, k in kernel.terms):
        text = f"{text}*polynomial(0)"  # a constant kernel, not a number
    return f"({text})" if isinstance(kernel, Sum | Product) or "@" in text else text
