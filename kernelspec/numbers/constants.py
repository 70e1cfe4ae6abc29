r"""Exact numbers: what the coefficients of an expansion are made of.

A `Number` is a sum of terms, each a Laurent polynomial over Q in 1/pi (python-flint) times a product of powers
of positive generators: primes to exponents in (0, 1), pi to such an exponent, e to a rational one, and

- inner values kappa_n(x) of arc-cosine kernels at an exact number -1 < x < 1 (those of Bietti & Bach 2021, its
corollary on random features, are full of them; claim 24),
- Taylor coefficients of duals of piecewise smooth activations at such a number (`expansions.piecewise_series`),
- values Gamma(q) and K_nu(x) of the Gamma and Bessel functions (Matern kernels),
- powers of numbers of several terms, such as (1 - 1/pi^2)^{-1/2}, and exponentials of irrational numbers,
- names for long sums of such numbers, so that a product costs the same however deep its factors are,
- floats that were rounded, of which only a ball is known (`exact_numbers`).

Without the last six the form is canonical - roots of distinct square-free numbers are linearly independent over
Q(pi^{1/n}) - and zero is decided by looking. With them, or with powers of e, a number is told from zero by balls
of growing precision; a zero is only reported where it is proved (`vanishing`), and one that rests on the rounding of
a float is undecided.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import flint

from .generators import Content, Generator, Key, generator, key_of, merged, raised
from .laurent import Laurent, Rational, as_fmpq, constant_polynomial, plus
from .nesting import MOST_BITS, SPARE_BITS, for_sympy, inside, undecided, written
from .precision import good, precision

if TYPE_CHECKING:
    import sympy

Label: TypeAlias = tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...]
# A term: ((kind, content, exponent), ...), power of 1/pi, ((p, q), ...).
Part: TypeAlias = tuple[tuple[tuple[str, Content, Fraction], ...], int, tuple[tuple[int, int], ...]]

_LONG = 8  # a sum of more terms, of nested numbers or rounded floats, gets a name before it is multiplied
# By which a sign is looked for before algebra (variances of deep GELU networks fall to 1e-120); after it, `MOST_BITS`.
_FIRST_BITS, _FEW_BITS = 96, 768
_UNIT = key_of({})
_SHORT_POWERS = ("prime", "integer", "pi", "power")  # whole powers come out of keys


@functools.lru_cache(maxsize=1 << 16)
def _product(a: Key, b: Key) -> tuple[Key, int, flint.fmpq, Number | None]:
    """The key of ab, the power of 1/pi, the rational and the number that come out of it."""
    if not a.powers or not b.powers:
        return (a if a.powers else b), 0, flint.fmpq(1), None
    rest, shared = merged(a, b)
    if not shared:
        return rest, 0, flint.fmpq(1), None
    common, offset, rational, number = reduced(shared)
    return merged(rest, common)[0], offset, rational, number


def reduced(powers: dict[Generator, Fraction]) -> tuple[Key, int, flint.fmpq, Number | None]:
    """A product of powers with its exponents brought into range, and what is left over."""
    from . import closed_values

    offset, rational, number = 0, flint.fmpq(1), None
    for g, e in powers.items():
        whole = e.numerator // e.denominator
        flat = g.kind == "power" and whole == e and closed_values.of_square_roots(g.content)
        if not whole or g.kind not in _SHORT_POWERS or (g.kind == "power" and whole < 0 and not flat):
            continue
        powers[g] = e - whole
        if g.kind in ("prime", "integer"):
            rational *= flint.fmpq(g.content) ** whole
        elif g.kind == "pi":
            offset -= whole
        else:
            factor = integer_power(g.content if whole > 0 else closed_values.inverse(g.content), abs(whole))
            number = factor if number is None else number * factor
    return key_of(powers), offset, rational, number


class Number:
    """A sum of keys times Laurent polynomials in 1/pi: {key: (lowest power, polynomial)}."""

    __slots__ = ("_balls", "_label", "_sympy", "terms")

    def __init__(self, terms: dict[Key, Laurent]) -> None:
        self.terms = terms
        self._balls: dict[int, flint.arb] = {}
        self._sympy: sympy.Expr | None = None
        self._label: Label | None = None

    # -- arithmetic ---------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        """Whether a term is left; a nested number with terms may still be zero (`is_zero`)."""
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        """Whether the forms are equal."""
        return isinstance(other, Number) and self.label == other.label

    def __hash__(self) -> int:
        return hash(self.label)

    def __repr__(self) -> str:
        return str(self.sympy())

    def __reduce__(self) -> tuple[Callable[[list[Part]], Number], tuple[list[Part]]]:
        # Generators are interned: a copy is made of the same ones, and found again in another process.
        parts = [
            (tuple((g.kind, g.content, e) for g, e in key.powers), o, tuple((int(c.p), int(c.q)) for c in p.coeffs()))
            for key, (o, p) in self.terms.items()
        ]
        return restored, (parts,)

    def __add__(self, other: Number) -> Number:
        if not self.terms or not other.terms:
            return other if not self.terms else self
        return total([self, other])

    def __neg__(self) -> Number:
        return self.scaled(-1)

    def __sub__(self, other: Number) -> Number:
        return self + -other

    def scaled(self, q: Rational) -> Number:
        """A rational multiple; q is an int, a Fraction or an fmpq."""
        if not self.terms:
            return self
        c = as_fmpq(q)
        return Number({key: (o, p * c) for key, (o, p) in self.terms.items()} if c != 0 else {})

    def __mul__(self, other: Number) -> Number:
        if not self.terms or not other.terms:
            return ZERO
        for factor, number in ((self, other), (other, self)):
            q = factor._fmpq()
            if q is not None:
                return number.scaled(q)
        if len(self.terms) * len(other.terms) > _LONG:
            return multiplied_out(self.named(), other.named())
        if self._named or other._named:  # a product of names stays one
            return multiplied_out(self.named(2), other.named(2))
        return multiplied_out(self, other)

    @property
    def nested(self) -> bool:
        """Whether its form need not be canonical."""
        return any(key.nested for key in self.terms)

    @property
    def floats(self) -> frozenset[Generator]:
        """The rounded floats in it."""
        return frozenset().union(*(key.floats for key in self.terms))

    @property
    def _named(self) -> bool:
        """Whether sums of rounded floats have names in it."""
        return any(key.floats and any(g.kind == "sum" for g, _ in key.powers) for key in self.terms)

    def named(self, least: int = 3) -> Number:
        """One generator for a sum of at least so many terms; the number itself where its form is canonical."""
        if len(self.terms) < least or not (self.nested or self.floats):
            return self
        sign = self._sign(_FIRST_BITS, _FEW_BITS)
        name = named_generator("sum", -self if sign == -1 else self)
        name.positive = sign is not None
        return Number({key_of({name: Fraction(1)}): (0, constant_polynomial(sign or 1))})

    @property
    def name(self) -> Generator | None:
        """The generator of kind "sum" that the number is; None where it is none."""
        key, pi, scale = self.monomial or (_UNIT, 0, 0)
        powers = key.powers if scale == 1 and not pi else ()
        return powers[0][0] if [(g.kind, e) for g, e in powers] == [("sum", Fraction(1))] else None

    @property
    def label(self) -> Label:
        """What two equal forms share: a hashable tuple."""
        if self._label is None:
            parts = []
            for key, (o, p) in self.terms.items():
                coefficients = [(int(c.p), int(c.q)) for c in p.coeffs()]
                low = next(i for i, (c, _) in enumerate(coefficients) if c)
                parts.append((key.serial, o + low, tuple(coefficients[low:])))
            self._label = tuple(sorted(parts))
        return self._label

    @property
    def monomial(self) -> tuple[Key, int, flint.fmpq] | None:
        """(key, power of 1/pi, rational) where the number is one term of one power; else None."""
        if len(self.terms) != 1:
            return None
        ((key, (o, p)),) = self.terms.items()
        coefficients = p.coeffs()
        low = next(i for i, c in enumerate(coefficients) if c != 0)
        return None if low != len(coefficients) - 1 else (key, o + low, coefficients[low])

    @property
    def rational(self) -> Fraction | None:
        """The number as a Fraction where it is rational by its form."""
        if not self.terms:
            return Fraction(0)
        q = self._fmpq()
        return None if q is None else Fraction(int(q.p), int(q.q))

    def _fmpq(self) -> flint.fmpq | None:
        """The number, which is not 0, as an fmpq where it is rational by its form; else None."""
        if len(self.terms) != 1:
            return None
        ((key, (o, p)),) = self.terms.items()
        top = p.degree()
        if key.powers or o + top or top and any(p[i] != 0 for i in range(top)):
            return None
        return p[top]

    # -- values -------------------------------------------------------------------------------------------

    def ball(self, bits: int) -> flint.arb:
        """An Arb ball around the number, computed at a working precision of `bits`."""
        if bits not in self._balls:
            with precision(bits):
                for g in inside(self, lambda g: bits in g.balls):
                    g.balls[bits] = g.evaluate(bits)
                self._balls[bits] = self._ball(bits)
        return self._balls[bits]

    def _ball(self, bits: int) -> flint.arb:
        x = 1 / flint.arb.pi()
        out = flint.arb(0)
        for key, (o, p) in self.terms.items():
            term = flint.arb_poly(p)(x)
            if o:
                term *= x**o
            for g, e in key.powers:
                term *= raised(g.balls[bits], e)
            out += term
        return out

    def sharp(self, bits: int) -> flint.arb:
        """A ball of some `bits` bits: computed with these where they lose few, with more where layers lose many."""
        found, least = self.ball(bits), bits - SPARE_BITS
        if not self.nested or found.rel_accuracy_bits() >= least:
            return found
        return good(lambda n: self.ball(bits + n), lambda x: x.rel_accuracy_bits() >= least, 64, MOST_BITS).value

    def accurate(self, digits: int) -> flint.arb:
        """A ball whose radius is below 10^-digits of the number."""
        goal = int(digits * 3.33) + 4
        return good(lambda n: self.ball(goal + n), lambda x: x.rel_accuracy_bits() >= goal, 24, 6144, factor=4).value

    def _sign(self, first: int, most: int) -> int | None:
        """1 or -1; None where balls of `most` bits do not tell."""
        found = good(self.ball, lambda x: x > 0 or x < 0, first, most)
        return (1 if found.value > 0 else -1) if found.good else None

    def is_zero(self) -> bool:
        """Whether it is zero; ValueError for a nested number of which balls and algebra do not tell."""
        if not self.terms:
            return True
        if not any(key.undecided for key in self.terms):
            return False
        return self.sign() == 0

    def sign(self) -> int:
        """-1, 0 or 1; ValueError where balls of `MOST_BITS` and algebra do not tell."""
        if not self.terms:
            return 0
        found = self._sign(_FIRST_BITS, _FEW_BITS)
        if found is None:
            from .vanishing import FEW_TERMS, proved_zero

            found = 0 if proved_zero(self, FEW_TERMS) else self._sign(2 * _FEW_BITS, MOST_BITS)
            if found is None and not proved_zero(self):
                raise ValueError(undecided(self))
        return found or 0

    def sympy(self) -> sympy.Expr:
        """The sympy form, sub-expressions shared; ValueError where it is nested too deep for sympy, which recurses."""
        if self._sympy is None:
            with for_sympy(self):
                for g in inside(self, lambda g: g.written is not None):
                    g.written = g.write()
                self._sympy = written(self)
        return self._sympy


def restored(parts: list[Part]) -> Number:
    """The number of these terms: ((kind, content, exponent), ...), power of 1/pi, ((p, q), ...)."""
    out = []
    for powers, offset, coefficients in parts:
        found = {named_generator(kind, content): e for kind, content, e in powers}
        p = flint.fmpq_poly([flint.fmpq(a, b) for a, b in coefficients])
        out.append(Number({key_of(found): (offset, p)}))
    return total(out)


def named_generator(kind: str, content: Content = None) -> Generator:
    """The generator of a kind with this content."""
    if kind in ("kappa", "dual", "bessel"):
        return generator(kind, content, (content[0], content[1].label))
    return generator(kind, content, content.label if isinstance(content, Number) else content)


def multiplied_out(a: Number, b: Number) -> Number:
    """The product, term by term."""
    parts: list[Number] = []
    out: dict[Key, Laurent] = {}
    for k, (o, p) in a.terms.items():
        for m, (r, q) in b.terms.items():
            key, offset, rational, number = _product(k, m)
            product = p * q if rational == 1 else p * q * rational
            term = (o + r + offset, product)
            if number is not None:
                parts.append(multiplied_out(Number({key: term}), number))
            else:
                out[key] = plus(out[key], term) if key in out else term
    result = Number({key: term for key, term in out.items() if term[1].length()})
    return total([result, *parts]) if parts else result


def total(numbers: list[Number]) -> Number:
    """The sum."""
    out: dict[Key, Laurent] = {}
    for number in numbers:
        for key, term in number.terms.items():
            out[key] = plus(out[key], term) if key in out else term
    return Number({key: term for key, term in out.items() if term[1].length()})


# -- constructors ---------------------------------------------------------------------------------------------


def rational(q: Rational) -> Number:
    """The rational number q."""
    c = as_fmpq(q)
    return Number({_UNIT: (0, constant_polynomial(c))} if c != 0 else {})


ZERO = Number({})
ONE = rational(1)


def integer_power(x: Number, n: int) -> Number:
    """x^n for n >= 0, multiplied out."""
    result = ONE
    for bit in bin(n)[2:]:
        result = result * result * x if bit == "1" else result * result
    return result
