r"""The numbers that kernels are made of: fractions, exact irrational numbers, and floats that were rounded.

What a parameter or a coefficient stands for (`rational.as_exact` decides):

- integers, fractions and sympy's rational numbers: themselves, as `Fraction`;
- sympy numbers in roots, pi and e, such as sqrt(10), 1/pi, exp(-1): themselves, as `Exact`;
- a float that prints with at most 15 digits: the decimal that it prints (0.6 is 3/5). No two such decimals share a
  float, so that this is what was written. A float whose significand has at most 20 bits (2**-30), or that is an
  integer up to 2^53, is itself;
- any other float, such as 1/3 or math.pi, is the result of a rounding: a `Rounded`. Every reading - floats, mpmath,
  balls, sympy - takes the decimal that it prints, and encloses the kernel with that decimal. But it is known to 2^-50
  of itself only (4 units in the last place: what a few operations leave; 2^-21 for a float32), and a law - decay,
  expansion, eigenvalue in closed form, polynomial part, same RKHS - holds for every number so near, or is refused.

`Exact` and `Rounded` hold a `Number` of `numbers.constants`, in which a rounded float is a generator of its own
whose ball has that radius: what cancels identically is 0, and what cancels within the rounding is undecided.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

if TYPE_CHECKING:
    import flint
    import sympy

    from .constants import Number

_SHORT_DENOMINATOR = 1000  # of fractions that are recognised in numbers without canonical form
KNOWN_BITS = 50  # of a rounded float64: what a few operations leave
# What an operator of these numbers combines; what else it meets is not its own, and it says NotImplemented.
Operand: TypeAlias = "int | Fraction | Exact"
_Wider: TypeAlias = Any  # Fraction or Exact, which is more than the operators of Fraction return
_Binary: TypeAlias = Callable[[Any, Any], _Wider]
REMEDY = "write it exactly, for example Fraction(1, 3), sympy.Rational(1, 3) or sympy.sqrt(2)"


def as_number(q: Operand) -> Number:
    """q as a `Number` of `numbers.constants`, in which rounded floats are known to within their rounding."""
    from .constants import rational

    return q.number if isinstance(q, Exact | Rounded) else rational(Fraction(q))


def as_reading(q: Operand) -> Number:
    """q as such a number, rounded floats in it taken for their decimals."""
    from .constants import rational

    return q.reading if isinstance(q, Exact) else rational(Fraction(q))


def made(number: Number, reading: Number | None = None) -> Scalar:
    """A number as a Fraction where it is rational, else an `Exact` or a `Rounded`.

    `reading` is the number with decimals in place of rounded floats, where there are any.
    """
    decimal = None if reading is None or not number.floats else _rational(reading)
    rational = _rational(number) if decimal is None else _rational_as_read(number, decimal)
    if rational is not None:
        return rational
    if decimal is not None:
        return Rounded(decimal, number)
    return Exact(number, number if reading is None or not number.floats else reading)


def _rational_as_read(number: Number, decimal: Fraction) -> Fraction | None:
    """What `_rational` finds, where the number with decimals in place of rounded floats is this fraction."""
    found = number.rational
    if found is not None or decimal.denominator > _SHORT_DENOMINATOR:
        return found
    from .constants import rational
    from .vanishing import proved_zero

    return decimal if proved_zero(number - rational(decimal)) else None


def _rational(number: Number) -> Fraction | None:
    """The number as a Fraction where it is rational by its form, or is shown to be 0 or a short fraction."""
    found = number.rational
    if found is not None or not any(key.undecided for key in number.terms):
        return found
    from .constants import rational
    from .nesting import MOST_BITS
    from .vanishing import proved_zero

    balls = map(number.ball, (96, 384, MOST_BITS))  # arcsin(1 - 1e-60) is known where 1 - 1e-60 < 1 is shown
    if (ball := next((each for each in balls if each.is_finite()), None)) is None:
        return None
    if not math.isfinite(middle := float(ball.mid())):
        return None
    candidate = Fraction(middle).limit_denominator(_SHORT_DENOMINATOR)
    if not all(each.contains(candidate.numerator / type(ball)(candidate.denominator)) for each in (ball, *balls)):
        return None
    return candidate if proved_zero(number - rational(candidate)) else None


def _operation(name: str) -> _Binary:
    combine = getattr(operator, name)

    def applied(self: Operand, other: Any) -> Scalar:
        if not _is_scalar(other):
            return NotImplemented
        return _combined(combine, self, other)

    return applied


def _reflected(name: str) -> _Binary:
    combine = getattr(operator, name)

    def applied(self: Operand, other: Any) -> Scalar:
        if not _is_scalar(other):
            return NotImplemented
        return _combined(combine, other, self)

    return applied


def _combined(combine: Callable[[Number, Number], Number], a: Operand, b: Operand) -> Scalar:
    number = combine(as_number(a), as_number(b))
    if not number.floats:
        return made(number)
    return made(number, combine(as_reading(a), as_reading(b)))


def _is_scalar(value: object) -> TypeGuard[Operand]:
    return isinstance(value, int | Fraction | Exact) and not isinstance(value, bool)


def _compared(name: str) -> Callable[[Exact, object], bool]:
    compare = getattr(operator, name)

    def applied(self: Exact, other: object) -> bool:
        if isinstance(other, float):
            return compare(float(self), other)
        if not _is_scalar(other):
            return NotImplemented
        return compare((as_reading(self) - as_reading(other)).sign(), 0)

    return applied


def _quotient(a: Operand, b: Operand) -> Scalar:
    number = _divided(as_number(a), as_number(b))
    return made(number, _divided(as_reading(a), as_reading(b)) if number.floats else None)


def _divided(a: Number, b: Number) -> Number:
    from .closed_values import inverse

    return a * inverse(b)


def _power(a: Operand, n: object) -> Scalar:
    if not isinstance(n, int) or isinstance(n, bool):
        return NotImplemented
    if n < 0:
        return _power(_quotient(1, a), -n)
    from .constants import integer_power

    number = integer_power(as_number(a), n)
    return made(number, integer_power(as_reading(a), n) if number.floats else None)


class Exact:
    """An irrational real number, exactly: + - * / and integer powers, comparisons by balls, float().

    Two are equal if their forms are: sums of products of roots of primes, of powers of pi and e, multiplied out and
    with square roots out of denominators. What is zero is recognised, also where the forms differ.
    """

    __slots__ = ("_float", "number", "reading")

    def __init__(self, number: Number, reading: Number) -> None:
        self.number, self.reading = number, reading
        self._float: float | None = None

    __add__, __radd__ = _operation("add"), _reflected("add")
    __sub__, __rsub__ = _operation("sub"), _reflected("sub")
    __mul__, __rmul__ = _operation("mul"), _reflected("mul")
    __lt__, __le__ = _compared("lt"), _compared("le")
    __gt__, __ge__ = _compared("gt"), _compared("ge")

    def __truediv__(self, other: object) -> Scalar:
        return _quotient(self, other) if _is_scalar(other) else NotImplemented

    def __rtruediv__(self, other: object) -> Scalar:
        return _quotient(other, self) if _is_scalar(other) else NotImplemented

    def __pow__(self, n: object) -> Scalar:
        return _power(self, n)

    def __neg__(self) -> Scalar:
        return self * -1

    def __abs__(self) -> Scalar:
        return -self if self < 0 else self

    def __bool__(self) -> bool:
        return True  # zero is a Fraction

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exact) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __reduce__(self) -> tuple[Callable[[str], Scalar], tuple[str]]:
        from .scalar_text import number_text, read_text

        return read_text, (number_text(self),)

    def __float__(self) -> float:
        if self._float is None:
            self._float = float(self.reading.accurate(18).mid())
        return self._float

    def __repr__(self) -> str:
        from .scalar_text import number_text

        return number_text(self)

    def ball(self, bits: int) -> flint.arb:
        """An Arb ball around the number with some `bits` bits, however deep it is nested."""
        return self.reading.sharp(bits)

    @property
    def numerator(self) -> int:
        raise TypeError(f"{self!r} is irrational: it has no numerator")

    @property
    def denominator(self) -> int:
        raise TypeError(f"{self!r} is irrational: it has no denominator")


class Rounded(Fraction):
    """A number that is known to within the rounding of a float; as a Fraction it is the decimal that is read.

    It equals itself and what is computed from the same floats in the same way, and no Fraction.
    """

    __slots__ = ("number",)
    number: Number

    def __new__(cls, decimal: Fraction, number: Number) -> Rounded:
        self = super().__new__(cls, decimal)
        self.number = number
        return self

    __add__, __radd__ = _operation("add"), _reflected("add")
    __sub__, __rsub__ = _operation("sub"), _reflected("sub")
    __mul__, __rmul__ = _operation("mul"), _reflected("mul")

    def __truediv__(self, other: object) -> _Wider:
        return _quotient(self, other) if _is_scalar(other) else NotImplemented

    def __rtruediv__(self, other: object) -> _Wider:
        return _quotient(other, self) if _is_scalar(other) else NotImplemented

    def __pow__(self, n: object) -> _Wider:
        return _power(self, n)

    def __neg__(self) -> _Wider:
        return self * -1

    def __pos__(self) -> Rounded:
        return self

    def __abs__(self) -> _Wider:
        return -self if self.numerator < 0 else self

    def __bool__(self) -> bool:
        return True  # what is 0 for every number within the rounding is a Fraction

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rounded) and self.number == other.number

    def __hash__(self) -> int:  # type: ignore[override]  # mypy takes that of numbers.Complex for None
        return hash(self.number)

    def __reduce__(self) -> tuple[Callable[[str], Scalar], tuple[str]]:
        from .scalar_text import number_text, read_text

        return read_text, (number_text(self),)

    def __copy__(self) -> Rounded:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Rounded:
        return self

    def __repr__(self) -> str:
        from .scalar_text import number_text

        return number_text(self)

    def __str__(self) -> str:
        return repr(self)


Scalar: TypeAlias = Fraction | Exact


# -- what a number is elsewhere ---------------------------------------------------------------------


def is_zero(q: Scalar) -> bool:
    """Whether q is 0; ValueError where that rests on the rounding of floats."""
    return q.number.is_zero() if isinstance(q, Exact | Rounded) else not q


def as_sympy(q: Scalar) -> sympy.Expr:
    """q as a sympy number, rounded floats as sympy's; ValueError where it is 0 within the rounding of its floats."""
    import sympy

    if isinstance(q, Exact | Rounded):
        return sympy.Integer(0) if is_zero(q) else q.number.sympy()
    return sympy.Rational(q.numerator, q.denominator)


def ball(q: Operand) -> flint.arb:
    """q as an Arb ball at flint's precision in force, rounded floats taken for their decimals."""
    import flint

    if isinstance(q, Exact):
        return q.ball(flint.ctx.prec)
    if q.denominator == 1:
        return flint.arb(q.numerator)
    return flint.arb(flint.fmpq(q.numerator, q.denominator))


def power(q: Scalar, exponent: Fraction) -> Scalar:
    """q^exponent for q > 0, exactly."""
    from . import closed_values

    number = closed_values.power(as_number(q), exponent)
    return made(number, closed_values.power(as_reading(q), exponent) if number.floats else None)


def decimal(q: Scalar) -> Any:  # a Fraction for a Fraction, and an Exact for an Exact
    """q with rounded floats taken for their decimals."""
    if isinstance(q, Rounded):
        return Fraction(q.numerator, q.denominator)
    return Exact(q.reading, q.reading) if isinstance(q, Exact) else q
