"""`Zonal`: a zonal kernel kappa(x.y) on the sphere as an immutable expression.

An expression is built from named kernels (`families`, `networks`) with `+`, `-`, `*` and `@` and kept in one
canonical form, so that equal formulas are equal values: sums are flat and sorted with like terms collected,
products are flat with powers of u collected, compositions are flat, and a sum or product composed with a kernel is
the sum or product of the compositions. Every reading - float, complex, mpmath, Arb, sympy, series - evaluates
the one definition `pair(point)`: the value kappa(u) together with the defect kappa(1) - kappa(u).
"""

from __future__ import annotations

import functools
import math
import numbers
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .angle import Pair, Point
from .arithmetic import FloatArithmetic, MpmathArithmetic, SeriesArithmetic, SympyArithmetic, arithmetic_of

if TYPE_CHECKING:
    import sympy

    from .decay import Decay
    from .spectrum import Spectrum

Polynomial = dict[int, Fraction]


def as_fraction(value: Any, name: str) -> Fraction:
    """An exact number: integers and rationals as they are, a float as the decimal that it prints."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        if type(value).__module__.startswith("sympy") and getattr(value, "is_Rational", False):
            return Fraction(int(value.p), int(value.q))
        raise TypeError(f"{name} must be a real number; got {value!r} ({type(value).__name__})")
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite; got {number}")
    return Fraction(repr(number))


def number_text(q: Fraction) -> str:
    """q as text that reads back exactly: an integer, a decimal where a float prints it, else p/q."""
    if q.denominator == 1:
        return str(q.numerator)
    decimal = repr(float(q))
    return decimal if Fraction(decimal) == q and "e" not in decimal else f"{q.numerator}/{q.denominator}"


class Zonal:
    """A function kappa(u) of the cosine u = x.y, in [-1, 1]; a kernel where it is positive semi-definite.

    Combine with `+`, `-`, `*` (kernels and real numbers) and `@` (composition, which needs an inner kernel
    with values in [-1, 1]). Values compare and hash by their canonical form, and `ks.parse(repr(k)) == k`.
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy scalars on the left defer to our operators

    # -- what a kernel defines ------------------------------------------------------------------------

    def pair(self, point: Point) -> Pair:
        """Value, defect and kappa(1) at a point, in the point's arithmetic."""
        raise NotImplementedError

    def derivative(self) -> Zonal:
        """The exact derivative with respect to u, as an expression (it may be infinite at u = +-1)."""
        raise NotImplementedError

    def text(self) -> str:
        """The expression as text that `ks.parse` reads back."""
        raise NotImplementedError

    def latex_of(self, argument: str) -> str:
        """LaTeX of kappa(argument)."""
        raise NotImplementedError

    @property
    def radius(self) -> float:
        """A radius within which the Taylor series at 0 converges; 1 means a singularity at u = +1 or -1."""
        return 1.0

    def polynomial_part(self, parity: int) -> Polynomial | None:
        """The even (0) or odd (1) part of kappa where it is known to be a polynomial, exactly; else None.

        Eigenvalues of that parity beyond its degree vanish (claims 20, 21: the parity zeros).
        """
        return None

    # -- readings -------------------------------------------------------------------------------------

    def __call__(self, u: Any) -> Any:
        """kappa(u) for u in [-1, 1]: float in, float out; arrays (NumPy float64/float32, and other libraries'
        through array-api-compat), mpmath numbers, Arb balls and sympy expressions give their own kind back.

        Values outside [-1, 1] by rounding only (4 ulp) are clipped; anything further is a ValueError.
        """
        return _read(self, u, "value")

    def defect(self, u: Any) -> Any:
        """kappa(1) - kappa(u), accurate in relative terms also where u is next to 1."""
        return _read(self, u, "defect")

    def of_angle(self, theta: Any, defect: bool = False) -> Any:
        """kappa(cos theta), or its defect, from the angle: real or complex arrays, mpmath, Arb, sympy.

        An angle resolves 1 - u = theta^2/2 down to 1e-300, where the cosine itself rounds to 1.
        """
        if isinstance(theta, int | float):
            theta = np.float64(theta)
        if isinstance(theta, np.ndarray | np.generic):
            theta = np.asarray(theta)
            if theta.dtype.kind not in "fc":
                theta = theta.astype(np.float64)
            if not np.all(np.isfinite(theta)):
                raise ValueError("theta must be finite; got NaN or infinity")
        arithmetic = arithmetic_of(theta)
        if arithmetic.closed_form:
            import sympy

            return self(sympy.cos(theta))
        pair = self.pair(Point.from_angle(arithmetic, theta))
        return pair.defect if defect else pair.value

    @functools.cached_property
    def at_one(self) -> float:
        """kappa(1) as a float; infinite for derivatives that are."""
        with np.errstate(all="ignore"):
            pair = Point.from_cosine(FloatArithmetic(), np.float64(1.0)).pair(self)
        return float(pair.value)

    def normalized(self) -> Zonal:
        """kappa / kappa(1), where kappa(1) is rational; ValueError otherwise."""
        one = sympy_at_one(self)
        if not one.is_Rational or one == 0:
            raise ValueError(f"kappa(1) must be a non-zero rational number to normalise exactly; got {one}")
        return Fraction(int(one.q), int(one.p)) * self

    def sympy(self, u: Any = None) -> sympy.Expr:
        """The closed form as a sympy expression in u (a new symbol `u` by default)."""
        import sympy

        u = sympy.Symbol("u", real=True) if u is None else sympy.sympify(u)
        return Point.from_cosine(SympyArithmetic(), u).pair(self).value

    def taylor(self, terms: int, digits: int = 30) -> list[Any]:
        """Arb enclosures of the first Taylor coefficients b_0, b_1, ... of kappa at 0 (claim 10).

        Raises ValueError where the series at 0 is not defined.
        """
        import flint

        if not isinstance(terms, int | np.integer) or terms < 1:
            raise ValueError(f"terms must be an integer >= 1; got {terms!r}")
        saved = flint.ctx.dps, flint.ctx.cap
        try:
            flint.ctx.dps, flint.ctx.cap = digits + 10, int(terms)
            variable = flint.arb_series([0, 1], int(terms))
            value = Point.from_cosine(SeriesArithmetic(int(terms)), variable).pair(self).value
            series = flint.arb_series([0], int(terms)) + value
            return [series[i] for i in range(int(terms))]
        finally:
            flint.ctx.dps, flint.ctx.cap = saved

    # -- doors to the higher floors ---------------------------------------------------------------------

    def spectrum(self, d: int) -> Spectrum:
        """The Mercer eigenvalues mu_k on the sphere S^{d-1} (claims 6-8); see `kernelspec.spectrum.Spectrum`."""
        from .spectrum import Spectrum

        return Spectrum(self, d)

    def decay(self, d: int) -> Decay:
        """The rate and the exact constants of mu_k's decay on S^{d-1} (claim 14); see `kernelspec.decay`."""
        from .decay import decay

        return decay(self, d)

    def expand(self, at: int = 1, terms: int = 3) -> Any:
        """The expansion of kappa at u = +1 or -1 in powers of t = 1 - u or 1 + u; see `kernelspec.puiseux`."""
        from .puiseux import expand

        return expand(self, at, terms)

    def gram(self, x: Any, y: Any = None, normalize: bool = False) -> Any:
        """The Gram matrix of the rows of x (and y): |x||y| kappa(cos); see `kernelspec.gram.gram`."""
        from .gram import gram

        return gram(self, x, y, normalize=normalize)

    # -- algebra ----------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Zonal:
        other = _operand(other)
        return NotImplemented if other is None else add([(Fraction(1), self), (Fraction(1), other)])

    __radd__ = __add__

    def __neg__(self) -> Zonal:
        return add([(Fraction(-1), self)])

    def __sub__(self, other: Any) -> Zonal:
        other = _operand(other)
        return NotImplemented if other is None else add([(Fraction(1), self), (Fraction(-1), other)])

    def __rsub__(self, other: Any) -> Zonal:
        other = _operand(other)
        return NotImplemented if other is None else add([(Fraction(1), other), (Fraction(-1), self)])

    def __mul__(self, other: Any) -> Zonal:
        if isinstance(other, Zonal):
            return multiply(self, other)
        scalar = _scalar(other)
        return NotImplemented if scalar is None else add([(scalar, self)])

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Zonal:
        scalar = _scalar(other)
        if scalar is None:
            return NotImplemented
        if scalar == 0:
            raise ValueError("a kernel cannot be divided by 0")
        return add([(1 / scalar, self)])

    def __pow__(self, power: Any) -> Zonal:
        if isinstance(power, bool) or not isinstance(power, int | np.integer) or power < 0:
            raise ValueError(f"the power of a kernel must be an integer >= 0; got {power!r}")
        result: Zonal = Monomial(0)
        for _ in range(int(power)):
            result = result * self
        return result

    def __matmul__(self, other: Any) -> Zonal:
        return compose(self, other) if isinstance(other, Zonal) else NotImplemented

    # -- looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.text()

    def latex(self) -> str:
        """LaTeX of the formula in u, without delimiters."""
        return self.latex_of("u")

    def _repr_latex_(self) -> str:
        return f"$\\kappa(u) = {self.latex()}$"


class Atom(Zonal):
    """A named kernel: neither a sum, nor a product, nor a composition."""


@dataclass(frozen=True, repr=False)
class Monomial(Atom):
    """u^degree; degree 0 is the constant 1, and degree 1 the linear kernel."""

    degree: int

    def pair(self, point: Point) -> Pair:
        one = point.arithmetic.number(Fraction(1))
        value = point.arithmetic.constant(one, point.u)
        geometric = value * 0  # 1 + u + ... + u^{degree-1}, by doubling: no cancellation for u >= 0
        for bit in bin(self.degree)[2:]:
            geometric, value = geometric * (1 + value), value * value
            if bit == "1":
                geometric, value = geometric * point.u + one, value * point.u
        return Pair(value, point.delta * geometric, one)

    def derivative(self) -> Zonal:
        return Monomial(self.degree - 1) * self.degree if self.degree else zero()

    def text(self) -> str:
        return {0: "1", 1: "linear()"}.get(self.degree, f"polynomial({self.degree})")

    def latex_of(self, argument: str) -> str:
        if self.degree == 0:
            return "1"
        return argument if self.degree == 1 else f"{_bracket(argument)}^{{{self.degree}}}"

    @property
    def radius(self) -> float:
        return math.inf

    def polynomial_part(self, parity: int) -> Polynomial:
        return {self.degree: Fraction(1)} if self.degree % 2 == parity else {}


@dataclass(frozen=True, repr=False)
class Sum(Zonal):
    """A linear combination: ((coefficient, kernel), ...), sorted, coefficients non-zero."""

    terms: tuple[tuple[Fraction, Zonal], ...]

    def pair(self, point: Point) -> Pair:
        number = point.arithmetic.number
        value = defect = point.u * 0
        one = number(Fraction(0))
        for coefficient, kernel in self.terms:
            part, c = point.pair(kernel), number(coefficient)
            value, defect, one = value + c * part.value, defect + c * part.defect, one + c * part.one
        return Pair(value, defect, one)

    def derivative(self) -> Zonal:
        return add([(c, k.derivative()) for c, k in self.terms])

    def text(self) -> str:
        out = ""
        for c, k in self.terms:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            if k == Monomial(0):
                out += sign + number_text(abs(c))
            else:
                out += sign + (k.text() if abs(c) == 1 else f"{number_text(abs(c))}*{_factor_text(k)}")
        return out or "0"

    def latex_of(self, argument: str) -> str:
        out = ""
        for c, k in self.terms:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            body = k.latex_of(argument)
            number = _latex_number(abs(c))
            if k == Monomial(0):
                out += sign + number
            else:
                out += sign + (body if abs(c) == 1 else f"{number}\\,{body}")
        return out or "0"

    @property
    def radius(self) -> float:
        return min((k.radius for _, k in self.terms), default=math.inf)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        total: Polynomial = {}
        for c, k in self.terms:
            part = k.polynomial_part(parity)
            if part is None:
                return None
            for m, q in part.items():
                total[m] = total.get(m, Fraction(0)) + c * q
        return {m: q for m, q in total.items() if q}


@dataclass(frozen=True, repr=False)
class Product(Zonal):
    """A product of kernels, none of them a sum with one term or a product; sorted."""

    factors: tuple[Zonal, ...]

    def pair(self, point: Point) -> Pair:
        result = point.pair(self.factors[0])
        for kernel in self.factors[1:]:
            result = product_pair(result, point.pair(kernel))
        return result

    def derivative(self) -> Zonal:
        terms = []
        for i, kernel in enumerate(self.factors):
            rest: Zonal = Monomial(0)
            for other in self.factors[:i] + self.factors[i + 1 :]:
                rest = rest * other
            terms.append((Fraction(1), rest * kernel.derivative()))
        return add(terms)

    def text(self) -> str:
        return "*".join(_factor_text(k) for k in self.factors)

    def latex_of(self, argument: str) -> str:
        return "\\,".join(
            f"\\left({k.latex_of(argument)}\\right)" if isinstance(k, Sum) else k.latex_of(argument)
            for k in self.factors
        )

    @property
    def radius(self) -> float:
        return min(k.radius for k in self.factors)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        parts: list[Polynomial | None] = [{0: Fraction(1)}, {}]
        for k in self.factors:
            factor = [k.polynomial_part(0), k.polynomial_part(1)]
            parts = [
                _poly_add(_poly_multiply(parts[0], factor[p]), _poly_multiply(parts[1], factor[1 - p])) for p in (0, 1)
            ]
        return parts[parity]


@dataclass(frozen=True, repr=False)
class Compose(Zonal):
    """outer_1(outer_2(... inner(u))): atoms outside, any kernel innermost."""

    layers: tuple[Zonal, ...]

    def pair(self, point: Point) -> Pair:
        for kernel in reversed(self.layers[1:]):
            point = point.image(kernel)
        return _rebase(self.layers[0], point.pair(self.layers[0]), self._inner_one(point))

    def _inner_one(self, point: Point) -> Any:
        """The innermost kernels' value at u = 1, or None where it is 1 and nothing has to be rebased."""
        if not self._off_centre:
            return None
        arithmetic = point.arithmetic
        end = Point(arithmetic, *(arithmetic.number(Fraction(c)) for c in (1, 0, 2)))
        for kernel in reversed(self.layers[1:]):
            end = end.image(kernel)
        return end

    @functools.cached_property
    def _off_centre(self) -> bool:
        return any(abs(k.at_one - 1) > 1e-14 for k in self.layers[1:])

    def derivative(self) -> Zonal:
        inner = self.layers[-1]
        result = inner.derivative()
        for kernel in reversed(self.layers[:-1]):
            result = result * compose(kernel.derivative(), inner)
            inner = compose(kernel, inner)
        return result

    def text(self) -> str:
        words, layers = [], list(self.layers)
        while layers:
            run = 1
            while run < len(layers) and layers[run] == layers[0]:
                run += 1
            degree = getattr(layers[0], "network_degree", None)
            if run > 1 and degree is not None:
                words.append(f"rf({run + 1})" if degree == 1 else f"rf({run + 1}, degree={degree})")
            else:
                words += [_factor_text(layers[0])] * run
            layers = layers[run:]
        return "@".join(words)

    def latex_of(self, argument: str) -> str:
        # Powers of a layer are written as iterates once they would repeat three times or more.
        runs: list[list[Any]] = []
        for kernel in self.layers:
            if runs and runs[-1][0] == kernel:
                runs[-1][1] += 1
            else:
                runs.append([kernel, 1])
        for kernel, count in reversed(runs):
            if count > 2 and hasattr(kernel, "symbol"):
                argument = f"{kernel.symbol}^{{\\circ {count}}}\\left({argument}\\right)"
            else:
                for _ in range(count):
                    argument = kernel.latex_of(argument)
        return argument

    @property
    def radius(self) -> float:
        inner = compose_layers(self.layers[1:])
        outer = self.layers[0]
        if inner.radius <= 1:
            return 1.0
        return 1.0 + 1e-9 if abs(inner.at_one) < outer.radius else 1.0

    def polynomial_part(self, parity: int) -> Polynomial | None:
        inner = self.layers[-1]
        even, odd = inner.polynomial_part(0), inner.polynomial_part(1)
        for outer in reversed(self.layers[:-1]):
            if odd == {}:  # an even function of u stays one
                even, odd = None, {}
            elif even == {} and odd is not None:
                even, odd = (_substitute(outer.polynomial_part(p), odd) for p in (0, 1))
            else:
                return None
        return odd if parity else even


def _substitute(outer: Polynomial | None, inner: Polynomial) -> Polynomial | None:
    """The polynomial outer(inner(u))."""
    if outer is None:
        return None
    total: Polynomial | None = {}
    for m, q in outer.items():
        power: Polynomial | None = {0: q}
        for _ in range(m):
            power = _poly_multiply(power, inner)
        total = _poly_add(total, power)
    return total


# -- construction of canonical forms ---------------------------------------------------------------------


def add(terms: list[tuple[Fraction, Zonal]]) -> Zonal:
    """The canonical linear combination of kernels."""
    collected: dict[Zonal, Fraction] = {}
    for c, k in terms:
        for c2, k2 in k.terms if isinstance(k, Sum) else ((Fraction(1), k),):
            collected[k2] = collected.get(k2, Fraction(0)) + c * c2
    kept = sorted(((c, k) for k, c in collected.items() if c), key=lambda term: _sort_key(term[1]))
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return Sum(tuple(kept))


def zero() -> Zonal:
    """The kernel 0."""
    return Sum(())


def multiply(a: Zonal, b: Zonal) -> Zonal:
    """The canonical product: scalars in front, powers of u collected, factors sorted."""
    scalar, degree = Fraction(1), 0
    factors: list[Zonal] = []
    for kernel in (a, b):
        if isinstance(kernel, Sum) and len(kernel.terms) <= 1:
            if not kernel.terms:
                return zero()
            c, kernel = kernel.terms[0]
            scalar *= c
        for factor in kernel.factors if isinstance(kernel, Product) else (kernel,):
            if isinstance(factor, Monomial):
                degree += factor.degree
            else:
                factors.append(factor)
    factors.sort(key=_sort_key)
    if degree or not factors:
        factors.insert(0, Monomial(degree))
    product = factors[0] if len(factors) == 1 else Product(tuple(factors))
    return product if scalar == 1 else add([(scalar, product)])


def compose(outer: Zonal, inner: Zonal) -> Zonal:
    """The canonical composition outer(inner(u)); ValueError unless inner takes values in [-1, 1]."""
    if inner == Monomial(1) or outer == Monomial(0):
        return outer
    if isinstance(outer, Sum):
        return add([(c, compose(k, inner)) for c, k in outer.terms])
    if isinstance(outer, Product):
        result: Zonal = Monomial(0)
        for kernel in outer.factors:
            result = result * compose(kernel, inner)
        return result
    if isinstance(outer, Monomial):
        return inner**outer.degree
    _require_cosine(inner)
    if isinstance(outer, Compose):
        return compose(compose_layers(outer.layers[:-1]), compose(outer.layers[-1], inner))
    layers = inner.layers if isinstance(inner, Compose) else (inner,)
    return Compose((outer, *layers))


def compose_layers(layers: tuple[Zonal, ...]) -> Zonal:
    """A composition from layers that are in canonical form already."""
    return layers[0] if len(layers) == 1 else Compose(layers)


def product_pair(a: Pair, b: Pair) -> Pair:
    """ab, with a(1)b(1) - ab = a(1) (b(1) - b) + b (a(1) - a)."""
    return Pair(a.value * b.value, a.one * b.defect + b.value * a.defect, a.one * b.one)


def sympy_at_one(kernel: Zonal) -> sympy.Expr:
    """kappa(1), exactly."""
    import sympy

    return sympy.simplify(kernel.sympy(sympy.Integer(1)))


def _rebase(outer: Zonal, pair: Pair, end: Point | None) -> Pair:
    """The outer kernel's pair, its defect taken from its value where the inner kernel ends."""
    if end is None:
        return pair
    last = end.pair(outer)
    if math.isinf(outer.at_one):  # then the outer kernel's own defect is infinite
        return Pair(pair.value, last.value - pair.value, last.value)
    return Pair(pair.value, pair.defect - last.defect, last.value)


def _require_cosine(inner: Zonal) -> None:
    # Positive combinations of kernels reach their supremum at u = 1; differences are looked at all over [-1, 1].
    theta = np.linspace(0.0, np.pi, 33)
    with np.errstate(all="ignore"):
        largest = float(np.max(np.abs(inner.of_angle(theta))))
    if not largest <= 1 + 1e-12:
        raise ValueError(
            f"the inner kernel of a composition must take values in [-1, 1]; {inner!r} reaches {largest:.6g} "
            "(divide by kappa(1), for example (1/3)*ntk(3))"
        )


def _operand(value: Any) -> Zonal | None:
    if isinstance(value, Zonal):
        return value
    scalar = _scalar(value)
    return None if scalar is None else add([(scalar, Monomial(0))])


def _scalar(value: Any) -> Fraction | None:
    try:
        return as_fraction(value, "a scalar multiple of a kernel")
    except TypeError:
        return None


def _sort_key(kernel: Zonal) -> tuple[int, str]:
    return (kernel.degree if isinstance(kernel, Monomial) else 10**9, kernel.text())


def _poly_multiply(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    if a == {} or b == {}:
        return {}
    if a is None or b is None:
        return None
    out: Polynomial = {}
    for m, p in a.items():
        for n, q in b.items():
            out[m + n] = out.get(m + n, Fraction(0)) + p * q
    return out


def _poly_add(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    if a is None or b is None:
        return None
    return {m: q for m in a.keys() | b.keys() if (q := a.get(m, Fraction(0)) + b.get(m, Fraction(0)))}


def _factor_text(kernel: Zonal) -> str:
    text = kernel.text()
    return f"({text})" if isinstance(kernel, Sum | Product) or "@" in text or text == "1" else text


def _bracket(argument: str) -> str:
    return argument if len(argument) == 1 else f"\\left({argument}\\right)"


def _latex_number(q: Fraction) -> str:
    text = number_text(q)
    return f"\\frac{{{q.numerator}}}{{{q.denominator}}}" if "/" in text else text


# -- reading values ----------------------------------------------------------------------------------------


def _read(kernel: Zonal, u: Any, which: str) -> Any:
    if isinstance(u, Zonal):
        raise TypeError("u must be a number or an array; compose kernels with @")
    scalar = isinstance(u, int | float | np.generic) and not isinstance(u, bool | np.bool_)
    if isinstance(u, list | tuple):
        u = np.asarray(u)
    if isinstance(u, np.ndarray | np.generic | int | float):
        u = _check_array(np.asarray(u))
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            out = getattr(kernel.pair(Point.from_cosine(arithmetic_of(u), u)), which)
        out = np.asarray(out, dtype=u.dtype)
        return out.item() if scalar else out
    arithmetic = arithmetic_of(u)
    if isinstance(arithmetic, FloatArithmetic):
        xp = arithmetic.xp
        bad = (u > 1) | (u < -1) | (u != u)
        if bool(xp.any(bad)):
            slack = 4 * float(xp.finfo(u.dtype).eps)
            if not bool(xp.all((u <= 1 + slack) & (u >= -1 - slack))):
                raise ValueError("u must lie in [-1, 1] and not be NaN")
            u = xp.clip(u, -1, 1)
    elif isinstance(arithmetic, MpmathArithmetic) and not -1 <= u <= 1:
        raise ValueError(f"u must lie in [-1, 1]; got {u}")
    return getattr(kernel.pair(Point.from_cosine(arithmetic, u)), which)


def _check_array(u: np.ndarray) -> np.ndarray:
    if u.dtype.kind in "iu":
        u = u.astype(np.float64)
    if u.dtype.kind != "f":
        hint = " (complex angles are read by of_angle)" if u.dtype.kind == "c" else ""
        raise TypeError(f"u must be a real floating-point array; got dtype {u.dtype}{hint}")
    if u.dtype == np.float16:
        u = u.astype(np.float32)
    if not u.size:
        return u
    low, high = u.min(), u.max()
    if low >= -1 and high <= 1:
        return u
    slack = 4 * np.finfo(u.dtype).eps
    if not (low >= -1 - slack and high <= 1 + slack):
        raise ValueError(f"u must lie in [-1, 1] and not be NaN; got values from {low} to {high}")
    return np.clip(u, -1, 1)
