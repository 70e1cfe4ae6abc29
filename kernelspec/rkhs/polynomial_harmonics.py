r"""Polynomials in x_1, ..., x_d with rational coefficients, and their harmonics on the sphere, exactly.

A homogeneous p_n = sum_j |x|^{2j} h_{n-2j} with harmonic h. From Delta(|x|^{2j} h_k) = 2j (2j+2k+d-2) |x|^{2j-2} h_k
follow, for the polynomials D_m = Delta^{(n-m)/2} p_n of degrees m = n, n-2, ...,

.. math:: D_m = \sum_{k \le m} C(n,m,k)\, |x|^{m-k} h_k, \qquad
          C(n,m,k) = \prod_{l=0}^{(n-m)/2-1} (n-k-2l)(n+k-2l+d-2),

and with Fischer's inner product <p, q> = p(d/dx) q, in which Delta is adjoint to |x|^2,

.. math:: \langle |x|^{2l} h, |x|^{2l} h' \rangle = \prod_{i=1}^{l} 2i(2i+2k+d-2)\, \langle h, h' \rangle, \qquad
          \int h h' d\tau = \frac{\langle h, h' \rangle}{d(d+2)\cdots(d+2k-2)} .

Both systems are triangular: values and norms of the h_k follow from those of the D_m, and |x|^2 is never multiplied
out. Source: Stein & Weiss 1971, chapter IV; the triangular systems, here.
"""

from __future__ import annotations

import ast
import functools
import math
import warnings
from collections import defaultdict
from fractions import Fraction
from typing import Any, TypeAlias

from ..numbers.exact_numbers import decimal
from ..numbers.precision import cached_property
from ..numbers.rational import as_fraction

# Powers of a monomial: ((index from 0, power >= 1), ...), the indices increasing.
Monomial: TypeAlias = tuple[tuple[int, int], ...]
Polynomial: TypeAlias = dict[Monomial, Fraction]
LARGEST_DEGREE = 60
_MOST_MONOMIALS = 20_000
_LONGEST = 100_000


# -- reading -------------------------------------------------------------------------------------------


def parsed(text: str, d: int) -> Polynomial:
    """The polynomial that a text such as "x1**2*x2 - x3/2" describes, by a whitelist."""
    if len(text) > _LONGEST:
        raise ValueError(f"text must have at most {_LONGEST} characters; got {len(text)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval")
        return _read(tree.body, text.strip(), d)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"text must be a polynomial such as 'x1**2*x2 - x3/2'; got {text[:200]!r}") from error


def _read(node: ast.expr, text: str, d: int) -> Polynomial:
    if isinstance(node, ast.Constant):
        shown = ast.get_source_segment(text, node) or ""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or len(shown) > 400:
            raise ValueError(f"text must hold numbers as coefficients; got {shown[:40] or node.value!r}")
        if isinstance(node.value, float) and not (1e-300 < node.value < 1e300 or node.value == 0 == _mantissa(shown)):
            raise ValueError(f"text must hold numbers that are 0 or from 1e-300 to 1e300 in size; got {shown}")
        return _constant(Fraction(shown.replace("_", "")) if isinstance(node.value, float) else Fraction(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        read = _read(node.operand, text, d)
        return {m: -q for m, q in read.items()} if isinstance(node.op, ast.USub) else read
    if isinstance(node, ast.Name):
        return {((_index(node.id, d), 1),): Fraction(1)}
    if isinstance(node, ast.BinOp):
        return _combined(node, text, d)
    raise ValueError(f"text must hold numbers, x1 to x{d}, + - * / ** and parentheses; got {ast.unparse(node)[:80]!r}")


def _mantissa(shown: str) -> int:
    """1 where a digit of the number is not 0."""
    return int(any(c in "123456789" for c in shown.lower().split("e")[0]))


def _index(name: str, d: int) -> int:
    digits = name[1:]
    if name[:1] != "x" or not digits.isdecimal() or not digits.isascii() or digits != digits.lstrip("0"):
        raise ValueError(f"text must name its variables x1, ..., x{d}; got {name!r}")
    if len(digits) > 16 or not 1 <= int(digits) <= d:
        raise ValueError(f"text must name variables from x1 to x{d} on the sphere in R^{d}; got {name!r}")
    return int(digits) - 1


def _combined(node: ast.BinOp, text: str, d: int) -> Polynomial:
    left, right = _read(node.left, text, d), _read(node.right, text, d)
    if isinstance(node.op, ast.Add):
        return added(left, right)
    if isinstance(node.op, ast.Sub):
        return added(left, right, Fraction(-1))
    if isinstance(node.op, ast.Mult):
        return _multiplied(left, right)
    number = right.get((), Fraction(0)) if set(right) <= {()} else None
    if isinstance(node.op, ast.Div) and number:
        return {m: q / number for m, q in left.items()}
    if isinstance(node.op, ast.Pow) and number is not None and number.denominator == 1 and number >= 0:
        if number > LARGEST_DEGREE:
            raise ValueError(f"text must have powers of at most {LARGEST_DEGREE}; got {number}")
        result = _constant(Fraction(1))
        for _ in range(int(number)):
            result = _multiplied(result, left)
        return result
    raise ValueError(f"text must divide by numbers other than 0, with powers >= 0; got {ast.unparse(node)[:80]!r}")


def _constant(q: Fraction) -> Polynomial:
    return {(): q} if q else {}


def added(a: Polynomial, b: Polynomial, factor: Fraction = Fraction(1)) -> Polynomial:
    """a + factor b."""
    total = defaultdict(Fraction, a)
    for m, q in b.items():
        total[m] += factor * q
    return {m: q for m, q in total.items() if q}


def _multiplied(a: Polynomial, b: Polynomial) -> Polynomial:
    total: dict[Monomial, Fraction] = defaultdict(Fraction)
    if len(a) * len(b) > _MOST_MONOMIALS * 50:
        raise ValueError(f"text must describe at most {_MOST_MONOMIALS} monomials")
    for m, q in a.items():
        for n, r in b.items():
            powers: dict[int, int] = defaultdict(int)
            for i, e in (*m, *n):
                powers[i] += e
            total[tuple(sorted(powers.items()))] += q * r
    found = {m: q for m, q in total.items() if q}
    require_size(found)
    return found


def require_size(p: Polynomial) -> None:
    """ValueError for a polynomial of too many monomials, or too high a degree."""
    if len(p) > _MOST_MONOMIALS:
        raise ValueError(f"text must describe at most {_MOST_MONOMIALS} monomials; got {len(p)}")
    largest = max((sum(e for _, e in m) for m in p), default=0)
    if largest > LARGEST_DEGREE:
        raise ValueError(f"text must describe a polynomial of degree at most {LARGEST_DEGREE}; got {largest}")


def written(p: Polynomial) -> str:
    """The polynomial as text that `parsed` reads."""
    if not p:
        return "0"
    out = ""
    for m, q in sorted(p.items(), key=lambda item: (-sum(e for _, e in item[0]), item[0])):
        names = "*".join(f"x{i + 1}" + (f"**{e}" if e > 1 else "") for i, e in m)
        size = "" if abs(q) == 1 and names else str(abs(q))
        out += (" - " if q < 0 else " + ") + "*".join(part for part in (size, names) if part)
    return out[3:] if out.startswith(" + ") else "-" + out[3:]


def coefficient(value: Any, name: str) -> Fraction:
    """A rational factor; a float stands for the decimal that it prints."""
    found: Fraction = decimal(as_fraction(value, name))
    return found


# -- harmonics -----------------------------------------------------------------------------------------


class Harmonics:
    """The harmonic parts Y_k of a polynomial on S^{d-1}: their mean squares, and their values."""

    def __init__(self, p: Polynomial, d: int) -> None:
        self.d = d
        parts: dict[int, Polynomial] = defaultdict(dict)
        for m, q in p.items():
            parts[sum(e for _, e in m)][m] = q
        self.degree = max(parts, default=-1)
        self._lowered: dict[int, dict[int, Polynomial]] = {}
        for n, part in parts.items():
            self._lowered[n] = {n: part}
            for lower in range(n - 2, -1, -2):
                self._lowered[n][lower] = _laplacian(self._lowered[n][lower + 2])

    @cached_property
    def squares(self) -> list[Fraction]:
        """The mean of Y_k^2 over the sphere, k = 0, ..., degree."""
        return self.products(self)

    def products(self, other: Harmonics) -> list[Fraction]:
        """The mean of Y_k Y'_k over the sphere, for the degrees up to the lower one of both."""
        d, top = self.d, min(self.degree, other.degree)
        found = [Fraction(0)] * (top + 1)
        for n, first in self._lowered.items():
            for m, second in other._lowered.items():
                known: dict[int, Fraction] = {}
                for k in range(n % 2, min(n, m) + 1, 2):
                    if m % 2 != n % 2:
                        break
                    rest = _fischer(first[k], second[k])
                    for j, value in known.items():
                        both = _lowering(d, n, k, j) * _lowering(d, m, k, j)
                        rest -= both * _raised(d, (k - j) // 2, j) * value
                    known[k] = rest / (_lowering(d, n, k, k) * _lowering(d, m, k, k))
                    found[k] += known[k] / math.prod(range(d, d + 2 * k, 2))
        return found

    def values(self, w: tuple[Fraction, ...]) -> list[Fraction]:
        """h_k(w), which is |w|^k Y_k(w/|w|), for k = 0, ..., degree."""
        square, found = sum((x * x for x in w), Fraction(0)), [Fraction(0)] * (self.degree + 1)
        # Y_k stands for all h_k of one k, whatever n they come from: on the sphere they add up.
        for n, lowered in self._lowered.items():
            known: dict[int, Fraction] = {}
            for k in range(n % 2, n + 1, 2):
                rest = _evaluated(lowered[k], w)
                for j, value in known.items():
                    rest -= _lowering(self.d, n, k, j) * square ** ((k - j) // 2) * value
                known[k] = rest / _lowering(self.d, n, k, k)
                found[k] += known[k]
        return found


def _laplacian(p: Polynomial) -> Polynomial:
    total: dict[Monomial, Fraction] = defaultdict(Fraction)
    for m, q in p.items():
        for place, (i, e) in enumerate(m):
            if e >= 2:
                left = ((i, e - 2),) if e > 2 else ()
                total[(*m[:place], *left, *m[place + 1 :])] += q * e * (e - 1)
    return {m: q for m, q in total.items() if q}


def _fischer(p: Polynomial, q: Polynomial) -> Fraction:
    shorter, longer = (p, q) if len(p) <= len(q) else (q, p)
    return sum(
        (c * longer[m] * math.prod(math.factorial(e) for _, e in m) for m, c in shorter.items() if m in longer),
        Fraction(0),
    )


def _evaluated(p: Polynomial, w: tuple[Fraction, ...]) -> Fraction:
    return sum((q * math.prod((w[i] ** e for i, e in m), start=Fraction(1)) for m, q in p.items()), Fraction(0))


@functools.lru_cache(maxsize=65536)
def _lowering(d: int, n: int, m: int, k: int) -> int:
    """C(n, m, k) of the module."""
    return math.prod((n - k - 2 * i) * (n + k - 2 * i + d - 2) for i in range((n - m) // 2))


@functools.lru_cache(maxsize=65536)
def _raised(d: int, steps: int, k: int) -> int:
    """<|x|^{2l} h, |x|^{2l} h'> over <h, h'>, l = steps."""
    return math.prod(2 * i * (2 * i + 2 * k + d - 2) for i in range(1, steps + 1))
