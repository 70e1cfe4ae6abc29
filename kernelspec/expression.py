"""Kernel expressions: the nodes u^r, sums, products and compositions, and their canonical forms."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .angle import Pair, Point
from .arithmetic import FloatArithmetic
from .exact_numbers import REMEDY, Rounded, Scalar, is_monomial, made
from .rational import (
    Polynomial,
    as_exact,
    latex_number,
    number_text,
    poly_add,
    poly_multiply,
    substitute,
)
from .zonal import Zonal

if TYPE_CHECKING:
    pass


class Atom(Zonal):
    """A named kernel: neither a sum, nor a product, nor a composition."""

    bounded = True

    @property
    def rational_one(self) -> Scalar | None:
        return Fraction(1) if self.bounded else None


@dataclass(frozen=True, repr=False)
class Monomial(Atom):
    """u^degree; degree 0 is the constant 1, and degree 1 the linear kernel."""

    degree: int

    def pair(self, point: Point) -> Pair:
        one = point.arithmetic.number(Fraction(1))
        value = point.arithmetic.constant(one, point.u)
        geometric = value * 0  # 1 + u + ... + u^{degree-1}, by doubling: no cancellation for u >= 0
        for bit in bin(self.degree)[2:]:
            geometric, value = geometric * (1 + value), value * value
            if bit == "1":
                geometric, value = geometric * point.u + one, value * point.u
        return Pair(value, point.delta * geometric, one)

    def derivative(self) -> Zonal:
        return Monomial(self.degree - 1) * self.degree if self.degree else zero()

    def text(self) -> str:
        return {0: "1", 1: "linear()"}.get(self.degree, f"polynomial({self.degree})")

    def latex_of(self, argument: str) -> str:
        if self.degree == 0:
            return "1"
        return argument if self.degree == 1 else f"{bracket(argument)}^{{{self.degree}}}"

    @property
    def radius(self) -> float:
        return math.inf

    def polynomial_part(self, parity: int) -> Polynomial:
        return {self.degree: Fraction(1)} if self.degree % 2 == parity else {}


class Node(Zonal):
    """A sum, product or composition; its text and its hash are computed once."""

    @functools.cached_property
    def _text(self) -> str:
        return self._written()

    def _written(self) -> str:
        raise NotImplementedError

    def text(self) -> str:
        return self._text

    @functools.cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, *self._parts()))

    def _parts(self) -> tuple[Any, ...]:
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class Sum(Node):
    """A linear combination: ((coefficient, kernel), ...), sorted, coefficients non-zero."""

    terms: tuple[tuple[Scalar, Zonal], ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.terms

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        number = point.arithmetic.number
        value = defect = point.u * 0
        one = number(Fraction(0))
        for coefficient, kernel in self.terms:
            part, c = point.pair(kernel), number(coefficient)
            value, defect, one = (
                value + c * part.value,
                defect + c * part.defect,
                one + c * part.one,
            )
        exact = self.rational_one
        return Pair(value, defect, one if exact is None else number(exact))

    @functools.cached_property
    def rational_one(self) -> Scalar | None:
        total: Scalar = Fraction(0)
        for coefficient, kernel in self.terms:
            if kernel.rational_one is None:
                return None
            total += coefficient * kernel.rational_one
        return total

    @property
    def truncation(self) -> float:
        return float(sum(abs(float(c)) * k.truncation for c, k in self.terms))

    def derivative(self) -> Zonal:
        return add([(c, k.derivative()) for c, k in self.terms])

    def _written(self) -> str:
        out = ""
        for c, k in self.terms:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            if k == Monomial(0):
                out += sign + number_text(abs(c))
            else:
                out += sign + (
                    k.text() if abs(c) == 1 else f"{number_text(abs(c))}*{_factor_text(k)}"
                )
        return out or "0"

    def latex_of(self, argument: str) -> str:
        out = ""
        for c, k in self.terms:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            body = k.latex_of(argument)
            number = latex_number(abs(c))
            if k == Monomial(0):
                out += sign + number
            else:
                out += sign + (body if abs(c) == 1 else f"{number}\\,{body}")
        return out or "0"

    @property
    def radius(self) -> float:
        return min((k.radius for _, k in self.terms), default=math.inf)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        total: Polynomial = {}
        for c, k in self.terms:
            part = k.polynomial_part(parity)
            if part is None:
                return None
            for m, q in part.items():
                total[m] = total.get(m, Fraction(0)) + c * q
        return {m: q for m, q in total.items() if q}


@dataclass(frozen=True, repr=False)
class Product(Node):
    """A product of kernels, none of them a sum with one term or a product; sorted."""

    factors: tuple[Zonal, ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.factors

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        result = point.pair(self.factors[0])
        for kernel in self.factors[1:]:
            result = product_pair(result, point.pair(kernel))
        return result

    def derivative(self) -> Zonal:
        terms = []
        for i, kernel in enumerate(self.factors):
            rest: Zonal = Monomial(0)
            for other in self.factors[:i] + self.factors[i + 1 :]:
                rest = rest * other
            terms.append((Fraction(1), rest * kernel.derivative()))
        return add(terms)

    def _written(self) -> str:
        return "*".join(_factor_text(k) for k in self.factors)

    def latex_of(self, argument: str) -> str:
        return "\\,".join(
            f"\\left({k.latex_of(argument)}\\right)" if isinstance(k, Sum) else k.latex_of(argument)
            for k in self.factors
        )

    @functools.cached_property
    def rational_one(self) -> Scalar | None:
        total: Scalar = Fraction(1)
        for kernel in self.factors:
            if kernel.rational_one is None:
                return None
            total *= kernel.rational_one
        return total

    @property
    def truncation(self) -> float:
        sizes = [(abs(k.at_one), k.truncation) for k in self.factors]
        if not any(missing for _, missing in sizes):
            return 0.0
        return math.prod(size + missing for size, missing in sizes) - math.prod(s for s, _ in sizes)

    @property
    def radius(self) -> float:
        return min(k.radius for k in self.factors)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        parts: list[Polynomial | None] = [{0: Fraction(1)}, {}]
        for k in self.factors:
            factor = [k.polynomial_part(0), k.polynomial_part(1)]
            parts = [
                poly_add(poly_multiply(parts[0], factor[p]), poly_multiply(parts[1], factor[1 - p]))
                for p in (0, 1)
            ]
        return parts[parity]


@dataclass(frozen=True, repr=False)
class Compose(Node):
    """outer_1(outer_2(... inner(u))): atoms outside, any kernel innermost."""

    layers: tuple[Zonal, ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.layers

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        outer, end, drop = self.layers[0], self._inner_end(point), None
        start = point
        for kernel in reversed(self.layers[1:]):
            point = point.image(kernel)
        if end is not None and len(self.layers) == 2 and not point.arithmetic.closed_form:
            drop = outer.drop(end, point, start.pair(self.layers[1]).defect)
        return _rebase(outer, point.pair(outer), end, drop)

    def _inner_end(self, point: Point) -> Point | None:
        """The point that the innermost kernels reach from u = 1, or None where that is u = 1 again."""
        if not self._off_centre:
            return None
        # In every array library the end is a plain number.
        arithmetic = FloatArithmetic() if hasattr(point.arithmetic, "xp") else point.arithmetic
        end = Point(arithmetic, *(arithmetic.number(Fraction(c)) for c in (1, 0, 2)))
        for kernel in reversed(self.layers[1:]):
            end = end.image(kernel)
        return end

    @property
    def truncation(self) -> float:
        inner = any(k.truncation for k in self.layers[1:])
        return math.inf if inner else self.layers[0].truncation

    @functools.cached_property
    def _off_centre(self) -> bool:
        return any(k.rational_one != 1 for k in self.layers[1:])

    @functools.cached_property
    def rational_one(self) -> Scalar | None:
        return None if self._off_centre else self.layers[0].rational_one

    def derivative(self) -> Zonal:
        inner = self.layers[-1]
        result = inner.derivative()
        for kernel in reversed(self.layers[:-1]):
            result = result * compose(kernel.derivative(), inner)
            inner = compose(kernel, inner)
        return result

    def _written(self) -> str:
        words, layers = [], list(self.layers)
        while layers:
            run = 1
            while run < len(layers) and layers[run] == layers[0]:
                run += 1
            degree = getattr(layers[0], "network_degree", None)
            if run > 1 and degree is not None:
                words.append(f"rf({run + 1})" if degree == 1 else f"rf({run + 1}, degree={degree})")
            else:
                words += [_factor_text(layers[0])] * run
            layers = layers[run:]
        return "@".join(words)

    def latex_of(self, argument: str) -> str:
        # Powers of a layer are written as iterates once they would repeat three times or more.
        runs: list[list[Any]] = []
        for kernel in self.layers:
            if runs and runs[-1][0] == kernel:
                runs[-1][1] += 1
            else:
                runs.append([kernel, 1])
        for kernel, count in reversed(runs):
            if count > 2 and hasattr(kernel, "symbol"):
                argument = f"{kernel.symbol}^{{\\circ {count}}}\\left({argument}\\right)"
            else:
                for _ in range(count):
                    argument = kernel.latex_of(argument)
        return argument

    @property
    def radius(self) -> float:
        # Analytic beyond the disc as long as every layer reads inside the next one's disc of convergence.
        if self.layers[-1].radius <= 1:
            return 1.0
        for i in range(len(self.layers) - 1, 0, -1):
            if abs(compose_layers(self.layers[i:]).at_one) >= self.layers[i - 1].radius:
                return 1.0
        return 1.0 + 1e-9

    def polynomial_part(self, parity: int) -> Polynomial | None:
        inner = self.layers[-1]
        even, odd = inner.polynomial_part(0), inner.polynomial_part(1)
        for outer in reversed(self.layers[:-1]):
            if odd == {}:  # an even function of u stays one
                even, odd = None, {}
            elif (
                even == {}
            ):  # inner odd: the parities of outer(inner) are those of outer, read at inner
                even, odd = (_at_odd(outer.polynomial_part(p), odd) for p in (0, 1))
            else:
                return None
        return odd if parity else even


# -- construction of canonical forms ---------------------------------------------------


def add(terms: Sequence[tuple[Scalar, Zonal]]) -> Zonal:
    """The canonical linear combination of kernels."""
    collected: dict[Zonal, Scalar] = {}
    for c, k in terms:
        for c2, k2 in k.terms if isinstance(k, Sum) else ((Fraction(1), k),):
            collected[k2] = collected.get(k2, Fraction(0)) + c * c2
    kept = sorted(((c, k) for k, c in collected.items() if c), key=lambda term: _sort_key(term[1]))
    for c, k in kept:
        if isinstance(c, Rounded) and not c.numerator:
            raise ValueError(
                f"the coefficient {c} of {k!r} is 0 within the rounding of a float; {REMEDY}"
            )
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return Sum(tuple(kept))


def zero() -> Zonal:
    """The kernel 0."""
    return Sum(())


def multiply(a: Zonal, b: Zonal) -> Zonal:
    """The canonical product: scalars in front, powers of u collected, factors sorted."""
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
                first = _divisor(factor)
                scalar *= first
                factor = add([(1 / first, factor)])
            if isinstance(factor, Monomial):
                degree += factor.degree
            else:
                factors.append(factor)
    factors.sort(key=_sort_key)
    if degree or not factors:
        factors.insert(0, Monomial(degree))
    product = factors[0] if len(factors) == 1 else Product(tuple(factors))
    return product if scalar == 1 else add([(scalar, product)])


def _divisor(kernel: Sum) -> Scalar:
    """The first coefficient; irrational ones of several terms only where there are no others."""
    coefficients = [c for c, _ in kernel.terms]
    return next((c for c in coefficients if is_monomial(c)), coefficients[0])


def compose(outer: Zonal, inner: Zonal) -> Zonal:
    """The canonical composition outer(inner(u)); ValueError unless inner takes values in [-1, 1]."""
    if inner == Monomial(1) or outer == Monomial(0):
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
            raise ValueError(
                f"degree must be at most 512 around another kernel; got {outer.degree}"
            )
        return (
            Monomial(inner.degree * outer.degree)
            if isinstance(inner, Monomial)
            else inner**outer.degree
        )
    _require_cosine(inner)
    if isinstance(outer, Compose):
        return compose(compose_layers(outer.layers[:-1]), compose(outer.layers[-1], inner))
    layers = inner.layers if isinstance(inner, Compose) else (inner,)
    return Compose((outer, *layers))


def compose_layers(layers: tuple[Zonal, ...]) -> Zonal:
    """A composition from layers that are in canonical form already."""
    return layers[0] if len(layers) == 1 else Compose(layers)


def product_pair(a: Pair, b: Pair) -> Pair:
    """ab, with a(1)b(1) - ab = a(1) (b(1) - b) + b (a(1) - a)."""
    return Pair(a.value * b.value, a.one * b.defect + b.value * a.defect, a.one * b.one)


def exact_one(kernel: Zonal) -> Scalar:
    """kappa(1), exactly; ValueError where it is infinite, or not known exactly."""
    if kernel.rational_one is not None:
        return kernel.rational_one
    if math.isinf(kernel.at_one):
        raise ValueError(f"kappa(1) is infinite: {kernel!r} cannot be divided by it")
    if kernel.truncation:  # of the series as it was cut off
        import sympy

        return as_exact(kernel.sympy(sympy.Integer(1)), "kappa(1)")
    parts = [k for _, k in kernel.terms] if isinstance(kernel, Sum) else []
    parts = list(kernel.factors) if isinstance(kernel, Product) else parts
    if parts and all(math.isfinite(k.at_one) for k in parts):
        ones = [exact_one(k) for k in parts]
        if isinstance(kernel, Product):
            return functools.reduce(operator.mul, ones)
        assert isinstance(kernel, Sum)
        scaled = [c * one for (c, _), one in zip(kernel.terms, ones, strict=True)]
        return functools.reduce(operator.add, scaled)
    from .puiseux import at_order
    from .roundings import as_decimals

    readings = [at_order(k, 1, Fraction(1, 64)) for k in (kernel, as_decimals(kernel))]
    if readings[0].leading < 0:
        raise ValueError(f"kappa(1) is infinite: {kernel!r} cannot be divided by it")
    return made(*(found.exact_coefficient(0) for found in readings))


def _rebase(outer: Zonal, pair: Pair, end: Point | None, drop: Any = None) -> Pair:
    """The outer kernel's pair, its defect taken from its value where the inner kernel ends."""
    if end is None:
        return pair
    last = end.pair(outer)
    if isinstance(end.arithmetic, FloatArithmetic):
        last = Pair(float(last.value), float(last.defect), float(last.one))
    if drop is not None:
        return Pair(pair.value, drop, last.value)
    if math.isinf(outer.at_one):  # then the outer kernel's own defect is infinite
        return Pair(pair.value, last.value - pair.value, last.value)
    return Pair(pair.value, pair.defect - last.defect, last.value)


def _require_cosine(inner: Zonal) -> None:
    if (inner.layers[0] if isinstance(inner, Compose) else inner).bounded:
        return
    # Positive combinations of kernels reach their supremum at u = 1; differences are looked at all over [-1, 1].
    theta = np.linspace(0.0, np.pi, 33)
    with np.errstate(all="ignore"):
        largest = float(np.max(np.abs(inner.of_angle(theta))))
    if not largest <= 1 + 1e-12:
        raise ValueError(
            f"the inner kernel of a composition must take values in [-1, 1]; {inner!r} reaches {largest:.6g} "
            "(divide by kappa(1), for example (1/3)*ntk(3))"
        )


def _at_odd(part: Polynomial | None, odd: Polynomial | None) -> Polynomial | None:
    """A parity of the outer kernel at an odd inner one; constants need not know it."""
    if part is not None and set(part) <= {0}:
        return part
    return None if odd is None else substitute(part, odd)


def _sort_key(kernel: Zonal) -> tuple[int, str]:
    return (kernel.degree if isinstance(kernel, Monomial) else 10**9, kernel.text())


def _factor_text(kernel: Zonal) -> str:
    text = kernel.text()
    return f"({text})" if isinstance(kernel, Sum | Product) or "@" in text or text == "1" else text


def bracket(argument: str) -> str:
    """A LaTeX argument made safe for powers and signs around it: in parentheses unless it is one letter."""
    return argument if len(argument) == 1 else f"\\left({argument}\\right)"
