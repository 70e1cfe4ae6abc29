"""What exact numbers are made of beside Laurent polynomials in 1/pi: generators, and keys, their products.

Both are interned: while it lives, a product of powers is one object.
"""

from __future__ import annotations

import bisect
import itertools
import weakref
from collections.abc import Hashable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import flint

from .precision import own_precision, precision

if TYPE_CHECKING:
    import sympy

    from .constants import Number

# What a generator holds depends on its kind: None, an integer, a rational number, a `Number`, or two of these.
Content: TypeAlias = Any
Powers: TypeAlias = tuple[tuple[int, int, int], ...]

_serial = itertools.count()
_HOLDING = ("power", "exp", "sum", "normal", "mills")
_LONG = 50  # parts of a sympy form, of which a longer one is an atom: it takes sympy 0.1 s to evaluate one


class Generator:
    """A number that keys are powers of, positive but for a "sum" of unknown sign: kind and content say which.

    `kind` is "prime" or "integer" (one of unknown factors; content: the integer), "pi", "e", "normal" (content: q > 0,
    a rational number or a `Number`; the number is Phi(q) - 1/2), "mills" (q as before; e^{q^2/2} (1 - Phi(q))), "kappa"
    (content: (degree, x)), "dual" (kappa^{(n)}(x)/n! of the dual of a piecewise smooth f(x), or of f(s x) for an
    irrational s, 0 < x < 1; content: ((f, n), x) or ((f, n, s), x)),
    "gamma" (Gamma(q), 0 < q < 1; content: q), "bessel" (z^{nu/2} K_nu(2 sqrt z); content: (nu, z)),
    "power" (the base, a `Number`), "exp" (the exponent), "sum" (the number it stands for) or "float" (a
    rounded float; content: its decimal > 0, and how many bits of it are known).
    """

    __slots__ = ("__weakref__", "alias", "balls", "content", "floats", "kind", "positive", "serial", "size", "written")

    def __init__(self, kind: str, content: Content) -> None:
        self.kind, self.content = kind, content
        # The rounded floats in it.
        self.floats: frozenset[Generator] = frozenset()
        if kind == "float":
            self.floats = frozenset([self])
        elif self.inner:
            self.floats = frozenset().union(*(number.floats for number in self.inner))
        self.serial = next(_serial)
        self.balls: dict[int, flint.arb] = {}
        self.written: sympy.Expr | None = None
        self.positive = True
        self.alias: str | None = None  # a short text that reads back as it (`kernels.wide`)
        self.size = 1 if kind in ("kappa", "dual") else 1 + sum(map(size_of, self.inner))

    @property
    def nested(self) -> bool:
        """Whether it is one of the kinds that come with no canonical form."""
        return bool(self.inner)

    @property
    def inner(self) -> tuple[Number, ...]:
        """The `Number`s inside."""
        if self.kind in ("kappa", "dual", "bessel"):
            return (self.content[1], *self.content[0][2:]) if self.kind == "dual" else (self.content[1],)
        rational = self.kind in ("normal", "mills") and isinstance(self.content, Fraction)
        return () if rational or self.kind not in _HOLDING else (self.content,)

    def evaluate(self, bits: int) -> flint.arb:
        """A ball; what is inside has been evaluated at these bits before."""
        if self.kind in ("prime", "integer"):
            return flint.arb(self.content)
        if self.kind == "pi":
            return flint.arb.pi()
        if self.kind == "e":
            return flint.arb(1).exp()
        if self.kind == "gamma":
            return flint.arb(flint.fmpq(self.content.numerator, self.content.denominator)).gamma()
        if self.kind == "bessel":
            nu, z = self.content[0], self.content[1].ball(bits)
            order = flint.arb(flint.fmpq(nu.numerator, nu.denominator))
            return z ** (order / 2) * (2 * z.sqrt()).bessel_k(order)
        if self.kind == "float":
            decimal, known = self.content
            middle = flint.arb(flint.fmpq(decimal.numerator, decimal.denominator))
            return middle * (1 + flint.arb(0, 1) / 2**known)
        if self.kind == "normal":
            return (flint.arb(self._argument(bits)) / flint.arb(2).sqrt()).erf() / 2
        if self.kind == "mills":
            return _mills(self._argument(bits), bits)
        if self.kind == "kappa":
            from ..kernels.families import ArcCosine
            from ..kernels.points import Point
            from .arithmetic import BallArithmetic

            point = Point.from_cosine(BallArithmetic(), self.content[1].ball(bits))
            return point.pair(ArcCosine(self.content[0])).value
        if self.kind == "dual":
            from ..expansions.piecewise_series import enclosed

            (f, n, *root), x = self.content
            return enclosed(f, n, x.ball(bits), bits, *root)
        ball = self.content.ball(bits)
        return ball.exp() if self.kind == "exp" else ball

    def _argument(self, bits: int) -> flint.arb | flint.fmpq:
        """q of "normal" and "mills"."""
        return self.content.ball(bits) if self.nested else flint.fmpq(self.content.numerator, self.content.denominator)

    def write(self) -> sympy.Expr:
        """The sympy form; what is inside has been written before."""
        import sympy

        if self.kind in ("prime", "integer"):
            return sympy.Integer(self.content)
        if self.kind in ("pi", "e"):
            return sympy.pi if self.kind == "pi" else sympy.E
        if self.kind == "float":
            return sympy.Float(float(self.content[0]))
        if self.kind == "gamma":
            return sympy.gamma(sympy.Rational(self.content.numerator, self.content.denominator))
        if self.kind == "bessel":
            nu = sympy.Rational(self.content[0].numerator, self.content[0].denominator)
            z = self.content[1].sympy()
            return z ** (nu / 2) * sympy.besselk(nu, 2 * sympy.sqrt(z))
        if self.kind in ("normal", "mills"):
            nested, q = self.nested, self.content
            q = q.sympy() if nested else sympy.Rational(q.numerator, q.denominator)
            tail = sympy.erfc(q / sympy.sqrt(2)) / 2
            return sympy.erf(q / sympy.sqrt(2)) / 2 if self.kind == "normal" else sympy.exp(q**2 / 2) * tail
        if self.kind == "kappa":
            from ..expansions.inner_value import InnerValue

            return InnerValue(self.content[0], self.content[1].sympy())
        if self.kind == "dual":
            from ..expansions.inner_value import InnerCoefficient
            from .closed_values import product

            return InnerCoefficient(product({self: Fraction(1)}))
        if self.kind in ("sum", "power") and self.size > _LONG:
            from ..expansions.inner_value import NestedNumber

            ball = self.content.accurate(1)
            if ball > 0 or ball < 0:
                return NestedNumber(self.content) if ball > 0 else -NestedNumber(-self.content)
        inner = self.content.sympy()
        return sympy.exp(inner) if self.kind == "exp" else inner


def size_of(number: Number) -> int:
    """The parts of a number's sympy form, were all of it written out; values at inner points are atoms."""
    return sum(p.length() * (1 + sum(g.size for g, _ in key.powers)) for key, (_, p) in number.terms.items())


class Key:
    """A product of powers of generators, one object for each product: ((generator, exponent), ...) by serial.

    The label has the same places: ((serial, numerator, denominator), ...).
    """

    __slots__ = ("__weakref__", "floats", "label", "nested", "powers", "serial", "undecided")

    def __init__(self, powers: tuple[tuple[Generator, Fraction], ...], label: Powers) -> None:
        self.powers, self.label = powers, label
        self.nested = any(g.nested for g, _ in powers)
        # Whether a sum with this key may be zero without looking so.
        kinds = ("e", "integer", "normal", "mills", "float", "gamma")
        self.undecided = any(g.nested or g.kind in kinds for g, _ in powers)
        self.floats: frozenset[Generator] = frozenset().union(*(g.floats for g, _ in powers))
        self.serial = next(_serial)


_generators: weakref.WeakValueDictionary[tuple[str, Hashable], Generator] = weakref.WeakValueDictionary()
_keys: weakref.WeakValueDictionary[Powers, Key] = weakref.WeakValueDictionary()


def generator(kind: str, content: Content, label: Hashable) -> Generator:
    """The generator of a kind whose content has this label."""
    found = _generators.get((kind, label))
    if found is None:
        with own_precision():  # one object for each, whichever thread asks
            found = _generators.get((kind, label))
            if found is None:
                found = _generators[kind, label] = Generator(kind, content)
    return found


def _mills(q: flint.arb | flint.fmpq, bits: int) -> flint.arb:
    """e^{q^2/2} (1 - Phi(q)), q > 0: by U (DLMF 7.11.5) where its asymptotic series has these bits, else by erfc.

    Beyond, U takes 19 s where erfc takes 0.7 s (q = 323 to 312652 bits); e^{q^2/2} is off by q^2/2 of its last bits.
    """
    x, half = flint.arb(q), flint.fmpq(1, 2)
    if x * x / 2 > bits:
        return (x * x / 2).hypgeom_u(half, half) / (2 * flint.arb.pi().sqrt())
    with precision(bits + 2 * bits.bit_length()):
        x = flint.arb(q)
        found = (x * x / 2).exp() * (x / flint.arb(2).sqrt()).erfc() / 2
    return +found


def raised(x: flint.arb, e: Fraction) -> flint.arb:
    """x^e; flint's own powers of balls around 0 are NaN, x^1 and x^2 too."""
    if e.denominator == 1 and 0 < e < 2**63:
        return x if e == 1 else (flint.arb_poly([x]) ** int(e))[0]
    return x ** flint.arb(flint.fmpq(e.numerator, e.denominator))


def key_of(powers: dict[Generator, Fraction]) -> Key:
    """The key of a product of powers."""
    kept = sorted(((g, e) for g, e in powers.items() if e), key=lambda power: power[0].serial)
    return _key(tuple(kept), tuple((g.serial, e.numerator, e.denominator) for g, e in kept))


def _key(powers: tuple[tuple[Generator, Fraction], ...], label: Powers) -> Key:
    found = _keys.get(label)
    if found is None:
        with own_precision():
            found = _keys.get(label)
            if found is None:
                found = _keys[label] = Key(powers, label)
    return found


def merged(a: Key, b: Key) -> tuple[Key, dict[Generator, Fraction]]:
    """The powers that stand in one of the keys alone, and the generators of both with the sums of their exponents.

    The longer key is copied, not walked through: products of hundreds of layers have hundreds of powers.
    """
    if len(a.powers) < len(b.powers):
        a, b = b, a
    powers, label = list(a.powers), list(a.label)
    shared: dict[Generator, Fraction] = {}
    for power, part in zip(b.powers, b.label, strict=True):
        i = bisect.bisect_left(label, part[:1])
        if i < len(label) and label[i][0] == part[0]:
            shared[power[0]] = powers.pop(i)[1] + power[1]
            label.pop(i)
        else:
            powers.insert(i, power)
            label.insert(i, part)
    return _key(tuple(powers), tuple(label)), shared
