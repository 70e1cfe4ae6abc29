"""Kernel expressions: the nodes u^r, sums, products and compositions, and their canonical forms."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.arithmetic import FloatArithmetic
from ..numbers.exact_numbers import REMEDY, Rounded, Scalar, is_monomial, made
from ..numbers.precision import cached_property
from ..numbers.rational import (
    Polynomial,
    as_exact,
    float_sized,
    latex_number,
    number_text,
    poly_add,
    poly_multiply,
    substitute,
)
from ..sphere.gamma_products import ClosedForm
from .base_points import (
    ONE,
    ZERO,
    Constant,
    Settling,
    as_rational,
    base_point,
    chosen,
    combination,
    exact_at,
    named,
    next_to,
    rational,
    settled,
    settlings,
)
from .points import Pair, Point
from .ranges import PLACES, coefficient_at_least, layered_contacts, require_cosine, upper
from .zonal import Zonal

if TYPE_CHECKING:
    from .lengths import Lengths

# Radii that are tried for a composition; below the last one, a Taylor series converges too slowly to be of use.
_RADII = tuple(Fraction(q) for q in "4 2 1.5 1.2 1.1 1.05 1.02 1.01 1.005 1.0025".split())
_LONGEST_POWER = 20_000  # bits of an exact power in a bound


class Atom(Zonal):
    """A named kernel: neither a sum, nor a product, nor a composition."""

    bounded = True

    @property
    def powers(self) -> tuple[Any, Scalar] | None:
        """The name of a base and the exponent, for (1-u)^nu, (e^{u-1})^alpha: products of these are gathered."""
        return None

    @property
    def base(self) -> Zonal | None:
        """The base where it is a polynomial of u, whose factors are gathered, too."""
        return None

    def gathered(self, total: Scalar, count: int) -> list[Zonal] | None:
        """The product of `count` such powers with exponents that add up to `total`; None where it stays as it is."""
        raise NotImplementedError

    @property
    def rational_one(self) -> Scalar | None:
        return Fraction(1) if self.bounded else None


@dataclass(frozen=True, repr=False)
class Monomial(Atom):
    """u^degree; degree 0 is the constant 1, and degree 1 the linear kernel."""

    degree: int

    def __post_init__(self) -> None:
        if self.degree > 2**53:  # beyond, floats do not tell neighbouring degrees apart
            raise ValueError(f"degree must be at most 2^53; got {self.degree}")

    @property
    def is_constant(self) -> bool:
        return self.degree == 0

    def pair(self, point: Point) -> Pair:
        one = point.arithmetic.number(Fraction(1))
        if self.degree == 1:
            return Pair(point.u * one, point.delta, one)
        value = point.arithmetic.constant(one, point.u)
        even = self.degree % 2 == 0
        # 1 + x + ... + x^{n-1} by doubling, x = u, or u^2 for an even power: no cancellation for x >= 0
        x, n = (point.u * point.u, self.degree // 2) if even else (point.u, self.degree)
        geometric = value * 0
        for bit in bin(n)[2:]:
            geometric, value = geometric * (1 + value), value * value
            if bit == "1":
                geometric, value = geometric * x + one, value * x
        return Pair(value, point.delta * (point.codelta * geometric if even else geometric), one)

    def exact_at(self, at: int) -> Constant:
        return rational(at**self.degree)

    def rise(self, point: Point, at: int) -> Any:
        if self.degree == 1:
            return point.u if at == 0 else point.codelta if at == -1 else -point.delta
        return super().rise(point, at)

    def derivative(self) -> Zonal:
        return Monomial(self.degree - 1) * self.degree if self.degree else zero()

    def text(self) -> str:
        return {0: "1", 1: "linear()"}.get(self.degree, f"polynomial({self.degree})")

    def latex_of(self, argument: str) -> str:
        if self.degree == 0:
            return "1"
        return argument if self.degree == 1 else f"{bracket(argument)}^{{{self.degree}}}"

    series_sign = 1

    @property
    def radius(self) -> float:
        return math.inf

    def majorant(self, r: Fraction) -> Fraction | None:
        bits = self.degree * max(r.numerator.bit_length(), r.denominator.bit_length())
        if bits < _LONGEST_POWER or r == 1:
            return r**self.degree
        return None if r > 1 else Fraction(1)

    def polynomial_part(self, parity: int) -> Polynomial:
        return {self.degree: Fraction(1)} if self.degree % 2 == parity else {}


class Node(Zonal):
    """A sum, product or composition; its hash is computed once."""

    @cached_property
    def user_functions(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for part in self._kernels():
            names |= dict.fromkeys(part.user_functions)
        return tuple(names)

    def _kernels(self) -> tuple[Zonal, ...]:
        """The kernels that it is made of."""
        parts: tuple[Zonal, ...] = self._parts()
        return parts

    @cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, *self._parts()))

    def _parts(self) -> tuple[Any, ...]:
        raise NotImplementedError

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return all(k.homogeneous for k in self._parts())


@dataclass(frozen=True, repr=False)
class Sum(Node):
    """A linear combination: ((coefficient, kernel), ...), sorted, coefficients non-zero."""

    terms: tuple[tuple[Scalar, Zonal], ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.terms

    def _kernels(self) -> tuple[Zonal, ...]:
        return tuple(k for _, k in self.terms)

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        number = point.arithmetic.number
        value = defect = point.u * 0
        one = number(Fraction(0))
        for coefficient, kernel in self.terms:
            part, c = point.pair(kernel), number(coefficient)
            value, defect, one = (value + c * part.value, defect + c * part.defect, one + c * part.one)
        exact = self.rational_one
        pair = Pair(value, defect, one if exact is None else number(exact))
        if point.arithmetic.closed_form or not point.settles or not self._settlings:
            return pair
        return settled(self, point, pair, self._settlings)

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return all(k.homogeneous for _, k in self.terms)

    def between(self, point: Point, lengths: Lengths) -> Any:
        if self.homogeneous:
            return super().between(point, lengths)
        return sum(float(c) * k.between(point, lengths) for c, k in self.terms)

    @cached_property
    def _settlings(self) -> tuple[Settling, ...]:
        return settlings(self, (k for _, k in self.terms), cancels=True)

    def exact_at(self, at: int) -> Constant | None:
        return combination((c, exact_at(k, at)) for c, k in self.terms)

    def rise(self, point: Point, at: int) -> Any:
        number = point.arithmetic.number
        rises = [number(c) * k.rise(point, at) for c, k in self.terms if not k.is_constant]
        return functools.reduce(operator.add, rises) if rises else point.u * 0

    @cached_property
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

    @cached_property
    def real_only(self) -> bool:
        return any(k.real_only for _, k in self.terms)

    @cached_property
    def infinitely_smooth(self) -> bool:
        return all(k.infinitely_smooth or math.isinf(k.radius) for _, k in self.terms)

    def derivative(self) -> Zonal:
        return add([(c, k.derivative()) for c, k in self.terms])

    @cached_property
    def _text(self) -> str:
        out = ""
        for c, k in self.terms:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            if k == Monomial(0):
                out += sign + number_text(abs(c))
            else:
                out += sign + (k.text() if abs(c) == 1 else f"{number_text(abs(c))}*{_factor_text(k)}")
        return out or "0"

    def latex_of(self, argument: str) -> str:
        from .dual_names import split

        named, rest = split(self.terms)
        parts = [
            (c, f"\\kappa_{{\\mathrm{{{name}}}}}\\left({inner.latex_of(argument)}\\right)") for c, name, inner in named
        ]
        parts += [(c, "" if k == Monomial(0) else k.latex_of(argument)) for c, k in rest]
        out = ""
        for c, body in parts:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            number = latex_number(abs(c))
            if not body:
                out += sign + number
            else:
                out += sign + (body if abs(c) == 1 else f"{number}\\,{body}")
        return out or "0"

    @property
    def radius(self) -> float:
        return min((k.radius for _, k in self.terms), default=math.inf)

    @cached_property
    def singular(self) -> frozenset[int]:
        return frozenset[int]().union(*(k.singular for _, k in self.terms))

    @cached_property
    def series_sign(self) -> int:
        return next((sign for sign in (1, -1) if self._one_signed(sign)), 0)

    def _one_signed(self, sign: int) -> bool:
        """Whether all Taylor coefficients have this sign: of each term, or of a power and the rest together."""
        rest, against = [], []
        for c, k in self.terms:
            if sign * c * k.series_sign > 0:
                rest.append((sign * c, k))
            elif isinstance(k, Monomial):
                against.append((k.degree, -sign * c))
            else:
                return False
        return all(coefficient_at_least(add(rest), m, c) for m, c in against)

    def majorant(self, r: Fraction) -> Fraction | None:
        if self.series_sign and r <= 1:
            return super().majorant(r)
        total = start = Fraction(0)
        for c, k in self.terms:
            part = k.majorant(r)
            size = abs(c) if isinstance(c, Fraction) else upper(c.ball(64))
            if part is None or size is None:
                return None
            first = as_rational(exact_at(k, 0))  # b_0: these may cancel, as in 2 arccos(0) - 1
            if isinstance(c, Fraction) and isinstance(first, Fraction):
                start, part = start + c * first, part - abs(first)
            total += size * part
        return total + abs(start)

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
        if point.arithmetic.closed_form or not point.settles or not self._settlings:
            return result
        return settled(self, point, result, self._settlings)

    @cached_property
    def _settlings(self) -> tuple[Settling, ...]:
        return settlings(self, self.factors, cancels=False)

    def exact_at(self, at: int) -> Constant | None:
        scale, others = Fraction(1), []
        for kernel in self.factors:
            value = exact_at(kernel, at)
            q = as_rational(value)
            if value is None:
                return None
            if q is None:
                others.append(value)
            else:
                scale *= q
        if len(others) > 1:
            return named((self, at)) if scale else ZERO
        return combination([(scale, others[0] if others else ONE)])

    def rise(self, point: Point, at: int) -> Any:
        # ab - a0 b0 = a (b - b0) + b0 (a - a0)
        value, rise = None, point.u * 0
        for kernel in self.factors:
            here = point.pair(kernel).value
            start = exact_at(kernel, at)
            more = here if start == ZERO else kernel.rise(point, at)
            if value is None:
                value, rise = here, more
            else:
                passed = point.u * 0 if start == ZERO else rise * point.start(kernel, at)
                value, rise = value * here, value * more + passed
        return rise

    @cached_property
    def real_only(self) -> bool:
        return any(k.real_only for k in self.factors)

    def derivative(self) -> Zonal:
        terms = []
        for i, kernel in enumerate(self.factors):
            rest: Zonal = Monomial(0)
            for other in self.factors[:i] + self.factors[i + 1 :]:
                rest = rest * other
            terms.append((Fraction(1), rest * kernel.derivative()))
        return add(terms)

    @cached_property
    def _text(self) -> str:
        return "*".join(_factor_text(k) for k in self.factors)

    def latex_of(self, argument: str) -> str:
        return "\\,".join(
            f"\\left({k.latex_of(argument)}\\right)" if isinstance(k, Sum) else k.latex_of(argument)
            for k in self.factors
        )

    @cached_property
    def rational_one(self) -> Scalar | None:
        total: Scalar = Fraction(1)
        for kernel in self.factors:
            if kernel.rational_one is None:
                return None
            total *= kernel.rational_one
        return total

    @property
    def truncation(self) -> float:
        if not any(k.truncation for k in self.factors):
            return 0.0
        size, missing = Fraction(1), Fraction(0)
        for k in self.factors:
            bound = k.majorant(Fraction(1))  # of |kappa| on all of [-1, 1]
            if bound is None or math.isinf(k.truncation):
                return math.inf
            rest = Fraction(k.truncation)
            size, missing = size * bound, missing * (bound + rest) + size * rest
        return math.nextafter(float(missing), math.inf)

    @property
    def radius(self) -> float:
        return min(k.radius for k in self.factors)

    @cached_property
    def singular(self) -> frozenset[int]:
        return frozenset[int]().union(*(k.singular for k in self.factors))

    @cached_property
    def series_sign(self) -> int:
        return math.prod(k.series_sign for k in self.factors)

    def majorant(self, r: Fraction) -> Fraction | None:
        total = Fraction(1)
        for k in self.factors:
            part = k.majorant(r)
            if part is None:
                return None
            total *= part
        return total

    def eigenvalue(self, d: int) -> ClosedForm | None:
        from ..spectrum.closed import OverPi, TimesU

        others = [k for k in self.factors if not k.is_constant]  # the constant is 1/pi
        by_u = len(others) == 2 and others[0] == Monomial(1)
        form = others[-1].eigenvalue(d) if len(others) == 1 + by_u else None
        if form is not None and by_u:
            form = TimesU(form, d)
        pi = len(self.factors) - len(others)
        return OverPi(form, pi) if form is not None and pi else form

    def polynomial_part(self, parity: int) -> Polynomial | None:
        parts: list[Polynomial | None] = [{0: Fraction(1)}, {}]
        for k in self.factors:
            factor = [k.polynomial_part(0), k.polynomial_part(1)]
            parts = [
                poly_add(poly_multiply(parts[0], factor[p]), poly_multiply(parts[1], factor[1 - p])) for p in (0, 1)
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
        plain = point.arithmetic.closed_form or not start.settles
        if end is not None and len(self.layers) == 2 and not plain:
            drop = outer.drop(end, point, start.pair(self.layers[1]).defect)
        pair = _rebase(outer, point.pair(outer), end, drop)
        if self._end is None or point.arithmetic.closed_form or not point.settles:
            return pair
        near, rise = next_to(point, self._end), functools.partial(outer.rise, point, self._end)
        return pair._replace(defect=-chosen(point, near, rise, -pair.defect))

    @cached_property
    def _end(self) -> int | None:
        """0 or -1 where the inner kernels reach that from u = 1."""
        end: int | None = 1
        for kernel in reversed(self.layers[1:]):
            end = None if end is None else base_point(exact_at(kernel, end))
        return None if end == 1 else end

    def exact_at(self, at: int) -> Constant | None:
        start: Constant | None = rational(at)
        for i in range(len(self.layers) - 1, -1, -1):
            base = base_point(start)
            if base is None:
                rest = self.layers[: i + 1]
                known = start is not None and all(k.bounded for k in rest)
                return named((rest, start)) if known else None
            start = exact_at(self.layers[i], base)
        return start

    def rise(self, point: Point, at: int) -> Any:
        start: Constant | None = rational(at)
        here = point
        for kernel in reversed(self.layers[1:]):
            base = base_point(start)
            start = None if base is None else exact_at(kernel, base)
            here = here.image(kernel)
        base = base_point(start)
        if base is not None:
            return self.layers[0].rise(here, base)
        return point.pair(self).value - point.start(self, at)

    def _inner_end(self, point: Point) -> Point | None:
        """The point that the innermost kernels reach from u = 1, or None where that is u = 1 again."""
        if not self._off_centre:
            return None
        end = point.beginning()
        for kernel in reversed(self.layers[1:]):
            end = end.image(kernel)
        return end

    @property
    def truncation(self) -> float:
        inner = any(k.truncation for k in self.layers[1:])
        return math.inf if inner else self.layers[0].truncation

    @cached_property
    def real_only(self) -> bool:
        return any(k.real_only for k in self.layers)

    @cached_property
    def _off_centre(self) -> bool:
        return any(exact_at(k, 1) != ONE for k in self.layers[1:])

    @cached_property
    def rational_one(self) -> Scalar | None:
        return None if self._off_centre else self.layers[0].rational_one

    def derivative(self) -> Zonal:
        inner = self.layers[-1]
        result = inner.derivative()
        for kernel in reversed(self.layers[:-1]):
            result = result * compose(kernel.derivative(), inner)
            inner = compose(kernel, inner)
        return result

    @cached_property
    def _text(self) -> str:
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
            if words and layers[1:] and not layers[0].bounded:
                # It stays in [-1, 1] only because of what is inside: read from there outwards.
                return "@".join([*words, f"({compose_layers(tuple(layers)).text()})"])
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

    @cached_property
    def radius(self) -> float:
        # Where the series of the majorants converge, that of the composition does, absolutely.
        if self.layers[-1].radius <= 1:
            return 1.0
        if all(math.isinf(k.radius) for k in self.layers):
            return math.inf
        return next((float(r) for r in _RADII if self.majorant(r) is not None), 1.0)

    @cached_property
    def singular(self) -> frozenset[int]:
        if self.radius > 1:
            return frozenset()
        # An outer kernel is singular where the kernel inside reaches one of its singular points.
        found = self.layers[-1].singular
        for inner, outer in zip(layered_contacts(self.layers[1:]), reversed(self.layers[:-1]), strict=True):
            found |= {place for place in PLACES if inner.at(place) & outer.singular}
            if 0 in outer.singular:
                found |= set(PLACES)
        return found

    @cached_property
    def series_sign(self) -> int:
        inner = all(k.series_sign == 1 for k in self.layers[1:])
        return self.layers[0].series_sign if inner else 0

    def majorant(self, r: Fraction) -> Fraction | None:
        for k in reversed(self.layers):
            bound = k.majorant(r)
            if bound is None:
                return None
            r = bound
        return r

    def polynomial_part(self, parity: int) -> Polynomial | None:
        inner = self.layers[-1]
        even, odd = inner.polynomial_part(0), inner.polynomial_part(1)
        for outer in reversed(self.layers[:-1]):
            if odd == {}:  # an even function of u stays one
                even, odd = None, {}
            elif even == {}:  # inner odd: the parities of outer(inner) are those of outer, read at inner
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
    kept = [(c, k) for k, c in collected.items() if c]
    if len(kept) > 1:
        kept.sort(key=lambda term: _sort_key(term[1]))
    for c, k in kept:
        if isinstance(c, Rounded) and not c.numerator:
            raise ValueError(f"the coefficient {c} of {k!r} is 0 within the rounding of a float; {REMEDY}")
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
    first = next((c for c in coefficients if is_monomial(c)), coefficients[0])
    return first, kernel if first == 1 else add([(1 / first, kernel)])


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
            f"{', '.join(inner.user_functions)} in {inner!r}: it is a function of your own (compose in your function)"
        )
    require_cosine(inner)
    if (line := _as_line(outer)) is not None:
        return add([(line.get(0, Fraction(0)), Monomial(0)), (line.get(1, Fraction(0)), inner)])
    if isinstance(outer, Compose):
        return compose(compose_layers(outer.layers[:-1]), compose(outer.layers[-1], inner))
    layers = inner.layers if isinstance(inner, Compose) else (inner,)
    return Compose((outer, *layers))


def _as_line(kernel: Zonal) -> Polynomial | None:
    """a and b of a kernel a + b u under another name, like that of one layer with a bias."""
    even, odd = kernel.polynomial_part(0), kernel.polynomial_part(1)
    if even is None or odd is None or max((*even, *odd), default=0) > 1:
        return None
    return {**even, **odd}


def compose_layers(layers: tuple[Zonal, ...]) -> Zonal:
    """A composition from layers that are in canonical form already."""
    return layers[0] if len(layers) == 1 else Compose(layers)


def product_pair(a: Pair, b: Pair) -> Pair:
    """ab, with a(1)b(1) - ab = a(1) (b(1) - b) + b (a(1) - a)."""
    return Pair(a.value * b.value, a.one * b.defect + b.value * a.defect, a.one * b.one)


def pair_sum(a: Pair, b: Pair) -> Pair:
    """a + b."""
    return Pair(a.value + b.value, a.defect + b.defect, a.one + b.one)


def exact_one(kernel: Zonal) -> Scalar:
    """kappa(1), exactly; ValueError where it is infinite, or not known exactly."""
    from .callables import require_formula

    if kernel.rational_one is not None:
        return kernel.rational_one
    require_formula(kernel, "kappa(1), exactly,")
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
    from ..expansions import at_order
    from .rounded_parameters import as_decimals

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


def _at_odd(part: Polynomial | None, odd: Polynomial | None) -> Polynomial | None:
    """A parity of the outer kernel at an odd inner one; constants need not know it."""
    if part is not None and set(part) <= {0}:
        return part
    return None if odd is None else substitute(part, odd)


def _sort_key(kernel: Zonal) -> tuple[int, str, int]:
    # Two functions of the user's own may have one name.
    tie = getattr(kernel, "tie", 0)
    return (kernel.degree if isinstance(kernel, Monomial) else 10**9, kernel.text(), tie)


def _factor_text(kernel: Zonal) -> str:
    text = kernel.text()
    if kernel == Monomial(0):
        return "polynomial(0)"
    if isinstance(kernel, Sum) and all(k == Monomial(0) for _, k in kernel.terms):
        text = f"{text}*polynomial(0)"  # a constant kernel, not a number
    return f"({text})" if isinstance(kernel, Sum | Product) or "@" in text else text


def bracket(argument: str) -> str:
    """A LaTeX argument made safe for powers and signs around it: in parentheses unless it is one letter."""
    return argument if len(argument) == 1 else f"\\left({argument}\\right)"
