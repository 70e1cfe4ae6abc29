"""`Zonal`: a zonal kernel kappa(x.y) on the sphere as an immutable expression.

An expression is built from named kernels (`families`, `networks`) with `+`, `-`, `*` and `@` and kept in one
canonical form, so that equal formulas are equal values: sums are flat and sorted with like terms collected,
products are flat with powers of one base (u, 1 - u, e^{u-1}, ...) gathered, compositions are flat, and a sum or
product composed with a kernel is the sum or product of the compositions. Every reading - float, complex, mpmath,
Arb, sympy, series - evaluates the one definition `pair(point)`: the value kappa(u) together with the defect
kappa(1) - kappa(u).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.arithmetic import FloatArithmetic, SeriesArithmetic, SympyArithmetic
from ..numbers.checks import flag, integer
from ..numbers.exact_numbers import Scalar, is_zero
from ..numbers.precision import cached_property, default_errors, precision, with_balls
from ..numbers.rational import Polynomial, as_exact, float_sized
from ..sphere.gamma_products import ClosedForm
from . import base_points
from .evaluation import read, read_angle
from .points import Pair, Point
from .text import call_text

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..decay import Decay
    from ..expansions.series_point import SeriesPoint
    from ..results.tables import Table
    from ..spectrum import Spectrum
    from .activations import Activation
    from .base_points import Constant
    from .lengths import Lengths


class Zonal:
    """A function kappa(u) of the cosine u = x.y, in [-1, 1]; a kernel where it is positive semi-definite.

    Combine with `+`, `-`, `*` (kernels and real numbers) and `@` (composition, which needs an inner kernel
    with values in [-1, 1]). Values compare and hash by their canonical form, and `ks.parse(repr(k)) == k`.

    **A kernel of your own** with all readings is a frozen dataclass (`repr=False`, hashable fields, exact numbers) that
    derives from `Zonal` and defines

    - `pair(point)`: kappa(u), kappa(1) - kappa(u) and kappa(1), from `point.u`, `point.delta` = 1 - u,
      `point.codelta` = 1 + u and `point.defect_power(q)` = (1 - u)^q with `number`, `exp`, `expm1`, `sqrt` and `power`
      of `point.arithmetic` only. No term may cancel. Divide only by roots and powers so taken and by sums of positive
      ones: balls test each root and negative power for a singularity (`region`), and cannot test a division: write 1/x
      as `power(x, Fraction(-1))`;
    - `derivative()` as an expression, `text()` and `latex_of(argument)`;
    - the facts that hold, each as strong as you can prove it: `bounded` (values in [-1, 1]), `rational_one` (kappa(1)),
      `radius` (of the Taylor series at 0; > 1 only if kappa is analytic on [-1, 1]), `series_sign` (1 where no Taylor
      coefficient is negative), `singular` (which ends are, the kernel being analytic but for real u beyond them),
      `polynomial_part` (parities), `eigenvalue(d)` (in closed form: `ks.sphere.GammaProduct`). What is not stated is
      not known: readings that need it refuse, or prove it in balls.

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
    bounded = False  # whether the values are known to lie in [-1, 1]
    homogeneous = True  # whether off the sphere the kernel is |x||y| kappa(cos): without biases
    adds_up = False  # whether in floats nothing cancels in its values, off the real line, too
    __array_ufunc__ = None  # numpy scalars on the left defer to our operators

    # -- what a kernel defines ------------------------------------------------------------------------

    def pair(self, point: Point) -> Pair:
        """Value, defect and kappa(1) at a point, in the point's arithmetic."""
        raise NotImplementedError

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        """kappa(c) - kappa(c - gap) without cancellation, c = end.u and c - gap = point.u; None if unknown."""
        return None

    def exact_at(self, at: int) -> Constant | None:
        """kappa(at) for at = 1, 0 or -1 (`base_points`); None where it is infinite or not known to be finite."""
        if at == 1:
            if self.rational_one is not None:
                return base_points.rational(self.rational_one)
            return base_points.named((self, 1)) if math.isfinite(self.at_one) else None
        if self.polynomial_part(0) == {}:
            one = base_points.exact_at(self, 1)
            return base_points.ZERO if at == 0 else base_points.combination([(Fraction(-1), one)])
        if at == -1 and self.polynomial_part(1) == {}:
            return base_points.exact_at(self, 1)
        return base_points.named((self, at)) if math.isfinite(self.at_one) else None

    def rise(self, point: Point, at: int) -> Any:
        """kappa(u) - kappa(at) for at = 1, 0 or -1, without cancellation next to u = at where that is known."""
        if at == 1:
            return -point.pair(self).defect
        if self.polynomial_part(0) == {}:
            return point.pair(self).value if at == 0 else point.mirror.pair(self).defect
        if at == -1 and self.polynomial_part(1) == {}:
            return -point.mirror.pair(self).defect
        return point.pair(self).value - point.start(self, at)

    def series(self, point: SeriesPoint) -> Any:
        """kappa along a series u(t), where `pair` does not give it; None where it does.

        Expansions, and with them laws of decay, are `pair` at a point whose numbers are series. What needs a function
        that series have not got says here what it is, made of `point.u` by `point.computed`, or why there is none.
        """
        return None

    def eigenvalue(self, d: int) -> ClosedForm | None:
        """mu_k on S^{d-1} in closed form, for the parities in which kappa is no polynomial; None where there is none.

        A `ks.sphere.GammaProduct` of the degree `ks.sphere.K` is one; ValueError where kappa is not integrable.
        """
        return None

    def derivative(self) -> Zonal:
        """The exact derivative with respect to u, as an expression (it may be infinite at u = +-1)."""
        raise NotImplementedError(f"no derivative of {self!r} is known")

    def text(self) -> str:
        """The expression as text that `ks.parse` reads back: what its dataclass says (`text.call_text`)."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return call_text(self)

    def latex_of(self, argument: str) -> str:
        """LaTeX of kappa(argument); with no more to go by, the name of the class."""
        return f"\\mathrm{{{type(self).__name__}}}\\left({argument}\\right)"

    @property
    def radius(self) -> float:
        """The radius of a disc around 0 in which kappa is shown to be analytic; 1 where no larger one is."""
        return 1.0

    @property
    def singular(self) -> frozenset[int]:
        """Where on [-1, 1] kappa may not be analytic: 1, -1, and 0 for points in between.

        Everywhere else it is shown to be; nowhere, where a kernel says nothing. One that says {1, -1}, or one of them,
        is taken to be analytic in the plane but for the real u >= 1 and u <= -1.
        """
        return frozenset(() if self.radius > 1 else (1, -1, 0))

    @property
    def series_sign(self) -> int:
        """1 where all Taylor coefficients b_i at 0 are shown to be >= 0, -1 where they are <= 0, else 0."""
        return 0

    def majorant(self, r: Fraction) -> Fraction | None:
        """An upper bound of sum_i |b_i| r^i, exact for r = 1 where kappa(1) is rational; None where none is known.

        It bounds |kappa| on the disc |u| <= r, in which the series converges absolutely. Here, for an atom, by its
        value at u = r; nodes combine the bounds of their parts (a layer that reads another clips beyond u = 1).
        """
        if not self.series_sign or r > 1 and not math.isinf(self.radius):
            return None
        if r == 1 and isinstance(self.rational_one, Fraction):
            return abs(self.rational_one)
        from .ball_values import upper, value_at

        return upper(value_at(self, r))

    @property
    def rational_one(self) -> Scalar | None:
        """kappa(1) where it is known exactly without an expansion: rational, or of the coefficients' kind."""
        return None

    @property
    def is_constant(self) -> bool:
        """Whether the kernel is an atom that is the same at every u."""
        return False

    @property
    def truncation(self) -> float:
        """What the kernel may miss on [-1, 1] because a series was cut off (Hermite coefficients); else 0."""
        return 0.0

    @property
    def infinitely_smooth(self) -> bool:
        """Whether the kernel is known to be C^oo on [-1, 1], both ends included."""
        return False

    @property
    def user_functions(self) -> tuple[str, ...]:
        """The names of functions of the user's own in the kernel (`from_callable`): only their values are known."""
        return ()

    @property
    def real_only(self) -> bool:
        """Whether the kernel has no reading off [-1, 1]: no complex angles, no balls."""
        return False

    def require_whole(self, refused: str) -> None:
        """ValueError that says what is refused where the kernel is known only up to its `truncation`."""
        if self.truncation:
            raise ValueError(
                f"the kernel is a series cut off at an error of {self.truncation:.1e} on [-1, 1]: {refused}"
            )

    def require_continued(self, refused: str) -> None:
        """ValueError that says what is refused where nothing is known of the kernel off [-1, 1]."""
        if self.real_only:
            raise ValueError(
                f"{self!r} holds the dual of an activation with kinks, which is not read off [-1, 1]: {refused}"
            )

    def polynomial_part(self, parity: int) -> Polynomial | None:
        """The even (0) or odd (1) part of kappa where it is known to be a polynomial, exactly; else None.

        Eigenvalues of that parity beyond its degree vanish (the parity zeros of Bach 2017, Appendix D, claim 20, and of
        Bietti & Mairal 2019, NeurIPS, claim 21).
        """
        return None

    def polynomial_degree(self, parity: int) -> int | None:
        """The degree of the even or odd part where that is a polynomial (-1: it is 0), else None.

        Of products and compositions it is an upper bound where parts of several parities may cancel.
        """
        part = self.polynomial_part(parity)
        if part is None:
            return None
        return next((m for m in sorted(part, reverse=True) if not is_zero(part[m])), -1)

    def analytic_part(self, parity: int) -> bool:
        """Whether the even or odd part is shown to be analytic on [-1, 1]."""
        return not self.singular or self.polynomial_degree(parity) is not None

    def singular_inside(self, parity: int) -> bool:
        """Whether the even or odd part is not shown to be analytic inside (-1, 1)."""
        return 0 in self.singular and not self.analytic_part(parity)

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        """Real points, one of which is the singularity nearest to [-1, 1]: none for an entire kernel, None if unknown.

        Those of a part may cancel in a sum, where the kernel is analytic.
        """
        return () if math.isinf(self.radius) else None

    @property
    def singular_order(self) -> int:
        """About how high the first power of t = 1 - u or 1 + u is that is no integer >= 0, where an end has one."""
        return 1

    def angle_root(self, at: int) -> int:
        """m: near u = at kappa is taken for a power series in theta^{1/m}, theta the angle to that end."""
        from ..expansions import ramification

        q = ramification(self, at)
        return q // 2 if q % 2 == 0 else q

    # What the kernel is, where that is simpler than its class says.

    @property
    def as_sum(self) -> tuple[tuple[Scalar, Zonal], ...]:
        """((coefficient, kernel), ...): the terms of a sum, none for the kernel 0; itself once for any other."""
        return ((Fraction(1), self),)

    @property
    def as_product(self) -> tuple[Zonal, ...]:
        """The factors of a product; itself for any other."""
        return (self,)

    @property
    def as_layers(self) -> tuple[Zonal, ...]:
        """The layers of a composition, the outermost first; itself for any other."""
        return (self,)

    @property
    def with_closed_terms(self) -> Zonal:
        """The same kernel as a sum whose terms have closed eigenvalues, where its class has none; else itself."""
        return self

    @property
    def power_of_u(self) -> int | None:
        """n where kappa = u^n."""
        return None

    @property
    def exponential_rate(self) -> Scalar | None:
        """alpha where kappa = kappa(1) e^{alpha (u-1)}."""
        return None

    @property
    def defect_exponent(self) -> Fraction | None:
        """nu where kappa = (1-u)^nu."""
        return None

    @property
    def rectifier(self) -> tuple[Scalar, Scalar] | None:
        """(a, b) where kappa = a u + b kappa_1(u), as for x -> max(x, 0) + s min(x, 0) (claim L6, derived here)."""
        return None

    def known(self, parity: int) -> Polynomial | None:
        """The even or odd terms that are kept of a series that is cut off; None where kappa is no such series."""
        return None

    @property
    def declared_kinks(self) -> tuple[tuple[Fraction, int, Fraction], ...]:
        """The kinks (x, r, J) of an activation of which kappa is the dual, as its user states them."""
        return ()

    @property
    def kinked_activation(self) -> Activation | None:
        """The piecewise smooth activation of which kappa is the dual, where there is one and it has kinks."""
        return None

    def between(self, point: Point, lengths: Lengths) -> Any:
        """K(x, y) for vectors of these lengths at the point's cosine: |x||y| kappa(cos) (Bietti & Mairal 2019, JMLR,
        Lemma 1; claim 37).

        A network with biases has its own (`kernelspec.kernels.lengths`). ValueError where nothing is known.
        """
        if not (self.homogeneous or lengths.unit):
            raise ValueError(
                f"x and y must have rows of norm 1: {self!r} holds a bias, and depends on the norms in a way that only "
                "the network itself (mlp, ntk), and sums of such kernels, know; normalize=True gives kappa(cos)"
            )
        return lengths.times(self.pair(point).value)

    # -- readings -------------------------------------------------------------------------------------

    @default_errors
    def __call__(self, u: Any) -> Any:
        """kappa(u) for u in [-1, 1]: float in, float out; arrays (NumPy float64/float32, and other libraries'
        through array-api-compat), mpmath numbers, Arb balls and sympy expressions give their own kind back.

        Values outside [-1, 1] by rounding only (4 ulp) are clipped; anything further is a ValueError.
        """
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
        return Point.from_cosine(SympyArithmetic(), u).pair(self).value

    @with_balls
    def taylor(self, terms: int, digits: int = 30) -> list[Any]:
        """Arb enclosures of the first Taylor coefficients b_0, b_1, ... of kappa at 0 (Azevedo & Menegatto 2015; claim
        10).

        Raises ValueError where the series at 0 is not defined.
        """
        import flint

        from ..numbers.enclosure import Enclosure
        from .callables import require_formula

        terms, digits = integer("terms", terms, 1), integer("digits", digits, 1)
        require_formula(self, "a Taylor series")
        with precision(math.ceil((digits + 10) * math.log2(10)) + 4, cap=terms):
            variable = flint.arb_series([0, 1], terms)
            value = Point.from_cosine(SeriesArithmetic(terms), variable).pair(self).value
            series = flint.arb_series([0], terms) + value
            return [Enclosure(series[i], digits) for i in range(terms)]

    # -- doors to the higher floors ---------------------------------------------------------------------

    @default_errors
    def spectrum(self, d: int) -> Spectrum:
        """The Mercer eigenvalues mu_k on S^{d-1}: a `spectrum.Spectrum`.

        Source: Bietti & Bach 2021, Appendix A (claims 6-8).
        """
        from ..spectrum import Spectrum

        return Spectrum(self, d)

    def decay(self, d: int) -> Decay:
        """The rate and the exact constants of mu_k's decay on S^{d-1} (Bietti & Bach 2021, Theorem 1; claim 14)."""
        from ..decay import decay

        return decay(self, d)

    def expand(self, at: int = 1, terms: int = 3) -> Any:
        """The expansion of kappa at u = +1 or -1 in powers of t = 1 - u or 1 + u; see `kernelspec.expansions`."""
        from ..expansions import expand

        return expand(self, at, terms)

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

        options = {"memory": memory, "threads": threads, "progress": progress, "out": out}
        return gram(self, x, y, normalize, **options)

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
