r"""Expansions of a kernel at u = +1 and u = -1 in powers t^e, e rational, with exact coefficients.

A kernel at u = 1 - t or u = -1 + t is a truncated series sum_e c_e t^e + O(t^order) with sympy coefficients.
Each named kernel expands around the value that its argument starts from: an arc-cosine kernel around +-1 by claim 13,

.. math:: \kappa_n(1-\delta) = b_n(1-\delta) - (-1)^n g_n(\delta), \quad \kappa_n(-1+\delta) = g_n(\delta), \quad
   g_n(\delta) = \frac{\sqrt2}{\pi} \prod_{j\le n} \frac{2j^2}{4j^2-1}
                 \sum_j \frac{(1/2)_j^2}{(n+3/2)_j\, j!\, 2^j} \delta^{j+n+1/2},

and around an inner value by its Taylor series, through kappa_n' = n^2/(2n-1) kappa_{n-1}. Layers compose by
substituting one series into the next. Inner values such as kappa_1(kappa_1(0)) stay numbers of their own
(`InnerValue`, which knows its digits), because written out they double in size with every layer.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from .angle import closed_form_polynomials
from .duals import ExponentialDual, PowerSeries
from .expression import Compose, Monomial, Product, Sum
from .families import ArcCosine, DefectPower, Exponential, Laplace, SinePower
from .networks import NeuralTangent
from .zonal import Zonal

_HALF = Fraction(1, 2)
_LARGEST_ORDER = 64


class InnerValue(sympy.NumberSymbol):
    """kappa_n(x), 0 < kappa_n(x) < 1, at a constant -1 < x < 1: a number of its own, like pi, known to any precision.

    An atom, so that a hundred nested layers cost sympy no more than one.
    """

    is_real = True
    is_positive = True
    is_algebraic = None
    is_irrational = None

    def __new__(cls, degree: int, x: Any) -> Any:
        """The value at x; exact and written out for x = 0."""
        if x == 0:
            return sympy.expand(ArcCosine(degree).sympy(sympy.Integer(0)))
        value = sympy.core.expr.AtomicExpr.__new__(cls)
        value.degree, value.x, value._digits = degree, x, {}
        return value

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.degree, self.x)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.degree, self.x)

    def _as_mpf_val(self, prec: int) -> Any:
        import mpmath

        chain: list[InnerValue] = []
        x: Any = self
        while isinstance(x, InnerValue) and prec not in x._digits:
            chain.append(x)
            x = x.x
        with mpmath.workprec(prec + 30):
            for value in reversed(chain):
                x = value.x
                inner = (
                    x._digits[prec]
                    if isinstance(x, InnerValue)
                    else sympy.N(x, int(prec * 0.302) + 10)
                )
                value._digits[prec] = ArcCosine(value.degree)(
                    mpmath.mpf(getattr(inner, "_mpf_", inner))
                )
            return (+self._digits[prec])._mpf_

    def _latex(self, printer: Any) -> str:
        return f"\\kappa_{{{self.degree}}}\\left({printer.doprint(self.x)}\\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"kappa_{self.degree}({printer.doprint(self.x)})"

    def approximation_interval(self, number_cls: Any) -> Any:
        """The unit interval."""
        return (number_cls(0), number_cls(1))


@dataclass(frozen=True)
class Puiseux:
    """sum of coefficients[i] t^exponents[i] + O(t^order), exponents increasing, coefficients non-zero and exact."""

    terms: tuple[tuple[Fraction, Any], ...]
    order: Fraction

    @property
    def exponents(self) -> tuple[Fraction, ...]:
        """The exponents, as fractions."""
        return tuple(e for e, _ in self.terms)

    @property
    def coefficients(self) -> tuple[Any, ...]:
        """The coefficients, as sympy expressions."""
        return tuple(c for _, c in self.terms)

    def coefficient(self, exponent: Any) -> Any:
        """The coefficient of t^exponent (0 if it is absent); ValueError at or beyond the order."""
        exponent = Fraction(exponent)
        if exponent >= self.order:
            raise ValueError(f"exponent must be below the order {self.order}; got {exponent}")
        return dict(self.terms).get(exponent, sympy.Integer(0))

    def evalf(self, digits: int = 15) -> tuple[Any, ...]:
        """The coefficients in decimal."""
        return tuple(sympy.N(c, digits) for c in self.coefficients)

    def __call__(self, t: float) -> float:
        """The truncated sum at t >= 0."""
        return float(sum(float(sympy.N(c)) * t ** float(e) for e, c in self.terms))

    def latex(self) -> str:
        """LaTeX of the expansion in t."""
        t = sympy.Symbol("t", positive=True)
        shown = [
            sympy.latex(c * t ** sympy.Rational(e.numerator, e.denominator)) for e, c in self.terms
        ]
        order = sympy.latex(t ** sympy.Rational(self.order.numerator, self.order.denominator))
        return " + ".join([*shown, f"O\\left({order}\\right)"]).replace("+ -", "- ")

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    # -- arithmetic ---------------------------------------------------------------------------------------

    @property
    def leading(self) -> Fraction:
        """The smallest exponent, or the order where no term is left."""
        return self.terms[0][0] if self.terms else self.order

    def __add__(self, other: Puiseux) -> Puiseux:
        order = min(self.order, other.order)
        return _series([*self.terms, *other.terms], order)

    def __neg__(self) -> Puiseux:
        return self.scaled(-1)

    def __sub__(self, other: Puiseux) -> Puiseux:
        return self + -other

    def scaled(self, c: Any) -> Puiseux:
        """c times the series."""
        return _series([(e, sympy.sympify(c) * a) for e, a in self.terms], self.order)

    def truncated(self, order: Fraction) -> Puiseux:
        """The terms below `order` only."""
        return Puiseux(
            tuple(term for term in self.terms if term[0] < order), min(order, self.order)
        )

    def __mul__(self, other: Puiseux) -> Puiseux:
        order = min(self.order + other.leading, other.order + self.leading)
        return _series(
            [(e + f, a * b) for e, a in self.terms for f, b in other.terms if e + f < order], order
        )

    def power(self, q: Fraction) -> Puiseux:
        """The q-th power of a series with a positive leading coefficient."""
        if not self.terms:
            return Puiseux((), self.order * q)
        e, c = self.terms[0]
        rest = _series([(f - e, sympy.expand(a / c)) for f, a in self.terms[1:]], self.order - e)
        out = total = constant(1, rest.order)
        j = 0
        while rest.terms and out.leading + rest.leading < rest.order:
            out = _series(list((out * rest).terms), rest.order).scaled(
                sympy.Rational((q - j).numerator, (q - j).denominator) / (j + 1)
            )
            total, j = total + out, j + 1
        head = c ** sympy.Rational(q.numerator, q.denominator)
        return _series([(f + e * q, a * head) for f, a in total.terms], total.order + e * q)

    def exponential(self) -> Puiseux:
        """e^series, for a series without negative exponents."""
        start = dict(self.terms).get(Fraction(0), sympy.Integer(0))
        rest = _series([(e, a) for e, a in self.terms if e > 0], self.order)
        out = total = constant(1, self.order)
        j = 0
        while rest.terms and out.leading + rest.leading < rest.order:
            j += 1
            out = _series(list((out * rest).terms), rest.order).scaled(sympy.Rational(1, j))
            total = total + out
        return total.scaled(sympy.exp(start))


def constant(c: Any, order: Fraction) -> Puiseux:
    """The constant c + O(t^order)."""
    return _series([(Fraction(0), sympy.sympify(c))], order)


def _series(terms: list[tuple[Fraction, Any]], order: Fraction) -> Puiseux:
    collected: dict[Fraction, list[Any]] = {}
    for e, c in terms:
        if e < order and c != 0:
            collected.setdefault(e, []).append(c)
    kept = []
    for e, parts in collected.items():
        c = parts[0] if len(parts) == 1 else sympy.Add(*parts)
        # With inner values a coefficient stays as it arose: multiplied out, it would grow with the depth squared.
        if len(parts) > 1 and not c.has(InnerValue):
            c = sympy.expand(c)
        if not _vanishes(c):
            kept.append((e, c))
    return Puiseux(tuple(sorted(kept, key=lambda term: term[0])), order)


def _vanishes(c: Any) -> bool:
    if c == 0:
        return True
    if not c.is_Add:  # a product of non-zero numbers
        return False
    if abs(number(c)) > 1e-20 * max(abs(number(a)) for a in c.args):
        return False
    return bool(sympy.simplify(c) == 0)


@functools.lru_cache(maxsize=65536)
def number(c: Any) -> Any:
    """A coefficient to 40 digits as an mpmath number; shared parts of nested coefficients are computed once."""
    import mpmath

    with mpmath.workdps(40):
        if c.is_Add:
            return mpmath.fsum(number(a) for a in c.args)
        if c.is_Mul:
            return mpmath.fprod(number(a) for a in c.args)
        return mpmath.mpf(sympy.Float(sympy.N(c, 40), 40)._mpf_)


def expand(kernel: Zonal, at: int = 1, terms: int = 3) -> Puiseux:
    """The first `terms` terms of kappa(1-t) (at = 1) or kappa(-1+t) (at = -1), constant included.

    A polynomial may have fewer. ValueError for another `at`, or a number of terms below 1.

    >>> from kernelspec import arccos
    >>> expand(arccos(1), at=1, terms=3).exponents
    (Fraction(0, 1), Fraction(1, 1), Fraction(3, 2))
    """
    if at not in (1, -1):
        raise ValueError(f"at must be 1 or -1; got {at!r}")
    if isinstance(terms, bool) or not isinstance(terms, int) or terms < 1:
        raise ValueError(f"terms must be an integer >= 1; got {terms!r}")
    order = Fraction(terms, 2) + 1
    while True:
        found = at_order(kernel, at, order)
        if len(found.terms) >= terms:
            kept = found.terms[:terms]
            following = found.terms[terms][0] if len(found.terms) > terms else found.order
            return Puiseux(kept, following)
        if order > _LARGEST_ORDER:
            return found
        order *= 2


@functools.lru_cache(maxsize=512)
def at_order(kernel: Zonal, at: int, order: Fraction) -> Puiseux:
    """The expansion at an end, up to O(t^order) at the least."""
    goal, working = order, order
    while True:
        start = _series(
            [(Fraction(0), sympy.Integer(at)), (Fraction(1), sympy.Integer(-at))], working
        )
        found = _expand(kernel, start)
        if found.order >= goal or working > 4 * goal + 8:
            return _series(list(found.terms), min(goal, found.order))
        working += max(goal - found.order, _HALF)


def _expand(kernel: Zonal, u: Puiseux) -> Puiseux:
    """kappa(u(t)) for a series u(t) with values in [-1, 1]."""
    if isinstance(kernel, Sum):
        total = Puiseux((), u.order)
        for c, k in kernel.terms:
            total = total + _expand(k, u).scaled(sympy.Rational(c.numerator, c.denominator))
        return total
    if isinstance(kernel, Product):
        result = _expand(kernel.factors[0], u)
        for k in kernel.factors[1:]:
            result = result * _expand(k, u)
        return result
    if isinstance(kernel, Compose):
        order = u.order
        for k in reversed(kernel.layers):
            u = _expand(k, u).truncated(order)
        return u
    if isinstance(kernel, NeuralTangent):
        return _tangent(kernel, u)
    if isinstance(kernel, Monomial):
        return _polynomial((Fraction(0),) * kernel.degree + (Fraction(1),), u)
    if isinstance(kernel, PowerSeries):
        return _polynomial(tuple(Fraction(b) for b in kernel.coefficients), u)
    if isinstance(kernel, ArcCosine):
        return _arccosine(kernel.degree, u)
    one = constant(1, u.order)
    if isinstance(kernel, Exponential):
        return (
            (u - one)
            .scaled(sympy.Rational(kernel.alpha.numerator, kernel.alpha.denominator))
            .exponential()
        )
    if isinstance(kernel, Laplace):
        return (
            (one - u)
            .power(kernel.gamma)
            .scaled(-sympy.Rational(kernel.c.numerator, kernel.c.denominator))
            .exponential()
        )
    if isinstance(kernel, DefectPower):
        return (one - u).power(kernel.nu)
    if isinstance(kernel, SinePower):
        return (one - u * u).power(kernel.power).scaled(1 / sympy.pi)
    if isinstance(kernel, ExponentialDual):
        if kernel.name == "exp":
            return (one + u).exponential()
        mirrored = (-u).exponential().scaled(-1 if kernel.name == "sin" else 1)
        return (u.exponential() + mirrored).scaled(sympy.exp(-1) / 2)
    raise NotImplementedError(f"no expansion is known for {kernel!r}")


def _tangent(kernel: NeuralTangent, u: Puiseux) -> Puiseux:
    tangent = u + constant(1, u.order) if kernel.bias else u
    for _ in range(kernel.depth - 1):
        tangent, u = tangent * _arccosine(0, u), _arccosine(1, u).truncated(u.order)
        tangent = (tangent + u).truncated(u.order)
    return tangent


def _polynomial(coefficients: tuple[Fraction, ...], u: Puiseux) -> Puiseux:
    total = constant(0, u.order)
    for q in reversed(coefficients):
        total = total * u + constant(sympy.Rational(q.numerator, q.denominator), u.order)
    return total


def _arccosine(n: int, u: Puiseux) -> Puiseux:
    start = dict(u.terms).get(Fraction(0), sympy.Integer(0))
    if start == 1:
        _, b = closed_form_polynomials(n)
        return _polynomial(b, u) - _tail(n, constant(1, u.order) - u).scaled((-1) ** n)
    if start == -1:
        return _tail(n, u + constant(1, u.order))
    # kappa_n(start + s): kappa_0' = (1-u^2)^{-1/2}/pi as a series in s, integrated n + 1 times.
    s = _series([(e, c) for e, c in u.terms if e > 0], u.order)
    length = 1 if not s.terms else int(s.order / s.leading) + 1
    taylor = _step_taylor(start, length)
    for m in range(1, n + 1):
        scale = sympy.Rational(m * m, 2 * m - 1)
        taylor = [InnerValue(m, start)] + [
            scale * c / (j + 1) for j, c in enumerate(taylor[: length - 1])
        ]
    total = constant(0, s.order)
    for c in reversed(taylor):
        total = total * s + constant(c, s.order)
    return total


def _step_taylor(start: Any, length: int) -> list[Any]:
    """Taylor coefficients of kappa_0 at an inner point."""
    order = Fraction(length)
    square = _series(
        [(Fraction(0), 1 - start**2), (Fraction(1), -2 * start), (Fraction(2), sympy.Integer(-1))],
        order,
    )
    slope = dict(square.power(-_HALF).terms)
    inner = [
        slope.get(Fraction(j), sympy.Integer(0)) / (sympy.pi * (j + 1)) for j in range(length - 1)
    ]
    return [InnerValue(0, start), *inner]


def _tail(n: int, delta: Puiseux) -> Puiseux:
    """g_n of the module's docstring at a series with a positive leading exponent."""
    c = sympy.sqrt(2) / sympy.pi
    for j in range(1, n + 1):
        c *= sympy.Rational(2 * j * j, 4 * j * j - 1)
    power = delta.power(n + _HALF)
    total, j = Puiseux((), power.order), 0
    while power.terms and power.leading < total.order:
        total = total + power.scaled(c)
        c *= sympy.Rational((2 * j + 1) ** 2, 4 * (2 * n + 3 + 2 * j) * (j + 1))
        power, j = power * delta, j + 1
    return total
