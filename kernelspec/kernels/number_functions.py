"""Functions of numbers in the texts of kernels (`parser`): those that exact numbers print with, and roots."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..numbers.checks import integer
from ..numbers.exact_numbers import Exact, Rounded, Scalar, as_number, as_reading, decimal, made, power
from ..numbers.rational import as_exact, known_to
from . import families

# How many arguments they take: all but two are for numbers that print so.
FUNCTIONS = {
    **dict.fromkeys(("sqrt", "exp", "gamma", "normal", "mills", "whole"), 1),
    **dict.fromkeys(("kappa", "rounded", "bessel"), 2),
}
OF_TEXTS = {"variance": (2,), "taylor": (3, 4), "slope": (2,), "stretched": (2,)}  # the first argument is a text


def is_root(base: Any, exponent: Any) -> bool:
    """Whether a power of a number is meant that need not be rational."""
    if not isinstance(base, Fraction | Exact) or type(exponent) is not Fraction:
        return False
    return isinstance(base, Exact | Rounded) or exponent.denominator > 1 or exponent < 0


def root(base: Scalar, exponent: Fraction) -> Scalar:
    """The power; ValueError for one that is too high, ZeroDivisionError for 0 to a negative one."""
    short = not isinstance(base, Exact | Rounded) or len(base.number.terms) == 1
    most = 64 if short or exponent < 0 else 8
    if abs(exponent) > most or exponent.denominator > 4096:
        raise ValueError(f"the power of a number must lie in -{most}..{most}; got {exponent}")
    if exponent < 0 and base == 0:
        raise ZeroDivisionError
    return power(base, exponent)


def function_of(name: str, arguments: list[Any]) -> Scalar:
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
        return root(x, Fraction(1, 2)) if x else Fraction(0)
    if name == "exp":
        (x,) = arguments
        if not abs(float(x)) < 700:
            raise ValueError(f"exp(x) needs -700 < x < 700; got {x}")
        function: Callable[[Any], Any] = closed_values.exponential
    elif name in ("gamma", "normal", "mills"):
        (x,) = arguments
        if name == "gamma" and type(x) is not Fraction or not 0 < x < (1 if name == "gamma" else math.inf):
            needs = "a rational 0 < q < 1" if name == "gamma" else "q > 0"
            raise ValueError(f"{name}(q) needs {needs}; got {x}")
        of: Callable[[Any], Any] = getattr(closed_values if name == "gamma" else kinks, name)
        return made(of(x), of(decimal(x)))
    elif name == "bessel":
        n, x = arguments
        if type(n) is not Fraction or not x > 0:
            raise ValueError(f"bessel(nu, z) needs a rational nu and z > 0; got {n}, {x}")
        function = functools.partial(closed_values.bessel, n)
    else:
        n, x = arguments
        degree = integer("n", int(n) if n == int(float(n)) else n, 0)
        families.arccos(degree)  # refuses what is too large
        if not -1 < x < 1:
            raise ValueError(f"kappa(n, x) needs -1 < x < 1; got {x}")
        function = functools.partial(closed_values.arc_cosine, degree)

    return made(function(as_number(x)), function(as_reading(x)))


def of_texts(name: str, arguments: list[Any]) -> Any:
    """What is named by a text of steps or pieces.

    A variance of a network that is no rational number, a coefficient of a dual of pieces (`piecewise_series`), that of
    pieces stretched by an irrational number, and the derivative of what an activation does to correlations (`wide`).
    """
    from ..expansions.piecewise_series import from_text
    from .activated import steep
    from .activations import made as made_pieces
    from .piecewise import dual_of
    from .scaled_duals import Phi
    from .steps import read
    from .wide import variance

    first, *others = arguments
    if name == "taylor":
        return from_text(first, *others)
    if name == "stretched":
        if not 0 < (s := as_exact(others[0], "the stretch")) <= 1000:
            raise ValueError(f"an activation is stretched by a number in (0, 1000]; got {others[0]}")
        return dual_of(made_pieces(first), s)
    chain, q = read(first), as_exact(others[0], "the variance")
    if name == "variance":
        return variance(chain, q)
    if len(chain) != 1 or not isinstance(chain[0], Phi) or not q > 0:
        raise ValueError(f"slope needs one activation and a variance > 0; got {first!r} and {q}")
    return steep(chain[0], q)
