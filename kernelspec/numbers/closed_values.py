r"""Functions of exact numbers (`constants.Number`): roots, exponentials, values of arc-cosine kernels.

What has a closed form gets it: powers of monomials, e^q, kappa_n at 0 and at the cosines of multiples of pi/6 and
pi/4. Everything else becomes a generator of its own. Negative arguments are mirrored, kappa_n(-x) = b_n(x)(-1)^n
- (-1)^n kappa_n(x) (Cho & Saul 2009; claim 12), so that parities cancel where they should.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import flint

from .closed_polynomials import closed_form_polynomials, half_integer_polynomial
from .constants import ONE, ZERO, Number, integer_power, named_generator, rational, reduced, total
from .generators import Generator
from .laurent import Rational, as_fmpq

if TYPE_CHECKING:
    import sympy

_FACTORED = 160  # bits of an integer whose prime factors are looked for
_PI = named_generator("pi")
_E = named_generator("e")
# cos(theta)^2 and theta/pi, sin(theta) as a radicand, where both are known.
_COSINES = {
    Fraction(0): (Fraction(1, 2), Fraction(1)),
    Fraction(1, 4): (Fraction(1, 3), Fraction(3, 4)),
    Fraction(1, 2): (Fraction(1, 4), Fraction(1, 2)),
    Fraction(3, 4): (Fraction(1, 6), Fraction(1, 4)),
}


def product(powers: dict[Generator, Fraction], scale: Rational = 1) -> Number:
    """scale times a product of powers of generators."""
    key, offset, factor, number = reduced(powers)
    result = Number({key: (offset, flint.fmpq_poly([as_fmpq(scale) * factor]))})
    return result if number is None else result * number


def pi_power(q: Fraction | int) -> Number:
    """pi^q."""
    return product({_PI: Fraction(q)})


def e_power(q: Fraction | int) -> Number:
    """e^q."""
    return product({_E: Fraction(q)})


def power(x: Number, q: Fraction) -> Number:
    """x^q; ValueError for 0 to a negative power and for roots of negative numbers."""
    if q.denominator == 1 and q >= 0:
        return integer_power(x, int(q))
    found = x.monomial
    if found is not None and (q.denominator == 1 or all(g.positive for g, _ in found[0].powers) and found[2] > 0):
        key, offset, coefficient = found
        powers = {g: e * q for g, e in key.powers}
        powers[_PI] = powers.get(_PI, Fraction(0)) - offset * q
        sign = -1 if coefficient < 0 and q.numerator % 2 else 1
        for part, direction in ((abs(int(coefficient.p)), q), (int(coefficient.q), -q)):
            for prime, multiplicity in _factors(part):
                kind = "prime" if prime.bit_length() < _FACTORED else "integer"
                g = named_generator(kind, prime)
                powers[g] = powers.get(g, Fraction(0)) + multiplicity * direction
        return product(powers, sign)
    sign = x.sign()
    if sign == 0:
        raise ValueError(f"0 has no power {q}")
    if sign < 0 and q.denominator > 1:
        raise ValueError(f"a negative number has no power {q}")
    base, content = _primitive(x.scaled(sign))
    g = named_generator("power", base)
    return power(content, q).scaled(sign if q.numerator % 2 else 1) * product({g: q})


def inverse(x: Number) -> Number:
    """1/x, square roots out of the denominator; ZeroDivisionError for 0."""
    if x.is_zero():
        raise ZeroDivisionError("division by an exact number that is 0")
    if of_square_roots(x):
        import sympy

        return from_value(sympy.expand(sympy.radsimp(1 / x.sympy())))
    return power(x, Fraction(-1))


def of_square_roots(x: Number) -> bool:
    """Whether it is a sum of several square roots of rational numbers, whose inverse is another."""
    plain = not x.nested and not x.floats and len(x.terms) > 1
    return plain and all(g.kind == "prime" and e == Fraction(1, 2) for key in x.terms for g, e in key.powers)


def _factors(n: int) -> list[tuple[int, int]]:
    found = []
    if n.bit_length() > _FACTORED:  # large numbers here are mostly products of small ones
        for p in range(2, 1000):
            multiplicity = 0
            while n % p == 0:
                n, multiplicity = n // p, multiplicity + 1
            if multiplicity:
                found.append((p, multiplicity))
        if n.bit_length() > _FACTORED:
            return [*found, (n, 1)]
    rest = flint.fmpz(n).factor() if n > 1 else []
    return found + [(int(p), int(m)) for p, m in rest]


def _primitive(x: Number) -> tuple[Number, Number]:
    """(y, c) with x = c y, c > 0 rational and the same y for every multiple of x."""
    key = min(x.terms, key=lambda key: key.serial)
    size = next(abs(c) for c in x.terms[key][1].coeffs() if c != 0)
    return x.scaled(1 / size), rational(size)


def exponential(x: Number) -> Number:
    """e^x."""
    q = Fraction(0)
    for key, (offset, polynomial) in x.terms.items():
        if not key.powers and 0 <= -offset < polynomial.length():
            c = polynomial[-offset]
            q = Fraction(int(c.p), int(c.q))
    rest = x - rational(q)
    if not rest:
        return e_power(q)
    key = min(rest.terms, key=lambda key: key.serial)
    size = next(c for c in rest.terms[key][1].coeffs() if c != 0)
    base = rest.scaled(1 / size)
    g = named_generator("exp", base)
    return e_power(q) * product({g: Fraction(int(size.p), int(size.q))})


def polynomial(coefficients: tuple[Fraction, ...], x: Number) -> Number:
    """The polynomial with these ascending coefficients at x."""
    result = ZERO
    for c in reversed(coefficients):
        result = result * x + rational(c)
    return result


def arc_cosine(n: int, x: Number) -> Number:
    """kappa_n(x) for a number -1 <= x <= 1 that is +-1 only by its form."""
    a, b = closed_form_polynomials(n)
    if x.rational in (1, -1):
        return ONE if x.rational == 1 else ZERO
    square = (x * x).rational
    if square not in _COSINES:
        if x.sign() < 0:
            mirrored = polynomial(b, -x) - arc_cosine(n, -x)
            return mirrored.scaled((-1) ** n)
        return product({named_generator("kappa", (n, x)): Fraction(1)})
    # pi kappa_n = a_n(x) sin(theta) + b_n(x) (pi - theta).
    angle, sine = _COSINES[square]
    if x and x.sign() < 0:
        angle = 1 - angle
    root = power(rational(sine), Fraction(1, 2)) * pi_power(-1)
    return total([polynomial(a, x) * root, polynomial(b, x).scaled(1 - angle)])


def gamma(q: Fraction) -> Number:
    """Gamma(q) for a q that is no integer <= 0."""
    whole = q.numerator // q.denominator
    rest = q - whole
    if not rest:
        return rational(math.factorial(whole - 1))
    # Gamma(rest + whole) from Gamma(rest), 0 < rest < 1.
    steps = math.prod((rest + j for j in range(max(whole, 0))), start=Fraction(1))
    steps /= math.prod((rest - j for j in range(1, -whole + 1)), start=Fraction(1))
    if rest == Fraction(1, 2):
        return pi_power(rest).scaled(steps)
    return product({named_generator("gamma", rest): Fraction(1)}, steps)


def bessel(nu: Fraction, z: Number) -> Number:
    """W_nu(z) = z^{nu/2} K_nu(2 sqrt z) for z > 0 and nu >= 0."""
    if nu.denominator == 2:  # Gamma(nu)/2 times the Matern function, a polynomial and an exponential
        s = power(z, Fraction(1, 2)).scaled(2)
        coefficients = half_integer_polynomial(nu)
        return (polynomial(coefficients, s) * exponential(-s) * gamma(nu)).scaled(Fraction(1, 2))
    return product({named_generator("bessel", (nu, z)): Fraction(1)})


def from_value(value: object) -> Number:
    """An int, Fraction, exact number or a sympy expression in rationals, roots, pi and e; TypeError for others."""
    from .exact_numbers import Exact, Rounded, as_number

    if isinstance(value, Number):
        return value
    if isinstance(value, Exact | Rounded):
        return as_number(value)
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return rational(value)
    if any(base.__module__.startswith("sympy") for base in type(value).__mro__):
        found = _from_sympy(value)
        if found is not None:
            return found
    raise TypeError(f"a constant must be rational or made of roots, pi and e; got {value!r} ({type(value).__name__})")


def _from_sympy(value: sympy.Expr) -> Number | None:
    import sympy

    from ..expansions.inner_value import HeldNumber

    if value.is_Rational:
        return rational(Fraction(int(value.p), int(value.q)))
    if value.is_Float:
        from .exact_numbers import as_number
        from .rational import as_exact

        return as_number(as_exact(float(value), "value"))
    if value is sympy.pi:
        return pi_power(1)
    if value is sympy.E:
        return e_power(1)
    if isinstance(value, HeldNumber):
        return value.number
    if value.is_Pow or value.func is sympy.exp:
        base, exponent = (sympy.E, value.args[0]) if value.func is sympy.exp else value.args
        inner = _from_sympy(base)
        if inner is None:
            return None
        if exponent.is_Rational:
            return power(inner, Fraction(int(exponent.p), int(exponent.q)))
        return exponential(found) if base is sympy.E and (found := _from_sympy(exponent)) else None
    if value.is_Add or value.is_Mul:
        result = ZERO if value.is_Add else ONE
        for part in (_from_sympy(a) for a in value.args):
            if part is None:
                return None
            result = result + part if value.is_Add else result * part
        return result
    return None
