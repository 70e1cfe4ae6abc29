"""Exact values as text and plain data, which lose nothing and are read back without running anything.

- A ball is the decimal strings of its middle and its radius, both dyadic numbers, whose decimals end; beyond 2^8000
  and 2^-8000, where they would be long, `m*2^e`.
- A SymPy expression is a nested list, head first, of the few heads that constants and asymptotes here are made of.
- A coefficient of an expansion (`constants.Number`) is a list of numbers, each before the first that holds it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from .precision import with_balls

if TYPE_CHECKING:
    import flint
    import sympy
    from sympy.printing.printer import Printer

    from .constants import Number
    from .generators import Content, Generator, Key

Plain: TypeAlias = Any  # text, integers and nested lists of them; what is read is tested as it is unpacked

_LONGEST = 4000  # digits that Python writes and reads by itself
_FARTHEST = 8000  # binary places, beyond which powers of two are written and not decimals
_WHOLE = "0123456789"


# -- balls -----------------------------------------------------------------------------------------------


def ball_text(ball: flint.arb) -> dict[str, str]:
    """The decimal strings of a ball's middle and radius, exactly; for one that is not finite its text alone."""
    from .enclosure import parts

    exact = parts(ball)
    if isinstance(exact, str):
        return {"middle": exact}
    return {"middle": dyadic_text(*exact[0]), "radius": dyadic_text(*exact[1])}


@with_balls
def ball_of(text: dict[str, str]) -> flint.arb:
    """The ball that `ball_text` wrote; ValueError where it is none."""
    from .enclosure import Parts, from_parts, parts

    if set(text) == {"middle"}:
        if text["middle"] not in ("nan", "[+/- inf]", "inf", "-inf", "[nan]"):
            raise ValueError(f"a ball needs a middle and a radius; got {text}")
        return from_parts(text["middle"])
    if set(text) != {"middle", "radius"}:
        raise ValueError(f"a ball has a middle and a radius; got {sorted(text)}")
    exact: Parts = (dyadic_of(text["middle"]), dyadic_of(text["radius"]))
    found = from_parts(exact)
    if parts(found) != exact:
        raise ValueError(f"no ball has exactly the radius {text['radius']}")
    return found


def dyadic_text(mantissa: int, exponent: int) -> str:
    """mantissa * 2^exponent as a decimal that ends, or as m*2^e where that is long."""
    from flint import fmpz

    if not mantissa:
        return "0"
    if abs(exponent) > _FARTHEST:
        return f"{fmpz(mantissa)}*2^{exponent}"
    if exponent >= 0:
        return str(fmpz(mantissa) << exponent)
    # m 2^-e = m 5^e 10^-e
    text = str(fmpz(abs(mantissa)) * fmpz(5) ** -exponent)
    shift = len(text) - 1 + exponent
    tail = text[1:].rstrip("0")
    sign = "-" if mantissa < 0 else ""
    return f"{sign}{text[0]}{'.' + tail if tail else ''}{f'e{shift}' if shift else ''}"


def dyadic_of(text: str) -> tuple[int, int]:
    """(mantissa, exponent), the mantissa odd or 0, of the number that `dyadic_text` wrote; ValueError for others."""
    from flint import fmpz

    if not isinstance(text, str):
        raise ValueError(f"a number of a ball must be text; got {text!r}")
    head, power, tail = text.partition("*2^")
    if power:
        return _odd(int(fmpz(_whole(head))), int(_whole(tail)))
    digits, scientific, exponent = text.partition("e")
    before, _, after = digits.partition(".")
    shift = int(_whole(exponent)) - len(after) if scientific else -len(after)
    if abs(shift) > 2 * _FARTHEST:
        raise ValueError(f"a decimal of 10^{shift} is beyond what is written so")
    number = int(fmpz(_whole(before + after)))
    if shift >= 0:
        return _odd(number * 10**shift, 0)
    # It ends in base 2 only where 5^n divides it: n 10^-s = (n / 5^s) 2^-s.
    quotient, rest = divmod(number, 5**-shift)
    if rest:
        raise ValueError(f"{text[:40]} is no number of finitely many binary digits")
    return _odd(quotient, shift)


def _odd(mantissa: int, exponent: int) -> tuple[int, int]:
    if not mantissa:
        return 0, 0
    zeros = (mantissa & -mantissa).bit_length() - 1
    return mantissa >> zeros, exponent + zeros


def _whole(text: str) -> str:
    if not text.removeprefix("-") or any(c not in _WHOLE for c in text.removeprefix("-")):
        raise ValueError(f"a number was expected, got {text[:40]!r}")
    return text


# -- SymPy -----------------------------------------------------------------------------------------------


@functools.cache
def _heads() -> dict[str, Callable[..., sympy.Expr]]:
    import sympy

    functions = (sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.log, sympy.gamma, sympy.besselk)
    more = (sympy.erf, sympy.erfc, sympy.acos, sympy.asin, sympy.atan, sympy.cosh, sympy.sinh)
    return {head.__name__: head for head in (*functions, *more)}


@functools.cache
def _atoms() -> dict[str, sympy.Expr]:
    import sympy

    return {
        "pi": sympy.pi,
        "e": sympy.E,
        "oo": sympy.oo,
        "-oo": -sympy.oo,
        "k": sympy.Symbol("k", integer=True, nonnegative=True),
        "d": sympy.Symbol("d", integer=True, positive=True),
    }


def sympy_data(expression: sympy.Expr) -> Plain:
    """A SymPy expression as nested lists; TypeError for what holds anything but the known heads."""
    import sympy

    from ..expansions.inner_value import HeldNumber, InnerCoefficient, InnerValue

    for name, atom in _atoms().items():
        if expression == atom:
            return name
    if isinstance(expression, sympy.Rational):
        return ["Rational", integer_text(expression.p), integer_text(expression.q)]
    if isinstance(expression, InnerValue):
        return ["kappa", expression.degree, sympy_data(expression.x)]
    if isinstance(expression, HeldNumber):
        return ["dual" if isinstance(expression, InnerCoefficient) else "number", number_data(expression.number)]
    if isinstance(expression, sympy.Float):
        sign, mantissa, exponent, bits = expression._mpf_
        return ["Float", str(-mantissa if sign else mantissa), exponent, bits, expression._prec]
    head = type(expression).__name__
    if _heads().get(head) is not type(expression):
        raise TypeError(f"a SymPy expression with {head} is not saved")
    return [head, *map(sympy_data, expression.args)]


def sympy_of(data: Plain) -> sympy.Expr:
    """The expression that `sympy_data` wrote."""
    import sympy

    from ..expansions.inner_value import InnerCoefficient, InnerValue, NestedNumber

    if isinstance(data, str):
        return _atoms()[data]
    if not isinstance(data, list):
        raise ValueError(f"a SymPy expression was expected; got {str(data)[:40]}")
    head, *args = data
    if head == "Rational":
        return sympy.Rational(*fraction_of("/".join(args)).as_integer_ratio())
    if head == "kappa":
        degree, x = args
        if type(degree) is not int or degree < 0:
            raise ValueError(f"kappa_n needs an integer n >= 0; got {str(degree)[:40]}")
        return InnerValue(degree, sympy_of(x))
    if head in ("dual", "number"):
        return (InnerCoefficient if head == "dual" else NestedNumber)(number_of(args[0]))
    if head == "Float":
        mantissa, exponent, bits, precision = integer_of(args[0]), *map(int, args[1:])
        if precision <= 0 or abs(mantissa).bit_length() != bits:
            raise ValueError(f"no float has {bits} bits of {precision}")
        return sympy.Float._new((int(mantissa < 0), abs(mantissa), exponent, bits), precision)
    # As it was: constants of high dimensions hold gammas and powers that nobody wants to write out.
    return _heads()[head](*map(sympy_of, args), evaluate=False)


@functools.cache
def _printers() -> tuple[Printer, type[Printer]]:
    """SymPy's printers, which write integers of any number of digits."""
    from sympy.printing.latex import LatexPrinter
    from sympy.printing.str import StrPrinter

    def plain(_: Printer, n: sympy.Integer) -> str:
        return integer_text(int(n))

    def rational(_: Printer, q: sympy.Rational) -> str:
        return f"{integer_text(q.p)}/{integer_text(q.q)}"

    text = type("Text", (StrPrinter,), {"_print_Integer": plain, "_print_Rational": rational})
    latex = type("Latex", (LatexPrinter,), {"_print_Integer": plain, "_print_int": plain})
    return text(), latex


def sympy_text(expression: sympy.Expr) -> str:
    """A SymPy expression as text, with all digits of its integers (SymPy's own `str` ends at 4300)."""
    return str(_printers()[0].doprint(expression))


def sympy_latex(expression: sympy.Expr) -> str:
    """A SymPy expression in LaTeX, with all digits of its integers."""
    return str(_printers()[1]().doprint(expression))


def integer_text(n: int) -> str:
    """All digits of an integer, however many (Python's own `str` ends at 4300)."""
    if abs(n) < 10**_LONGEST:
        return str(n)
    from flint import fmpz

    return str(fmpz(n))


def integer_of(text: object) -> int:
    """The integer that `integer_text` wrote."""
    if not isinstance(text, str):
        raise ValueError(f"an integer must be text; got {text!r}")
    if len(text) <= _LONGEST:
        return int(_whole(text))
    from flint import fmpz

    return int(fmpz(_whole(text)))


def fraction_text(q: Fraction) -> str:
    """A rational number as p/q, or p."""
    p, below = q.as_integer_ratio()
    return integer_text(p) if below == 1 else f"{integer_text(p)}/{integer_text(below)}"


def fraction_of(text: object) -> Fraction:
    """The number that `fraction_text` wrote."""
    if not isinstance(text, str):
        raise ValueError(f"a rational number must be text; got {text!r}")
    above, _, below = text.partition("/")
    return Fraction(integer_of(above), integer_of(below) if below else 1)


# -- coefficients of expansions --------------------------------------------------------------------------


def number_data(number: Number) -> list[Plain]:
    """The numbers inside it, each before the first that holds it, and itself last."""
    places: dict[int, int] = {}
    out: list[Plain] = []
    stack = [number]
    while stack:
        node = stack[-1]
        if id(node) in places:
            stack.pop()
            continue
        inner = [x for key in node.terms for g, _ in key.powers for x in g.inner]
        missing = [x for x in inner if id(x) not in places]
        if missing:
            stack += missing
            continue
        stack.pop()
        places[id(node)] = len(out)
        out.append([_term(key, o, p, places) for key, (o, p) in node.terms.items()])
    return out


def _term(key: Key, offset: int, polynomial: flint.fmpq_poly, places: dict[int, int]) -> Plain:
    powers = [[g.kind, _content(g, places), fraction_text(e)] for g, e in key.powers]
    return [powers, offset, [str(c) for c in polynomial.coeffs()]]


def _content(g: Generator, places: dict[int, int]) -> Plain:
    if g.kind in ("pi", "e"):
        return None
    if g.kind in ("prime", "integer"):
        return integer_text(g.content)
    inner = [places[id(x)] for x in g.inner]
    if g.kind in ("normal", "mills", "gamma") and not inner:
        return fraction_text(g.content)
    if g.kind == "kappa":
        return [g.content[0], *inner]
    if g.kind == "dual":
        f, n = g.content[0][:2]
        return [f.text(), n, *inner]
    if g.kind == "bessel":
        return [fraction_text(g.content[0]), *inner]
    if g.kind == "float":
        return [fraction_text(g.content[0]), g.content[1]]
    return inner[0]


@with_balls
def number_of(data: list[Plain]) -> Number:
    """The number that `number_data` wrote."""
    from .constants import restored

    made: list[Number] = []
    for node in data:
        terms = []
        for powers, offset, coefficients in node:
            found = [(kind, _content_of(kind, c, made), fraction_of(e)) for kind, c, e in powers]
            pairs = [fraction_of(c).as_integer_ratio() for c in coefficients]
            terms.append((tuple(found), int(offset), tuple(pairs)))
        made.append(restored(terms))
    return made[-1]


def _content_of(kind: str, content: Plain, made: list[Number]) -> Content:
    if kind in ("pi", "e"):
        return None
    if kind in ("prime", "integer"):
        return integer_of(content)
    if kind in ("normal", "mills") and isinstance(content, int):
        return made[content]
    if kind in ("normal", "mills", "gamma"):
        return fraction_of(content)
    if kind == "kappa":
        return int(content[0]), made[content[1]]
    if kind == "dual":
        from ..kernels.activations import read

        x, *root = (made[place] for place in content[2:4])
        return (read(content[0]), int(content[1]), *root), x
    if kind == "bessel":
        return fraction_of(content[0]), made[content[1]]
    if kind == "float":
        return fraction_of(content[0]), int(content[1])
    if kind in ("power", "exp", "sum"):
        return made[content]
    raise ValueError(f"numbers have no generator of the kind {kind!r}")
