"""Functions on the sphere from text: `2*relu(3) - x1*x2`, and what functions print.

The text is parsed to Python's syntax tree and read by a whitelist; nothing of it is evaluated. A sum is taken apart;
each of its parts is a multiple of `ridge(g, w)`, of `polynomial('...', d)`, of a polynomial in x1, x2, ..., or of a
function g alone, which stands for ridge(g, e_1), the function g(x1).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..kernels import parser as kernels
from ..numbers.checks import dimension
from ..numbers.precision import default_errors
from .profiles import JumpProfile, PowerProfile, abs_power, relu, step
from .ridge import Function, polynomial, ridge

PROFILES: dict[str, Callable[[Fraction], PowerProfile | JumpProfile]] = {
    "relu": relu,
    "step": step,
    "abs_power": abs_power,
}
_COORDINATE = re.compile(r"x\d+")
_LONGEST = 100_000
_SYNTAX = "a sum of multiples of polynomials in x1, x2, ..., of g(x1) and of ridge(g, w)"


@default_errors
def parse(text: str, d: int) -> Function:
    """The function on S^{d-1} that a text describes.

    Parameters
    ----------
    text : a sum of multiples of polynomials in x1, ..., xd ("x1**2*x2 - x3"), of ridge functions ("ridge(relu(2),
        (3/5, 4/5, 0))", along a unit vector), and of functions of x1: "relu(2)", "abs_power(3)", "step(1/2)" and
        kernels, as `ks.parse` reads them. What functions print is read back.
    d : the number of coordinates, >= 2.

    Raises TypeError for what is no text, and ValueError, with the reason, for one that describes no function.

    >>> f = parse("2*relu(3) - x1*x2", 2)
    >>> f, f([1.0, 0.0])
    (2*ridge(relu(3), [1, 0]) + polynomial('-x1*x2', 2), 2.0)
    """
    d = dimension(d)
    if not isinstance(text, str):
        raise TypeError(f"text must be text such as '2*relu(3) - x1*x2'; got {type(text).__name__}")
    if len(text) > _LONGEST:
        raise ValueError(f"the text of a function must have at most {_LONGEST} characters; got {len(text)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python finds odd in a text is no news here
            tree = ast.parse(text.strip(), mode="eval").body
        return _sum(tree, d)
    except (SyntaxError, RecursionError, MemoryError) as error:
        reason = f"not a function: {text[:200]!r} ({getattr(error, 'msg', error)}); write {_SYNTAX}"
    except ValueError as error:
        reason = str(error)
    raise ValueError(f"text: {reason}")


def _sum(node: ast.expr, d: int) -> Function:
    if _is_polynomial(node):
        return polynomial(ast.unparse(node), d)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left, right = _sum(node.left, d), _sum(node.right, d)
        return left + right if isinstance(node.op, ast.Add) else left - right
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_sum(node.operand, d)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for number, function in ((node.left, node.right), (node.right, node.left)):
            if (factor := _number(number)) is not None:
                return factor * _sum(function, d)
            if _is_irrational(number):
                raise ValueError(f"functions are multiplied by rational numbers; got {ast.unparse(number)!r}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        if (divisor := _number(node.right)) is not None:
            return _sum(node.left, d) / divisor
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "ridge" and len(node.args) == 2:
            w = _vector(node.args[1])
            if len(w) != d:
                raise ValueError(f"w must have d = {d} coordinates; got {len(w)} in {ast.unparse(node)[:200]!r}")
            return ridge(_profile(node.args[0]), w)
        if node.func.id == "polynomial" and len(node.args) == 2 and isinstance(node.args[0], ast.Constant):
            if isinstance(node.args[0].value, str):
                if _number(node.args[1]) != d:
                    raise ValueError(f"polynomials must be those of d = {d} variables; got {ast.unparse(node)[:200]!r}")
                return polynomial(node.args[0].value, d)
    return ridge(_profile(node), [1] + [0] * (d - 1))


def _is_polynomial(node: ast.expr) -> bool:
    """Whether it has a coordinate in it, and no function: then `polynomial` says what is wrong with it."""
    names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    calls = any(isinstance(each, ast.Call) for each in ast.walk(node))
    return not calls and (_number(node) is not None or any(_COORDINATE.fullmatch(name) for name in names))


def _number(node: ast.expr) -> Fraction | None:
    """A rational number; None for what is none, or no number."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = _number(node.operand)
        return None if operand is None else -operand
    if isinstance(node, ast.Call):
        # As Fraction prints.
        if isinstance(node.func, ast.Name) and node.func.id == "Fraction" and len(node.args) == 2:
            above, below = map(_number, node.args)
            return Fraction(above, below) if above is not None and below else None
        return None
    try:
        found = kernels.parse_number(ast.unparse(node))
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, Fraction) else None


def _is_irrational(node: ast.expr) -> bool:
    try:
        kernels.parse_number(ast.unparse(node))
    except (TypeError, ValueError):
        return False
    return _number(node) is None


def _profile(node: ast.expr) -> Any:
    """A profile or a kernel."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PROFILES:
        numbers = [_number(each) for each in node.args]
        if len(numbers) == 1 and numbers[0] is not None and not node.keywords:
            return PROFILES[node.func.id](numbers[0])
        raise ValueError(f"{node.func.id} must have one rational number; got {ast.unparse(node)!r}")
    try:
        return kernels.parse(ast.unparse(node))
    except ValueError as error:
        raise ValueError(
            f"{error}; a function is {_SYNTAX}, g being relu(s), step(t), abs_power(s) or a kernel"
        ) from None


def _coordinate(node: ast.expr) -> Fraction | float | None:
    """A rational number, or a float where it is written as a decimal, which may be rounded."""
    found = _number(node)
    decimals = any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in ast.walk(node))
    return float(found) if decimals and found is not None else found


def _vector(node: ast.expr) -> list[Fraction | float]:
    """The numbers of a tuple or list, also as `[1] + 9*[0]`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _vector(node.left) + _vector(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        count = _number(node.left)
        if count is not None and count.denominator == 1 and 0 <= count <= _LONGEST:
            return int(count) * _vector(node.right)
    if isinstance(node, ast.Tuple | ast.List):
        numbers = [_coordinate(each) for each in node.elts]
        if all(each is not None for each in numbers):
            return [each for each in numbers if each is not None]
    raise ValueError(f"w must be a list of rational numbers such as (3/5, 4/5, 0); got {ast.unparse(node)[:200]!r}")
