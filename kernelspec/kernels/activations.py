"""Piecewise smooth activations: polynomials and exponentials between breakpoints, all numbers exact.

A piece is a sum of c x^m e^{beta x} with rational c and beta; a breakpoint is rational. So every jump of every
derivative is a sum of rational multiples of e^q, q rational, and by the theorem of Lindemann and Weierstrass it is 0
only if all coefficients are: kinks and their orders are decided exactly.

Text: `-1 if x < -1; x if x < 1; 1`, the pieces from left to right, made of numbers, x, exp(beta*x) and + - * / **.
"""

from __future__ import annotations

import ast
import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import REMEDY, Rounded, Scalar
from ..numbers.rational import as_fraction, number_text
from ..numbers.scalar_text import is_long

# {(m, beta): c} for the sum of c x^m e^{beta x}; a number is {q: c}, the sum of c e^q.
Terms = dict[tuple[int, Scalar], Scalar]
ExponentialSum = dict[Scalar, Scalar]

_LONGEST = 5000
_LARGEST_POWER = 40
_MOST_PIECES = 33
_LARGEST_RATE = 4
_LARGEST_BREAKPOINT = 40  # beyond, a standard normal variable has probability 1e-349


@dataclass(frozen=True)
class Activation:
    """A function on the line: pieces[i] between breaks[i - 1] and breaks[i].

    Numbers are rational but where it is `stretched` by a root: there they are multiples of powers of that one.
    """

    breaks: tuple[Scalar, ...]
    pieces: tuple[tuple[tuple[int, Scalar, Scalar], ...], ...]  # of (m, beta, c), sorted

    @property
    def terms(self) -> list[Terms]:
        """The pieces as dictionaries."""
        return [{(m, beta): c for m, beta, c in piece} for piece in self.pieces]

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 everywhere."""
        return not any(self.pieces)

    @property
    def polynomial(self) -> bool:
        """Whether all pieces are polynomials."""
        return not any(beta for piece in self.pieces for _, beta, _ in piece)

    @property
    def largest_rate(self) -> Scalar:
        """The largest |beta|."""
        return max((abs(beta) for piece in self.pieces for _, beta, _ in piece), default=Fraction(0))

    def derivative(self) -> Activation:
        """The derivative between the breakpoints, all of which it keeps."""
        return Activation(self.breaks, tuple(_frozen(derived(piece)) for piece in self.terms))

    def mirrored(self) -> Activation:
        """x -> f(-x)."""
        pieces = [
            _frozen({(m, -beta): (-1) ** m * c for (m, beta), c in piece.items()}) for piece in reversed(self.terms)
        ]
        return Activation(tuple(-x for x in reversed(self.breaks)), tuple(pieces))

    def value(self, i: int, x: Scalar) -> ExponentialSum:
        """Piece i at x, exactly."""
        out: ExponentialSum = {}
        for (m, beta), c in self.terms[i].items():
            out[beta * x] = out.get(beta * x, Fraction(0)) + c * x**m
        return {q: c for q, c in out.items() if c}

    def sides(self, x: Scalar) -> tuple[ExponentialSum, ExponentialSum]:
        """The limits from the left and from the right at x."""
        left = sum(b < x for b in self.breaks)
        right = sum(b <= x for b in self.breaks)
        return self.value(left, x), self.value(right, x)

    def jump(self, x: Scalar) -> ExponentialSum:
        """f(x+) - f(x-), exactly; {} where there is no jump."""
        left, right = self.sides(x)
        out = dict(right)
        for q, c in left.items():
            out[q] = out.get(q, Fraction(0)) - c
        return {q: c for q, c in out.items() if c}

    def part(self, parity: int) -> Activation:
        """The even (0) or odd (1) part, in canonical form."""
        other = self.mirrored()
        points = sorted({*self.breaks, *other.breaks})
        pieces = []
        for i in range(len(points) + 1):
            here = points[i - 1] if i else points[0] - 1 if points else Fraction(0)
            first = self.terms[sum(b <= here for b in self.breaks)]
            second = other.terms[sum(b <= here for b in other.breaks)]
            pieces.append(scaled(plus(first, scaled(second, Fraction((-1) ** parity))), _HALF))
        return canonical(tuple(points), pieces)

    def text(self) -> str:
        """The text that `read` reads back."""
        words = [
            f"{_written(piece)} if x < {number_text(x)}" for piece, x in zip(self.terms, self.breaks, strict=False)
        ]
        return "; ".join([*words, _written(self.terms[-1])])


_HALF = Fraction(1, 2)


def canonical(breaks: tuple[Scalar, ...], pieces: list[Terms]) -> Activation:
    """The activation without breakpoints at which nothing changes."""
    kept, out = [], [_frozen(pieces[0])]
    for x, piece in zip(breaks, pieces[1:], strict=True):
        if _frozen(piece) != out[-1]:
            kept.append(x)
            out.append(_frozen(piece))
    return Activation(tuple(kept), tuple(out))


def made(breakpoints: Any, pieces: Any = None) -> Activation:
    """An activation from a text, or from breakpoints and pieces (texts, or coefficients of 1, x, x^2, ...)."""
    if isinstance(breakpoints, Activation) and pieces is None:
        return breakpoints
    if isinstance(breakpoints, str):
        if pieces is not None:
            raise TypeError("a text holds its pieces: give one argument, or breakpoints and pieces")
        return read(breakpoints)
    try:
        points: list[Scalar] = [exactly(x, f"breakpoint {i}") for i, x in enumerate(breakpoints)]
        given = list(pieces)
    except TypeError as error:
        raise TypeError(f"piecewise needs a text, or breakpoints and pieces: {error}") from None
    if len(given) != len(points) + 1:
        raise ValueError(f"{len(points)} breakpoints need {len(points) + 1} pieces; got {len(given)}")
    return _checked(points, [_piece(p, i) for i, p in enumerate(given)])


def exactly(value: Any, name: str) -> Fraction:
    """A rational number that is known exactly: kinks are decided by it."""
    number = as_fraction(value, name)
    if isinstance(number, Rounded):
        raise ValueError(f"{name} must be known exactly, as kinks rest on it; got {value}: {REMEDY}")
    return number


def read(text: str) -> Activation:
    """The activation that a text describes; ValueError with the place and the reason where it describes none."""
    if len(text) > _LONGEST:
        raise ValueError(f"an activation must be at most {_LONGEST} characters; got {len(text)}")
    points: list[Scalar] = []
    *inner, last = text.split(";")
    pieces = []
    for word in inner:
        body, condition, bound = word.partition(" if ")
        name, less, number = bound.partition("<")
        if not condition or not less or name.strip() != "x":
            raise ValueError(f"a piece but the last must read 'value if x < number'; got {word!r}")
        point = _expression(number)
        if set(point) - {(0, Fraction(0))}:
            raise ValueError(f"a breakpoint must be a number; got {number.strip()!r}")
        points.append(point.get((0, Fraction(0)), Fraction(0)))
        pieces.append(_expression(body))
    return _checked(points, [*pieces, _expression(last)])


def _checked(points: list[Scalar], pieces: list[Terms]) -> Activation:
    if any(a >= b for a, b in zip(points, points[1:], strict=False)):
        raise ValueError(f"breakpoints must increase; got {', '.join(map(number_text, points))}")
    if any(abs(x) > _LARGEST_BREAKPOINT for x in points):
        raise ValueError(
            f"breakpoints must lie in [-{_LARGEST_BREAKPOINT}, {_LARGEST_BREAKPOINT}]; "
            f"got {', '.join(map(number_text, points))}"
        )
    if len(pieces) > _MOST_PIECES:
        raise ValueError(f"there must be at most {_MOST_PIECES} pieces; got {len(pieces)}")
    for piece in pieces:
        for m, beta in piece:
            if m > _LARGEST_POWER:
                raise ValueError(f"powers of x must be at most {_LARGEST_POWER}; got {m}")
            if abs(beta) > _LARGEST_RATE:
                raise ValueError(f"beta in exp(beta*x) must lie in [-{_LARGEST_RATE}, {_LARGEST_RATE}]; got {beta}")
    return canonical(tuple(points), pieces)


# -- arithmetic of pieces ------------------------------------------------------------------------------------------


def _frozen(terms: Terms) -> tuple[tuple[int, Scalar, Scalar], ...]:
    return tuple(sorted((m, beta, c) for (m, beta), c in terms.items() if c))


def plus(a: Terms, b: Terms) -> Terms:
    """The sum of two pieces."""
    out = dict(a)
    for key, c in b.items():
        out[key] = out.get(key, Fraction(0)) + c
    return {key: c for key, c in out.items() if c}


def scaled(a: Terms, q: Scalar) -> Terms:
    """q times a piece."""
    return {key: c * q for key, c in a.items() if q}


@functools.lru_cache(maxsize=1024)
def stretched(activation: Activation, s: Scalar) -> Activation:
    """x -> f(s x), s > 0: its n-th derivative jumps at x/s by s^n times what that of f does at x, decided by form."""
    if s == 1:
        return activation
    pieces = tuple(tuple((m, beta * s, c * s**m) for m, beta, c in piece) for piece in activation.pieces)
    return Activation(tuple(x / s for x in activation.breaks), pieces)


def times_x(f: Activation) -> Activation:
    """x -> x f(x)."""
    return Activation(f.breaks, tuple(tuple((m + 1, beta, c) for m, beta, c in piece) for piece in f.pieces))


def monic(g: Activation) -> tuple[Activation, Scalar]:
    """g divided by one of its coefficients, and that."""
    scale: Scalar = next((c for piece in g.pieces for *_, c in piece), Fraction(1))
    pieces = tuple(tuple((m, beta, c / scale) for m, beta, c in piece) for piece in g.pieces)
    return Activation(g.breaks, pieces), scale


def times(a: Terms, b: Terms) -> Terms:
    """The product of two pieces."""
    out: Terms = {}
    for (m, beta), c in a.items():
        for (n, gamma), e in b.items():
            key = (m + n, beta + gamma)
            out[key] = out.get(key, Fraction(0)) + c * e
    return {key: c for key, c in out.items() if c}


def derived(a: Terms) -> Terms:
    """The derivative of a piece."""
    out: Terms = {}
    for (m, beta), c in a.items():
        out = plus(out, {(m, beta): beta * c})
        if m:
            out = plus(out, {(m - 1, beta): m * c})
    return out


def _piece(value: Any, i: int) -> Terms:
    if isinstance(value, str):
        return _expression(value)
    try:
        numbers = [exactly(c, f"a coefficient of piece {i}") for c in value]
    except TypeError as error:
        raise TypeError(f"piece {i} must be a text or the coefficients of 1, x, x^2, ...; {error}") from None
    return {(m, Fraction(0)): c for m, c in enumerate(numbers) if c}


# -- text ----------------------------------------------------------------------------------------------------------


def _written(terms: Terms) -> str:
    out = ""
    for (m, beta), c in sorted(terms.items(), key=lambda term: (-term[0][0], term[0][1])):
        factors = []
        if m:
            factors.append("x" if m == 1 else f"x**{m}")
        if beta:
            rate = {1: "", -1: "-"}.get(beta, f"{number_text(beta)}*")  # type: ignore[call-overload]  # a Fraction finds an int
            factors.append(f"exp({rate}x)")
        if abs(c) != 1 or not factors:
            factors.insert(0, number_text(abs(c)))
        sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
        out += sign + "*".join(factors)
    return out or "0"


def _expression(text: str) -> Terms:
    text = text.strip()
    try:
        tree = ast.parse(text, mode="eval")
        return _evaluate(tree.body, text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a piece of an activation: {text[:120]!r} ({getattr(error, 'msg', error)})") from None
    except ZeroDivisionError:
        raise ValueError(f"not a piece of an activation: {text[:120]!r} divides by 0") from None


def _evaluate(node: ast.expr, text: str) -> Terms:
    zero = Fraction(0)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        # From the text itself: a decimal of thirty digits keeps them, and one that a float printed was rounded.
        digits = (ast.get_source_segment(text, node) or "").replace("_", "")
        number = Fraction(digits)
        if type(node.value) is float and is_long(node.value) and repr(node.value) == digits:
            exactly(node.value, "a number of an activation")
        return {(0, zero): number} if number else {}
    if isinstance(node, ast.Name) and node.id == "x":
        return {(1, zero): Fraction(1)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign = Fraction(-1 if isinstance(node.op, ast.USub) else 1)
        return scaled(_evaluate(node.operand, text), sign)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exp":
        if len(node.args) == 1 and not node.keywords:
            inner = _evaluate(node.args[0], text)
            if set(inner) <= {(1, zero)}:
                return {(0, inner.get((1, zero), zero)): Fraction(1)}
        raise ValueError(f"exp must be of a rational multiple of x; at {text[:120]!r}")
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left, text), _evaluate(node.right, text)
        constant = right.get((0, zero), zero) if set(right) <= {(0, zero)} else None
        if isinstance(node.op, ast.Add):
            return plus(left, right)
        if isinstance(node.op, ast.Sub):
            return plus(left, scaled(right, Fraction(-1)))
        if isinstance(node.op, ast.Mult):
            return times(left, right)
        if isinstance(node.op, ast.Div) and constant is not None:
            return scaled(left, 1 / constant)
        if (
            isinstance(node.op, ast.Pow)
            and constant is not None
            and constant.denominator == 1
            and 0 <= constant <= _LARGEST_POWER
        ):
            power: Terms = {(0, zero): Fraction(1)}
            for _ in range(constant.numerator):
                power = times(power, left)
            return power
    raise ValueError(f"a piece of an activation is made of numbers, x, exp(beta*x) and + - * / **; got {text[:120]!r}")


def kink_order(activation: Activation) -> int:
    """The least r for which the r-th derivative jumps somewhere."""
    r = 0
    while not any(activation.jump(x) for x in activation.breaks):
        activation, r = activation.derivative(), r + 1
    return r


def as_float(value: ExponentialSum) -> float:
    """A number as a float."""
    return math.fsum(float(c) * math.exp(float(q)) for q, c in value.items())
