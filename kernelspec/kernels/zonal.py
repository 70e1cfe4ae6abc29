"""`Zonal`: a zonal kernel kappa(x.y) on the sphere as an immutable expression.

An expression is built from named kernels (`families`, `networks`) with `+`, `-`, `*` and `@` and kept in one canonical
form, so that equal formulas are equal values: sums are flat and sorted with like terms collected, products are flat
with powers of one base (u, 1 - u, e^{u-1}, ...) gathered, compositions are flat, and a sum or product composed with a
kernel is the sum or product of the compositions. Every reading - float, complex, mpmath, Arb, sympy, series -
evaluates the one definition `pair(point)`: the value kappa(u) together with the defect kappa(1) - kappa(u).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.arithmetic import FloatArithmetic, SympyArithmetic
from ..numbers.checks import flag, integer
from ..numbers.exact_numbers import Scalar, is_zero
from ..numbers.precision import cached_property, default_errors, precision, with_balls
from ..numbers.rational import as_exact, float_sized
from .end_facts import EndFacts
from .evaluation import read, read_angle, require_reading
from .facts import Facts
from .identity import ByFields
from .points import Point
from .readings import Readings

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..results.tables import Table


class Zonal(Facts, EndFacts, Readings, ByFields):
    """A function kappa(u) of the cosine u = x.y, in [-1, 1]; a kernel where it is positive semi-definite.

    Combine with `+`, `-`, `*` (kernels and real numbers) and `@` (composition, which needs an inner kernel
    with values in [-1, 1]). Values compare and hash by their canonical form, and `ks.parse(repr(k)) == k`.

    **A kernel of your own** with all readings is a frozen dataclass (`repr=False`, exact numbers; lists and arrays are
    fields, too, and must not change) that derives from `Zonal` and defines

    - `pair(point)`: kappa(u), kappa(1) - kappa(u) and kappa(1), from `point.u`, `point.delta` = 1 - u,
      `point.codelta` = 1 + u and `point.defect_power(q)` = (1 - u)^q with `number`, `exp`, `expm1`, `sqrt` and `power`
      of `point.arithmetic` only. No term may cancel. Divide only by roots and powers so taken and by sums of positive
      ones: balls test each root and negative power for a singularity (`region`), and cannot test a division: write 1/x
      as `power(x, Fraction(-1))`;
    - `derivative()` as an expression, `text()` and `latex_of(argument)`;
    - the facts that hold, each as strong as you can prove it: `bounded` (values in [-1, 1]), `rational_one` (kappa(1)),
      `radius` (of the Taylor series at 0; > 1 only if kappa is analytic on [-1, 1]), `series_sign` (1 where no Taylor
      coefficient is negative), `singular` (which ends are, the kernel being analytic but for real u beyond them),
      `smooth_in_angle` and `singular_parts` (`end_facts`), `polynomial_part` (parities), `eigenvalue(d)` (in
      closed form: `ks.sphere.GammaProduct`). What is not stated is not known: readings that need it refuse, or prove it
      in balls.

    Facts are believed: proofs rest on them, and `ks.testing.check_kernel` holds them against values. The inverse
    multiquadric (1 + c (1-u))^{-1/2}, analytic but at 1 + 1/c:

    >>> from dataclasses import dataclass
    >>> import kernelspec as ks
    >>> @dataclass(frozen=True, repr=False)
    ... class Multiquadric(ks.Zonal):
    ...     c: Fraction
    ...     bounded = True
    ...     rational_one = Fraction(1)
    ...     series_sign = 1
    ...
    ...     @property
    ...     def radius(self):
    ...         return float(1 + 1 / self.c)
    ...
    ...     def pair(self, point):
    ...         arithmetic = point.arithmetic
    ...         one, c = arithmetic.number(Fraction(1)), arithmetic.number(self.c)
    ...         root = arithmetic.sqrt(one + c * point.delta)
    ...         return ks.Pair(one / root, c * point.delta / (root * (root + one)), one)
    ...
    ...     def derivative(self):
    ...         return self.c / 2 * self**3
    ...
    ...     def text(self):
    ...         return f"multiquadric({self.c})"
    ...
    ...     def latex_of(self, argument):
    ...         return f"(1+{self.c}(1-{argument}))^{{-1/2}}"
    >>> k = Multiquadric(Fraction(3))
    >>> k(0.0), k.expand(terms=2), k.spectrum(3).certified(2, 10)
    (0.5, 1 - 3/2*t + O(t^2), [0.02235770847 +/- 3.32e-12])
    >>> ks.parse("2*multiquadric(3)", kernels={"multiquadric": lambda c: Multiquadric(Fraction(c))}) == 2 * k
    True
    """

    __slots__ = ()
    by_parts = False  # whether `pair` is made of other kernels' alone: analytic where these are
    __array_ufunc__ = None  # numpy scalars on the left defer to our operators

    # -- readings -------------------------------------------------------------------------------------

    @default_errors
    def __call__(self, u: Any, *others: Any) -> Any:
        """kappa(u) for u in [-1, 1]: float in, float out; arrays (NumPy float64/float32, and other libraries'
        through array-api-compat), mpmath numbers, Arb balls and sympy expressions give their own kind back.

        Values outside [-1, 1] by rounding only (4 ulp) are clipped; anything further is a ValueError. In float64 every
        value keeps its relative digits, at any distance from the ends: the formula is off by a few units in the last
        place, by 48 at depth 100. Where it has several layers and an array of NumPy as many cosines (2 million over
        the layers), values are read from a table, which is made once, is off by one unit or two and has one price for
        all depths (`gram.tables`); those in float32 are rounded from it, or from a fit in float64.
        """
        if others:  # as estimators call it
            raise TypeError(
                f"a kernel takes one argument, the cosine u; got {1 + len(others)}: k.gram(X, Y) is the matrix "
                "K(X, Y), and kernelspec.sklearn.Kernel(k) is for estimators of scikit-learn"
            )
        if isinstance(u, Zonal):
            raise TypeError("u must be a number or an array; compose kernels with @")
        return read(self, u, "value")

    @default_errors
    def defect(self, u: Any) -> Any:
        """kappa(1) - kappa(u), accurate in relative terms also where u is next to 1."""
        return read(self, u, "defect")

    @default_errors
    def of_angle(self, theta: Any, defect: bool = False) -> Any:
        """kappa(cos theta), or its defect, from the angle: real or complex arrays, mpmath, Arb, sympy.

        An angle resolves 1 - u = theta^2/2 down to 1e-300, where the cosine itself rounds to 1.
        """
        return read_angle(self, theta, "defect" if flag("defect", defect) else "value")

    @cached_property
    @default_errors
    def at_one(self) -> float:
        """kappa(1) as a float; infinite for derivatives that are."""
        with np.errstate(all="ignore"):
            pair = Point.from_cosine(FloatArithmetic(), np.float64(1.0)).pair(self)
        return float(pair.value)

    @default_errors
    def normalized(self) -> Zonal:
        """kappa / kappa(1), exactly; ValueError where kappa(1) is 0, infinite or not known exactly.

        >>> from kernelspec import dual
        >>> dual("exp").normalized(), dual("gelu").normalized()(1.0)
        (exp(-2)*dual('exp'), 1.0)
        """
        one = expression.exact_one(self)
        if is_zero(one):
            raise ValueError(f"kappa(1) is 0: {self!r} cannot be divided by it")
        return expression.add([(1 / one, self)])

    def sympy(self, u: Any = None) -> sympy.Expr:
        """The closed form as a sympy expression in u (a new symbol `u` by default)."""
        import sympy

        u = sympy.Symbol("u", real=True) if u is None else sympy.sympify(u)
        require_reading(self, arithmetic := SympyArithmetic(), u)
        return Point.from_cosine(arithmetic, u).pair(self).value

    @with_balls
    def taylor(self, terms: int, digits: int = 30) -> list[Any]:
        """Arb enclosures of the first Taylor coefficients b_0, b_1, ... of kappa at 0 (Azevedo & Menegatto 2015; claim
        10).

        Raises ValueError where the series at 0 is not defined.
        """
        from ..numbers.enclosure import Enclosure
        from .ball_values import taylor_balls
        from .callables import require_formula

        terms, digits = integer("terms", terms, 1), integer("digits", digits, 1)
        require_formula(self, "a Taylor series")
        with precision(math.ceil((digits + 10) * math.log2(10)) + 4):
            return [Enclosure(b, digits) for b in taylor_balls(self, terms)]

    # -- doors to the higher floors ---------------------------------------------------------------------

    @default_errors
    def gram(
        self,
        x: Any,
        y: Any = None,
        normalize: bool = False,
        *,
        memory: int = 2**30,
        threads: int | None = None,
        progress: Callable[..., Iterable[Any]] | None = None,
        out: Any = None,
    ) -> Any:
        """The Gram matrix of the rows of x (and y): |x||y| kappa(cos); see `kernelspec.gram.gram`."""
        from ..gram import gram

        return gram(self, x, y, normalize, memory=memory, threads=threads, progress=progress, out=out)

    # -- what a person looks at ---------------------------------------------------------------------------

    @default_errors
    def table(self, u: Any = None) -> Table:
        """Values as a `Table`: u, kappa(u), kappa(1) - kappa(u) and the angle; by default at -1, -0.8, ..., 1."""
        from ..views.kernels import table

        return table(self, u)

    @default_errors
    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw kappa(u) over [-1, 1]; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; the kernel's text if None.
        asymptote : whether three terms of the expansions at both ends are dotted beside it (None: they are not).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.kernels import plot

        return plot(self, ax, label, asymptote, **more)

    # -- algebra ----------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Zonal:
        other = _operand(other)
        return NotImplemented if other is None else _made(expression.add, [(Fraction(1), self), (Fraction(1), other)])

    __radd__ = __add__

    def __neg__(self) -> Zonal:
        return _made(expression.add, [(Fraction(-1), self)])

    def __sub__(self, other: Any) -> Zonal:
        other = _operand(other)
        return NotImplemented if other is None else _made(expression.add, [(Fraction(1), self), (Fraction(-1), other)])

    def __rsub__(self, other: Any) -> Zonal:
        other = _operand(other)
        return NotImplemented if other is None else _made(expression.add, [(Fraction(1), other), (Fraction(-1), self)])

    def __mul__(self, other: Any) -> Zonal:
        if isinstance(other, Zonal):
            return _made(expression.multiply, self, other)
        scalar = _scalar(other)
        return NotImplemented if scalar is None else _made(expression.add, [(scalar, self)])

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Zonal:
        scalar = _scalar(other)
        if scalar is None:
            return NotImplemented
        if scalar == 0:
            raise ValueError("a kernel cannot be divided by 0")
        return _made(expression.add, [(1 / scalar, self)])

    def __pow__(self, power: Any) -> Zonal:
        result: Zonal = expression.one()
        for _ in range(integer("the power of a kernel", power, 0)):
            result = result * self
        return result

    @default_errors
    def __matmul__(self, other: Any) -> Zonal:
        return expression.compose(self, other) if isinstance(other, Zonal) else NotImplemented

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickled by the fields alone: what was read from a kernel changes neither its copies nor its `joblib.hash`."""
        from .pickling import is_plain, restored, written

        return (restored, (written(self),)) if is_plain(self) else super().__reduce_ex__(protocol)

    @property
    def written(self) -> Zonal:
        """The expression that a kernel with a name of its own stands for; itself for any other."""
        return self

    # -- looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.text()

    def latex(self, full: bool = False) -> str:
        r"""LaTeX of the formula in u, without delimiters: short, with the names of networks and duals.

        With `full` an `aligned` environment of amsmath: kappa(u), and below it the definitions of all names in it, the
        recursions of networks and the exact form of what is long.

        >>> import kernelspec as ks
        >>> print(ks.arccos(0).latex(full=True))
        \begin{aligned}
        \kappa\left(u\right) &= \kappa_{0}\left(u\right) \\
        \kappa_{0}\left(u\right) &= \frac{\pi - \arccos{\left(u \right)}}{\pi}
        \end{aligned}
        """
        short = self.latex_of("u")
        if not flag("full", full):
            return short
        from .definitions import definitions

        lines = [f"\\kappa\\left(u\\right) = {short}", *definitions(self)]
        aligned = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines)
        return f"\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$\\kappa(u) = {self.latex()}$"


def require_kernel(value: Any, name: str = "kernel") -> None:
    """TypeError for what is no kernel."""
    if not isinstance(value, Zonal):
        raise TypeError(f"{name} must be a kernelspec kernel; got {type(value).__name__}")


def _operand(value: Any) -> Zonal | None:
    if isinstance(value, Zonal):
        return value
    scalar = _scalar(value)
    return None if scalar is None else expression.add([(scalar, expression.one())])


def _made(make: Callable[..., Zonal], *parts: Any) -> Zonal:
    return expression.sized(make(*parts))


def _scalar(value: Any) -> Scalar | None:
    try:
        return float_sized(as_exact(value, "a scalar multiple of a kernel"), "a scalar multiple of a kernel")
    except TypeError:
        if type(value).__module__.startswith("sympy"):
            raise  # a number, and the reason why it is not taken
        return None


# The nodes are subclasses of Zonal, and its operators build nodes: the second half of one knot.
from . import expression  # noqa: E402 - after the class that it needs
