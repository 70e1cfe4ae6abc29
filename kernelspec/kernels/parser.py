"""Kernels from text, in the syntax in which they print: `0.5*arccos(1)@arccos(1) + laplace(c=2)`.

The text is parsed to Python's syntax tree and read by a whitelist: numbers, `pi`, `sqrt(x)`, `exp(x)`, the named
kernels called with numbers, `+ - * / @ **` and parentheses. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Exact, Rounded, Scalar, made
from ..numbers.precision import default_errors
from ..numbers.rational import as_exact, sum_of
from . import families
from .atoms import Monomial
from .expression import add, compose
from .number_functions import FUNCTIONS, OF_TEXTS, function_of, is_root, of_texts, root
from .zonal import Zonal

_MOST_PARTS = 64
_LONGEST = 1_000_000
_LONGEST_POWER = 20_000
_MOST_FACTORS = 500  # of one product or composition
_MOST_BITS = 14_000  # some 4200 digits, as many as Python prints


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


@default_errors
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
    summed: list[tuple[Fraction, Any]] = []  # kernels or numbers added so far, put in order once
    for step in reversed(chain):
        right = _read(step.right, text)
        sign = {ast.Add: 1, ast.Sub: -1}.get(type(step.op))
        if sign is not None and isinstance(result, Zonal) == isinstance(right, Zonal):
            summed.append((Fraction(sign), right))
            continue
        result = _sized(_apply(step, _added(result, summed), right, text), step, text)
        summed = []
    return _sized(_added(result, summed), node, text) if summed else result


def _added(first: Any, more: list[tuple[Fraction, Any]]) -> Any:
    if not more:
        return first
    terms = [(Fraction(1), first), *more]
    return add(terms) if isinstance(first, Zonal) else sum_of([sign * x for sign, x in terms])


def _sized(result: Any, node: ast.expr, text: _Source) -> Any:
    """What a step gives; ValueError where it is too long."""
    if isinstance(result, Fraction) and any(n.bit_length() > _MOST_BITS for n in result.as_integer_ratio()):
        raise _error(node, text, "the number is too long")
    if isinstance(result, Exact | Rounded) and len(result.number.terms) > _MOST_PARTS:
        raise _error(node, text, "the number has too many terms")
    if isinstance(result, Zonal) and len(repr(result)) > _LONGEST:
        raise _error(node, text, f"the kernel has more than {_LONGEST} characters")
    return result


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
        if isinstance(node.op, ast.Pow) and is_root(left, right):
            return root(left, right)
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


def _require_short(kernel: Zonal, copies: int) -> None:
    if copies * len(repr(kernel)) > _LONGEST_POWER and not isinstance(kernel, Monomial):
        raise ValueError(f"the power of a kernel must be written in at most {_LONGEST_POWER} characters")


def _call(node: ast.Call, text: _Source) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "from_callable":
        raise _error(node, text, "a function of your own cannot be read from text")
    if isinstance(node.func, ast.Name) and len(node.args) in OF_TEXTS.get(node.func.id, ()) and not node.keywords:
        try:
            return of_texts(node.func.id, [_argument(a, text) for a in node.args])
        except (ValueError, TypeError) as error:
            raise _error(node, text, str(error)) from None
    if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
        if len(node.args) != FUNCTIONS[node.func.id]:
            raise _error(node, text, "the wrong number of arguments")
        arguments = [_read(a, text) for a in node.args]
        if not all(isinstance(a, Fraction | Exact) for a in arguments):
            raise _error(node, text, "a function of numbers")
        try:
            return function_of(node.func.id, arguments)
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
