"""Kernels from text, in the syntax in which they print: `0.5*arccos(1)@arccos(1) + laplace(c=2)`.

The text is parsed to Python's syntax tree and read by a whitelist: numbers, `pi`, `sqrt(x)`, `exp(x)`, the named
kernels called with numbers, `+ - * / @ **` and parentheses. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import ast
import functools
import math
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ..numbers.checks import integer
from ..numbers.exact_numbers import Exact, Rounded, Scalar, as_number, as_reading, decimal, made, power
from ..numbers.precision import default_errors
from ..numbers.rational import as_exact, known_to
from . import families
from .atoms import Monomial
from .expression import add, compose
from .zonal import Zonal

# Functions of numbers, and how many arguments they take: all but two are for numbers that print so.
_FUNCTIONS = {
    **dict.fromkeys(("sqrt", "exp", "gamma", "normal", "mills", "whole"), 1),
    **dict.fromkeys(("kappa", "rounded", "bessel"), 2),
}
_OF_TEXTS = {"variance": 2, "taylor": 3}  # the first argument is a text
_MOST_PARTS = 64
_LONGEST = 1_000_000
_LONGEST_POWER = 20_000
_MOST_FACTORS = 500  # of one product or composition
_MOST_BITS = 14_000  # some 4200 digits, as many as Python prints


@default_errors
class _Source(str):
    """A text, and the kernels that it may name."""

    kernels: dict[str, Callable[..., Zonal]]


@functools.cache
def _kernels() -> dict[str, Callable[..., Zonal]]:
    """The public functions that return a kernel, but for those whose argument is no data."""
    from .. import public

    return {
        name: make
        for name, make in sorted(vars(public).items())
        if getattr(make, "__annotations__", {}).get("return") == "Zonal" and name not in ("from_callable", "parse")
    }


def kernel_names() -> tuple[str, ...]:
    """The names of the kernels that a text may hold."""
    return tuple(_kernels())


def parse(text: str, kernels: Mapping[str, Callable[..., Zonal]] | None = None) -> Zonal:
    """The kernel that a text describes; ValueError with the place and the reason where it describes none.

    kernels : further names, and the functions that make a kernel of their arguments (ints, Fractions, text, booleans).

    >>> parse("0.5*arccos(1)@arccos(1) + laplace(c=2)")
    laplace(c=2) + 0.5*rf(3)
    """
    result = _parsed(text, "a kernel expression", kernels)
    if isinstance(result, Zonal):
        return result
    if isinstance(result, Fraction | Exact):
        return families.polynomial(0) * result
    raise ValueError(f"not a kernel expression: {text[:200]!r}")


def parse_number(text: str) -> Scalar:
    """The number that a text describes: 1/3, sqrt(10), 3*sqrt(2)/(4*pi), exp(-1/2)."""
    result = _parsed(text, "a number")
    if not isinstance(result, Fraction | Exact):
        raise ValueError(f"not a number: {text[:200]!r}")
    return result


def _parsed(text: str, what: str, kernels: Mapping[str, Callable[..., Zonal]] | None = None) -> Any:
    if not isinstance(text, str):
        raise TypeError(f"text must be a string; got {type(text).__name__}")
    if len(text) > _LONGEST:
        raise ValueError(f"the text of a kernel must be at most {_LONGEST} characters; got {len(text)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python finds odd in a text is no news here
            tree = ast.parse(text.strip(), mode="eval")
        source = _Source(text.strip())
        source.kernels = _kernels() | named_functions("kernels", kernels)
        return _read(tree.body, source)
    except UnicodeEncodeError:  # bytes of a command line that are no text
        raise ValueError(f"not {what}: {text[:200]!r} (it holds bytes that are no text)") from None
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"not {what}: {text[:200]!r} ({getattr(error, 'msg', error)})") from None


def named_functions(
    parameter: str, kernels: Mapping[str, Callable[..., Zonal]] | None
) -> dict[str, Callable[..., Zonal]]:
    """Names of the user's own, with the functions that make kernels; TypeError for others."""
    if not isinstance(kernels, Mapping | None):
        raise TypeError(f"{parameter} must map names to functions; got {kernels!r}")
    own = dict(kernels or {})
    for name, make in own.items():
        if not isinstance(name, str) or not name.isidentifier() or not callable(make):
            raise TypeError(f"{parameter} must map names to functions; got {name!r}: {make!r}")
        if name in _kernels():
            raise ValueError(f"kernels must not rename {name!r}")
    return own


def _read(node: ast.expr, text: _Source) -> Any:
    if isinstance(node, ast.Constant):
        return _number(node, text)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        operand = _read(node.operand, text)
        return -operand if isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp):
        return _combine(node, text)
    if isinstance(node, ast.Call):
        return _call(node, text)
    if isinstance(node, ast.Name) and node.id == "pi":
        from ..numbers.closed_values import pi_power

        return made(pi_power(1))
    raise _error(node, text, "only numbers, named kernels and + - * / @ ** are allowed")


def _number(node: ast.Constant, text: _Source) -> Scalar:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _error(node, text, "a number is expected")
    if isinstance(value, int):
        if value.bit_length() > _MOST_BITS:
            raise _error(node, text, "the number is too long")
        return Fraction(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise _error(node, text, "the number is not finite")
    if value == 0 and any(c in "123456789" for c in (ast.get_source_segment(text, node) or "").lower().split("e")[0]):
        raise _error(node, text, "the number is too small")
    return as_exact(value, "a number")


def _combine(node: ast.BinOp, text: _Source) -> Any:
    # A sum or a product of many leans to the left: its operands from there on, without recursion.
    chain: list[ast.BinOp] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp):
        chain.append(first)
        first = first.left
    if sum(not isinstance(step.op, ast.Add | ast.Sub) for step in chain) > _MOST_FACTORS:
        raise _error(node, text, f"at most {_MOST_FACTORS} kernels are multiplied or composed")
    result = _read(first, text)
    summed: list[tuple[Fraction, Zonal]] = []  # kernels added so far, put in order once
    for step in reversed(chain):
        right = _read(step.right, text)
        sign = {ast.Add: 1, ast.Sub: -1}.get(type(step.op))
        if sign is not None and isinstance(result, Zonal) and isinstance(right, Zonal):
            summed.append((Fraction(sign), right))
            continue
        result = _apply(step, _added(result, summed), right, text)
        summed = []
        if (
            isinstance(result, Fraction)
            and max(result.numerator.bit_length(), result.denominator.bit_length()) > _MOST_BITS
        ):
            raise _error(step, text, "the number is too long")
        if isinstance(result, Exact | Rounded) and len(result.number.terms) > _MOST_PARTS:
            raise _error(step, text, "the number has too many terms")
        if isinstance(result, Zonal) and len(repr(result)) > _LONGEST:
            raise _error(step, text, f"the kernel has more than {_LONGEST} characters")
    return _added(result, summed)


def _added(first: Any, more: list[tuple[Fraction, Zonal]]) -> Any:
    return add([(Fraction(1), first), *more]) if more else first


def _apply(node: ast.BinOp, left: Any, right: Any, text: _Source) -> Any:
    try:
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div) and isinstance(right, Fraction | Exact):
            return left / right
        if isinstance(node.op, ast.MatMult) and isinstance(left, Zonal) and isinstance(right, Zonal):
            if isinstance(left, Monomial):
                _require_short(right, left.degree)
            return compose(left, right)
        if isinstance(node.op, ast.Pow) and _is_root(left, right):
            return _root(left, right)
        if isinstance(node.op, ast.Pow) and isinstance(right, Fraction) and right.denominator == 1:
            if not 0 <= right <= 64:
                raise ValueError(f"a power must lie in 0..64; got {right}")
            if isinstance(left, Zonal):
                _require_short(left, int(right))
            return left ** int(right)
    except ZeroDivisionError:
        raise _error(node, text, "division by zero") from None
    except (ValueError, TypeError) as error:
        raise _error(node, text, str(error)) from None
    raise _error(node, text, "this operation is not defined between kernels and numbers")


def _is_root(base: Any, exponent: Any) -> bool:
    """Whether a power of a number is meant that need not be rational."""
    if not isinstance(base, Fraction | Exact) or type(exponent) is not Fraction:
        return False
    return isinstance(base, Exact | Rounded) or exponent.denominator > 1 or exponent < 0


def _root(base: Scalar, exponent: Fraction) -> Scalar:
    short = not isinstance(base, Exact | Rounded) or len(base.number.terms) == 1
    most = 64 if short or exponent < 0 else 8
    if abs(exponent) > most or exponent.denominator > 4096:
        raise ValueError(f"the power of a number must lie in -{most}..{most}; got {exponent}")
    if exponent < 0 and base == 0:
        raise ZeroDivisionError
    return power(base, exponent)


def _function(name: str, arguments: list[Any]) -> Scalar:
    """sqrt(x), exp(x), and what numbers print with.

    These are kappa(n, x), gamma(q), bessel(nu, z), normal(q), mills(q), a float rounded(x, n) that is known to n
    bits, and whole(x), a sum that is not multiplied out.
    """
    from ..expansions import kinks
    from ..numbers import closed_values

    if name == "rounded":
        x, bits = arguments
        x = decimal(x)
        if type(x) is not Fraction:
            raise ValueError(f"rounded(x, n) needs a rational x; got {x}")
        return known_to(x, integer("n", int(bits) if bits == int(bits) else bits, 1))
    if name == "whole":
        (x,) = arguments
        return made(as_number(x).named(2), as_reading(x))
    if name == "sqrt":
        (x,) = arguments
        if x < 0:
            raise ValueError(f"sqrt(x) needs x >= 0; got {x}")
        return _root(x, Fraction(1, 2)) if x else Fraction(0)
    if name == "exp":
        (x,) = arguments
        if not abs(float(x)) < 700:
            raise ValueError(f"exp(x) needs -700 < x < 700; got {x}")
        function: Callable[[Any], Any] = closed_values.exponential
    elif name in ("gamma", "normal", "mills"):
        (x,) = arguments
        largest, home = (1, closed_values) if name == "gamma" else (math.inf, kinks)
        if type(x) is not Fraction or not 0 < x < largest:
            raise ValueError(f"{name}(q) needs a rational 0 < q{' < 1' if name == 'gamma' else ''}; got {x}")
        return made(getattr(home, name)(x))
    elif name == "bessel":
        n, x = arguments
        if type(n) is not Fraction or not x > 0:
            raise ValueError(f"bessel(nu, z) needs a rational nu and z > 0; got {n}, {x}")

        def function(number: Any) -> Any:
            return closed_values.bessel(n, number)

    else:
        n, x = arguments
        degree = integer("n", int(n) if n == int(float(n)) else n, 0)
        families.arccos(degree)  # refuses what is too large
        if not -1 < x < 1:
            raise ValueError(f"kappa(n, x) needs -1 < x < 1; got {x}")

        def function(number: Any) -> Any:
            return closed_values.arc_cosine(degree, number)

    return made(function(as_number(x)), function(as_reading(x)))


def _require_short(kernel: Zonal, copies: int) -> None:
    if copies * len(repr(kernel)) > _LONGEST_POWER and not isinstance(kernel, Monomial):
        raise ValueError(f"the power of a kernel must be written in at most {_LONGEST_POWER} characters")


def _call(node: ast.Call, text: _Source) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "from_callable":
        raise _error(node, text, "a function of your own cannot be read from text")
    if isinstance(node.func, ast.Name) and len(node.args) == _OF_TEXTS.get(node.func.id) and not node.keywords:
        return _of_texts(node.func.id, node, text)
    if isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and not node.keywords:
        if len(node.args) != _FUNCTIONS[node.func.id]:
            raise _error(node, text, "the wrong number of arguments")
        arguments = [_read(a, text) for a in node.args]
        if not all(isinstance(a, Fraction | Exact) for a in arguments):
            raise _error(node, text, "a function of numbers")
        try:
            return _function(node.func.id, arguments)
        except (ValueError, TypeError, ZeroDivisionError) as error:
            raise _error(node, text, str(error)) from None
    if not isinstance(node.func, ast.Name) or node.func.id not in text.kernels:
        raise _error(node, text, f"unknown kernel; known are {', '.join(text.kernels)}")
    positional = [_argument(a, text) for a in node.args]
    named: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in named:
            raise _error(node, text, "arguments are given once, by position or by name")
        named[keyword.arg] = _argument(keyword.value, text)
    try:
        made = text.kernels[node.func.id](*positional, **named)
    except (ValueError, TypeError) as error:
        raise _error(node, text, str(error)) from None
    if not isinstance(made, Zonal):
        raise _error(node, text, f"{node.func.id} made a {type(made).__name__}, no kernel")
    return made


def _of_texts(name: str, node: ast.Call, text: _Source) -> Scalar:
    """A variance of a network that is no rational number, or a coefficient of a dual of pieces (`piecewise_series`)."""
    from ..expansions.piecewise_series import from_text
    from .steps import read
    from .wide import variance

    first, *others = (_argument(a, text) for a in node.args)
    try:
        found = from_text(first, *others) if name == "taylor" else None
        return found or variance(read(first), as_exact(others[0], "the variance of the input"))
    except (ValueError, TypeError) as error:
        raise _error(node, text, str(error)) from None


def _argument(node: ast.expr, text: _Source) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | str):
        return node.value
    value = _read(node, text)
    if not isinstance(value, Fraction | Exact):
        raise _error(node, text, "an argument must be a number, a name in quotes, True or False")
    return int(value) if type(value) is Fraction and value.denominator == 1 else value


def _error(node: ast.expr, text: str, reason: str) -> ValueError:
    piece = ast.get_source_segment(text, node) or text
    return ValueError(f"not a kernel expression: {reason}; at {piece[:120]!r} (column {node.col_offset + 1})")
