"""What kernel parameters and parity parts are made of: the numbers that values stand for, and polynomials."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from .exact_numbers import KNOWN_BITS, Exact, Rounded, Scalar, as_number, as_reading, decimal, made
from .scalar_text import is_long, latex_number, number_text, read_text

if TYPE_CHECKING:
    import flint
    import sympy

__all__ = [
    "Polynomial",
    "as_exact",
    "as_fraction",
    "decimal_of",
    "float_sized",
    "known_to",
    "latex_number",
    "number_text",
    "poly_add",
    "poly_multiply",
    "rational_root",
    "rounded",
    "substitute",
    "sum_of",
]

_SHORT = 20  # bits of a significand that no rounding leaves by chance
_KNOWN = {"float16": 8, "float32": 21, "float64": KNOWN_BITS}  # bits that survive a few operations

# Coefficients by degree; none of them is 0, but one may be within the rounding of a float.
Polynomial = dict[int, Scalar]


def as_exact(value: object, name: str) -> Scalar:
    """The number that a value stands for; see the module. TypeError for what is no real number, ValueError for NaN."""
    if isinstance(value, Exact | Rounded):
        return value
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be a real number; got {value!r} ({type(value).__name__})")
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real):
        kind = value.dtype.name if isinstance(value, np.floating) else "float64"
        return _of_float(float(value), _KNOWN.get(kind, KNOWN_BITS), name)
    if type(value).__module__.startswith("sympy"):
        return _of_sympy(value, name)
    raise TypeError(f"{name} must be a real number; got {value!r} ({type(value).__name__})")


def _of_float(x: float, known: int, name: str) -> Scalar:
    if not math.isfinite(x):
        raise ValueError(f"{name} must be finite; got {x}")
    mantissa, exponent = _odd(x)
    if not is_long(x):
        return Fraction(repr(x))
    if mantissa.bit_length() <= _SHORT or exponent >= 0 and abs(x) <= 2**53:
        return Fraction(mantissa) * Fraction(2) ** exponent
    return rounded(x, known)


def _odd(x: float) -> tuple[int, int]:
    """(m, e) with x = m 2^e and m odd or 0."""
    p, q = x.as_integer_ratio()
    twos = (p & -p).bit_length() - 1 if p else 0
    return p >> twos, twos - (q.bit_length() - 1)


def rounded(x: float, known: int = KNOWN_BITS) -> Scalar:
    """A float that is known to 2^-known of itself."""
    return known_to(Fraction(repr(x)), known)


def known_to(q: Fraction, bits: int) -> Scalar:
    """A number of which q is a reading and all but 2^-bits of it is known."""
    from .closed_values import product
    from .constants import named_generator

    if not q:
        return Fraction(0)
    g = named_generator("float", (abs(decimal(q)), bits))
    return Rounded(decimal(q), product({g: Fraction(1)}, -1 if q < 0 else 1))


def decimal_of(x: flint.arb, digits: int) -> Fraction:
    """The decimal of so many digits that is next to the middle of a ball that is not 0."""
    mantissa, exponent = x.mid().man_exp()
    exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    size = len(str(exact.numerator)) - len(str(exact.denominator))  # of 10^size, within a digit
    scale = Fraction(10) ** (digits - size)
    return round(exact * scale) / scale


def _of_sympy(value: sympy.Expr, name: str) -> Scalar:
    if getattr(value, "is_Rational", False):
        return Fraction(int(value.p), int(value.q))
    if getattr(value, "is_Float", False):
        return _of_float(float(value), KNOWN_BITS, name)
    if getattr(value, "is_number", False) and value.is_real is not False:
        if value.is_finite is False:
            raise ValueError(f"{name} must be finite; got {value}")
        from .closed_values import from_value

        try:
            number = from_value(_canonical(value))
            # Floats in it are decimals where it is read, as those of its text are.
            return made(number) if not number.floats else read_text(number_text(made(number)))
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{name} must be a real number made of rational numbers, roots, pi and e; got {value} ({error})"
            ) from None
    raise TypeError(f"{name} must be a real number; got {value!r} ({type(value).__name__})")


def _canonical(value: sympy.Expr) -> sympy.Expr:
    """A sympy number with nested square roots undone, roots out of the denominators, and multiplied out."""
    import sympy

    return sympy.expand(sympy.radsimp(sympy.sqrtdenest(value)))


def as_fraction(value: object, name: str) -> Fraction:
    """A rational number: what `as_exact` makes of the value; ValueError for an irrational one."""
    number = as_exact(value, name)
    if isinstance(number, Exact):
        raise ValueError(f"{name} must be rational; got {value}")
    return number


def float_sized(q: Scalar, name: str) -> Scalar:
    """q, refused where it is beyond the floats or is 0 as a float without being 0."""
    if type(q) is Fraction and abs(q.numerator.bit_length() - q.denominator.bit_length()) < 990:
        return q  # 2^990 < 10^300
    if q and not Fraction(1, 10**300) <= abs(q) <= 10**300:
        raise ValueError(f"{name} must be 0 or lie between 1e-300 and 1e300 in size")
    return q


def sum_of(numbers: Sequence[Scalar]) -> Scalar:
    """The sum, made once: where some of them cancel, that shortens no form of the others."""
    if all(type(q) is Fraction for q in numbers):
        return sum(numbers, start=Fraction(0))
    from .constants import total

    return made(*(total([convert(q) for q in numbers]) for convert in (as_number, as_reading)))


def poly_add(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    """a + b, None where one of them is no polynomial."""
    if a is None or b is None:
        return None
    return {m: q for m in a.keys() | b.keys() if (q := a.get(m, Fraction(0)) + b.get(m, Fraction(0)))}


def poly_multiply(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    """a b, None where one of them is no polynomial and the other is not 0."""
    if a == {} or b == {}:
        return {}
    if a is None or b is None:
        return None
    out: Polynomial = {}
    for m, p in a.items():
        for n, q in b.items():
            out[m + n] = out.get(m + n, Fraction(0)) + p * q
    return out


def substitute(outer: Polynomial | None, inner: Polynomial) -> Polynomial | None:
    """The polynomial outer(inner(u))."""
    if outer is None:
        return None
    total: Polynomial | None = {}
    for m, q in outer.items():
        power: Polynomial | None = {0: q}
        for _ in range(m):
            power = poly_multiply(power, inner)
        total = poly_add(total, power)
    return total


def rational_root(q: Fraction) -> Fraction | None:
    """The square root of q >= 0 where it is rational."""
    above, below = math.isqrt(q.numerator), math.isqrt(q.denominator)
    return Fraction(above, below) if above**2 == q.numerator and below**2 == q.denominator else None
